package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// Withdraw gives all BrokerScrip back to the bank (6.6), after renewing it where
// that is due. ErrNothing when there is none. Interrupted, the same call or
// Resume goes on.
func (w *Wallet) Withdraw(ctx context.Context) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("look up what is unfinished: %w", err)
	}
	if i := slices.IndexFunc(list, func(it Item) bool { return it.Transaction == "6.6" }); i >= 0 {
		return w.finish(ctx, list[i])
	}
	w.tryUnfinished(ctx)
	return w.withdraw(ctx)
}

// withdraw is Withdraw for who has the turn.
func (w *Wallet) withdraw(ctx context.Context) error {
	return replanned(func() error {
		h, err := w.brokerHolding(ctx)
		if errors.Is(err, scrip.ErrAbsent) {
			return ErrNothing
		}
		if err == nil {
			_, err = w.follow(ctx, append(w.renewal(h), Leg{"6.6", h.Value, ""}), purpose{})
		}
		return err
	})
}

// beginWithdraw signs T20 and puts the BrokerScrip at stake.
func (w *Wallet) beginWithdraw(ctx context.Context, leg Leg, _ purpose) (outcome[presented], error) {
	h, err := w.brokerHolding(ctx)
	switch {
	case errors.Is(err, scrip.ErrAbsent) || (err == nil && h.Value != leg.Amount):
		return outcome[presented]{}, ErrConflict
	case err != nil:
		return outcome[presented]{}, err
	case h.Tx != "":
		return outcome[presented]{}, ErrBusy
	}
	return w.presentBroker(leg, h, scrip.Withdraw{Account: w.account, Value: leg.Amount})
}

func (w *Wallet) sendWithdraw(ctx context.Context, it Item, p presented) (answer[scrip.Withdrawn], error) {
	return askBroker[scrip.Withdrawn](ctx, w, it, p.Request)
}

// settleWithdraw erases the scrip and its secret once T21 says that the bank has
// the money.
func (w *Wallet) settleWithdraw(_ context.Context, it Item, p presented, got answer[scrip.Withdrawn]) outcome[presented] {
	switch {
	case got.no != nil:
		return denied(w, it, p, got.no)
	case got.said.Body.Value != it.Amount:
		return wrong(it, p, "T21", errAnswer)
	}
	return done(it, p, PurseChange{Drop: w.holds(it)})
}
