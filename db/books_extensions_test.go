package db_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

// testHolds asks for T15 and T22: scrip that is held without end for one
// transaction, and what is remembered of it.
func testHolds(t *testing.T, books, shelf func(*testing.T) world) {
	t.Run("Release", func(t *testing.T) { releasing(books(t)); releasing(shelf(t)) })
	t.Run("Extensions", func(t *testing.T) { extensions(books(t)) })
	t.Run("FairExtensions", func(t *testing.T) { fairExtensions(books(t)) })
	t.Run("GiveBacks", func(t *testing.T) { giveBacks(shelf(t)) })
}

func releasing(w world) {
	l := w.issued()
	tx := id()
	hold := scrip.HoldBy("T15", tx)
	w.want(nil, scrip.Change{Lock: []scrip.Lock{{ScripID: l.ScripID, Tx: hold, Until: scrip.Forever}}})
	late := int64(now * 1000)
	w.want(scrip.ScripLocked, scrip.Change{At: late, Kill: []scrip.Kill{{ScripID: l.ScripID, Tx: tx}}})
	w.want(scrip.ScripLocked, scrip.Change{At: late, Lock: []scrip.Lock{{ScripID: l.ScripID, Tx: tx, Until: late + 1}}})
	w.want(scrip.ScripLocked, scrip.Change{Release: []scrip.Release{{ScripID: l.ScripID, Tx: tx}}})
	w.want(nil, scrip.Change{Release: []scrip.Release{{ScripID: l.ScripID, Tx: hold}}})
	w.want(scrip.ScripLocked, scrip.Change{Release: []scrip.Release{{ScripID: l.ScripID, Tx: hold}}})
	w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID, Tx: tx}}})
	w.want(scrip.ScripSpent, scrip.Change{Release: []scrip.Release{{ScripID: l.ScripID, Tx: hold}}})
}

func extending(w world) scrip.Extension {
	w.t.Helper()
	l := w.issued()
	s := stall(scrip.AccountID(l.Holder), string(id()))
	w.wantBooks(nil, scrip.BrokerChange{Stall: &s})
	return scrip.Extension{
		Outgoing: outgoing(l.Holder), Vendor: s.Vendor, Value: 300, ScripID: l.ScripID, Held: true, ValidUntil: now + 600,
	}
}

func extensions(w world) {
	ctx := context.Background()
	e := extending(w)
	w.wantBooks(nil, scrip.BrokerChange{Extend: &e})
	w.wantBooks(scrip.TxConflict, scrip.BrokerChange{Extend: &e})
	if got, err := w.books.Extension(ctx, e.Tx); err != nil || !reflect.DeepEqual(got, e) {
		w.t.Errorf("Extension: got %+v, %v, want %+v", got, err, e)
	}
	other := extending(w)
	w.wantBooks(nil, scrip.BrokerChange{Extend: &other})
	w.wantBooks(scrip.ErrAnswered, scrip.BrokerChange{Unextend: &scrip.Unextended{Tx: e.Tx, Held: false}})
	left := id()
	w.wantBooks(nil, scrip.BrokerChange{Loosen: &scrip.Loosened{Tx: e.Tx, ScripID: left}})
	w.wantBooks(scrip.ErrAnswered, scrip.BrokerChange{Loosen: &scrip.Loosened{Tx: e.Tx, ScripID: id()}})
	list, err := w.books.Extensions(ctx, 10)
	if err != nil || len(list) != 2 || list[0].Held || list[0].ScripID != left || !list[1].Held {
		w.t.Errorf("Extensions: got %+v, %v, want both, the first without its scrip", list, err)
	}
	if list, err := w.books.Extensions(ctx, 1); err != nil || len(list) != 1 {
		w.t.Errorf("Extensions, at most one: got %+v, %v", list, err)
	}
	s, err := w.books.Snapshot(ctx, db.Question{})
	if err != nil || s.Extending != (db.Sum{Count: 2, Amount: 600}) || s.Withheld != (db.Sum{Count: 1, Amount: 300}) || s.Unanchored != (db.Strays{}) {
		w.t.Errorf("Snapshot: extending %+v, withheld %+v, strays %+v, %v", s.Extending, s.Withheld, s.Unanchored, err)
	}
	w.wantBooks(scrip.ErrAnswered, scrip.BrokerChange{Unextend: &scrip.Unextended{Tx: e.Tx, Held: true}})
	w.wantBooks(nil, scrip.BrokerChange{Unextend: &scrip.Unextended{Tx: e.Tx, Held: false}})
	if _, err := w.books.Extension(ctx, e.Tx); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Extension that was answered: got %v, want %v", err, scrip.ErrAbsent)
	}
	if s, err = w.books.Snapshot(ctx, db.Question{}); err != nil || s.Unanchored != (db.Strays{}) {
		w.t.Errorf("strays: got %+v, %v, want none", s.Unanchored, err)
	}
}

