package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// Leaving is one line of the plan "leaving" in Figure 3.
type Leaving struct {
	Leg
	Vendor scrip.VendorID // empty at the broker
	Name   string         // the seller's; empty when it is not known, or at the broker
}

// PlanLeave works out what giving everything back to the bank takes: what must
// be is renewed, then 6.7 for each VendorScrip, then 6.6. It sends nothing and
// changes nothing. What is at stake in unfinished transactions is not in it.
func (w *Wallet) PlanLeave(ctx context.Context) ([]Leaving, error) {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return nil, fmt.Errorf("plan to leave: %w", err)
	}
	plan := leaving(holdings, w.now())
	for i, line := range plan {
		if line.Vendor == "" {
			continue
		}
		known, err := w.knownStall(ctx, line.Vendor)
		if err != nil && !errors.Is(err, scrip.ErrAbsent) {
			return nil, err
		}
		plan[i].Name = known.Name
	}
	return plan, nil
}

// leaving is the last line of Figure 3 for what is free and good. Pure.
func leaving(holdings []Holding, now int64) []Leaving {
	var first, returns, last []Leaving
	for _, h := range holdings {
		if h.Doubt != "" || h.Tx != "" {
			continue
		}
		for _, leg := range renewals([]Piece{h.piece(now)}, now) {
			first = append(first, Leaving{Leg: leg, Vendor: h.Vendor})
		}
		if h.Vendor == "" {
			last = append(last, Leaving{Leg: Leg{"6.6", h.Value, ""}})
			continue
		}
		returns = append(returns, Leaving{Leg: Leg{"6.7", h.Value, h.ScripID}, Vendor: h.Vendor})
	}
	return slices.Concat(first, returns, last)
}

// Leave gives everything back to the bank: VendorScrip by 6.7, one stall after
// the other, then BrokerScrip by 6.6, after collecting what merchants take back
// and renewing what must be. A stall that cannot be reached blocks no other: the
// error joins what is left, and the same call goes on with it, or Resume with
// what was begun. ErrNothing when there is no scrip.
func (w *Wallet) Leave(ctx context.Context) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	if _, err := w.collectAll(ctx); err != nil {
		w.cfg.Log.Info("some merchants were not asked for refunds", "err", err)
	}
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	errs := []error{w.resume(ctx), w.renewDue(ctx, false), w.giveBackAll(ctx)}
	if err := w.withdraw(ctx); !errors.Is(err, ErrNothing) {
		errs = append(errs, err)
	} else if !slices.ContainsFunc(holdings, func(h Holding) bool { return h.Doubt == "" }) {
		errs = append(errs, ErrNothing)
	}
	return errors.Join(errs...)
}

// giveBackAll runs 6.7 for each VendorScrip that is free.
func (w *Wallet) giveBackAll(ctx context.Context) error {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	var errs []error
	for _, h := range holdings {
		if h.Vendor == "" || h.Doubt != "" || h.Tx != "" {
			continue
		}
		if _, err := w.run(ctx, Leg{"6.7", h.Value, h.ScripID}, purpose{}); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
