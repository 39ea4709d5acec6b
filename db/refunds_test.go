package db_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

// testRefunds asks a shelf what is taken back of orders, and books what was
// taken back of purchases.
func testRefunds(t *testing.T, books, shelf func(*testing.T) world) {
	t.Run("Shelf", func(t *testing.T) { refundsOnShelf(shelf(t)) })
	t.Run("Once", func(t *testing.T) { refundOnce(shelf(t)) })
	t.Run("Restocked", func(t *testing.T) { restocked(shelf(t)) })
	t.Run("RestockedOnce", func(t *testing.T) { restockedOnce(shelf(t)) })
	t.Run("Collect", func(t *testing.T) { collectRefunds(shelf(t)) })
	t.Run("Books", func(t *testing.T) { takenBack(books(t)) })
	t.Run("Stated", func(t *testing.T) { stated(books(t)) })
}

// refunding takes back an amount of a sale.
func refunding(s scrip.Sale, amount scrip.Money) scrip.Refund {
	return scrip.Refund{
		ID: id(), Sale: s.ID, Purchase: s.Tx, Pseudonym: s.Pseudonym, Amount: amount, MadeAt: now,
		Request: scrip.Sealed{Envelope: "refund"}, RequestKey: replyKey(),
	}
}

func (w world) refunded(id scrip.ID) scrip.Refund {
	w.t.Helper()
	r, err := w.shelf.Refund(context.Background(), id)
	if err != nil {
		w.t.Fatalf("Refund: %v", err)
	}
	return r
}

func refundsOnShelf(w world) {
	l := offered(9)
	s := sold(l)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}, Sale: &s})
	r := refunding(s, 600)
	w.wantShelf(nil, scrip.StallChange{Refund: &r})
	if got := w.refunded(r.ID); got != r {
		w.t.Errorf("Refund: got %+v, want %+v", got, r)
	}
	ctx := context.Background()
	if got, err := w.shelf.Uncovered(ctx, 9); err != nil || len(got) != 1 || got[0].ID != r.ID {
		w.t.Errorf("Uncovered: got %v, %v", got, err)
	}
	if sale, err := w.shelf.Sale(ctx, s.ID); err != nil || sale.Refunded != 600 {
		w.t.Errorf("Sale: refunded %d, %v, want 600", sale.Refunded, err)
	}
	snap, err := w.shelf.Snapshot(ctx)
	if want := []db.Owed{{Tx: r.ID, Pseudonym: s.Pseudonym, Value: 600}}; err != nil || !slices.Equal(snap.Uncovered, want) || snap.Due != (db.Sum{}) || snap.Unanchored != (db.Strays{}) {
		w.t.Errorf("Snapshot: %+v, %v", snap, err)
	}
	w.wantShelf(nil, scrip.StallChange{Covered: r.ID})
	w.wantShelf(scrip.ErrAnswered, scrip.StallChange{Covered: r.ID})
	w.wantShelf(scrip.ErrAnswered, scrip.StallChange{Covered: id()})
	got := w.refunded(r.ID)
	if got.CoveredAt != now || got.Request != (scrip.Sealed{}) || got.RequestKey != [32]byte{} {
		w.t.Errorf("covered: got %+v, want no request and no key", got)
	}
	snap, err = w.shelf.Snapshot(ctx)
	if err != nil || len(snap.Uncovered) != 0 || snap.Due != (db.Sum{Count: 1, Amount: 600}) || snap.Unanchored != (db.Strays{}) {
		w.t.Errorf("Snapshot once it is covered: %+v, %v", snap, err)
	}
	if all, err := w.shelf.Refunds(ctx, []scrip.ID{id(), s.ID}); err != nil || len(all) != 1 || all[0].ID != r.ID {
		w.t.Errorf("Refunds: got %v, %v", all, err)
	}
	if none, err := w.shelf.Refunds(ctx, nil); err != nil || len(none) != 0 {
		w.t.Errorf("Refunds of nothing: got %v, %v", none, err)
	}
}

func refundOnce(w world) {
	l := offered(9)
	s := sold(l)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}, Sale: &s})
	r := refunding(s, s.Price-100)
	w.wantShelf(nil, scrip.StallChange{Refund: &r})
	w.wantShelf(scrip.TxConflict, scrip.StallChange{Refund: &r})
	more := refunding(s, 101)
	w.wantShelf(scrip.AmountOutOfBounds, scrip.StallChange{Refund: &more})
	last := refunding(s, 100)
	w.wantShelf(nil, scrip.StallChange{Refund: &last})
	nobody := refunding(sold(l), 1)
	w.wantShelf(scrip.NotFound, scrip.StallChange{Refund: &nobody})
	if snap, err := w.shelf.Snapshot(context.Background()); err != nil || len(snap.Uncovered) != 2 || snap.Unanchored != (db.Strays{}) {
		w.t.Errorf("what was refused left traces: %+v, %v", snap, err)
	}
}

