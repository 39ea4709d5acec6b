package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// afterwards finds out where a stake went, if an item stopped because it is
// gone, and returns why the item stopped. A crash in here leaves the stake free:
// the next who spends it is refused, and comes here again.
func afterwards[K any](ctx context.Context, w *Wallet, o outcome[K]) error {
	switch {
	case errors.Is(o.stop, ErrNoAnswer) && o.item.Transaction == "6.3":
		return w.askAfter(ctx, o.item, o.stop)
	case o.renew:
		return w.whichIsGone(ctx, o.item, o.stop)
	case o.revive:
		revived, err := w.revive(ctx, o.item.Stake)
		if err == nil && !revived && o.doubt {
			err = w.cfg.Purse.Apply(ctx, PurseChange{Doubt: &Doubt{o.item.Stake, o.item.Reason}})
		}
		if err != nil && !errors.Is(err, ErrUnfinished) {
			err = unfinished("find out where the money went", err) // nobody may take the refusal for the end of it
		}
		return errors.Join(o.stop, err)
	}
	return o.stop
}

// revive takes up again the refused and undone items that had the same stake:
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
	for _, it := range ended {
		if err := w.takeUp(ctx, &it); err != nil {
			return false, err
		}
		if err := w.finish(ctx, it); err == nil {
			return true, nil
		} else if !settled(err) {
			return false, err // it may yet turn out to be the one
		}
	}
	return false, nil
}

// takeUp puts an ended item back to where it was asked.
func (w *Wallet) takeUp(ctx context.Context, it *Item) error {
	c := PurseChange{Hold: w.holds(*it), Advance: &Advance{Tx: it.Tx, From: it.Phase, To: PhaseAsked}}
	if err := w.cfg.Purse.Apply(ctx, c); err != nil {
		return fmt.Errorf("take up %s again: %w", it.Transaction, err)
	}
	it.Phase, it.Reason = PhaseAsked, ""
	return nil
}

// whichIsGone finds out which of the two scrip of a refused 6.5 the REFUSE is
// about, since the merchant's no and the broker's look alike: their issuers are
// asked to renew them, and what is gone is set aside. BrokerScrip that T15 alone
// can have used up, all of it, was reserved for the merchant and went back to
// the bank when the merchant declined.
func (w *Wallet) whichIsGone(ctx context.Context, it Item, no error) error {
	if w.reviving {
		return no
	}
	errs := []error{no}
	for _, id := range it.stakes() {
		h, err := w.find(ctx, func(h Holding) bool { return h.ScripID == id && h.Tx == "" })
		if errors.Is(err, scrip.ErrAbsent) {
			continue
		}
		if err == nil {
			_, err = w.run(ctx, Leg{"6.8", h.Value, id}, purpose{})
		}
		if id == it.Stake && errors.Is(err, scrip.ScripSpent) && h.Value == it.Amount {
			if err = w.wentBack(ctx, it); !errors.Is(err, ErrConflict) {
				return err
			}
		}
		if err != nil && !settled(err) {
			errs = append(errs, fmt.Errorf("find out what was refused: %w", err))
		}
	}
	return errors.Join(errs...)
}

// wentBack takes the BrokerScrip of a 6.5 out of the purse: ErrConflict when
// something else turned out to have used it up.
func (w *Wallet) wentBack(ctx context.Context, it Item) error {
	gone := []Hold{{it.Stake, it.Tx}}
	if err := w.cfg.Purse.Apply(ctx, PurseChange{Hold: gone, Drop: gone, Forget: []scrip.ID{it.Stake}}); err != nil {
		return fmt.Errorf("end a 6.5: %w", err)
	}
	return ErrDeclined
}
