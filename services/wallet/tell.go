package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Say adds an event to the thread of an order, or to a conversation, by its tx. It
// is written down before it is sent; a crash from then on leaves it to be sent again
// by Listen. Where the seller was faster it is signed anew, if it may still follow:
// *Refused with scrip.OutOfTurn where it may not. What a person wrote is cleaned.
func (w *Wallet) Say(ctx context.Context, tx scrip.ID, e scrip.Event) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	t, err := w.thread(ctx, tx)
	if err != nil {
		return err
	}
	return w.say(ctx, t, e, "")
}

// say is Say in an opened thread.
func (w *Wallet) say(ctx context.Context, t thread, e scrip.Event, previous string) error {
	if t.kept.Tell != nil { // what was said before goes first
		if err := w.tellAgain(ctx, &t); err != nil && !settled(err) {
			return err
		}
	}
	e = e.Cleaned()
	err := w.sayNow(ctx, &t, e, previous)
	if errors.Is(err, scrip.OutOfTurn) && previous == "" {
		if err := w.listen(ctx, &t); err != nil {
			return err
		}
		err = w.sayNow(ctx, &t, e, previous)
	}
	return err
}

func (w *Wallet) sayNow(ctx context.Context, t *thread, e scrip.Event, previous string) error {
	err := t.now.Takes(scrip.Buyer, e.Kind, max(w.now(), t.now.Last))
	if no, ok := scrip.AsRefusal(err); ok {
		return &Refused{Message: "TELL", Reason: no}
	}
	if err := w.writeTell(ctx, t, t.now.Follow(e, previous)); err != nil {
		return err
	}
	return w.tellAgain(ctx, t)
}

// writeTell signs an event and the TELL that brings it, and writes both down.
func (w *Wallet) writeTell(ctx context.Context, t *thread, body scrip.Event) error {
	if err := body.Valid(); err != nil {
		return err
	}
	m := scrip.Compose(t.key.Thumbprint(), string(t.kept.Vendor), t.now.Tx, w.now(), body, scrip.Attachments{})
	signed, err := jose.Sign(w.cfg.Random, m, t.key)
	if err != nil {
		return fmt.Errorf("sign an event: %w", err)
	}
	r, err := w.signTell(t, signed.JWS)
	if err != nil {
		return err
	}
	t.kept.Event, t.kept.Tell = signed.JWS, &r
	t.kept.remember(t.asked, signed.JWS)
	change, err := w.keepThread(t)
	if err != nil {
		return err
	}
	return w.cfg.Purse.Apply(ctx, change)
}

// signTell signs a TELL with these events, one or none.
func (w *Wallet) signTell(t *thread, events ...string) (request, error) {
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return request{}, err
	}
	body, attach := scrip.Tell{Vendor: t.kept.Vendor, Order: t.now.Order, Since: t.now.Seq, Events: []scrip.ToldEvent{}}, scrip.Attachments{}
	for _, jws := range events {
		body.Events = append(body.Events, scrip.ToldEvent{Event: jws})
		if t.photo != nil {
			body.Photo, attach.Photo = jose.Digest(t.photo), t.photo
		}
	}
	return w.sign(draft{t.key.Thumbprint(), string(t.kept.Vendor), tx, body, attach}, t.key)
}

// tellAgain sends a TELL that is written down, and keeps what comes back. After a
// final no it is not sent again.
func (w *Wallet) tellAgain(ctx context.Context, t *thread) error {
	a, err := w.askTell(ctx, t, *t.kept.Tell)
	switch {
	case err != nil:
		return err
	case a.no != nil && a.no.Reason.Transient():
		return unfinished("tell the seller", a.no)
	case a.no == nil:
		return w.hearTold(ctx, t, a.said.Body)
	}
	if err := w.unsaid(ctx, t); err != nil {
		return unfinished("keep the answer to TELL", err)
	}
	return a.no
}

// unsaid forgets an event that was refused, and a conversation that would have begun with it.
func (w *Wallet) unsaid(ctx context.Context, t *thread) error {
	t.kept.Event, t.kept.Tell, t.now.Unsaid = "", nil, nil
	if t.unasked() {
		return w.cfg.Purse.Apply(ctx, PurseChange{Unasked: &t.row})
	}
	change, err := w.keepThread(t)
	if err != nil {
		return err
	}
	return w.cfg.Purse.Apply(ctx, change)
}

func (w *Wallet) askTell(ctx context.Context, t *thread, r request) (answer[scrip.Told], error) {
	it := Item{Tx: r.Tx, Transaction: "TELL", Vendor: t.kept.Vendor}
	return askStall[scrip.Told](ctx, w, it, r)
}