func collectRefunds(w world) {
	l := offered(9)
	s := sold(l)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}, Sale: &s})
	a, b := refunding(s, 300), refunding(s, 200)
	w.wantShelf(nil, scrip.StallChange{Refund: &a})
	w.wantShelf(nil, scrip.StallChange{Refund: &b})
	ctx := context.Background()
	due := func(want ...scrip.ID) {
		w.t.Helper()
		list, err := w.shelf.Due(ctx, s.Pseudonym, 9)
		var got []scrip.ID
		for _, r := range list {
			got = append(got, r.ID)
		}
		if err != nil || !slices.Equal(got, want) {
			w.t.Errorf("Due: got %v, %v, want %v", got, err, want)
		}
	}
	collecting := func(counter int64, refunds ...scrip.ID) scrip.Change {
		return onShelf(scrip.StallChange{Collect: &scrip.Collecting{Pseudonym: s.Pseudonym, Counter: counter, Tx: id(), Refunds: refunds}})
	}
	due()
	w.wantShelf(nil, scrip.StallChange{Covered: a.ID})
	due(a.ID)
	w.want(scrip.Unavailable, collecting(5, a.ID, b.ID)) // b is not covered, and then a is not collected
	due(a.ID)
	w.want(nil, collecting(5, a.ID))
	w.want(scrip.Stale{Counter: 5}, collecting(5))
	w.want(scrip.Stale{Counter: 5}, collecting(4, b.ID))
	w.want(scrip.Unavailable, collecting(6, a.ID))
	w.want(nil, collecting(6))
	w.wantShelf(nil, scrip.StallChange{Covered: b.ID})
	due(b.ID)
	if got := w.refunded(a.ID); got.CollectedAt != now || !got.Collected.Valid() {
		w.t.Errorf("collected: got %+v", got)
	}
	if list, err := w.shelf.Due(ctx, scrip.Pseudonym(hash()), 9); err != nil || len(list) != 0 {
		w.t.Errorf("Due to another: got %v, %v", list, err)
	}
}

// purchased is a T12 in the log, of a stall that took so much in.
func (w world) purchased(v scrip.VendorID, price scrip.Money) scrip.ID {
	w.t.Helper()
	return w.purchasedBy(buyer, v, price)
}

// buyer is who buys where nothing turns on it.
const buyer scrip.AccountID = "buyer"

// purchasedBy is purchased by an account.
func (w world) purchasedBy(a scrip.AccountID, v scrip.VendorID, price scrip.Money) scrip.ID {
	w.t.Helper()
	tx := id()
	in := []scrip.Posting{{From: scrip.World, To: scrip.FloatOf(v, a), Amount: price}}
	w.wantBooks(nil, scrip.BrokerChange{Post: in, Log: []scrip.Record{{At: now, Kind: "T5", Tx: tx, Account: a, Vendor: v, Posts: in}}})
	posts := []scrip.Posting{{From: scrip.FloatOf(v, a), To: scrip.EarnedOf(v), Amount: price}}
	w.wantBooks(nil, scrip.BrokerChange{Post: posts, Log: []scrip.Record{{At: now, Kind: "T12", Tx: tx, Account: a, Vendor: v, Posts: posts}}})
	return tx
}

func (w world) stalled() scrip.Stall {
	w.t.Helper()
	a := account()
	w.wantBooks(nil, scrip.BrokerChange{Account: &a})
	s := stall(a.ID, "Ada's "+string(a.ID))
	w.wantBooks(nil, scrip.BrokerChange{Stall: &s})
	return s
}

func takenBack(w world) {
	v := w.stalled().Vendor
	tx := w.purchased(v, 500)
	back := func(purchase scrip.ID, amount scrip.Money) scrip.Change {
		posts := []scrip.Posting{{From: scrip.EarnedOf(v), To: scrip.FloatOf(v, buyer), Amount: amount}}
		return scrip.Change{
			Broker: &scrip.BrokerChange{
				TakeBack: &scrip.TakenBack{Vendor: v, Purchase: purchase, Amount: amount},
				Post:     posts,
				Log:      []scrip.Record{{At: now, Kind: "REFUND", Tx: id(), Vendor: v, Amount: amount, Posts: posts}},
			},
		}
	}
	w.want(scrip.NotFound, back(id(), 1))
	w.want(scrip.AmountOutOfBounds, back(tx, 501))
	w.want(nil, back(tx, 300))
	w.want(scrip.AmountOutOfBounds, back(tx, 201))
	left, err := w.books.Refundable(context.Background(), v, tx)
	if want := (scrip.Refundable{Account: buyer, Left: 200}); err != nil || left != want {
		w.t.Errorf("Refundable: got %+v, %v, want %+v", left, err, want)
	}
	if _, err := w.books.Refundable(context.Background(), v, id()); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Refundable of nothing: got %v, want %v", err, scrip.ErrAbsent)
	}
	w.want(nil, back(tx, 200))
	w.want(scrip.AmountOutOfBounds, back(tx, 1))
	twice := back(w.purchased(v, 400), 300)
	w.want(nil, twice)
	w.want(scrip.AlreadyRecorded, twice)
	out := []scrip.Posting{{From: scrip.EarnedOf(v), To: scrip.World, Amount: 101}}
	w.wantBooks(scrip.EarnedShort, scrip.BrokerChange{Post: out})
	if got, err := w.books.Earned(context.Background(), v); err != nil || got != 100 {
		w.t.Errorf("Earned: got %d, %v, want 100", got, err)
	}
	snap, err := w.books.Snapshot(context.Background(), db.Question{})
	if err != nil || len(snap.Log.Faults) != 0 || snap.TakenBack != (db.Sum{Count: 2, Amount: 800}) || snap.Logged.Refunds != 800 {
		w.t.Errorf("Snapshot: %+v, %v", snap, err)
	}
}

