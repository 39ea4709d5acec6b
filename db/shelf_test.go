package db_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// testShelf asks what a stall's shelf must answer.
func testShelf(t *testing.T, open func(*testing.T) world) {
	run := func(name string, f func(world)) {
		t.Run(name, func(t *testing.T) { f(open(t)) })
	}
	run("Exchanges", exchanges)
	run("ForgottenExchanges", forgotten)
	run("Listings", listings)
	run("Stock", stock)
	run("Private", private)
	run("NoOversell", noOversell)
	run("Photos", photos)
	run("Sweep", swept)
	run("Requests", requests)
	run("BoundedListings", boundedListings)
	run("BoundedPhotos", boundedPhotos)
	run("Sales", sales)
	run("Tally", tally)
	run("ForeignChange", func(w world) {
		if err := w.book.Apply(context.Background(), inBooks(scrip.BrokerChange{Bank: "ada"})); err == nil {
			w.t.Error("Apply of a broker's change: got nil, want an error")
		}
	})
}

func pending() scrip.Exchange {
	key := signer()
	return scrip.Exchange{Outgoing: outgoing(key.Thumbprint()), Key: key, Value: 300}
}

func exchanges(w world) {
	ctx := context.Background()
	e, later := pending(), pending()
	w.wantShelf(nil, scrip.StallChange{Exchange: &e})
	w.wantShelf(nil, scrip.StallChange{Exchange: &later})
	again := pending()
	again.Tx, again.Digest = e.Tx, e.Digest
	w.wantShelf(nil, scrip.StallChange{Exchange: &again}) // the first stands
	if got, err := w.shelf.Exchange(ctx, e.Tx); err != nil || got != e {
		w.t.Errorf("Exchange: got %+v, %v, want %+v", got, err, e)
	}
	again.Digest = hash()
	w.wantShelf(scrip.TxConflict, scrip.StallChange{Exchange: &again})
	if got, err := w.shelf.Unsettled(ctx, 10); err != nil || !reflect.DeepEqual(got, []scrip.Exchange{e, later}) {
		w.t.Errorf("Unsettled: got %+v, %v, want %+v", got, err, []scrip.Exchange{e, later})
	}
	w.wantOne(w.race(20, func(int) scrip.Change { return onShelf(scrip.StallChange{Settle: e.Tx}) }), scrip.ErrAnswered)
	settled, err := w.shelf.Exchange(ctx, e.Tx)
	e.Settled, e.Request, e.ReplyKey, e.RequestKey, e.Blessed = true, scrip.Sealed{}, jose.ReplyKey{}, jose.ReplyKey{}, now
	if err != nil || settled != e {
		w.t.Errorf("Exchange(settled): got %+v, %v, want %+v", settled, err, e)
	}
	if got, err := w.shelf.Unsettled(ctx, 10); err != nil || !reflect.DeepEqual(got, []scrip.Exchange{later}) {
		w.t.Errorf("Unsettled: got %+v, %v, want %+v", got, err, []scrip.Exchange{later})
	}
	if _, err := w.shelf.Exchange(ctx, id()); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Exchange(unknown): got %v, want %v", err, scrip.ErrAbsent)
	}
}

