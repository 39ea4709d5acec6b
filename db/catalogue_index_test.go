package db_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"peerscrip/db"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// shelves is a market that changes: what its stalls were last said to have.
type shelves struct {
	*testing.T
	*db.Catalogue
	db     *db.DB
	r      *rand.Rand
	now    int64
	stalls []market.Stall // as the directory has them
	pages  map[scrip.VendorID]scrip.StallPage
	things map[scrip.VendorID][]market.Entry
	next   int // number of a listing, or a version
}

func openShelves(t *testing.T) *shelves {
	d := openMarket(t, db.Market)
	c, err := db.NewCatalogue(d)
	if err != nil {
		t.Fatal(err)
	}
	w := &shelves{T: t, Catalogue: c, db: d, r: rand.New(rand.NewPCG(5, 6)), now: catalogueStart, pages: map[scrip.VendorID]scrip.StallPage{}, things: map[scrip.VendorID][]market.Entry{}}
	for _, vendor := range []string{"a", "b", "c", "d"} {
		s := marketStall(vendor)
		s.Words, s.NotAfter = " attic ", w.now+1000
		w.stalls = append(w.stalls, s)
	}
	w.certify()
	return w
}

func (w *shelves) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *shelves) moment() market.Moment {
	return market.Moment{Now: w.now, FailingSince: w.now - 40}
}

func (w *shelves) certify() {
	w.Helper()
	w.must(w.Certify(w.Context(), market.Listed{Stalls: w.stalls, At: w.now, Forget: w.now - 30}))
}

// entry is a new listing, or another version of one.
func (w *shelves) entry(vendor scrip.VendorID, offer scrip.ID) market.Entry {
	w.next++
	if offer == "" {
		offer = scrip.ID(fmt.Sprint("o", w.next))
	}
	e := randomThing(w.r, string(vendor), 0).Entry
	for _, k := range facetKnown {
		if w.r.IntN(3) == 0 {
			e.Attributes = append(e.Attributes, scrip.Attribute{Name: k.Name, Value: k.Value})
		}
	}
	e = market.EntryOf(scrip.Listing{Offer: e.Offer, Stock: e.Stock})
	e.Offer.Offer, e.Version, e.JWS, e.ListedAt = offer, scrip.ID(fmt.Sprint(w.next)), fmt.Sprint("jws", w.next), w.now-int64(w.r.IntN(100))
	e.ValidUntil = w.now + 10 + int64(w.r.IntN(300))
	return e
}

// change is one thing that happens to a market.
func (w *shelves) change() {
	w.Helper()
	ctx, i := w.Context(), w.r.IntN(len(w.stalls))
	s := &w.stalls[i]
	things := w.things[s.Vendor]
	switch n := w.r.IntN(12); {
	case n < 3 || len(things) == 0: // it is read
		things = slices.DeleteFunc(things, func(market.Entry) bool { return w.r.IntN(6) == 0 })
		for j, e := range things {
			switch w.r.IntN(6) {
			case 0:
				things[j] = w.entry(s.Vendor, e.Offer.Offer)
			case 1:
				things[j].Stock = w.r.IntN(3)
			}
		}
		for range w.r.IntN(4) {
			things = append(things, w.entry(s.Vendor, ""))
		}
		w.things[s.Vendor], w.pages[s.Vendor] = things, scrip.StallPage{Closed: w.r.IntN(8) == 0, AwayUntil: w.now + int64(w.r.IntN(2)*50)}
		w.read(s.Vendor)
	case n < 5:
		e := &things[w.r.IntN(len(things))]
		e.Stock = w.r.IntN(2)
		if err := w.Restock(ctx, s.Vendor, []market.Left{{Offer: e.Offer.Offer, Signed: e.JWS, Stock: e.Stock}}); err != nil && err != scrip.ErrAbsent { // it was revoked meanwhile
			w.Fatal(err)
		}
	case n == 5:
		s.Words = []string{" attic lamp ", " barn ", " barn chairs ", ""}[w.r.IntN(4)]
		w.certify()
	case n == 6:
		w.must(w.Miss(ctx, s.Vendor, w.now))
	case n == 7:
		w.must(w.Hide(ctx, market.Hidden{Vendor: s.Vendor, Offer: things[w.r.IntN(len(things))].Offer.Offer, At: w.now}))
	case n == 8:
		hidden, err := w.Hidden(ctx)
		w.must(err)
		for _, h := range hidden {
			w.must(w.Unhide(ctx, h.Vendor, h.Offer))
		}
	case n == 9:
		w.must(w.Hide(ctx, market.Hidden{Vendor: s.Vendor, At: w.now}))
	case n == 10: // it is out of the directory, and in it again
		out := *s
		w.stalls = slices.Delete(w.stalls, i, i+1)
		w.certify()
		w.now += 31 * int64(w.r.IntN(2))
		w.certify() // which may forget it
		w.stalls = append(w.stalls, out)
		w.certify()
		w.read(out.Vendor)
	default:
		w.now += int64(w.r.IntN(30))
		for i := range w.stalls {
			w.stalls[i].NotAfter = max(w.stalls[i].NotAfter, w.now+int64(w.r.IntN(60)))
		}
	}
}

