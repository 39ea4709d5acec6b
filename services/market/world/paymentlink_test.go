package world_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"peerscrip/services/market"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// demanded is a payment link of the stall.
func (w *world) demanded(s *stall) scrip.Offer {
	return scrip.Offer{
		Offer: rig.NewID(w.t), Vendor: s.vendor, Title: "Two guitar lessons", Price: 6000, Currency: "EUR", Quantity: 1, Photos: []scrip.OfferPhoto{}, ValidUntil: start + 1e6,
		Edition: scrip.Edition, Delivery: []scrip.Way{scrip.Undelivered()}, Kind: scrip.KindRequest, Reference: "2026-117", Times: scrip.PaidOnce,
	}
}

// TestPaymentLink: what a stall asks for is in no catalogue, even where the stall lists it; it is read at the stall, as that signed it,
// and the stall's word on whether it is paid counts.
func TestPaymentLink(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	o := w.demanded(s)
	w.put(s, w.offer(s, "Lamp"), 1, start)
	w.put(s, o, 1, start)
	w.refresh()
	w.finds("the catalogue", market.Query{}, "Lamp")
	ctx := t.Context()
	if _, err := w.Listing(ctx, s.vendor, o.Offer); !errors.Is(err, scrip.NotFound) {
		t.Errorf("as a listing: got %v, want %v", err, scrip.NotFound)
	}
	read := func(want market.State) {
		t.Helper()
		i, err := w.PaymentLink(ctx, s.vendor, o.Offer)
		if err != nil || i.State != want || i.Price != 6000 || i.Reference != "2026-117" || i.Stall.Name != "Attic" {
			t.Errorf("the payment link: got %+v, %v, want it %s", i, err, want)
		}
	}
	read(market.Live)
	w.put(s, o, 0, start)
	read(market.SoldOut)
	w.put(s, o, 1, start)
	w.sleep(1e6 * time.Second)
	read(market.Expired)
}

// TestNoPaymentLink: what is none, or is not to be read, and why.
func TestNoPaymentLink(t *testing.T) {
	w := newWorld(t)
	s, other := w.certify("Attic"), w.certify("Shed")
	lamp, theirs, foreign := w.offer(s, "Lamp"), w.demanded(other), w.demanded(s)
	foreign.Currency = "USD"
	w.put(s, lamp, 1, start)
	w.put(s, foreign, 1, start)
	w.put(other, theirs, 1, start)
	w.refresh()
	stolen := other.offers[0]
	w.change(func() { s.offers = append(s.offers, stolen) })
	for name, c := range map[string]struct {
		vendor scrip.VendorID
		offer  scrip.ID
	}{
		"a thing": {s.vendor, lamp.Offer}, "of another currency": {s.vendor, foreign.Offer}, "signed by another stall": {s.vendor, theirs.Offer},
		"of nobody": {scrip.VendorID(rig.NewID(t)), lamp.Offer}, "no ID": {s.vendor, "none"}, "not there": {s.vendor, rig.NewID(t)},
	} {
		if _, err := w.PaymentLink(t.Context(), c.vendor, c.offer); !errors.Is(err, scrip.NotFound) {
			t.Errorf("%s: got %v, want %v", name, err, scrip.NotFound)
		}
	}
	w.change(func() { other.down = true })
	if _, err := w.PaymentLink(t.Context(), other.vendor, theirs.Offer); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("of a stall that does not answer: got %v, want %v", err, scrip.Unavailable)
	}
	w.change(func() { w.pause = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() } })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := w.PaymentLink(ctx, s.vendor, lamp.Offer); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a reader who leaves: got %v, want %v", err, context.DeadlineExceeded)
	}
}