// Of a pseudonym's settled exchanges the last are remembered, and the time up to
// which others may have been forgotten.
func forgotten(w world) {
	ctx := context.Background()
	first, other := pending(), pending()
	settle := func(x scrip.Exchange, blessed int64) {
		x.Blessed = blessed
		w.wantShelf(nil, scrip.StallChange{Exchange: &x, Settle: x.Tx})
	}
	until := func(p scrip.Pseudonym, want int64) {
		w.t.Helper()
		if got, err := w.shelf.Forgotten(ctx, p); err != nil || got != want {
			w.t.Errorf("Forgotten: got %d, %v, want %d", got, err, want)
		}
	}
	settle(other, now)
	settle(first, now+1)
	waiting := pending()
	waiting.From = first.From
	w.wantShelf(nil, scrip.StallChange{Exchange: &waiting})
	until(first.Pseudonym(), 0)
	for i := range int64(scrip.SettledKept) {
		x := pending()
		x.From = first.From
		settle(x, now+2+i)
	}
	until(first.Pseudonym(), now+2)
	until(other.Pseudonym(), 0)
	for what, c := range map[string]struct {
		tx   scrip.ID
		want error
	}{"the oldest": {first.Tx, scrip.ErrAbsent}, "another's": {other.Tx, nil}, "one that waits": {waiting.Tx, nil}} {
		if _, err := w.shelf.Exchange(ctx, c.tx); !errors.Is(err, c.want) {
			w.t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
}

func offered(n int) scrip.Listing {
	return scrip.Listing{
		Offer: scrip.Offer{
			Offer: id(), Vendor: scrip.VendorID(id()), Title: "Lamp", Description: "Bright", Category: "Home",
			Condition: "good", Price: 900, Currency: "EUR", Quantity: n, Postage: new(scrip.Money(100)),
			Photos: []scrip.OfferPhoto{{Digest: lamp.Digest, Alt: "a lamp"}}, ValidUntil: now + 1000,
		},
		Version: id(), JWS: "a.b.c", Stock: n, ListedAt: now,
	}
}

func listings(w world) {
	ctx := context.Background()
	first := offered(3)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{first}})
	w.wantShelf(scrip.OfferChanged, scrip.StallChange{List: []scrip.Listing{first}}) // new twice
	second := first
	second.Version, second.Title, second.Stock, second.ListedAt = id(), "Bulb", 5, now+1
	second.Replaces, second.StockWas = id(), 3
	w.wantShelf(scrip.OfferChanged, scrip.StallChange{List: []scrip.Listing{second}}) // of a version that is not current
	second.Replaces = first.Version
	w.wantShelf(nil, scrip.StallChange{Stock: []scrip.StockTaken{first.Taken(1)}})
	w.wantShelf(scrip.OfferChanged, scrip.StallChange{List: []scrip.Listing{second}}) // one was sold meanwhile
	second.StockWas = 2
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{second}})
	w.wantShelf(scrip.OfferChanged, scrip.StallChange{List: []scrip.Listing{second}})
	second.Replaces, second.StockWas = "", 0
	if got, err := w.shelf.Listing(ctx, first.Offer.Offer); err != nil || !reflect.DeepEqual(got, second) {
		w.t.Errorf("Listing: got %+v, %v, want %+v", got, err, second)
	}
	older := offered(1)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{older}, End: []scrip.ID{older.Offer.Offer}})
	older.Ended = true
	if got, err := w.shelf.Listings(ctx); err != nil || !reflect.DeepEqual(got, []scrip.Listing{second, older}) {
		w.t.Errorf("Listings: got %+v, %v", got, err)
	}
	w.wantShelf(scrip.NotFound, scrip.StallChange{End: []scrip.ID{id()}})
	if _, err := w.shelf.Listing(ctx, id()); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Listing(unknown): got %v, want %v", err, scrip.ErrAbsent)
	}
}

// offeredTo is a private offer of so many of a listing.
func offeredTo(p scrip.Pseudonym, of scrip.Listing, n int) scrip.PrivateListing {
	private := offered(n)
	private.For, private.Source = p, of.Offer.Offer
	return scrip.PrivateListing{Listing: private, From: of.Version}
}

