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
	Broker   scrip.Money     // BrokerScrip: good at every stall, after an exchange
	Vendors  []VendorBalance // VendorScrip, by the seller's name
	Total    scrip.Money

	// Parts of Total.
	AtStake scrip.Money // in items that are not settled yet
	Expired scrip.Money // buys nothing until it is renewed

	Expires int64 // unix seconds: the first expiry in Total; 0 when there is nothing

	// In no other figure.
	Owed     scrip.Money // paid, and what it was paid for is still to come
	Doubtful scrip.Money // not accepted by its issuer
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
		b.add(h, w.now())
		if h.Vendor != "" && h.Doubt == "" {
			vendors[h.Vendor] += h.Value
		}
	}
	if err := w.addOwed(ctx, &b); err != nil {
		return Balance{}, err
	}
	b.Vendors, err = w.vendorBalances(ctx, vendors)
	return b, err
}

func (b *Balance) add(h Holding, now int64) {
	if h.Doubt != "" {
		b.Doubtful += h.Value
		return
	}
	b.Total += h.Value
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

// addOwed adds what items wait for that have half of their answer.
func (w *Wallet) addOwed(ctx context.Context, b *Balance) error {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("add up what is owed: %w", err)
	}
	for _, it := range list {
		if it.Phase != PhaseHalf {
			continue
		}
		owed, spent, err := w.owes(it)
		if err != nil {
			return err
		}
		b.Owed += owed
		b.Broker, b.Total, b.AtStake = b.Broker-spent, b.Total-spent, b.AtStake-spent
	}
	return nil
}

// owes is what the missing half of an answer is to bring: VendorScrip, or the
// change of a 6.5. Where the change of a 6.2 is missing, its BrokerScrip is still
// in the purse, and some of it is spent.
func (w *Wallet) owes(it Item) (owed, spent scrip.Money, err error) {
	if it.Transaction == "6.2" {
		var x exchange
		err = w.vault.take(placeOfItem(it.Tx), it.Sealed, &x)
		if x.T8 {
			return 0, it.Amount, err
		}
		return it.Amount, 0, err
	}
	var x extension
	err = w.vault.take(placeOfItem(it.Tx), it.Sealed, &x)
	if x.T17 {
		return x.rest(it), 0, err
	}
	return it.Amount, 0, err
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
