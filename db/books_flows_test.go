package db_test

import (
	"slices"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestDays: each day has what was sold on it, and what was at stalls and held at its end.
func TestDays(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	first := r.Clock.Now().Unix()
	if got, err := r.Books.Days(t.Context(), first, first); err != nil || len(got) != 1 || got[0].Float != 20_00 {
		t.Errorf("the first day: got %+v, %v, want 20.00 at stalls", got, err)
	}
	r.Clock.Advance(48 * time.Hour)
	c.BuyProtected(s, held, s.List(8_00, 1))
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Clock.Advance(24 * time.Hour)
	got, err := r.Books.Days(t.Context(), first, r.Clock.Now().Unix())
	if err != nil || len(got) != 4 {
		t.Fatalf("Days: got %+v, %v, want four", got, err)
	}
	if _, err := r.Books.LogHead(t.Context()); err != nil { // which gives all their numbers
		t.Fatal(err)
	}
	if again, err := r.Books.Days(t.Context(), first, r.Clock.Now().Unix()); err != nil || !slices.Equal(got, again) {
		t.Errorf("with what was staged: got %+v, and then %+v, %v", got, again, err)
	}
	day := first / 86400 * 86400
	for i, want := range []db.DayOfBooks{{Float: 20_00}, {Float: 20_00}, {Sold: 8_00, Float: 12_00, Held: 8_00}, {Float: 12_00, Held: 8_00}} {
		want.Day = day + int64(i)*86400
		if got[i] != want {
			t.Errorf("day %d: got %+v, want %+v", i, got[i], want)
		}
	}
	if got, err := r.Books.Days(t.Context(), r.Clock.Now().Unix(), r.Clock.Now().Unix()); err != nil || len(got) != 1 || got[0].Float != 12_00 || got[0].Sold != scrip.Money(0) {
		t.Errorf("today alone: got %+v, %v, want what there is now", got, err)
	}
}
