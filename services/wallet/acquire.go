package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// acquisition is what a 6.1 step keeps while it is not finished.
type acquisition struct {
	T1    request  `json:"t1"`
	Nonce scrip.ID `json:"nonce"`
}

// beginAcquire writes T1 down. For a purchase it is the earlier T1 that waits
// for the bank, if that brings enough.
func (w *Wallet) beginAcquire(ctx context.Context, leg Leg, e purpose) (Item, error) {
	waiting, err := w.charge(ctx)
	switch {
	case err == nil && e.price > 0 && waiting.Amount >= leg.Amount:
		return waiting, nil
	case err == nil:
		return Item{}, ErrBusy
	case !errors.Is(err, scrip.ErrAbsent):
		return Item{}, err
	}
	if err := w.mayAcquire(ctx, leg.Amount); err != nil {
		return Item{}, err
	}
	owner, err := w.cfg.Purse.Owner(ctx)
	if err != nil {
		return Item{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return Item{}, err
	}
	nonce, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return Item{}, err
	}
	// By the clock, so that a purse that was restored from a copy is not stuck
	// with a counter the broker has seen.
	counter := max(owner.Counter+1, w.now())
	t1, err := w.sign(draft{string(w.account), string(w.brokerID()), tx, scrip.Acquire{
		Account: w.account, Amount: leg.Amount, Nonce: nonce, Counter: counter,
	}, scrip.Attachments{}}, w.key)
	if err != nil {
		return Item{}, err
	}
	r := Item{Tx: tx, Transaction: "6.1", Amount: leg.Amount, Stake: scrip.ID(w.account)}
	return w.write(ctx, r, acquisition{t1, nonce}, PurseChange{Counter: counter})
}

// mayAcquire refuses what the broker would refuse.
func (w *Wallet) mayAcquire(ctx context.Context, amount scrip.Money) error {
	if limit := w.brokerInfo(ctx).MaxCharge; !amount.Positive() || (limit > 0 && amount > limit) {
		return scrip.AmountOutOfBounds
	}
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return err
	}
	for _, h := range holdings {
		switch {
		case h.Vendor != "" || h.Doubt != "":
		case h.Tx != "":
			return ErrBusy
		default:
			return ErrConflict // this takes 6.4
		}
	}
	return nil
}

// charge returns the one unfinished 6.1, or scrip.ErrAbsent.
func (w *Wallet) charge(ctx context.Context) (Item, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return Item{}, fmt.Errorf("look up what is unfinished: %w", err)
	}
	for _, r := range list {
		if r.Transaction == "6.1" {
			return r, nil
		}
	}
	return Item{}, scrip.ErrAbsent
}

// finishAcquire sends T1 and keeps what T2 brings.
func (w *Wallet) finishAcquire(ctx context.Context, r Item) error {
	var a acquisition
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &a); err != nil {
		return err
	}
	e := r.event()
	envelope, err := w.ask(ctx, talk{a.T1, w.brokerInfo(ctx).Envelope, w.cfg.Broker.Acquire, e})
	if err != nil {
		return err
	}
	t2, pending, err := takeEither[scrip.Acquired, scrip.Pending](w, envelope, a.T1, e, w.brokerKeys(ctx))
	if err != nil {
		return w.settleOn(ctx, r, err)
	}
	if pending != nil {
		return &Confirm{r.Tx, r.Amount, pending.Body.Link}
	}
	held, err := w.money(t2.Attachments, w.brokerID(), r.Amount)
	if err != nil || t2.Body.Nonce != a.Nonce || t2.Body.Value != r.Amount {
		return unfinished("check T2", errAnswer)
	}
	holding, err := w.holding(held, "", t2.At)
	if err != nil {
		return fmt.Errorf("lock new BrokerScrip: %w", err)
	}
	return w.finished(ctx, r, PurseChange{Keep: []Holding{holding}})
}
