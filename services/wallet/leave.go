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
	plan := leaving(holdings, w.earliest())
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
		if err := w.giveBack(ctx, h); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// giveBack runs 6.7 for VendorScrip: one that was given up goes on, because its
// stall may have the T22.
func (w *Wallet) giveBack(ctx context.Context, h Holding) error {
	up, err := w.givenUp(ctx, h)
	if err != nil {
		return err
	}
	if len(up) == 0 {
		_, err := w.run(ctx, Leg{"6.7", h.Value, h.ScripID}, purpose{})
		return err
	}
	if err := w.takeUp(ctx, &up[0]); err != nil {
		return err
	}
	return w.finish(ctx, up[0])
}

// givenUp lists the givebacks of VendorScrip that were given up, newest first.
func (w *Wallet) givenUp(ctx context.Context, h Holding) ([]Item, error) {
	list, err := w.cfg.Purse.Ended(ctx, h.ScripID)
	if err != nil {
		return nil, fmt.Errorf("look for givebacks that were given up: %w", err)
	}
	return slices.DeleteFunc(list, func(it Item) bool { return it.Transaction != "6.7" || it.Phase != PhaseUndone }), nil
}

// GiveUp gives up the givebacks that a merchant does not answer, and returns what
// they are worth: it is free again, to be spent there, given back later or rescued.
// The same T22 is sent when it is given back again, and should the merchant pay out
// meanwhile, the next who spends the scrip finds that out. ErrNothing where none waits.
func (w *Wallet) GiveUp(ctx context.Context, vendor scrip.VendorID) (scrip.Money, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return 0, fmt.Errorf("look up what is unfinished: %w", err)
	}
	var c PurseChange
	var sum scrip.Money
	for _, it := range list {
		if it.Transaction == "6.7" && it.Vendor == vendor {
			c.GiveUp = append(c.GiveUp, Advance{Tx: it.Tx, From: it.Phase, To: PhaseUndone, At: w.now()})
			sum += it.Amount
		}
	}
	if len(c.GiveUp) == 0 {
		return 0, ErrNothing
	}
	if err := w.cfg.Purse.Apply(ctx, c); err != nil {
		return 0, fmt.Errorf("give up: %w", err)
	}
	return sum, nil
}
