package world_test

import (
	"testing"
	"time"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// TestRestock: what is left of an offer is taken over alone; an offer that the stall has
// signed anew, or ended, has all of the stall read.
func TestRestock(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	lamp, chair := w.offer(s, "Lamp"), w.offer(s, "Chair")
	w.put(s, lamp, 2, start)
	w.put(s, chair, 1, start)
	w.refresh()
	restock := func(what string, reads int, offers ...scrip.Offer) {
		t.Helper()
		before := s.reads
		var ids []scrip.ID
		for _, o := range offers {
			ids = append(ids, o.Offer)
		}
		if err := w.Restock(t.Context(), s.vendor, ids); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := s.reads - before; got != reads {
			t.Errorf("%s: the stall was asked %d times, want %d", what, got, reads)
		}
	}
	left := func(o scrip.Offer, stock int) {
		w.change(func() {
			for i, p := range s.offers {
				if body, err := scrip.Unchecked[scrip.Offer](p.Offer); err == nil && body.Offer == o.Offer {
					s.offers[i].Stock = stock
				}
			}
		})
	}
	left(chair, 0)
	restock("sold out", 2, lamp, chair)
	w.state(s, chair, market.SoldOut)
	w.state(s, lamp, market.Live)
	left(chair, 1)
	restock("put back", 1, chair)
	w.state(s, chair, market.Live)

	lamp.Title = "Brass lamp"
	w.put(s, lamp, 1, start+5)
	w.sleep(10 * time.Second)
	restock("signed anew", 3, lamp) // the offer, then all offers and the page
	w.finds("signed anew", market.Query{Text: "brass"}, "Brass lamp")
	w.change(func() { s.offers = s.offers[1:] })
	restock("ended", 3, chair)
	w.finds("ended", market.Query{}, "Brass lamp")
}

// TestTags: a stall that says that it offers what it did is not read again, and still
// answers; one that says something else is, and an offer that was verified before is
// there as it was.
func TestTags(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	lamp := w.offer(s, "Lamp")
	w.put(s, lamp, 2, start)
	w.change(func() { s.tag = "one" })
	w.refresh()
	kept := s.offers
	w.change(func() { s.offers, s.down = nil, true }) // what it offers under the same tag is not looked at
	w.refresh()
	w.change(func() { s.down = false })
	w.sleep(time.Minute)
	w.refresh()
	w.finds("the same tag", market.Query{}, "Lamp")
	if page, err := w.StallPage(t.Context(), s.vendor); err != nil || page.Stall.Unreachable() {
		t.Errorf("the same tag: %v, unreachable %t, want that it answers", err, page.Stall.Unreachable())
	}
	w.change(func() { s.tag, s.offers = "two", kept })
	chair := w.offer(s, "Chair")
	w.put(s, chair, 1, start+5)
	w.sleep(time.Minute)
	w.refresh()
	w.finds("another tag", market.Query{}, "Chair", "Lamp")
	w.put(s, chair, 1, start+6)
	w.change(func() { s.tag, s.offers = "three", append(kept, s.offers[1], kept[0]) })
	w.sleep(time.Minute)
	w.refresh()
	w.finds("an offer twice", market.Query{}, "Chair", "Lamp")
	w.sleep(10_000_000 * time.Second)
	w.refresh()
	w.finds("run out", market.Query{})
}