// fairExtensions: of two merchants each has its turn, however many wait for one; and a
// T15 whose change is not given goes before one that has it.
func fairExtensions(w world) {
	ctx := context.Background()
	first := extending(w)
	w.wantBooks(nil, scrip.BrokerChange{Extend: &first})
	w.wantBooks(nil, scrip.BrokerChange{Loosen: &scrip.Loosened{Tx: first.Tx, ScripID: id()}})
	held := extending(w)
	held.Vendor = first.Vendor
	w.wantBooks(nil, scrip.BrokerChange{Extend: &held})
	for range 3 {
		more := extending(w)
		more.Vendor = first.Vendor
		w.wantBooks(nil, scrip.BrokerChange{Extend: &more})
	}
	other := extending(w)
	w.wantBooks(nil, scrip.BrokerChange{Extend: &other})
	list, err := w.books.Extensions(ctx, 2)
	if err != nil || len(list) != 2 || list[0].Tx != held.Tx || list[1].Tx != other.Tx {
		w.t.Errorf("two of six: got %+v, %v, want the oldest without its change, and the other merchant's", list, err)
	}
	if all, err := w.books.Extensions(ctx, 10); err != nil || len(all) != 6 || all[0].Tx != first.Tx || all[5].Tx != other.Tx {
		w.t.Errorf("all: got %d, %v, want six, oldest first", len(all), err)
	}
}

func givingBack(w world) scrip.GiveBack {
	w.t.Helper()
	l := w.issued()
	return scrip.GiveBack{Outgoing: outgoing(l.Holder), ScripID: l.ScripID, Value: 500}
}

func giveBacks(w world) {
	ctx := context.Background()
	g := givingBack(w)
	w.wantShelf(nil, scrip.StallChange{GiveBack: &g})
	again := g
	again.RequestKey = replyKey()
	w.wantShelf(nil, scrip.StallChange{GiveBack: &again}) // the first stands
	again.Digest = hash()
	w.wantShelf(scrip.TxConflict, scrip.StallChange{GiveBack: &again})
	if got, err := w.shelf.GiveBack(ctx, g.Tx); err != nil || !reflect.DeepEqual(got, g) {
		w.t.Errorf("GiveBack: got %+v, %v, want %+v", got, err, g)
	}
	s, err := w.shelf.Snapshot(ctx)
	if err != nil || !reflect.DeepEqual(s.GivingBack, []db.Owed{{Tx: g.Tx, Pseudonym: scrip.Pseudonym(g.From), Value: 500}}) || s.Unanchored != (db.Strays{}) {
		w.t.Errorf("Snapshot: returning %+v, strays %+v, %v", s.GivingBack, s.Unanchored, err)
	}
	w.wantShelf(nil, scrip.StallChange{GivenBack: g.Tx})
	w.wantShelf(scrip.ErrAnswered, scrip.StallChange{GivenBack: g.Tx})
	if list, err := w.shelf.GiveBacks(ctx, 10); err != nil || len(list) != 0 {
		w.t.Errorf("GiveBacks: got %+v, %v, want none", list, err)
	}
	if s, err = w.shelf.Snapshot(ctx); err != nil || s.Unanchored != (db.Strays{}) {
		w.t.Errorf("strays: got %+v, %v, want none", s.Unanchored, err)
	}
}