// private holds that a private offer is made of what stands, sells once, and what its
// source has, and is erased when it has run out unsold.
func private(w world) {
	ctx := context.Background()
	of := offered(3)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{of}})
	p := scrip.Pseudonym(hash())
	first := offeredTo(p, of, 2)
	w.wantShelf(nil, scrip.StallChange{Private: &first})
	w.wantShelf(scrip.TxConflict, scrip.StallChange{Private: &first})
	if got, err := w.shelf.Listing(ctx, first.Offer.Offer); err != nil || !reflect.DeepEqual(got, first.Listing) {
		w.t.Errorf("Listing: got %+v, %v, want %+v", got, err, first.Listing)
	}
	if got, err := w.shelf.Listings(ctx); err != nil || len(got) != 1 || got[0].Source != "" {
		w.t.Errorf("Listings: got %+v, %v, want the one for everybody", got, err)
	}
	changed, many, long := offeredTo(p, of, 1), offeredTo(p, of, 4), offeredTo(p, of, 1)
	changed.From = id()
	w.wantShelf(scrip.OfferChanged, scrip.StallChange{Private: &changed})
	w.wantShelf(scrip.OutOfStock, scrip.StallChange{Private: &many})
	long.ValidUntil = long.ListedAt + scrip.MaxPrivate + 1
	if err := w.book.Apply(ctx, onShelf(scrip.StallChange{Private: &long})); err == nil {
		w.t.Error("a private offer for more than 72 hours: got nil, want an error")
	}
	second, others := offeredTo(p, of, 2), offeredTo(scrip.Pseudonym(hash()), of, 2)
	w.wantShelf(nil, scrip.StallChange{Private: &second})
	w.wantShelf(nil, scrip.StallChange{Private: &others})
	take := func(l scrip.Listing) scrip.Change {
		return onShelf(scrip.StallChange{Stock: []scrip.StockTaken{l.Taken(l.Quantity)}})
	}
	w.want(scrip.OfferChanged, take(first.Listing)) // the second has its place
	w.want(nil, take(second.Listing))
	w.want(scrip.OutOfStock, take(second.Listing))
	w.want(scrip.OutOfStock, take(others.Listing)) // one is left
	if got, err := w.shelf.Listing(ctx, others.Offer.Offer); err != nil || got.Stock != 2 {
		w.t.Errorf("what could not be had: got %d, %v, want it as it was", got.Stock, err)
	}
	w.wantShelf(nil, scrip.StallChange{End: []scrip.ID{of.Offer.Offer}})
	w.want(scrip.OfferChanged, take(others.Listing))
	w.wantShelf(nil, scrip.StallChange{Sweep: &scrip.Sweep{Listings: now + 2000}})
	if _, err := w.shelf.Listing(ctx, others.Offer.Offer); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("what has run out: got %v, want %v", err, scrip.ErrAbsent)
	}
}

func stock(w world) {
	l := offered(3)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}})
	take := func(version scrip.ID, n int) scrip.Change {
		return onShelf(scrip.StallChange{Stock: []scrip.StockTaken{{Offer: l.Offer.Offer, Version: version, Quantity: n}}})
	}
	w.want(scrip.OfferChanged, take(id(), 1))
	w.want(scrip.OutOfStock, take(l.Version, 4))
	w.want(nil, take(l.Version, 2))
	w.want(scrip.OutOfStock, take(l.Version, 2))
	w.wantShelf(nil, scrip.StallChange{End: []scrip.ID{l.Offer.Offer}})
	w.want(scrip.OfferChanged, take(l.Version, 1))
	if got, err := w.shelf.Listing(context.Background(), l.Offer.Offer); err != nil || got.Stock != 1 {
		w.t.Errorf("stock: got %d, %v, want 1", got.Stock, err)
	}
}

func sold(l scrip.Listing) scrip.Sale {
	return scrip.Sale{
		ID: id(), Tx: id(), Pseudonym: scrip.Pseudonym(hash()), Lines: []scrip.SaleLine{l.Sold(1)}, Price: 1000,
		Wish: "Ring.\nTwice.", OrderDigest: hash(), Mandate: "a.b.c", PaidAt: now,
		Delivery: scrip.Delivery{Way: scrip.WayPost, Address: &scrip.Address{Name: "Ann", Lines: []string{"Main St 1"}, Town: "Lübeck", Country: "DE"}},
	}
}

