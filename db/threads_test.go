package db_test

import (
	"context"
	"errors"
	"testing"

	"peerscrip/db"
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
	t.Run("Place", func(t *testing.T) { placeOnce(shelf(t)) })
	t.Run("Blocked", func(t *testing.T) {
		w := shelf(t)
		talk, s := telling(scrip.Buyer, ""), sold(w.listed())
		order := telling(scrip.Buyer, s.Pseudonym)
		order.Thread.Talk = false
		w.wantShelf(nil, scrip.StallChange{Telling: talk})
		for _, p := range []scrip.Pseudonym{talk.Thread.Pseudonym, s.Pseudonym} {
			w.wantShelf(nil, scrip.StallChange{Block: &scrip.Blocking{Pseudonym: p, Thread: id(), Talk: true}})
		}
		w.wantShelf(scrip.Blocked, scrip.StallChange{Telling: following(talk, scrip.Buyer)})
		w.wantShelf(scrip.Blocked, scrip.StallChange{Sale: &s})
		w.wantShelf(nil, scrip.StallChange{Telling: order}) // what is paid goes on
		w.wantShelf(nil, scrip.StallChange{Telling: following(talk, scrip.Seller)})
		w.wantShelf(nil, scrip.StallChange{Unblock: s.Pseudonym})
		w.wantShelf(nil, scrip.StallChange{Sale: &s})
		if list, err := w.shelf.Blocked(t.Context()); err != nil || len(list) != 1 || list[0].Pseudonym != talk.Thread.Pseudonym || !list[0].Talk {
			t.Errorf("Blocked: got %+v, %v, want the one of the conversation", list, err)
		}
	})
	t.Run("Photos", func(t *testing.T) { talkPhotos(shelf(t)) })
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

// placeOnce: of what is said at once in a place of a thread one is kept.
func placeOnce(w world) {
	t := w.t
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
}

// talkPhotos holds that a photo is kept with its thread, once, and so many and no more;
// and that those of conversations without an order have so much room together, which is
// taken from no order.
func talkPhotos(w world) {
	ctx := context.Background()
	talk, order := telling(scrip.Buyer, ""), telling(scrip.Buyer, "")
	order.Thread.Talk = false
	w.wantShelf(nil, scrip.StallChange{Telling: talk})
	w.wantShelf(nil, scrip.StallChange{Telling: order})
	show := func(t *scrip.Telling, size int) scrip.StallChange {
		return scrip.StallChange{Shown: &scrip.TalkPhoto{Thread: t.Thread.Order, Digest: hash(), JPEG: make([]byte, size)}}
	}
	first := show(talk, 100)
	for range scrip.MaxTalkPhotos + 1 {
		w.wantShelf(nil, first) // the same
	}
	if got, err := w.shelf.TalkPhoto(ctx, talk.Thread.Order, first.Shown.Digest); err != nil || len(got) != 100 {
		w.t.Errorf("TalkPhoto: got %d bytes, %v, want 100", len(got), err)
	}
	if _, err := w.shelf.TalkPhoto(ctx, order.Thread.Order, first.Shown.Digest); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("TalkPhoto of another thread: got %v, want %v", err, scrip.ErrAbsent)
	}
	for range scrip.MaxTalkPhotos - 1 {
		w.wantShelf(nil, show(talk, 1))
	}
	w.wantShelf(scrip.TooMany, show(talk, 1))
	db.BoundAskPhotos(w.t, 200)
	more := telling(scrip.Buyer, "")
	w.wantShelf(nil, scrip.StallChange{Telling: more})
	w.wantShelf(scrip.Unavailable, show(more, 100))
	w.wantShelf(nil, show(order, 1000))
}
