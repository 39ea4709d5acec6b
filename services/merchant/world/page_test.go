package world_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestAway: what is offered stays to be seen and cannot be bought until the day comes;
// what was answered before is answered again.
func TestAway(t *testing.T) {
	s := openShop(t, 10_00, 3, 20_00)
	before := s.customer.Mandate(s.stall, s.held, s.listing)
	m, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, before)
	if err != nil {
		t.Fatal(err)
	}
	until := s.Clock.Now().Add(24 * time.Hour).Unix()
	if err := s.stall.SetPage(t.Context(), scrip.StallPage{Place: " Utrecht,  NL\u202e ", AwayUntil: until}); err != nil {
		t.Fatal(err)
	}
	page, err := s.stall.Page(t.Context())
	if want := (scrip.StallPage{Place: "Utrecht, NL", AwayUntil: until}); err != nil || page != want {
		t.Errorf("the page: got %+v, %v, want %+v", page, err, want)
	}
	if offers, err := s.stall.Offers(t.Context()); err != nil || len(offers) != 1 || offers[0].AwayUntil != until {
		t.Errorf("offers: got %+v, %v, want one that can be bought from %d", offers, err, until)
	}
	if _, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, before); err != nil {
		t.Errorf("a T10 that was answered, again: %v", err)
	}
	rest := scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	t10 := s.customer.Mandate(s.stall, rest, s.listing)
	if _, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10); !errors.Is(err, scrip.StallClosed) {
		t.Errorf("T10 while away: got %v, want %v", err, scrip.StallClosed)
	}
	s.Clock.Advance(24 * time.Hour)
	if _, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10); err != nil {
		t.Errorf("T10 once back: %v", err)
	}
}

// TestClosed: a closed stall offers nothing and takes no orders, and gives money back.
func TestClosed(t *testing.T) {
	s := openShop(t, 10_00, 3, 20_00)
	if err := s.stall.SetPage(t.Context(), scrip.StallPage{Closed: true}); err != nil {
		t.Fatal(err)
	}
	if offers, err := s.stall.Offers(t.Context()); err != nil || len(offers) != 0 {
		t.Errorf("offers: got %v, %v, want none", offers, err)
	}
	if _, err := s.stall.Offer(t.Context(), s.listing.Offer.Offer); !errors.Is(err, scrip.NotFound) {
		t.Errorf("an offer: got %v, want %v", err, scrip.NotFound)
	}
	t10 := s.customer.Mandate(s.stall, s.held, s.listing)
	if _, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10); !errors.Is(err, scrip.StallClosed) {
		t.Errorf("T10: got %v, want %v", err, scrip.StallClosed)
	}
	if err := s.stall.SetPage(t.Context(), scrip.StallPage{}); err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Send[scrip.Paid](s.customer, s.stall.Purchase, t10); err != nil {
		t.Errorf("T10 once it is open again: %v", err)
	}
}

// TestPageIsBounded: what is too long, not there or too far ahead is refused, and
// changes nothing.
func TestPageIsBounded(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	for what, tc := range map[string]struct {
		page scrip.StallPage
		want error
	}{
		"words":   {scrip.StallPage{About: strings.Repeat("x", scrip.MaxAbout+1)}, scrip.TooMany},
		"place":   {scrip.StallPage{Place: strings.Repeat("x", scrip.MaxPlace+1)}, scrip.TooMany},
		"away":    {scrip.StallPage{AwayUntil: r.Clock.Now().Unix() + scrip.MaxAway + 1}, scrip.TooMany},
		"digest":  {scrip.StallPage{Picture: "x"}, scrip.Unreadable},
		"picture": {scrip.StallPage{Picture: strings.Repeat("A", 43)}, scrip.NotFound},
	} {
		if err := s.SetPage(t.Context(), tc.page); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", what, err, tc.want)
		}
	}
	if page, err := s.Page(t.Context()); err != nil || page != (scrip.StallPage{}) {
		t.Errorf("the page: got %+v, %v, want it as it was", page, err)
	}
}
