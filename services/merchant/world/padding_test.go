package world_test

import (
	"errors"
	"testing"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// A mandate that no T12 could carry is none: it buys nothing, and what others buy
// is reported.
func TestPaddedMandate(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	listing := s.List(5_00, 2)
	held, _ := c.Trade(s, c.Acquire(50_00), 15_00)
	if _, err := rig.Send[scrip.Paid](c, s.Purchase, rig.Padded(c, c.Mandate(s, held, listing))); !errors.Is(err, scrip.Unreadable) {
		t.Errorf("a T10 with 60,000 spaces in it: %v, want unreadable", err)
	}
	if sales, err := s.Shelf.Unrecorded(t.Context(), 10); err != nil || len(sales) != 0 {
		t.Errorf("it left %d sales, %v; want none", len(sales), err)
	}
	c.Buy(s, held, listing)
	if err := s.Deliver(t.Context()); err != nil {
		t.Errorf("the next sale is not reported: %v", err)
	}
}
