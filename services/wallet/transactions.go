package wallet

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// transaction is how one transaction is run. K is what its item keeps beside
// what the journal shows, under the wallet's lock: the requests and their reply
// keys. A is what it is answered with.
//
// begin and settle decide: they read, draw and sign, and change nothing. send
// only talks: its error settles nothing. settle assumes nothing of what was sent
// before, because it is also what takes an item up again after an interruption.
type transaction[K, A any] struct {
	begin  func(w *Wallet, ctx context.Context, leg Leg, p purpose) (outcome[K], error)
	send   func(w *Wallet, ctx context.Context, it Item, kept K) (A, error)
	settle func(w *Wallet, ctx context.Context, it Item, kept K, a A) outcome[K]
}

// transactions is the table of what this version can run. Plans reach for
// whatever stands in it.
func transactions() map[string]way {
	return map[string]way{
		"6.1": of((*Wallet).beginAcquire, (*Wallet).sendAcquire, (*Wallet).settleAcquire),
		"6.2": of((*Wallet).beginExchange, (*Wallet).sendExchange, (*Wallet).settleExchange),
		"6.3": of((*Wallet).beginPurchase, (*Wallet).sendPurchase, (*Wallet).settlePurchase),
		"6.4": of((*Wallet).beginTopUp, (*Wallet).sendTopUp, (*Wallet).settleTopUp),
		"6.5": of((*Wallet).beginExtend, (*Wallet).sendExtend, (*Wallet).settleExtend),
		"6.6": of((*Wallet).beginWithdraw, (*Wallet).sendWithdraw, (*Wallet).settleWithdraw),
		"6.7": of((*Wallet).beginGiveBack, (*Wallet).sendGiveBack, (*Wallet).settleGiveBack),
		"6.8": of((*Wallet).beginRenew, (*Wallet).sendRenew, (*Wallet).settleRenew),

		"PAYOUT": of((*Wallet).beginPayout, (*Wallet).sendPayout, (*Wallet).settlePayout),
		"RESCUE": of((*Wallet).beginRescue, (*Wallet).sendRescue, (*Wallet).settleRescue),
	}
}

// way is a transaction, whatever it keeps and whatever answers it.
type way interface {
	// run makes a leg from its beginning to its end; no item means that it did not begin.
	run(ctx context.Context, w *Wallet, leg Leg, p purpose) (Item, error)
	// finish takes up an item of the journal.
	finish(ctx context.Context, w *Wallet, it Item) error
}

// of is a line of the table.
func of[K, A any](
	begin func(*Wallet, context.Context, Leg, purpose) (outcome[K], error),
	send func(*Wallet, context.Context, Item, K) (A, error),
	settle func(*Wallet, context.Context, Item, K, A) outcome[K],
) way {
	return transaction[K, A]{begin, send, settle}
}

func (t transaction[K, A]) run(ctx context.Context, w *Wallet, leg Leg, p purpose) (Item, error) {
	o, err := t.begin(w, ctx, leg, p)
	if err != nil {
		return Item{}, fmt.Errorf("begin %s: %w", leg.Transaction, err)
	}
	if o.item.Phase != "" {
		return o.item, t.finish(ctx, w, o.item) // it was begun before, and goes on
	}
	it, err := t.write(ctx, w, o)
	if err != nil {
		return Item{}, err
	}
	return it, t.goOn(ctx, w, it, o.kept)
}

// write begins a leg: its item, and all that it will send, is in the journal
// before anything is sent. A crash after it leaves an item that Resume takes up.
func (t transaction[K, A]) write(ctx context.Context, w *Wallet, o outcome[K]) (Item, error) {
	it, c := o.item, o.changes
	var err error
	if it.Sealed, err = w.vault.put(placeOfItem(it.Tx), o.kept); err != nil {
		return Item{}, err
	}
	it.Phase, it.StartedAt = PhaseAsked, w.now()
	c.Hold, c.Write = append(c.Hold, w.holds(it)...), &it
	if err := w.cfg.Purse.Apply(ctx, c); err != nil {
		return Item{}, fmt.Errorf("begin %s: %w", it.Transaction, err)
	}
	w.knock()
	return it, nil
}

func (t transaction[K, A]) finish(ctx context.Context, w *Wallet, it Item) error {
	var kept K
	if err := w.vault.take(placeOfItem(it.Tx), it.Sealed, &kept); err != nil {
		return err
	}
	return t.goOn(ctx, w, it, kept)
}

// goOn brings an item to its end, or as far as it can be had now: nil when it
// is done; what it waits for (ErrUnfinished, *Confirm); or why it stopped.
func (t transaction[K, A]) goOn(ctx context.Context, w *Wallet, it Item, kept K) error {
	for {
		o := waits(it, kept, nil)
		if answer, err := t.send(w, ctx, it, kept); err != nil {
			o.wait = err
		} else {
			o = t.settle(w, ctx, it, kept, answer)
		}
		o = orGivenUp(ctx, w, it, o)
		if err := apply(ctx, w, it, o); err != nil {
			return unfinished("keep the outcome of "+it.Transaction, err)
		}
		switch {
		case o.stop != nil:
			return afterwards(ctx, w, o)
		case o.wait != nil || o.item.Phase == PhaseDone:
			return o.wait
		}
		it, kept = o.item, o.kept
	}
}

// apply makes an outcome true of the item as it was: its phase, what it keeps,
// and whatever belongs to it, in one commit. An outcome that leaves the item
// where it was changes nothing. A crash before it leaves the item to be asked
// for again with the same messages, which bring the same answer.
func apply[K any](ctx context.Context, w *Wallet, was Item, o outcome[K]) error {
	if o.item.Phase == was.Phase {
		return nil
	}
	c := o.changes
	c.Advance = &Advance{Tx: was.Tx, From: was.Phase, To: o.item.Phase, Reason: o.item.Reason, At: w.now()}
	if !o.item.Phase.Ended() {
		sealed, err := w.vault.put(placeOfItem(was.Tx), o.kept)
		if err != nil {
			return err
		}
		c.Advance.Sealed = sealed
	}
	for _, gone := range c.Drop {
		c.Forget = append(c.Forget, gone.ScripID)
	}
	switch {
	case o.item.Phase != PhaseDone || w.spends(was):
	case was.Transaction == "6.1":
		c.Overtaken = was.Stake // a PAYOUT that was refused may be granted yet: it has no counter
	case was.Stake == scrip.ID(was.Vendor):
		c.Forget = append(c.Forget, was.Stake)
	}
	return w.cfg.Purse.Apply(ctx, c)
}
