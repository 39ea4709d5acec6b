package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// row is how one transaction is run. begin decides, and writes down in one
// commit everything the step will send; finish sends it and brings the step to
// its end. finish is also what takes a step up again after an interruption, so
// it assumes nothing about what was sent before.
type row struct {
	begin  func(w *Wallet, ctx context.Context, leg Leg, e purpose) (Item, error)
	finish func(w *Wallet, ctx context.Context, r Item) error
}

// transactions is the table of what this version can run. Plans reach for
// whatever stands in it.
func transactions() map[string]row {
	return map[string]row{
		"6.1": {(*Wallet).beginAcquire, (*Wallet).finishAcquire},
		"6.2": {(*Wallet).beginExchange, (*Wallet).finishExchange},
		"6.3": {(*Wallet).beginPurchase, (*Wallet).finishPurchase},
		"6.4": {(*Wallet).beginTopUp, (*Wallet).finishTopUp},
		"6.5": {(*Wallet).beginExtend, (*Wallet).finishExtend},
		"6.6": {(*Wallet).beginWithdraw, (*Wallet).finishWithdraw},
		"6.7": {(*Wallet).beginReturn, (*Wallet).finishReturn},
		"6.8": {(*Wallet).beginRenew, (*Wallet).finishRenew},

		"PAYOUT": {(*Wallet).beginPayout, (*Wallet).finishPayout},
	}
}

// purpose is what a plan is run for.
type purpose struct {
	vendor scrip.VendorID
	offer  scrip.Offer // of a purchase
	order  scrip.Order // of a purchase
	price  scrip.Money // of a purchase
	ahead  scrip.Money // of a purchase: what is exchanged at least, or 0
	to     string      // of a payout: scrip.ToBank or scrip.ToScrip
}

// run makes one step from its beginning to its end.
func (w *Wallet) run(ctx context.Context, leg Leg, e purpose) (scrip.ID, error) {
	way, ok := w.rows[leg.Transaction]
	if !ok {
		return "", fmt.Errorf("run %s: this version cannot", leg.Transaction)
	}
	r, err := way.begin(w, ctx, leg, e)
	if err != nil {
		return "", fmt.Errorf("begin %s: %w", leg.Transaction, err)
	}
	return r.Tx, way.finish(w, ctx, r)
}

// replans is how often a new plan is made when the purse turns out to hold
// something else than was thought.
const replans = 3

// replanned makes attempts until one gets to its end, or to one that is final.
func replanned(attempt func() error) error {
	var err error
	for range replans {
		err = attempt()
		if err == nil || (!errors.Is(err, ErrConflict) && !errors.Is(err, scrip.ScripSpent)) {
			return err
		}
	}
	return err
}

// write seals what a step will send, writes the step down and puts its stakes
// at stake, with whatever else belongs to the same commit.
func (w *Wallet) write(ctx context.Context, r Item, sends any, c PurseChange) (Item, error) {
	var err error
	if r.Sealed, err = w.vault.put(placeOfItem(r.Tx), sends); err != nil {
		return Item{}, err
	}
	r.Phase, r.StartedAt = PhaseAsked, w.now()
	c.Hold, c.Write = w.holds(r), &r
	err = w.cfg.Purse.Apply(ctx, c)
	w.knock()
	return r, err
}

// finished ends a step that did what it was for.
func (w *Wallet) finished(ctx context.Context, r Item, c PurseChange) error {
	c.Advance = &Advance{Tx: r.Tx, From: r.Phase, To: PhaseDone, At: w.now()}
	c.Forget = r.stakes()
	if err := w.cfg.Purse.Apply(ctx, c); err != nil {
		return unfinished("keep the outcome of "+r.Transaction, err)
	}
	return nil
}

// refused ends a step on a signed no, and returns it. If the no says that the
// stake is gone, an earlier step may have used it after all: see revive.
func (w *Wallet) refused(ctx context.Context, r Item, no *Refused) error {
	c := PurseChange{
		Release: r.Tx, Delivered: r.Tx,
		Advance: &Advance{Tx: r.Tx, From: r.Phase, To: PhaseRefused, Reason: no.Reason, At: w.now()},
	}
	if err := w.cfg.Purse.Apply(ctx, c); err != nil {
		return unfinished("end "+r.Transaction, err)
	}
	if r.Transaction == "6.8" && no.Reason == scrip.ScripExpired {
		return errors.Join(no, w.doubt(ctx, r, no)) // too old even for that
	}
	if no.Reason != scrip.ScripSpent && no.Reason != scrip.ScripInvalid && no.Reason != scrip.ScripHeld {
		return no
	}
	if r.Beside != "" {
		return w.whose(ctx, r, no)
	}
	revived, err := w.revive(ctx, r.Stake)
	if err == nil && !revived && w.spends(r) {
		err = w.doubt(ctx, r, no)
	}
	return errors.Join(no, err)
}

func (w *Wallet) doubt(ctx context.Context, r Item, no *Refused) error {
	return w.cfg.Purse.Apply(ctx, PurseChange{Doubt: &Doubt{r.Stake, no.Reason}})
}

// spends reports whether the step's stake is scrip.
func (w *Wallet) spends(r Item) bool {
	return r.Stake != scrip.ID(w.account) && r.Stake != scrip.ID(r.Vendor)
}

// holds is the scrip that is at stake in the step while it is written down.
func (w *Wallet) holds(r Item) []Hold {
	if !w.spends(r) {
		return nil
	}
	var list []Hold
	for _, id := range r.stakes() {
		list = append(list, Hold{id, r.Tx})
	}
	return list
}

// settleOn ends a step when err is a signed no, and passes any other error on.
func (w *Wallet) settleOn(ctx context.Context, r Item, err error) error {
	var no *Refused
	if errors.As(err, &no) {
		return w.refused(ctx, r, no)
	}
	return err
}

// revive takes up again the refused and undone steps that had the same stake:
// whoever kept their messages can send them again, and if one was granted that
// way, the same request brings us its outcome. It reports whether one was.
func (w *Wallet) revive(ctx context.Context, stake scrip.ID) (bool, error) {
	if w.reviving {
		return false, nil
	}
	w.reviving = true
	defer func() { w.reviving = false }()
	ended, err := w.cfg.Purse.Ended(ctx, stake)
	if err != nil {
		return false, fmt.Errorf("look up what was refused before: %w", err)
	}
	for _, r := range ended {
		if err := w.takeUp(ctx, &r); err != nil {
			return false, err
		}
		if err := w.rows[r.Transaction].finish(w, ctx, r); err == nil {
			return true, nil
		} else if errors.Is(err, ErrUnfinished) {
			return false, err // it may yet turn out to be the one
		}
	}
	return false, nil
}

// takeUp puts an ended step back to where it was written down.
func (w *Wallet) takeUp(ctx context.Context, r *Item) error {
	c := PurseChange{Hold: w.holds(*r), Advance: &Advance{Tx: r.Tx, From: r.Phase, To: PhaseAsked}}
	if err := w.cfg.Purse.Apply(ctx, c); err != nil {
		return fmt.Errorf("take up %s again: %w", r.Transaction, err)
	}
	r.Phase = PhaseAsked
	return nil
}