func (w *shelves) read(vendor scrip.VendorID) {
	w.Helper()
	w.things[vendor] = slices.DeleteFunc(w.things[vendor], func(e market.Entry) bool { return e.ValidUntil <= w.now })
	_, err := w.Fill(w.Context(), market.Reading{Vendor: vendor, Page: w.pages[vendor], Listings: w.things[vendor], At: w.now, Forget: w.now - 20})
	w.must(err)
}

// offered says in SQL, listing by listing, what can be bought, and whether at a stall that is there and answers.
func (w *shelves) offered() (all, open []string) {
	w.Helper()
	var rows []struct {
		Offer string `db:"offer"`
		Open  bool   `db:"open"`
	}
	m := w.moment()
	w.must(w.db.Read(w.Context(), func(tx *sqlx.Tx) error {
		return tx.Select(&rows, `SELECT l.offer, s.away_until <= ? AND s.failing = 0 AS open FROM catalogue_listing l JOIN catalogue_stall s ON s.vendor = l.vendor
			WHERE l.ended = 0 AND l.stock > 0 AND l.valid_until > ? AND s.revoked = 0 AND s.closed = 0 AND s.not_before <= ? AND s.not_after > ?
			AND (s.failing = 0 OR s.failing >= ?) AND NOT EXISTS (SELECT 1 FROM catalogue_hidden h WHERE h.vendor = l.vendor AND (h.offer = '' OR h.offer = l.offer))
			ORDER BY l.offer`, m.Now, m.Now, m.Now, m.Now, m.FailingSince)
	}))
	for _, r := range rows {
		if all = append(all, r.Offer); r.Open {
			open = append(open, r.Offer)
		}
	}
	return all, open
}

// found are the offers that a selection has.
func (w *shelves) found(s market.Selection) (offers []string) {
	w.Helper()
	s.Moment, s.Limit, s.Facets = w.moment(), 1000, true
	found, err := w.Find(w.Context(), s)
	w.must(err)
	started, err := db.NewCatalogue(w.db) // a process that has kept nothing yet
	w.must(err)
	again, err := started.Find(w.Context(), s)
	w.must(err)
	if !reflect.DeepEqual(found, again) {
		w.Errorf("%+v: got %+v, and a process that has just started %+v", s, found, again)
	}
	for _, i := range found.Items {
		offers = append(offers, string(i.Offer.Offer))
	}
	if slices.Sort(offers); len(offers) != found.Total {
		w.Errorf("got %d offers, want the total of %d", len(offers), found.Total)
	}
	return offers
}

