package rig_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"sync"

	"pgregory.net/rapid"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// private is what a stall offered one buyer. Who else tries to buy it is refused.
type private struct {
	at       *stallProcess
	offer    string // JWS
	quantity int
	price    scrip.Money
}

// photo is a JPEG such as conversations have.
var photo = sync.OnceValues(func() ([]byte, error) {
	var b bytes.Buffer
	err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 80, 70)), nil)
	return b.Bytes(), err
})

// drawPropose proposes a price for some of a listing.
func drawPropose(t *rapid.T, w *town, _ *walletProcess) act {
	s := pick(t, "stall", w.stalls)
	thing := pick(t, "listing", s.listings)
	p := wallet.Proposal{Price: thing.Offer.Price / 2, Quantity: rapid.IntRange(1, 3).Draw(t, "quantity")}
	return act{what: fmt.Sprintf("propose %d for %d of %d at %s", p.Price, p.Quantity, thing.Offer.Price, s.label), do: func(ctx context.Context, c *wallet.Wallet) error {
		_, err := c.Propose(ctx, thing.JWS, p)
		return err
	}}
}

// drawShow shows a photo in the thread of one of the last orders.
func drawShow(t *rapid.T, _ *town, _ *walletProcess) act {
	which := rapid.IntRange(0, 1).Draw(t, "order")
	return act{what: fmt.Sprintf("show a photo about order %d", which), do: func(ctx context.Context, c *wallet.Wallet) error {
		receipts, err := c.Receipts(ctx, which, 1)
		if err != nil || len(receipts) == 0 {
			return errors.Join(wallet.ErrNothing, err)
		}
		shown, err := photo()
		if err != nil {
			return err
		}
		return c.Show(ctx, receipts[0].Tx, shown, "The\u00ad crack")
	}}
}

// drawBuyPrivately buys what a stall offered somebody, be it to this wallet or not, still
// or not any more.
func drawBuyPrivately(t *rapid.T, w *town, who *walletProcess) act {
	if len(w.private) == 0 {
		t.Skip()
	}
	p := pick(t, "private offer", w.private)
	o := &ordered{Basket: wallet.Just(p.offer, p.quantity, rig.To("order "+string(w.ID())))}
	who.bought.orders = append(who.bought.orders, o)
	return who.buys(o, 0, fmt.Sprintf("buy %d for %d offered privately at %s", p.quantity, p.price, p.at.label))
}

// drawAnswer has a seller answer a conversation: by a private offer, a no, or a photo.
func (w *town) drawAnswer(t *rapid.T) {
	ctx, s := w.T.Context(), pick(t, "stall", w.stalls)
	talks, err := s.shelf().Talks(ctx, 100)
	if err != nil {
		w.T.Fatal(err)
	}
	if len(talks) == 0 || s.now().isDead() {
		t.Skip()
	}
	talk, how := pick(t, "talk", talks), rapid.SampledFrom([]string{"offer", "offer", "decline", "photo"}).Draw(t, "answer")
	switch how {
	case "offer":
		err = w.offerPrivately(s, talk.Order, rapid.IntRange(1, 2).Draw(t, "quantity"))
	case "decline":
		err = s.present().Say(ctx, talk.Order, scrip.Event{Kind: "declined"})
	case "photo":
		var shown []byte
		if shown, err = photo(); err == nil {
			err = s.present().SayPhoto(ctx, talk.Order, bytes.NewReader(shown), "")
		}
	}
	w.log("%s answers a conversation, %s: %v", s.label, how, err)
	if _, refused := scrip.AsRefusal(err); err != nil && !refused && !errors.Is(err, errCrash) {
		w.T.Errorf("%s answers a conversation, %s: got %v, want it done or refused", s.label, how, err)
	}
}

// offerPrivately offers what a conversation is about for less.
func (w *town) offerPrivately(s *stallProcess, talk scrip.ID, quantity int) error {
	ctx := w.T.Context()
	price := scrip.Money(1_50)
	if err := s.present().OfferPrivately(ctx, talk, merchant.Terms{Price: price, Quantity: quantity, Hours: 72}); err != nil {
		return err
	}
	c, err := s.present().Conversation(ctx, talk)
	if err != nil {
		return err
	}
	public, err := s.present().Offer(ctx, c.Said[len(c.Said)-1].Offer)
	if err == nil {
		w.private = append(w.private, private{s, public.Offer, quantity, price})
	}
	return err
}

// listed is the listing that something was sold of, in public or privately.
func (s *stallProcess) listed(offer scrip.ID) scrip.ID {
	l, err := s.shelf().Listing(s.town.T.Context(), offer)
	if err != nil {
		s.town.T.Fatal(err)
	}
	if l.Source != "" {
		return l.Source
	}
	return offer
}
