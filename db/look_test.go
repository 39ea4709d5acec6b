package db_test

import (
	"context"
	"reflect"
	"testing"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

// testSnapshots asks what an auditor needs to see.
func testSnapshots(t *testing.T, books, shelf func(*testing.T) world) {
	t.Run("Books", func(t *testing.T) { booksSnapshot(books(t)) })
	t.Run("Shelf", func(t *testing.T) { shelfSnapshot(shelf(t)) })
}

func booksSnapshot(w world) {
	w.fill(3)
	free, held, dead := w.issued(), w.issued(), w.issued()
	a, b := announcing(held), announcing(dead)
	r := reply()
	r.ScripID = free.ScripID
	w.want(nil, scrip.Change{Lock: []scrip.Lock{{ScripID: held.ScripID, Tx: a.Tx, Until: now + 9}}, Broker: &scrip.BrokerChange{Announce: &a}})
	w.want(nil, scrip.Change{Replies: []scrip.StoredReply{r}, Broker: &scrip.BrokerChange{Announce: &b}})
	w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: dead.ScripID}}})
	s, err := w.books.Snapshot(context.Background(), db.Question{})
	if err != nil {
		w.t.Fatalf("Snapshot: %v", err)
	}
	if s.Live != (db.Sum{Count: 2, Amount: 1000}) || s.Locked != (db.Sum{Count: 1, Amount: 500}) || s.MostHeld != 1 {
		w.t.Errorf("scrip: got %+v, locked %+v, most %d", s.Live, s.Locked, s.MostHeld)
	}
	if s.Balances[scrip.World] != -6 || s.Logged.Balances[scrip.World] != -6 || s.Log.Size != 3 || len(s.Log.Faults) != 0 {
		w.t.Errorf("ledger: got %v, replayed %v, log %+v", s.Balances, s.Logged.Balances, s.Log)
	}
	if s.Unanchored != (db.Strays{}) {
		w.t.Errorf("strays: got %+v, want none", s.Unanchored)
	}
}

func shelfSnapshot(w world) {
	l := offered(9)
	s, e, done := sold(l), pending(), pending()
	reported := sold(l)
	held, free := w.issued(), w.issued()
	w.want(nil, scrip.Change{Lock: []scrip.Lock{{ScripID: held.ScripID, Tx: id(), Until: now + 9}}, Stall: &scrip.StallChange{List: []scrip.Listing{l}, Sale: &s, Exchange: &e}})
	w.wantShelf(nil, scrip.StallChange{Exchange: &done, Sale: &reported})
	w.wantShelf(nil, scrip.StallChange{Settle: done.Tx, Recorded: []scrip.ID{reported.ID}})
	got, err := w.shelf.Snapshot(context.Background())
	want := db.ShelfSnapshot{
		Live: db.Sum{Count: 2, Amount: 1000}, Locked: db.Sum{Count: 1, Amount: 500},
		Unsettled: db.Sum{Count: 1, Amount: 300}, Unrecorded: db.Sum{Count: 1, Amount: 1000},
		Waiting: []db.Unrecorded{{
			Report: scrip.Report{Price: s.Price, OrderDigest: s.OrderDigest, Tx: s.Tx, Mandate: s.Mandate}, Pseudonym: s.Pseudonym,
		}},
		Holders: map[scrip.Pseudonym]db.Debt{
			scrip.Pseudonym(held.Holder): {Live: 500}, scrip.Pseudonym(free.Holder): {Live: 500}, e.Pseudonym(): {Unsettled: 300},
		},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		w.t.Errorf("Snapshot: got %+v, %v, want %+v", got, err, want)
	}
}
