package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// Plan works out which transactions a payment of price to vendor takes now. It
// sends nothing and changes nothing. ErrBusy when the money it takes is at
// stake in an unfinished step.
func (w *Wallet) Plan(ctx context.Context, vendor scrip.VendorID, price scrip.Money) (Plan, error) {
	return w.planAhead(ctx, vendor, price, 0)
}

// planAhead is Plan with what is to be exchanged at least, if anything is.
func (w *Wallet) planAhead(ctx context.Context, vendor scrip.VendorID, price, exchange scrip.Money) (Plan, error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return Plan{}, fmt.Errorf("plan a payment: %w", err)
	}
	s := Situation{Price: price, Now: w.now(), Margin: w.margin(), Exchange: exchange}
	atStake := scrip.ID("") // the step that has the account's one BrokerScrip
	for _, h := range holdings {
		switch p := (Piece{h.ScripID, h.Value, h.Expires}); {
		case h.Doubt != "" || (h.Vendor != "" && h.Vendor != vendor):
		case h.Vendor == "" && h.Tx != "":
			atStake = h.Tx
			s.Broker = &Piece{h.ScripID, h.Value, s.Now + s.Margin}
		case h.Vendor == "":
			s.Broker = &p
		case h.Tx == "":
			s.Vendor = append(s.Vendor, p)
		}
	}
	steps, err := planFor(s)
	if err == nil && atStake != "" {
		err = w.mayWait(ctx, atStake, steps)
	}
	if err != nil {
		return Plan{}, err
	}
	return Plan{Vendor: vendor, Price: price, Steps: steps, Figure: figure3(s)}, nil
}

// mayWait refuses a plan that takes BrokerScrip which is at stake in another
// step, unless that step is the 6.4 it begins with: see beginTopUp.
func (w *Wallet) mayWait(ctx context.Context, tx scrip.ID, steps []Step) error {
	if !slices.ContainsFunc(steps, Step.takesBrokerScrip) {
		return nil
	}
	r, err := w.cfg.Purse.Record(ctx, tx)
	if err != nil {
		return fmt.Errorf("look up what BrokerScrip is at stake in: %w", err)
	}
	if r.Transaction == "6.4" && slices.ContainsFunc(steps, func(s Step) bool { return s.Transaction == "6.4" }) {
		return nil
	}
	return ErrBusy
}

// brokerHolding returns the account's one BrokerScrip, at stake or not:
// scrip.ErrAbsent when there is none.
func (w *Wallet) brokerHolding(ctx context.Context) (Holding, error) {
	return w.find(ctx, func(h Holding) bool { return h.Vendor == "" })
}

// find returns the first good holding that is as wanted, or scrip.ErrAbsent.
func (w *Wallet) find(ctx context.Context, wanted func(Holding) bool) (Holding, error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return Holding{}, fmt.Errorf("look through the purse: %w", err)
	}
	i := slices.IndexFunc(holdings, func(h Holding) bool { return h.Doubt == "" && wanted(h) })
	if i < 0 {
		return Holding{}, scrip.ErrAbsent
	}
	return holdings[i], nil
}

// named returns the one scrip a step is about: ErrConflict when it is gone,
// ErrBusy when it is at stake.
func (w *Wallet) named(ctx context.Context, id scrip.ID) (Holding, error) {
	h, err := w.find(ctx, func(h Holding) bool { return h.ScripID == id })
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return Holding{}, ErrConflict
	case err == nil && h.Tx != "":
		return Holding{}, ErrBusy
	}
	return h, err
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
	return w.unlock(best)
}

// unlock is what a holding holds.
func (w *Wallet) unlock(h Holding) (scrip.Held, error) {
	var held scrip.Held
	return held, w.vault.take(placeOfScrip(h.ScripID), h.Sealed, &held)
}