// noOversell sells ten of a thing to forty buyers: the ones who pay are the
// ones who get it.
func noOversell(w world) {
	l := offered(10)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}})
	var paid []scrip.Live
	for range 40 {
		paid = append(paid, w.issued())
	}
	errs := w.race(len(paid), func(i int) scrip.Change {
		s := sold(l)
		return scrip.Change{
			Kill: []scrip.Kill{{ScripID: paid[i].ScripID, Tx: s.Tx}},
			Stall: &scrip.StallChange{
				Sale:  &s,
				Stock: []scrip.StockTaken{l.Taken(1)},
			},
		}
	})
	orders := 0
	for i, err := range errs {
		_, live := w.book.Live(context.Background(), paid[i].ScripID)
		switch {
		case err == nil && errors.Is(live, scrip.ScripSpent):
			orders++
		case errors.Is(err, scrip.OutOfStock) && live == nil:
		default:
			w.t.Errorf("buyer %d: got %v, and the scrip reads %v", i, err, live)
		}
	}
	got, err := w.shelf.Sales(context.Background(), 0, 100)
	if err != nil || orders != 10 || len(got) != 10 {
		w.t.Errorf("orders: got %d paid and %d written (%v), want 10", orders, len(got), err)
	}
}

func photos(w world) {
	p := scrip.Photo{Digest: hash(), Full: []byte("large"), Thumb: []byte("small")}
	w.wantShelf(nil, scrip.StallChange{Photos: []scrip.Photo{p}})
	w.wantShelf(nil, scrip.StallChange{Photos: []scrip.Photo{p}})
	if got, err := w.shelf.Photo(context.Background(), p.Digest); err != nil || !reflect.DeepEqual(got, p) {
		w.t.Errorf("Photo: got %+v, %v, want %+v", got, err, p)
	}
	for digest, want := range map[string]bool{p.Digest: true, hash(): false} {
		if got, err := w.shelf.HasPhoto(context.Background(), digest); err != nil || got != want {
			w.t.Errorf("whether there is %s: got %v, %v, want %v", digest, got, err, want)
		}
	}
	if _, err := w.shelf.Photo(context.Background(), hash()); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Photo(unknown): got %v, want %v", err, scrip.ErrAbsent)
	}
}

func sales(w world) {
	ctx := context.Background()
	l := offered(9)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}})
	var all []scrip.Sale
	for range 3 {
		s := sold(l)
		all = append(all, s)
		w.wantShelf(nil, scrip.StallChange{Sale: &s})
	}
	again := all[0]
	again.ID = id()
	w.wantShelf(scrip.TxConflict, scrip.StallChange{Sale: &again})
	w.wantShelf(nil, scrip.StallChange{Recorded: []scrip.ID{all[0].ID, all[2].ID}})
	w.wantShelf(nil, scrip.StallChange{Recorded: []scrip.ID{all[0].ID}})
	w.wantShelf(scrip.NotFound, scrip.StallChange{Recorded: []scrip.ID{id()}})
	w.want(nil, scrip.Change{At: now + 5, Stall: &scrip.StallChange{Sent: &scrip.Sent{Sale: all[1].ID, Note: "first"}}})
	w.want(nil, scrip.Change{At: now + 9, Stall: &scrip.StallChange{Sent: &scrip.Sent{Sale: all[1].ID, Note: "second"}}})
	w.wantShelf(scrip.NotFound, scrip.StallChange{Sent: &scrip.Sent{Sale: id()}})
	all[0].Recorded, all[2].Recorded, all[1].SentAt, all[1].Note = true, true, now+5, "second"
	if got, err := w.shelf.Sales(ctx, 1, 5); err != nil || !reflect.DeepEqual(got, []scrip.Sale{all[1], all[0]}) {
		w.t.Errorf("Sales: got %+v, %v, want %+v", got, err, []scrip.Sale{all[1], all[0]})
	}
	if got, err := w.shelf.Unrecorded(ctx, 5); err != nil || !reflect.DeepEqual(got, all[1:2]) {
		w.t.Errorf("Unrecorded: got %+v, %v, want %+v", got, err, all[1:2])
	}
	if got, err := w.shelf.Sale(ctx, all[2].ID); err != nil || !reflect.DeepEqual(got, all[2]) {
		w.t.Errorf("Sale: got %+v, %v, want %+v", got, err, all[2])
	}
	if _, err := w.shelf.Sale(ctx, id()); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Sale(unknown): got %v, want %v", err, scrip.ErrAbsent)
	}
}

