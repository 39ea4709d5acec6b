package wallet

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Reconciled is what a wallet and a stall have of one thread, held against each
// other.
type Reconciled struct {
	Here, There int    // events that the wallet has, and the stall
	Fetched     int    // of There, those that the wallet did not have and has now
	Ours        string // where they differ first: the event that the wallet has, as it was signed
	Theirs      string // and the one that the stall showed; empty where there is none
	Lost        bool   // the stall says that there is no such order or conversation
}

// Same reports whether both have the same.
func (r Reconciled) Same() bool { return !r.Lost && r.Ours == "" && r.Here == r.There }

// Reconcile asks the stall for the whole thread of an order, or a conversation, by
// its tx, and compares. What the wallet did not have it keeps, where it follows; what
// differs is told as both signed it, which proves who said two things in one place.
func (w *Wallet) Reconcile(ctx context.Context, tx scrip.ID) (Reconciled, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return Reconciled{}, err
	}
	defer release()
	t, err := w.thread(ctx, tx)
	if err != nil {
		return Reconciled{}, err
	}
	before := t.now.Seq
	if err := w.listen(ctx, &t); err != nil && !settled(err) && !errors.Is(err, errAnswer) {
		return Reconciled{}, err
	}
	theirs, err := w.wholeThread(ctx, t)
	r := Reconciled{Here: t.now.Seq, There: len(theirs), Fetched: t.now.Seq - before}
	var no *Refused
	if errors.As(err, &no) && no.Reason == scrip.NotFound {
		r.Lost = true
		return r, nil
	}
	for i, said := range t.now.Said {
		if i < len(theirs) && scrip.SamePayload(theirs[i], said.Signed) {
			continue
		}
		r.Ours = said.Signed
		if i < len(theirs) {
			r.Theirs = theirs[i]
		}
		break
	}
	return r, err
}

// wholeThread asks for all events of a thread, whatever the wallet has.
func (w *Wallet) wholeThread(ctx context.Context, t thread) ([]string, error) {
	var all []string
	for range toldAtMost {
		t.now.Seq = len(all)
		r, err := w.signTell(&t)
		if err != nil {
			return nil, err
		}
		a, err := w.askTell(ctx, &t, r)
		if err != nil {
			return nil, err
		}
		if a.no != nil {
			return nil, a.no
		}
		for _, e := range a.said.Body.Events {
			all = append(all, e.Event)
		}
		if len(a.said.Body.Events) == 0 || len(all) >= a.said.Body.Seq {
			break
		}
	}
	return all, nil
}
