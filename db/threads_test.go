package db_test

import (
	"errors"
	"testing"

	"peerscrip/services/scrip"
)

// telling is the first event of a conversation, by a side.
func telling(by scrip.Side, p scrip.Pseudonym) *scrip.Telling {
	conversation, key := id(), signer()
	if p == "" {
		p = scrip.Pseudonym(key.Thumbprint())
	}
	return &scrip.Telling{By: by, JWS: "a.b.c", Thread: scrip.KeptThread{
		Thread:    scrip.Thread{Order: conversation, Tx: conversation, State: scrip.StateTalk, Seq: 1, Head: hash(), Since: now, Last: now},
		Pseudonym: p, Key: key, Offer: id(), Talk: true,
	}}
}

// following is the event after another.
func following(t *scrip.Telling, by scrip.Side) *scrip.Telling {
	next := *t
	next.Previous, next.By = t.Thread.Head, by
	next.Thread.Seq++
	next.Thread.Head = hash()
	return &next
}

// testThreads holds that a thread takes each place once, from its end, and that
// what waits for the seller is bounded.
func testThreads(t *testing.T, shelf func(*testing.T) world) {
	t.Run("Place", func(t *testing.T) {
		w := shelf(t)
		first := telling(scrip.Buyer, "")
		w.wantShelf(nil, scrip.StallChange{Telling: first})
		w.wantShelf(scrip.OutOfTurn, scrip.StallChange{Telling: first})
		second := following(first, scrip.Seller)
		w.wantOne(w.race(10, func(int) scrip.Change { return onShelf(scrip.StallChange{Telling: second}) }), scrip.OutOfTurn)
		w.wantShelf(scrip.OutOfTurn, scrip.StallChange{Telling: following(first, scrip.Buyer)})
		elsewhere := following(second, scrip.Buyer)
		elsewhere.Previous = hash()
		w.wantShelf(scrip.OutOfTurn, scrip.StallChange{Telling: elsewhere})
		kept, err := w.shelf.Thread(t.Context(), first.Thread.Order)
		want := second.Thread
		if want.Waiting = 0; err != nil || kept != want {
			t.Errorf("Thread: %+v, %v, want %+v", kept, err, want)
		}
		events, err := w.shelf.Events(t.Context(), first.Thread.Order, 1, 10)
		if err != nil || len(events) != 1 || events[0] != (scrip.KeptEvent{Seq: 2, Digest: second.Thread.Head, JWS: "a.b.c"}) {
			t.Errorf("Events after the first: %+v, %v, want the second", events, err)
		}
	})
	t.Run("Bounds", func(t *testing.T) {
		w, p := shelf(t), scrip.Pseudonym(hash())
		var last *scrip.Telling
		for range scrip.MaxTalks {
			last = telling(scrip.Buyer, p)
			w.wantShelf(nil, scrip.StallChange{Telling: last})
		}
		w.wantShelf(scrip.TooMany, scrip.StallChange{Telling: telling(scrip.Buyer, p)})
		for range scrip.MaxUnheard - scrip.MaxTalks {
			last = following(last, scrip.Buyer)
			w.wantShelf(nil, scrip.StallChange{Telling: last})
		}
		w.wantShelf(scrip.TooMany, scrip.StallChange{Telling: following(last, scrip.Buyer)})
		last = following(last, scrip.Seller)
		w.wantShelf(nil, scrip.StallChange{Telling: last})
		w.wantShelf(nil, scrip.StallChange{Telling: following(last, scrip.Buyer)})
		waiting, err := w.shelf.Unanswered(t.Context(), 10)
		if err != nil || len(waiting) != 3 || waiting[2].Waiting != 1 {
			t.Errorf("Unanswered: %d, %v, want 3, of which one has one line", len(waiting), err)
		}
	})
	t.Run("Strangers", func(t *testing.T) {
		w := shelf(t)
		for range scrip.MaxAsking {
			w.wantShelf(nil, scrip.StallChange{Telling: telling(scrip.Buyer, "")})
		}
		w.wantShelf(scrip.Unavailable, scrip.StallChange{Telling: telling(scrip.Buyer, "")})
		e := pending()
		w.wantShelf(nil, scrip.StallChange{Exchange: &e})
		known := telling(scrip.Buyer, scrip.Pseudonym(e.From))
		w.wantShelf(scrip.Unavailable, scrip.StallChange{Telling: known}) // it only asks to exchange
		w.wantShelf(nil, scrip.StallChange{Settle: e.Tx})
		w.wantShelf(nil, scrip.StallChange{Telling: known})
	})
	t.Run("Sweep", func(t *testing.T) {
		w := shelf(t)
		old, order := telling(scrip.Buyer, ""), telling(scrip.Buyer, "")
		order.Thread.Talk = false
		w.wantShelf(nil, scrip.StallChange{Telling: old})
		w.wantShelf(nil, scrip.StallChange{Telling: order})
		w.wantShelf(nil, scrip.StallChange{Sweep: &scrip.Sweep{Talks: now}})
		if _, err := w.shelf.Thread(t.Context(), old.Thread.Order); err != nil {
			t.Errorf("a conversation that is not over: %v", err)
		}
		w.wantShelf(nil, scrip.StallChange{Sweep: &scrip.Sweep{Talks: now + 1}})
		if _, err := w.shelf.Thread(t.Context(), old.Thread.Order); !errors.Is(err, scrip.ErrAbsent) {
			t.Errorf("a conversation that is long over: %v, want %v", err, scrip.ErrAbsent)
		}
		if list, err := w.shelf.Threads(t.Context(), []scrip.ID{old.Thread.Order, order.Thread.Order}); err != nil || len(list) != 1 {
			t.Errorf("Threads: %d, %v, want the order's alone", len(list), err)
		}
	})
}