// asked is a payment link.
func asked(times string) scrip.Listing {
	l := offered(1)
	l.Kind, l.Times, l.Reference, l.Photos, l.Category, l.Condition, l.Postage = scrip.KindRequest, times, "2026-117", []scrip.OfferPhoto{}, "", "", nil
	return l
}

// requests holds that payment links are apart from what is offered: listed by themselves, counted by themselves, paid as often as they
// say, and erased when they have run out unpaid.
func requests(w world) {
	ctx := context.Background()
	thing, once, many := offered(1), asked(scrip.PaidOnce), asked(scrip.PaidMany)
	once.ListedAt++
	w.want(nil, scrip.Change{At: now, Stall: &scrip.StallChange{List: []scrip.Listing{thing, once, many}}})
	ids := func(list []scrip.Listing) (offers []scrip.ID) {
		for _, l := range list {
			offers = append(offers, l.Offer.Offer)
		}
		return offers
	}
	wantIDs := func(what string, list []scrip.Listing, err error, want ...scrip.ID) {
		w.t.Helper()
		if got := ids(list); err != nil || !slices.Equal(got, want) {
			w.t.Errorf("%s: got %v, %v, want %v", what, got, err, want)
		}
	}
	list, err := w.shelf.Listings(ctx)
	wantIDs("Listings", list, err, thing.Offer.Offer)
	list, err = w.shelf.ListingsAfter(ctx, "", 10)
	wantIDs("ListingsAfter", list, err, thing.Offer.Offer)
	list, err = w.shelf.Requests(ctx, "", 10)
	wantIDs("Requests", list, err, once.Offer.Offer, many.Offer.Offer)
	list, err = w.shelf.Requests(ctx, once.Offer.Offer, 10)
	wantIDs("Requests after the first", list, err, many.Offer.Offer)
	if _, err := w.shelf.Requests(ctx, id(), 10); !errors.Is(err, scrip.ErrAbsent) {
		w.t.Errorf("Requests after what is not there: got %v, want %v", err, scrip.ErrAbsent)
	}
	if got, err := w.shelf.Listing(ctx, once.Offer.Offer); err != nil || !reflect.DeepEqual(got, once) {
		w.t.Errorf("Listing: got %+v, %v, want %+v", got, err, once)
	}
	pay := func(want error, l scrip.Listing) scrip.Sale {
		sale := sold(l)
		w.wantShelf(want, scrip.StallChange{Stock: []scrip.StockTaken{l.Taken(1)}, Sale: &sale})
		return sale
	}
	pay(nil, once)
	pay(scrip.OutOfStock, once)
	first, second := pay(nil, many), pay(nil, many)
	paid, err := w.shelf.Paid(ctx, []scrip.ID{once.Offer.Offer, many.Offer.Offer, thing.Offer.Offer})
	if want := map[scrip.ID]int{once.Offer.Offer: 1, many.Offer.Offer: 2}; err != nil || !maps.Equal(paid, want) {
		w.t.Errorf("Paid: got %v, %v, want %v", paid, err, want)
	}
	if got, err := w.shelf.SalesOf(ctx, many.Offer.Offer, 10); err != nil || len(got) != 2 || got[0].ID != second.ID || got[1].ID != first.ID {
		w.t.Errorf("SalesOf: got %+v, %v, want the second and the first", got, err)
	}
	if events, err := w.shelf.SellerEvents(ctx, 0, 10); err != nil || slices.ContainsFunc(events, func(e scrip.SellerEvent) bool { return e.Kind == scrip.OfferSoldOut }) {
		w.t.Errorf("events: got %+v, %v, want nothing sold out", events, err)
	}
	w.wantShelf(nil, scrip.StallChange{End: []scrip.ID{many.Offer.Offer}})
	pay(scrip.OfferChanged, many)
	db.LowerBounds(w.t, 1, 1<<20)
	open := asked(scrip.PaidMany)
	w.want(nil, scrip.Change{At: now, Stall: &scrip.StallChange{List: []scrip.Listing{open}}})
	w.want(scrip.TooMany, scrip.Change{At: now, Stall: &scrip.StallChange{List: []scrip.Listing{asked(scrip.PaidOnce)}}})
	late := asked(scrip.PaidOnce)
	late.ValidUntil = open.ValidUntil + 10
	w.want(nil, scrip.Change{At: open.ValidUntil, Stall: &scrip.StallChange{List: []scrip.Listing{late}}}) // the other has run out
	w.wantShelf(nil, scrip.StallChange{Sweep: &scrip.Sweep{Listings: open.ValidUntil + 5}})
	list, err = w.shelf.Requests(ctx, "", 10)
	wantIDs("Requests, once what ran out unpaid is erased", list, err, ids(inOrder(once, many, late))...)
}

