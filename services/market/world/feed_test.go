package world_test

import (
	"testing"
	"time"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// TestFeed: the feed tells what becomes of an offer, with the offer as it is signed, and nothing more of what is not shown; it
// begins with all that there is.
func TestFeed(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	lamp, chair := w.offer(s, "Lamp"), w.offer(s, "Chair")
	w.put(s, lamp, 2, start)
	w.put(s, chair, 1, start)
	var at market.FeedCursor
	told := func(what string, want ...market.Change) {
		t.Helper()
		w.sleep(time.Minute)
		w.refresh()
		feed, err := w.Feed(t.Context(), at, 0)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for i := range feed.Changes {
			feed.Changes[i].ListedAt = 0
		}
		same(t, what, feed.Changes, want)
		if len(want) > 0 && want[0].State != market.Removed {
			same(t, what+", who sells", feed.Stalls[0].Certificate, w.listed[0].Certificate)
		}
		at = feed.Next
	}
	is := func(o scrip.Offer, state market.State) market.Change {
		c := market.Change{Vendor: s.vendor, Offer: o.Offer, State: state}
		for _, p := range s.offers {
			if body, err := scrip.Unchecked[scrip.Offer](p.Offer); err == nil && body.Offer == o.Offer && state != market.Removed {
				c.JWS = p.Offer
			}
		}
		return c
	}
	told("admitted", is(lamp, market.Live), is(chair, market.Live))
	told("nothing")
	lamp.Title = "Brass lamp"
	w.put(s, lamp, 2, start+5)
	told("signed anew", is(lamp, market.Live))
	w.change(func() { s.offers[1].Stock = 1 }) // the lamp's, which stands last now
	told("one of two sold")
	w.change(func() { s.offers[1].Stock = 0 })
	told("the last one sold", is(lamp, market.SoldOut))
	ended := is(chair, market.Ended)
	w.change(func() { s.offers = s.offers[1:] })
	told("ended", ended)
	w.change(func() { s.offers[0].Stock = 3 })
	told("put back", is(lamp, market.Live))
	if err := w.Hide(t.Context(), s.vendor, lamp.Offer, "a test"); err != nil {
		t.Fatal(err)
	}
	told("hidden", is(lamp, market.Removed))
	if err := w.Unhide(t.Context(), s.vendor, lamp.Offer); err != nil {
		t.Fatal(err)
	}
	told("shown again", is(lamp, market.Live))
	w.change(func() { s.down = true })
	told("not answering")
	w.sleep(80 * time.Hour)
	told("not answering for days", is(lamp, market.Removed), market.Change{Vendor: s.vendor, Offer: chair.Offer, State: market.Removed})
	w.change(func() { s.down = false })
	w.sleep(time.Hour)
	told("there again", is(lamp, market.Live), ended)
	w.sleep(10_000_000 * time.Second)
	told("run out", is(lamp, market.Ended))
}
