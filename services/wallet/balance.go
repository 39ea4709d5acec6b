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
	AtStake scrip.Money // in steps that are not settled yet
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
	if b.Owed, err = w.owed(ctx); err != nil {
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

// owed adds up what steps that have half of their answer wait for.
func (w *Wallet) owed(ctx context.Context) (scrip.Money, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return 0, fmt.Errorf("add up what is owed: %w", err)
	}
	sum := scrip.Money(0)
	for _, r := range list {
		if r.Phase != PhaseHalf {
			continue
		}
		due, err := w.owes(r)
		if err != nil {
			return 0, err
		}
		sum += due
	}
	return sum, nil
}

// owes is what the missing half of an answer is to bring: VendorScrip, but for a
// 6.5 that has it and waits for its change.
func (w *Wallet) owes(r Item) (scrip.Money, error) {
	if r.Transaction != "6.5" {
		return r.Amount, nil
	}
	var x extension
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &x); err != nil {
		return 0, err
	}
	if x.Extended {
		return x.rest(r), nil
	}
	return r.Amount, nil
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
