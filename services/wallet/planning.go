package wallet

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// Plan works out which transactions a payment of price to vendor takes now. It
// sends nothing and changes nothing. ErrCannotTopUp, ErrCannotRenew and ErrBusy
// say why there is no plan.
func (w *Wallet) Plan(ctx context.Context, vendor scrip.VendorID, price scrip.Money) (Plan, error) {
	return w.planAhead(ctx, vendor, price, 0)
}

// planAhead is Plan with what is to be exchanged at least, if anything is.
func (w *Wallet) planAhead(ctx context.Context, vendor scrip.VendorID, price, exchange scrip.Money) (Plan, error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return Plan{}, fmt.Errorf("plan a payment: %w", err)
	}
	s := Situation{Price: price, Now: w.now(), Exchange: exchange}
	busy := false
	for _, h := range holdings {
		switch p := (Piece{h.Value, h.Expires}); {
		case h.Doubt != "" || (h.Vendor != "" && h.Vendor != vendor):
		case h.Tx != "":
			busy = busy || h.Vendor == ""
		case h.Vendor == "":
			s.Broker = &p
		default:
			s.Vendor = append(s.Vendor, p)
		}
	}
	steps, err := planFor(s, w.can)
	if err == nil && busy && steps[0].Transaction != "6.3" {
		err = ErrBusy // the account's one BrokerScrip is at stake elsewhere
	}
	if err != nil {
		return Plan{}, err
	}
	return Plan{Vendor: vendor, Price: price, Steps: steps, Figure: figure3(s)}, nil
}

// brokerScrip returns the free BrokerScrip: InsufficientScrip when there is
// none of that value, ErrBusy when it is at stake.
func (w *Wallet) brokerScrip(ctx context.Context, value scrip.Money) (scrip.Held, error) {
	return w.choose(ctx, "", value)
}

// choose returns the smallest free scrip worth value: of vendor, or with "" of
// the broker.
func (w *Wallet) choose(ctx context.Context, vendor scrip.VendorID, value scrip.Money) (scrip.Held, error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return scrip.Held{}, fmt.Errorf("choose scrip: %w", err)
	}
	best, why := Holding{}, error(scrip.InsufficientScrip)
	for _, h := range holdings {
		if h.Vendor != vendor || h.Doubt != "" || h.Value < value || h.Expires <= w.now() {
			continue
		}
		if h.Tx != "" {
			why = ErrBusy
			continue
		}
		if best.ScripID == "" || h.Value < best.Value {
			best = h
		}
	}
	if best.ScripID == "" {
		return scrip.Held{}, why
	}
	var held scrip.Held
	return held, w.vault.take(placeOfScrip(best.ScripID), best.Sealed, &held)
}