// check holds what is found, and the index, to what the listings say.
func (w *shelves) check(when string) {
	w.Helper()
	all, open := w.offered()
	if got := w.found(market.Selection{}); !slices.Equal(got, all) {
		w.Fatalf("%s: found %v, want %v", when, got, all)
	}
	if got := w.found(market.Selection{Open: true}); !slices.Equal(got, open) {
		w.Fatalf("%s: open: found %v, want %v", when, got, open)
	}
	for _, word := range []string{"lamp", "chairs", "attic", "barn", "blue"} {
		if got, want := w.found(market.Selection{Words: []string{word}}), w.having(all, word); !slices.Equal(got, want) {
			w.Fatalf("%s: %s: found %v, want %v", when, word, got, want)
		}
	}
	if wrong := w.Unindexed(w.Context()); len(wrong) > 0 {
		w.Fatalf("%s: %s", when, strings.Join(wrong, "; "))
	}
}

// having are those of some offers that have a word, as the catalogue has them.
func (w *shelves) having(offers []string, word string) (some []string) {
	w.Helper()
	for _, s := range w.stalls {
		for _, e := range w.things[s.Vendor] {
			texts := strings.Fields(e.AllWords + s.Words)
			begins := func(text string) bool { return strings.HasPrefix(text, strings.TrimSuffix(word, "s")) }
			if slices.Contains(offers, string(e.Offer.Offer)) && slices.ContainsFunc(texts, begins) {
				some = append(some, string(e.Offer.Offer))
			}
		}
	}
	slices.Sort(some)
	return some
}

// TestIndexIsWhatListingsSay: whatever happens to a market, in whatever order, listings are found by what they and their stalls are
// now, before it is settled and after; and nothing is left of what they were.
func TestIndexIsWhatListingsSay(t *testing.T) {
	w := openShelves(t)
	changes := 250
	if testing.Short() {
		changes = 50
	}
	for n := range changes {
		w.change()
		w.check(fmt.Sprint("after change ", n))
		if n%10 == 0 {
			w.must(w.Settle(t.Context(), w.moment()))
			w.check(fmt.Sprint("settled after change ", n))
		}
	}
	if len(w.found(market.Selection{})) == 0 {
		t.Error("nothing is for sale at the end")
	}
	w.stalls = nil
	w.certify()
	w.now += 100
	w.certify()
	for _, table := range []string{"catalogue_listing", "catalogue_posting", "catalogue_value", "catalogue_name"} {
		if n := w.db.Rows(table); n != 0 {
			t.Errorf("%s: got %d rows of a market without stalls, want none", table, n)
		}
	}
}

// TestSettleAnalysesAnew: listings that another version of the program has taken in are found by this one's terms once the market is settled,
// also those that their stall goes on to show as they were; and what the other made of them is gone.
func TestSettleAnalysesAnew(t *testing.T) {
	w := openShelves(t)
	for _, s := range w.stalls {
		for range 20 {
			w.things[s.Vendor] = append(w.things[s.Vendor], w.entry(s.Vendor, ""))
		}
		w.read(s.Vendor)
	}
	want := map[string][]string{}
	for _, word := range []string{"lamp", "chairs", "attic", "blue"} {
		want[word] = w.found(market.Selection{Words: []string{word}})
	}
	w.must(w.db.Exec(`UPDATE catalogue_term SET name = name || 'x' WHERE kind IN ('text', 'title', 'stall', '=Colour')`))
	w.must(w.db.Exec(`UPDATE catalogue_listing SET analysed = analysed - 1`))
	if got := w.found(market.Selection{Words: []string{"chairs"}}); len(got) > 0 {
		t.Errorf("before it is settled: got %v, want this test's other terms in the way", got)
	}
	w.must(w.Settle(t.Context(), w.moment()))
	got := map[string][]string{}
	for word := range want {
		got[word] = w.found(market.Selection{Words: []string{word}})
	}
	if !maps.EqualFunc(got, want, slices.Equal) || len(want["blue"]) == 0 {
		t.Errorf("got %v, want %v", got, want)
	}
	w.check("settled")
}
