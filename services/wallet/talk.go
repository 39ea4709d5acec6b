package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Ask begins a conversation about an offer, as its seller signed it, and returns its
// ID. It needs no account's money, and shows the pseudonym that a purchase there
// would.
func (w *Wallet) Ask(ctx context.Context, offer, text string) (scrip.ID, error) {
	return w.AskAs(ctx, Key{}, offer, text)
}

// AskAs is Ask for a key: once for it, as SaidAs.
func (w *Wallet) AskAs(ctx context.Context, key Key, offer, text string) (scrip.ID, error) {
	return w.inTalk(ctx, key, offer, func(thread) bool { return false }, scrip.Event{Kind: "ask", Text: text})
}

// Proposal is what a buyer would pay for so many of an offer.
type Proposal struct {
	Price    scrip.Money // of one
	Quantity int
	Text     string // a word with it; may be empty
}

// Propose proposes a price to the seller of an offer, as it was signed, in the
// conversation about it, where there is one that is not closed, else in a new one; and
// returns the conversation's ID. The seller answers with a private offer, or declines.
func (w *Wallet) Propose(ctx context.Context, offer string, p Proposal) (scrip.ID, error) {
	return w.ProposeAs(ctx, Key{}, offer, p)
}

// ProposeAs is Propose for a key: once for it, as SaidAs.
func (w *Wallet) ProposeAs(ctx context.Context, key Key, offer string, p Proposal) (scrip.ID, error) {
	about := func(t thread) bool {
		return t.now.Talk && len(t.now.Said) > 0 && t.now.May(scrip.Buyer, "propose", max(w.now(), t.now.Last))
	}
	return w.inTalk(ctx, key, offer, about, scrip.Event{Kind: "propose", Text: p.Text, Price: p.Price, Quantity: p.Quantity})
}

// SaidAs returns the conversation in which something was said for a key, and tells it to the seller if that
// was not heard yet. scrip.ErrAbsent: nothing was, or the seller refused it, so that it may be said anew;
// scrip.TxConflict: the key was used for something else. What is remembered of a conversation is bounded.
func (w *Wallet) SaidAs(ctx context.Context, key Key) (scrip.ID, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return w.saidAs(ctx, key)
}

func (w *Wallet) saidAs(ctx context.Context, key Key) (scrip.ID, error) {
	if key.Name == "" {
		return "", scrip.ErrAbsent
	}
	rows, err := w.cfg.Purse.Threads(ctx)
	if err != nil {
		return "", fmt.Errorf("list threads: %w", err)
	}
	name := jose.Digest([]byte(key.Name))
	for _, row := range rows {
		t, err := w.openThread(ctx, row)
		if err != nil {
			return "", err
		}
		i := slices.IndexFunc(t.kept.Keys, func(k keptKey) bool { return k.Name == name })
		switch {
		case i < 0:
			continue
		case t.kept.Keys[i].Digest != key.Digest:
			return "", scrip.TxConflict
		case !t.kept.has(t.kept.Keys[i].Event):
			return "", scrip.ErrAbsent
		case t.kept.Tell != nil:
			return row.Tx, w.tellAgain(ctx, &t)
		}
		return row.Tx, nil
	}
	return "", scrip.ErrAbsent
}

// inTalk says something about an offer: in a conversation about it that will do, or in
// a new one. What was said for the key is not said again.
func (w *Wallet) inTalk(ctx context.Context, key Key, offer string, do func(thread) bool, e scrip.Event) (scrip.ID, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	if tx, err := w.saidAs(ctx, key); !errors.Is(err, scrip.ErrAbsent) {
		return tx, err
	}
	named, err := unverified(offer)
	if err != nil {
		return "", err
	}
	certificate, err := w.certificate(ctx, named.vendor)
	if err != nil {
		return "", err
	}
	o, err := scrip.Verify[scrip.Offer](offer, string(named.vendor), w.merchantKeys(ctx, certificate))
	if err != nil {
		return "", err
	}
	e.Offer = o.Body.Offer
	rows, err := w.cfg.Purse.Threads(ctx)
	if err != nil {
		return "", fmt.Errorf("list threads: %w", err)
	}
	for _, row := range rows {
		t, err := w.openThread(ctx, row)
		if err != nil {
			return "", err
		}
		if t.kept.Vendor == named.vendor && do(t) && t.now.Said[0].Offer == e.Offer {
			t.asked = key
			return row.Tx, w.say(ctx, t, e, "")
		}
	}
	t, err := w.newTalk(ctx, certificate, o.Body.Title)
	if err != nil {
		return "", err
	}
	t.asked = key
	return t.row.Tx, w.say(ctx, t, e, o.Digest)
}

// newTalk is a conversation that was not begun, with the pseudonym that it shows.
func (w *Wallet) newTalk(ctx context.Context, c scrip.Certificate, title string) (thread, error) {
	key, fresh, err := w.pseudonym(ctx, c.Vendor)
	if err != nil {
		return thread{}, err
	}
	if fresh != nil {
		if err := w.cfg.Purse.Apply(ctx, PurseChange{Pseudonym: fresh}); err != nil {
			return thread{}, fmt.Errorf("keep a pseudonym: %w", err)
		}
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return thread{}, err
	}
	t := thread{kept: keptThread{Vendor: c.Vendor, Stall: c.Name, Title: title, Order: tx}, row: SealedThread{Tx: tx}, key: key}
	t.now = Conversation{Thread: scrip.Asked(tx), Vendor: c.Vendor, Talk: true}
	return t, nil
}

// unasked reports whether it is a conversation in which nothing was said.
func (t *thread) unasked() bool { return t.now.Talk && t.now.Seq == 0 && t.kept.Tell == nil }
