package wallet

import (
	"context"
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Show is Say of a photo, a JPEG of at most scrip.MaxTalkPhoto bytes, with words of what
// it shows.
func (w *Wallet) Show(ctx context.Context, tx scrip.ID, photo []byte, words string) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	t, err := w.thread(ctx, tx)
	if err != nil {
		return err
	}
	t.photo = photo
	return w.say(ctx, t, scrip.Event{Kind: "photo", Text: words, Photo: jose.Digest(photo)}, "")
}

// Photo asks the seller for a photo of a thread, its own or the buyer's, and returns it
// as it was sent: nothing but its digest and its size was looked at. *Refused with
// scrip.NotFound: the stall does not have it.
func (w *Wallet) Photo(ctx context.Context, tx scrip.ID, digest string) ([]byte, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	t, err := w.thread(ctx, tx)
	if err != nil {
		return nil, err
	}
	id, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return nil, err
	}
	body := scrip.Tell{Vendor: t.kept.Vendor, Order: t.now.Order, Events: []scrip.ToldEvent{}, Photo: digest}
	r, err := w.sign(draft{t.key.Thumbprint(), string(t.kept.Vendor), id, body, scrip.Attachments{}}, t.key)
	if err != nil {
		return nil, err
	}
	a, err := w.askTell(ctx, &t, r)
	switch {
	case err != nil:
		return nil, err
	case a.no != nil:
		return nil, a.no
	case a.said.Body.Photo != digest:
		return nil, unfinished("check TOLD", errAnswer)
	}
	return a.said.Photo, nil
}
