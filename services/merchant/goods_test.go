package merchant_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// What can be bought comes first: a market that takes so many offers of a stall
// cuts what is sold out.
func TestOffersPutWhatCanBeBoughtFirst(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	buyable := s.List(1_00, 2)
	r.Clock.Advance(time.Second)
	sold := s.List(2_00, 1)
	err := s.Shelf.Apply(t.Context(), scrip.Change{
		Stall: &scrip.StallChange{
			Stock: &scrip.StockTaken{Offer: sold.Offer.Offer, Version: sold.Version, Quantity: 1},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	offers, err := s.Offers(t.Context())
	if err != nil || len(offers) != 2 || offers[0].Offer != buyable.JWS || offers[1].Stock != 0 {
		t.Errorf("offers: got %+v, %v, want the buyable one before the newer one that is sold", offers, err)
	}
}

// A running stall erases pictures of forms that were never finished, a day
// later.
func TestRunSweepsPictures(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	full := []byte("a picture")
	picture := scrip.Photo{Digest: jose.Digest(full), Full: full, Thumb: full}
	if err := s.Shelf.Apply(t.Context(), scrip.Change{At: r.Clock.Now().Unix(), Stall: &scrip.StallChange{Photos: []scrip.Photo{picture}}}); err != nil {
		t.Fatal(err)
	}
	swept := func() error {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		done := make(chan struct{})
		go func() { s.Run(ctx); close(done) }()
		defer func() { stop(); <-done }()
		time.Sleep(50 * time.Millisecond)
		for begun := time.Now(); time.Since(begun) < 2*time.Second; time.Sleep(5 * time.Millisecond) {
			if _, err := s.Photo(t.Context(), picture.Digest); err != nil || r.Clock.Now().Unix() == 1_800_000_000 {
				return err
			}
		}
		return nil
	}
	if err := swept(); err != nil {
		t.Errorf("at once: got %v, want it there", err)
	}
	r.Clock.Advance(25 * time.Hour)
	if err := swept(); !errors.Is(err, scrip.NotFound) {
		t.Errorf("a day later: got %v, want %v", err, scrip.NotFound)
	}
}
