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
	if i := slices.IndexFunc(list, func(r Item) bool { return r.Transaction == "6.6" }); i >= 0 {
		return w.finishWithdraw(ctx, list[i])
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

// beginWithdraw writes T20 down and puts the BrokerScrip at stake.
func (w *Wallet) beginWithdraw(ctx context.Context, leg Leg, _ purpose) (Item, error) {
	h, err := w.brokerHolding(ctx)
	switch {
	case errors.Is(err, scrip.ErrAbsent) || (err == nil && h.Value != leg.Amount):
		return Item{}, ErrConflict
	case err != nil:
		return Item{}, err
	case h.Tx != "":
		return Item{}, ErrBusy
	}
	return w.presentBroker(ctx, leg, h, scrip.Withdraw{Account: w.account, Value: leg.Amount})
}

// finishWithdraw sends T20 and, once T21 says that the bank has it, erases the
// scrip and its secret.
func (w *Wallet) finishWithdraw(ctx context.Context, r Item) error {
	var p presented
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &p); err != nil {
		return err
	}
	e := r.event()
	envelope, err := w.ask(ctx, talk{p.Request, w.brokerInfo(ctx).Envelope, w.cfg.Broker.Withdraw, e})
	if err != nil {
		return err
	}
	t21, err := take[scrip.Withdrawn](w, envelope, p.Request, e, w.brokerKeys(ctx))
	if err != nil {
		return w.settleOn(ctx, r, err)
	}
	if t21.Body.Value != r.Amount {
		return unfinished("check T21", errAnswer)
	}
	return w.finished(ctx, r, PurseChange{Drop: []Hold{{r.Stake, r.Tx}}})
}