// inOrder are listings as they are listed.
func inOrder(all ...scrip.Listing) []scrip.Listing {
	slices.SortFunc(all, func(a, b scrip.Listing) int {
		return cmp.Or(cmp.Compare(b.ListedAt, a.ListedAt), cmp.Compare(a.Offer.Offer, b.Offer.Offer))
	})
	return all
}

// A tally adds up every sale: what was taken back whole is neither to be sent
// nor taken nor sold, and what was offered privately is sold of its listing.
func tally(w world) {
	ctx := context.Background()
	if got, err := w.shelf.Tally(ctx); err != nil || got.Orders != 0 || got.Taken != 0 || len(got.Sold) != 0 {
		w.t.Errorf("Tally of nothing: got %+v, %v, want nothing", got, err)
	}
	l, other := offered(9), offered(9)
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}})
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{other}})
	private := offeredTo(scrip.Pseudonym(hash()), other, 1)
	w.wantShelf(nil, scrip.StallChange{Private: &private})
	all := []scrip.Sale{sold(l), sold(l), sold(l), sold(private.Listing)}
	all[1].Lines = []scrip.SaleLine{l.Sold(3), other.Sold(2)}
	want := merchant.Tally{Orders: 4, ToSend: 2, Sold: map[scrip.ID]int{l.Offer.Offer: 4, other.Offer.Offer: 3}}
	for i := range all {
		w.wantShelf(nil, scrip.StallChange{Sale: &all[i]})
		want.Taken += all[i].Price
	}
	whole, part := refunding(all[0], all[0].Price), refunding(all[1], 1)
	want.Taken -= whole.Amount + part.Amount
	w.wantShelf(nil, scrip.StallChange{Refund: &whole})
	w.wantShelf(nil, scrip.StallChange{Refund: &part})
	w.wantShelf(nil, scrip.StallChange{Sent: &scrip.Sent{Sale: all[2].ID}})
	if got, err := w.shelf.Tally(ctx); err != nil || !reflect.DeepEqual(got, want) {
		w.t.Errorf("Tally: got %+v, %v, want %+v", got, err, want)
	}
}

