package world_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/merchant"
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
			Stock: []scrip.StockTaken{sold.Taken(1)},
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

// TestDesk: a seller sees every listing and order, what they come to, and what
// the broker has yet to answer.
func TestDesk(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	lamp := s.List(10_00, 2)
	c := r.Customer(50_00)
	held, _ := c.Trade(s, c.Acquire(50_00), 30_00)
	_, held = c.Buy(s, held, lamp)
	paid, _ := c.Buy(s, held, lamp)
	desk, err := s.Desk(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(desk.Listings) != 1 || len(desk.Sales) != 1 || desk.Sales[0].ID != paid.Body.OrderID || len(desk.Underway) != 2 {
		t.Errorf("desk: got %d listings, sales %+v and %d underway, want one, the last one, and two", len(desk.Listings), desk.Sales, len(desk.Underway))
	}
	want := merchant.Tally{Orders: 2, ToSend: 2, Taken: 20_00, Sold: map[scrip.ID]int{lamp.Offer.Offer: 2}}
	if !reflect.DeepEqual(desk.Tally, want) {
		t.Errorf("tally: got %+v, want %+v", desk.Tally, want)
	}
}

// TestOrderOfARevisedListing: an order tells its postage as long as its listing
// does.
func TestOrderOfARevisedListing(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	item := merchant.Item{
		Title: "Lamp", Description: "Works.", Category: "Home", Condition: "good", Price: 10_00, Quantity: 2,
		Delivery: []scrip.Way{scrip.Posted(2_00)}, SendWithin: 5,
	}
	lamp, err := s.Stall.List(t.Context(), item)
	if err != nil {
		t.Fatal(err)
	}
	c := r.Customer(50_00)
	held, _ := c.Trade(s, c.Acquire(50_00), 12_00)
	paid, _ := c.Buy(s, held, lamp)
	order, err := s.Order(t.Context(), paid.Body.OrderID)
	if err != nil || order.Postage() != 2_00 || order.Offers[0].Condition != "good" {
		t.Errorf("order: got %+v, %v, want postage 200, condition good", order, err)
	}
	item.Delivery, item.Condition = []scrip.Way{scrip.Posted(3_00)}, "fair"
	if _, err := s.Revise(t.Context(), merchant.Seen{Offer: lamp.Offer.Offer, Version: lamp.Version, Stock: 1}, item); err != nil {
		t.Fatal(err)
	}
	order, err = s.Order(t.Context(), paid.Body.OrderID)
	if err != nil || order.Postage() != 2_00 || order.Offers[0].Condition != "good" || order.Listings[0].Condition != "fair" {
		t.Errorf("order of a revised listing: got %+v, %v, want what was bought, postage 200, condition good", order, err)
	}
	if _, err := s.Order(t.Context(), r.ID()); !errors.Is(err, scrip.NotFound) {
		t.Errorf("no order: got %v, want %v", err, scrip.NotFound)
	}
}
