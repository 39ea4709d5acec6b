package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// acquisition is what a 6.1 item keeps.
type acquisition struct {
	T1    request  `json:"t1"`
	Nonce scrip.ID `json:"nonce"`

	Counter int64 `json:"counter"` // T1's
}

// beginAcquire signs T1. For a purchase it is the earlier T1 that waits for the
// bank, if that brings enough.
func (w *Wallet) beginAcquire(ctx context.Context, leg Leg, p purpose) (outcome[acquisition], error) {
	waiting, err := w.charge(ctx)
	switch {
	case err == nil && p.price > 0 && waiting.Amount >= leg.Amount:
		return outcome[acquisition]{item: waiting}, nil
	case err == nil:
		return outcome[acquisition]{}, ErrBusy
	case !errors.Is(err, scrip.ErrAbsent):
		return outcome[acquisition]{}, err
	}
	if err := errors.Join(w.mayAcquire(ctx, leg.Amount), w.mayAdd(ctx)); err != nil {
		return outcome[acquisition]{}, err
	}
	owner, err := w.cfg.Purse.Owner(ctx)
	if err != nil {
		return outcome[acquisition]{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return outcome[acquisition]{}, err
	}
	nonce, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return outcome[acquisition]{}, err
	}
	// By the clock, so that a purse that was restored from a copy is not stuck
	// with a counter the broker has seen.
	counter := max(owner.Counter+1, w.now())
	t1, err := w.sign(w.toBroker(tx, scrip.Acquire{
		Account: w.account, Amount: leg.Amount, Nonce: nonce, Counter: counter,
	}, scrip.Attachments{}), w.Key())
	return outcome[acquisition]{
		item:    Item{Tx: tx, Transaction: "6.1", Amount: leg.Amount, Stake: scrip.ID(w.account)},
		kept:    acquisition{t1, nonce, counter},
		changes: PurseChange{Counter: counter},
	}, err
}

// mayAcquire refuses what the broker would refuse.
func (w *Wallet) mayAcquire(ctx context.Context, amount scrip.Money) error {
	if limit := w.brokerInfo(ctx).MaxCharge; !amount.Positive() || (limit > 0 && amount > limit) {
		return scrip.AmountOutOfBounds
	}
	h, err := w.brokerHolding(ctx)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return nil
	case err == nil && h.Tx != "":
		return ErrBusy
	case err == nil:
		return ErrConflict // this takes 6.4
	}
	return err
}

// charge returns the one unfinished 6.1, or scrip.ErrAbsent.
func (w *Wallet) charge(ctx context.Context) (Item, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return Item{}, fmt.Errorf("look up what is unfinished: %w", err)
	}
	for _, it := range list {
		if it.Transaction == "6.1" {
			return it, nil
		}
	}
	return Item{}, scrip.ErrAbsent
}

func (w *Wallet) sendAcquire(ctx context.Context, it Item, a acquisition) (answer[scrip.Acquired], error) {
	return askBank[scrip.Acquired](ctx, w, it, a.T1)
}

// countOn is where the account's counter goes on after a no to a message with
// this one; nil if it was not stale.
func countOn(counter int64, no *Refused) *CountOn {
	if no.Reason != scrip.CounterStale {
		return nil
	}
	return &CountOn{From: counter, To: scrip.CaughtUp(counter, no.Stale)}
}

// settleAcquire keeps what T2 brings.
func (w *Wallet) settleAcquire(_ context.Context, it Item, a acquisition, got answer[scrip.Acquired]) outcome[acquisition] {
	switch {
	case got.no != nil:
		o := denied(w, it, a, got.no)
		o.changes.CountOn = countOn(a.Counter, got.no)
		return o
	case got.pending != nil:
		return waits(it, a, &Confirm{it.Tx, it.Amount, got.pending.Body.Link})
	}
	t2 := got.said
	if t2.Body.Nonce != a.Nonce || t2.Body.Value != it.Amount {
		return wrong(it, a, "T2", errAnswer)
	}
	h, err := w.received(t2.Attachments, "", it.Amount, t2.At)
	if err != nil {
		return wrong(it, a, "T2", err)
	}
	return done(it, a, PurseChange{Keep: []Holding{h}})
}
