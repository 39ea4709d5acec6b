package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// Rate rates a purchase, by its tx, or rates it anew: 1 to scrip.MaxStars, and words,
// which are cleaned. It is written down before it is sent; interrupted, the next Rate
// sends it first. Refusals: scrip.NotFound while the seller has not reported the
// purchase, scrip.OutOfTurn while its money is held, scrip.AlreadyRecorded where it is too late to change what was said.
func (w *Wallet) Rate(ctx context.Context, tx scrip.ID, stars int, words string) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	r, err := w.Receipt(ctx, tx)
	if err != nil {
		return err
	}
	if r.Rating != nil {
		if err := w.sendRating(ctx, &r); err != nil && !settled(err) {
			return err
		}
	}
	counter, err := r.nextCounter(w.now())
	if err != nil {
		return err
	}
	said := scrip.Rating{Vendor: r.Vendor, Purchase: tx, Stars: stars, Words: scrip.Clean(words), Counter: counter}
	err = w.rateNow(ctx, &r, said)
	var stale scrip.Stale
	if errors.As(err, &stale) { // another copy of this wallet rated it, or its clock was wrong
		said.Counter = scrip.CaughtUp(said.Counter, stale) + 1
		err = w.rateNow(ctx, &r, said)
	}
	return err
}

// nextCounter is above that of the rating before, and in milliseconds.
func (r Receipt) nextCounter(now int64) (int64, error) {
	if r.Rated == "" {
		return now * 1000, nil
	}
	before, err := scrip.Unchecked[scrip.Rating](r.Rated)
	return max(now*1000, before.Counter+1), err
}

// rateNow signs a RATE, writes it down and sends it.
func (w *Wallet) rateNow(ctx context.Context, r *Receipt, said scrip.Rating) error {
	key, fresh, err := w.pseudonym(ctx, r.Vendor)
	switch {
	case err != nil:
		return err
	case fresh != nil: // it never bought there
		return &Refused{Message: said.Type(), Reason: scrip.NotFound}
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return err
	}
	request, err := w.sign(draft{key.Thumbprint(), string(w.brokerID()), tx, said, scrip.Attachments{}}, key)
	if err != nil {
		return err
	}
	r.Rating = &request
	if err := w.amend(ctx, *r); err != nil {
		return fmt.Errorf("write a rating down: %w", err)
	}
	return w.sendRating(ctx, r)
}

// sendRating sends a RATE that is written down, and keeps what became of it. After a
// final no it is not sent again.
func (w *Wallet) sendRating(ctx context.Context, r *Receipt) error {
	a, err := askBroker[scrip.Noted](ctx, w, Item{Tx: r.Rating.Tx, Transaction: r.Rating.Typ, Vendor: r.Vendor}, *r.Rating)
	if err != nil {
		return err
	}
	if a.no != nil && a.no.Reason.Transient() {
		return unfinished("rate a purchase", a.no)
	}
	if a.no == nil {
		r.Rated = r.Rating.Signed.JWS
	}
	r.Rating = nil
	if err := w.amend(ctx, *r); err != nil {
		return unfinished("keep the answer to RATE", err)
	}
	if a.no != nil {
		return a.no
	}
	return nil
}

// amend keeps a receipt with more said in it.
func (w *Wallet) amend(ctx context.Context, r Receipt) error {
	sealed, err := w.seal(r)
	if err != nil {
		return err
	}
	return w.cfg.Purse.Apply(ctx, PurseChange{Amend: []SealedReceipt{sealed}})
}
