package wallet

import (
	"cmp"
	_ "embed" // shares.json
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"peerscrip/services/scrip"
)

// Share is a part of the wallet's money, by where it is. Every unit is in one share.
type Share struct {
	Kind   ShareKind
	Vendor scrip.VendorID // of Stall, Gone, GivenUp, or who owes it; empty for the broker
	Stall  string         // the merchant's name; empty when it is not known any more, or for the broker
	Amount scrip.Money
}

// ShareKind says where a share is.
type ShareKind string

// Shares, in the order in which they are told.
const (
	ShareReady     ShareKind = "ready"     // BrokerScrip: good at every stall, after an exchange
	ShareStall     ShareKind = "stall"     // VendorScrip: good at its stall
	ShareUnderWay  ShareKind = "under-way" // at stake in something that is not settled
	ShareReturning ShareKind = "returning" // asked for, to be paid to the bank
	ShareOwed      ShareKind = "owed"      // half of an answer, or a payout, that is still to come
	ShareGivenUp   ShareKind = "given-up"  // VendorScrip of a giveback that was given up
	ShareGone      ShareKind = "gone"      // VendorScrip of a stall that the broker stands behind no more
)

var shareOrder = []ShareKind{ShareReady, ShareStall, ShareUnderWay, ShareReturning, ShareOwed, ShareGivenUp, ShareGone}

// sharesJSON are the names of both wallets: the browser's says the same.
//
//go:embed shares.json
var sharesJSON []byte

var shareNames = func() map[ShareKind]string {
	var names map[ShareKind]string
	if err := json.Unmarshal(sharesJSON, &names); err != nil {
		panic(fmt.Sprintf("shares.json, which is compiled in: %v", err))
	}
	return names
}()

// String names a share to a person.
func (s Share) String() string {
	who := "the market"
	if s.Vendor != "" {
		who = cmp.Or(s.Stall, "a stall")
	}
	return strings.ReplaceAll(shareNames[s.Kind], "{stall}", who)
}

// standing is an item of which money depends: what it keeps that tells where.
type standing struct {
	Item
	had              scrip.Money // 6.2, 6.5: value of the BrokerScrip
	t6, t8, t17, t19 bool
	to               string // PAYOUT
}

// isReturning reports whether the item takes what it holds to the bank.
func (s standing) isReturning() bool {
	return s.Transaction == "6.6" || s.Transaction == "6.7" || s.Transaction == "RESCUE"
}

// owed is what is to come beside what is in the purse, and what of the BrokerScrip
// in the purse is spent.
func (s standing) owed() (_ Share, spent scrip.Money) {
	switch {
	case s.Transaction == "PAYOUT" && s.to == scrip.ToBank:
		return Share{Kind: ShareReturning, Amount: s.Amount}, 0
	case s.Transaction == "PAYOUT":
		return Share{Kind: ShareOwed, Amount: s.Amount}, 0
	case s.Transaction == "6.2" && s.t8:
		return Share{}, s.Amount
	case s.t17:
		return Share{Kind: ShareOwed, Amount: s.had - s.Amount}, 0
	case s.t6, s.t19:
		return Share{Kind: ShareOwed, Vendor: s.Vendor, Amount: s.Amount}, 0
	}
	return Share{}, 0
}

// shares says where the money is: holdings that are in doubt are none. ended are
// givebacks that were given up; gone has the merchants the broker stands behind no
// more. Pure.
func shares(holdings []Holding, unfinished []standing, ended []Item, gone map[scrip.VendorID]bool) []Share {
	parts := map[Share]scrip.Money{} // by a share without its amount
	add := func(s Share, amount scrip.Money) {
		s.Amount = 0
		parts[s] += amount
	}
	by := map[scrip.ID]standing{}
	for _, s := range unfinished {
		owed, spent := s.owed()
		add(owed, owed.Amount)
		if spent > 0 {
			add(Share{Kind: ShareUnderWay}, -spent)
		}
		by[s.Tx] = s
	}
	for _, h := range holdings {
		if h.Doubt == "" {
			add(shareOf(h, by, ended, gone), h.Value)
		}
	}
	var list []Share
	for s, amount := range parts {
		if s.Amount = amount; amount > 0 {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b Share) int {
		return cmp.Or(slices.Index(shareOrder, a.Kind)-slices.Index(shareOrder, b.Kind), strings.Compare(string(a.Vendor), string(b.Vendor)))
	})
	return list
}

// shareOf is the share that a holding belongs to.
func shareOf(h Holding, by map[scrip.ID]standing, ended []Item, gone map[scrip.VendorID]bool) Share {
	switch {
	case h.Tx != "" && by[h.Tx].isReturning():
		return Share{Kind: ShareReturning}
	case h.Tx != "":
		return Share{Kind: ShareUnderWay}
	case h.Vendor == "":
		return Share{Kind: ShareReady}
	case gone[h.Vendor]:
		return Share{Kind: ShareGone, Vendor: h.Vendor}
	case slices.ContainsFunc(ended, func(it Item) bool { return it.Stake == h.ScripID }):
		return Share{Kind: ShareGivenUp, Vendor: h.Vendor}
	}
	return Share{Kind: ShareStall, Vendor: h.Vendor}
}