// What no listing shows is erased once it is old enough, and no earlier; what a
// listing shows stays as long as the listing.
func swept(w world) {
	ctx := context.Background()
	picture := func(at int64) string {
		p := scrip.Photo{Digest: hash(), Full: []byte("large"), Thumb: []byte("small")}
		w.want(nil, scrip.Change{At: at, Stall: &scrip.StallChange{Photos: []scrip.Photo{p}}})
		return p.Digest
	}
	old, fresh, again, shown, sold := picture(now), picture(now+100), picture(now), picture(now), picture(now)
	w.want(nil, scrip.Change{At: now + 100, Stall: &scrip.StallChange{Photos: []scrip.Photo{{Digest: again, Full: []byte("large"), Thumb: []byte("small")}}}})
	ended, bought, live := offered(1), offered(1), offered(1)
	ended.Photos[0].Digest, bought.Photos[0].Digest, live.Photos[0].Digest = shown, sold, shown
	for _, l := range []scrip.Listing{ended, bought, live} {
		w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}})
	}
	sale := scrip.Sale{
		ID: id(), Tx: id(), Pseudonym: scrip.Pseudonym(hash()), Lines: []scrip.SaleLine{bought.Sold(1)}, Price: 1,
		OrderDigest: hash(), Mandate: "m", PaidAt: now,
	}
	w.wantShelf(nil, scrip.StallChange{Sale: &sale, End: []scrip.ID{bought.Offer.Offer}})
	w.wantShelf(nil, scrip.StallChange{End: []scrip.ID{ended.Offer.Offer}})
	there := func(what, digest string, want bool) {
		w.t.Helper()
		_, err := w.shelf.Photo(ctx, digest)
		if (err == nil) != want || (err != nil && !errors.Is(err, scrip.ErrAbsent)) {
			w.t.Errorf("%s: got %v, want it there: %t", what, err, want)
		}
	}
	w.wantShelf(nil, scrip.StallChange{Sweep: &scrip.Sweep{Photos: now + 50, Listings: now}})
	there("an old picture of nothing", old, false)
	there("a fresh one", fresh, true)
	there("one added again", again, true)
	there("one of listings", shown, true)
	w.wantShelf(nil, scrip.StallChange{Sweep: &scrip.Sweep{Photos: now + 50, Listings: now + 2000}})
	there("one of a listing that is still there", shown, true)
	there("one of a sold listing", sold, true)
	for what, c := range map[string]struct {
		offer scrip.ID
		want  error
	}{
		"ended and unsold": {ended.Offer.Offer, scrip.ErrAbsent}, "ended and sold": {bought.Offer.Offer, nil}, "live": {live.Offer.Offer, nil},
	} {
		if _, err := w.shelf.Listing(ctx, c.offer); !errors.Is(err, c.want) {
			w.t.Errorf("listing %s: got %v, want %v", what, err, c.want)
		}
	}
	gone := offered(1)
	gone.Photos[0].Digest = old
	w.wantShelf(scrip.NotFound, scrip.StallChange{List: []scrip.Listing{gone}}) // its picture was swept meanwhile
}

// A stall has room for so many listings that can be bought; what is sold or
// ended makes room.
func boundedListings(w world) {
	db.LowerBounds(w.t, 5, 1)
	var first scrip.Listing
	for i := range 5 {
		l := offered(1)
		w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{l}})
		if i == 0 {
			first = l
		}
	}
	more := offered(1)
	w.wantShelf(scrip.TooMany, scrip.StallChange{List: []scrip.Listing{more}})
	w.wantShelf(nil, scrip.StallChange{Stock: []scrip.StockTaken{first.Taken(1)}})
	w.wantShelf(nil, scrip.StallChange{List: []scrip.Listing{more}})
	again := first
	again.Replaces, again.StockWas, again.Version = first.Version, 0, id()
	w.wantShelf(scrip.TooMany, scrip.StallChange{List: []scrip.Listing{again}})
}

func boundedPhotos(w world) {
	db.LowerBounds(w.t, 1, 800)
	large := make([]byte, 100)
	photo := func() scrip.Photo { return scrip.Photo{Digest: hash(), Full: large, Thumb: []byte("small")} }
	for range 7 {
		w.wantShelf(nil, scrip.StallChange{Photos: []scrip.Photo{photo()}})
	}
	w.wantShelf(scrip.TooMany, scrip.StallChange{Photos: []scrip.Photo{photo()}})
	w.wantShelf(nil, scrip.StallChange{Photos: []scrip.Photo{{Digest: hash(), Full: []byte("a"), Thumb: []byte("b")}}})
}

// TestOneShelfInAFile: a file has one stall's shelf, and another's Change is refused.
func TestOneShelfInAFile(t *testing.T) {
	d := dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Merchant)
	w := newStallWorld(t, d)
	other, err := db.NewShelf(d, scrip.VendorID(id()))
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Apply(t.Context(), onShelf(scrip.StallChange{Photos: []scrip.Photo{lamp}})); !errors.Is(err, db.ErrOwner) {
		t.Errorf("Apply to another stall's shelf: got %v, want %v", err, db.ErrOwner)
	}
	if n := w.db.Rows("shelf"); n != 1 {
		t.Errorf("shelves in the file: got %d, want 1", n)
	}
	if _, err := other.Photo(t.Context(), lamp.Digest); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("Photo of another stall: got %v, want %v", err, scrip.ErrAbsent)
	}
}
