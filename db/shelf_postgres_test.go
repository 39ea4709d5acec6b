package db_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/scrip"
)

// TestShelvesThroughSeveralProcesses sells from one shelf through two handles at once, as
// two processes have it, beside another stall's in the same database: of those who spend
// one VendorScrip, want the last of something, or send one T10 twice, one is granted.
func TestShelvesThroughSeveralProcesses(t *testing.T) {
	place := dbtest.Postgres(t)
	first, second := dbtest.Open(t, place, db.Merchant), dbtest.Open(t, place, db.Merchant)
	w, beside := newStallWorld(t, first), newStallWorld(t, second)
	through := []scrip.Book{w.shelf, handle(t, second, w.vendor)}
	race := func(what string, refused error, change func() scrip.Change) {
		t.Helper()
		errs := make([]error, 8)
		var all sync.WaitGroup
		for i := range errs {
			c := change()
			c.At = now
			all.Go(func() { errs[i] = through[i%2].Apply(context.Background(), c) })
		}
		all.Wait()
		granted := 0
		for _, err := range errs {
			if err == nil {
				granted++
			} else if !errors.Is(err, refused) {
				t.Errorf("%s: got %v, want %v", what, err, refused)
			}
		}
		if granted != 1 {
			t.Errorf("%s through two processes: granted %d times, want once", what, granted)
		}
	}
	for range 5 {
		live := w.issued()
		race("one VendorScrip", scrip.ScripSpent, func() scrip.Change {
			return scrip.Change{Kill: []scrip.Kill{{ScripID: live.ScripID, Tx: id()}}}
		})
		last := offered(1)
		w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{last}})
		race("the last one", scrip.OutOfStock, func() scrip.Change {
			return onShelf(scrip.StallChange{Stock: []scrip.StockTaken{{Offer: last.Offer.Offer, Version: last.Version, Quantity: 1}}})
		})
		again := reply()
		race("one T10", scrip.ErrAnswered, func() scrip.Change { return scrip.Change{Replies: []scrip.StoredReply{again}} })
		beside.issued()
	}
	if snap, err := w.shelf.Snapshot(t.Context()); err != nil || snap.Live.Count != 0 || snap.Unanchored != (db.Strays{}) {
		t.Errorf("the shelf after all: got %+v, %v, want nothing live and no strays", snap, err)
	}
	if snap, err := beside.shelf.Snapshot(t.Context()); err != nil || snap.Live.Count != 5 {
		t.Errorf("the shelf beside it: got %+v, %v, want 5 live", snap, err)
	}
}

func handle(t *testing.T, d *db.DB, vendor scrip.VendorID) scrip.Book {
	t.Helper()
	shelf, err := db.NewShelf(d, vendor)
	if err != nil {
		t.Fatal(err)
	}
	return shelf
}
