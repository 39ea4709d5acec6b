package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"peerscrip/services/scrip"
)

// Balance is what the wallet holds, in minor units.
type Balance struct {
	Currency scrip.Currency
	Shares   []Share         // all of Total, by where it is
	Broker   scrip.Money     // BrokerScrip: good at every stall, after an exchange
	Vendors  []VendorBalance // VendorScrip, by the seller's name
	Total    scrip.Money

	// Parts of Total.
	AtStake scrip.Money // in items that are not settled yet
	Owed    scrip.Money // paid, and what it was paid for is still to come
	Expired scrip.Money // buys nothing until it is renewed

	Expires int64 // unix seconds: the first expiry in Total; 0 when there is nothing

	Doubtful scrip.Money // in no other figure: its issuer does not accept it
}

// VendorBalance is what the wallet holds at one stall.
type VendorBalance struct {
	Vendor scrip.VendorID
	Name   string // empty when the stall is not known any more
	Value  scrip.Money
}

// Balance adds up the purse.
func (w *Wallet) Balance(ctx context.Context) (Balance, error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return Balance{}, fmt.Errorf("add up the purse: %w", err)
	}
	b := Balance{Currency: w.brokerInfo(ctx).Currency}
	vendors := map[scrip.VendorID]scrip.Money{}
	for _, h := range holdings {
		b.add(h, w.earliest())
		if h.Vendor != "" && h.Doubt == "" {
			vendors[h.Vendor] += h.Value
		}
	}
	unfinished, err := w.standings(ctx)
	if err != nil {
		return Balance{}, err
	}
	for _, s := range unfinished {
		_, spent := s.owed()
		b.Broker, b.AtStake = b.Broker-spent, b.AtStake-spent
	}
	if b.Shares, err = w.sharesOf(ctx, holdings, unfinished); err != nil {
		return Balance{}, err
	}
	for _, s := range b.Shares {
		b.Total += s.Amount
		if s.Kind == ShareOwed {
			b.Owed += s.Amount
		}
	}
	b.Vendors, err = w.vendorBalances(ctx, vendors)
	return b, err
}

func (b *Balance) add(h Holding, now int64) {
	switch {
	case h.Doubt == scrip.StallRevoked:
		return // it was rescued: what it was worth is at the bank
	case h.Doubt != "":
		b.Doubtful += h.Value
		return
	}
	if h.Vendor == "" {
		b.Broker += h.Value
	}
	if h.Tx != "" {
		b.AtStake += h.Value
	}
	if b.Expires == 0 || h.Expires < b.Expires {
		b.Expires = h.Expires
	}
	if h.Expires <= now {
		b.Expired += h.Value
	}
}

// standings are the unfinished items, with what they keep that tells where money is.
func (w *Wallet) standings(ctx context.Context) ([]standing, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return nil, fmt.Errorf("look up what is unfinished: %w", err)
	}
	standings := make([]standing, len(list))
	for i, it := range list {
		if standings[i], err = w.standing(it); err != nil {
			return nil, err
		}
	}
	return standings, nil
}

func (w *Wallet) standing(it Item) (standing, error) {
	s := standing{Item: it}
	switch it.Transaction {
	case "6.2":
		var x exchange
		err := w.vault.take(placeOfItem(it.Tx), it.Sealed, &x)
		s.had, s.t6, s.t8 = x.Had, x.T6, x.T8
		return s, err
	case "6.5":
		var x extension
		err := w.vault.take(placeOfItem(it.Tx), it.Sealed, &x)
		s.had, s.t17, s.t19 = x.Had, x.T17, x.T19
		return s, err
	case "PAYOUT":
		var p payout
		err := w.vault.take(placeOfItem(it.Tx), it.Sealed, &p)
		s.to = p.Asked.To
		return s, err
	}
	return s, nil
}

// sharesOf says where the money is, with the merchants' names.
func (w *Wallet) sharesOf(ctx context.Context, holdings []Holding, unfinished []standing) ([]Share, error) {
	var ended []Item
	gone := map[scrip.VendorID]bool{}
	for _, h := range holdings {
		if h.Vendor == "" || h.Doubt != "" {
			continue
		}
		up, err := w.givenUp(ctx, h)
		if err != nil {
			return nil, err
		}
		ended = append(ended, up...)
		if gone[h.Vendor], err = w.isGone(ctx, h.Vendor); err != nil {
			return nil, err
		}
	}
	list := shares(holdings, unfinished, ended, gone)
	for i, s := range list {
		if s.Vendor == "" {
			continue
		}
		known, err := w.knownStall(ctx, s.Vendor)
		if err != nil && !errors.Is(err, scrip.ErrAbsent) {
			return nil, err
		}
		list[i].Stall = known.Name
	}
	return list, nil
}

// isGone reports whether a merchant is gone, as far as the broker last told.
func (w *Wallet) isGone(ctx context.Context, vendor scrip.VendorID) (bool, error) {
	known, err := w.knownStall(ctx, vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		return false, nil
	}
	if err != nil || known.Revoked || known.SilentSince > 0 {
		return known.Revoked || known.SilentSince > 0, err
	}
	c, err := w.readCertificate(ctx, known)
	return err == nil && c.NotAfter <= w.earliest(), nil // one that cannot be read tells nothing
}

func (w *Wallet) vendorBalances(ctx context.Context, values map[scrip.VendorID]scrip.Money) ([]VendorBalance, error) {
	var list []VendorBalance
	for vendor, value := range values {
		known, err := w.knownStall(ctx, vendor)
		if err != nil && !errors.Is(err, scrip.ErrAbsent) {
			return nil, err
		}
		list = append(list, VendorBalance{vendor, known.Name, value})
	}
	slices.SortFunc(list, func(a, b VendorBalance) int {
		return strings.Compare(a.Name+string(a.Vendor), b.Name+string(b.Vendor))
	})
	return list, nil
}