func stated(w world) {
	s := w.stalled()
	other := w.stalled()
	w.purchased(s.Vendor, 500)
	w.purchased(other.Vendor, 300)
	for a, posts := range map[scrip.AccountID][2]scrip.Money{"ada": {30, 7}, "bob": {12, 5}} {
		w.want(nil, move(scrip.World, scrip.FloatOf(s.Vendor, a), posts[0]))
		w.want(nil, move(scrip.World, scrip.ReserveOf(s.Vendor, a), posts[1]))
	}
	got, err := w.books.Stated(context.Background(), s.Account, 9)
	if want := []scrip.StatedStall{{Vendor: s.Vendor, Name: s.Name, Earned: 500, Float: 42, Reserve: 12}}; err != nil || !slices.Equal(got, want) {
		w.t.Errorf("Stated: got %+v, %v, want %+v", got, err, want)
	}
	if got, err := w.books.Stated(context.Background(), scrip.AccountID(id()), 9); err != nil || got == nil || len(got) != 0 {
		w.t.Errorf("Stated of nobody: got %v, %v, want an empty list", got, err)
	}
}

// restocked: goods of an order taken back whole before it was sent are on the shelf
// again, once; of one that was sent, or taken back in part, they are not.
func restocked(w world) {
	ctx := context.Background()
	l := offered(9)
	s, sent := sold(l), sold(l)
	s.Lines, sent.Lines = []scrip.SaleLine{l.Sold(1), l.Sold(1)}, []scrip.SaleLine{l.Sold(3)} // a line may stand twice
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}, Sale: &s})
	w.wantShelf(nil, scrip.StallChange{Sale: &sent, Sent: nil})
	w.wantShelf(nil, scrip.StallChange{Stock: []scrip.StockTaken{l.Taken(5)}})
	w.wantShelf(nil, scrip.StallChange{Sent: &scrip.Sent{Sale: sent.ID}})
	for _, step := range []struct {
		of     scrip.Sale
		amount scrip.Money
		want   int
	}{{s, 600, 4}, {s, s.Price - 600, 6}, {sent, sent.Price, 6}} {
		r := refunding(step.of, step.amount)
		w.wantShelf(nil, scrip.StallChange{Refund: &r})
		w.wantShelf(scrip.TxConflict, scrip.StallChange{Refund: &r})
		if got, err := w.shelf.Listing(ctx, l.Offer.Offer); err != nil || got.Stock != step.want {
			w.t.Errorf("after a refund of %d: got stock %d, %v, want %d", step.amount, got.Stock, err, step.want)
		}
	}
}

// restockedOnce: goods of an order that is taken back whole though a refund of it came too late are on the shelf again; and once,
// where it is taken back whole a second time.
func restockedOnce(w world) {
	ctx := context.Background()
	for _, part := range []scrip.Money{2, 1} { // half of it, and all
		l := offered(9)
		s := sold(l)
		s.Lines = []scrip.SaleLine{l.Sold(2)}
		late := s.Price / part
		w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}, Sale: &s, Stock: []scrip.StockTaken{l.Taken(2)}})
		r, rest := refunding(s, late), refunding(s, s.Price)
		w.wantShelf(nil, scrip.StallChange{Refund: &r})
		w.wantShelf(nil, scrip.StallChange{SetAside: []scrip.Aside{{Message: "REFUND", ID: r.ID, Amount: late, Since: now, Reason: "amount-out-of-bounds", At: now}}})
		w.wantShelf(nil, scrip.StallChange{Refund: &rest})
		if got, err := w.shelf.Listing(ctx, l.Offer.Offer); err != nil || got.Stock != 9 {
			w.t.Errorf("taken back whole after a refund of %d came too late: got stock %d, %v, want 9", late, got.Stock, err)
		}
	}
}
