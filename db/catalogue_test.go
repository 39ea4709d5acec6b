package db_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jmoiron/sqlx"

	"peerscrip/db"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

const catalogueStart = 1_800_000_000 // unix seconds

func openCatalogue(t testing.TB) *db.Catalogue {
	t.Helper()
	c, err := db.NewCatalogue(openMarket(t, db.Market))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func marketStall(vendor string) market.Stall {
	return market.Stall{
		Vendor: scrip.VendorID(vendor), Name: "Stall " + vendor, BaseURL: "https://x.example", Certificate: "jws",
		NotBefore: catalogueStart - 1, NotAfter: catalogueStart + 1e6,
	}
}

func entry(vendor, offer, words, photo string) market.Entry {
	return market.Entry{
		Listing: scrip.Listing{
			Offer: scrip.Offer{
				Offer: scrip.ID(offer), Vendor: scrip.VendorID(vendor), Title: words, Category: "Home", Condition: "good",
				Price: 100, Currency: "EUR", Quantity: 1, ValidUntil: catalogueStart + 1e6,
				Photos: []scrip.OfferPhoto{{Digest: photo}},
			},
			Version: scrip.ID(offer), JWS: "jws", Stock: 1, ListedAt: catalogueStart,
		},
		TitleWords: " " + words + " ", AllWords: " " + words + " ",
	}
}

// TestCatalogueInParts: what is told of very many listings at once, that their stalls are certified anew, dark, there again or
// forgotten, is done in commits of a bounded number of them.
func TestCatalogueInParts(t *testing.T) {
	d := openMarket(t, db.Market)
	c, err := db.NewCatalogue(d)
	if err != nil {
		t.Fatal(err)
	}
	const each, many = 200, 8
	ctx, stalls, readings := t.Context(), []market.Stall{}, []market.Reading{}
	for n := range many {
		s := marketStall(fmt.Sprint("s", n))
		s.NotAfter = catalogueStart + 1000 // its offers are good for longer
		r := market.Reading{Vendor: s.Vendor, At: catalogueStart}
		for i := range each {
			r.Listings = append(r.Listings, entry(string(s.Vendor), fmt.Sprint(s.Vendor, "-", i), "lamp", "p"))
		}
		stalls, readings = append(stalls, s), append(readings, r)
	}
	certify := func(at, forget int64, list []market.Stall) error {
		return c.Certify(ctx, market.Listed{Stalls: list, At: at, Forget: forget})
	}
	if err := errors.Join(certify(catalogueStart, 0, stalls), c.FillAll(ctx, readings, nil)); err != nil {
		t.Fatal(err)
	}
	now := market.Moment{Now: catalogueStart + 1}
	found := func(what string, m market.Moment, want int) {
		t.Helper()
		for _, settled := range []bool{false, true} {
			if settled {
				if err := c.Settle(ctx, m); err != nil {
					t.Fatal(err)
				}
			}
			if got, err := c.Find(ctx, market.Selection{Moment: m, Words: []string{"lamp"}, Limit: 1}); err != nil || got.Total != want {
				t.Errorf("%s, settled %t: got %d, %v, want %d", what, settled, got.Total, err, want)
			}
		}
	}
	least := func(what string, do func() error) {
		t.Helper()
		before := d.Commits()
		if err := do(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := int(d.Commits() - before); got < 2 {
			t.Errorf("%s of %d listings: got %d commits, want some", what, each*many, got)
		}
	}
	found("at first", now, each*many)
	renewed := slices.Clone(stalls)
	for i := range renewed {
		renewed[i].Certificate = "another"
	}
	least("certified anew", func() error { return certify(catalogueStart+1, 0, renewed) })
	late := market.Moment{Now: stalls[0].NotAfter}
	least("dark", func() error { return c.Settle(ctx, late) })
	found("dark", late, 0)
	least("there again", func() error { return c.Settle(ctx, now) })
	found("there again", now, each*many)
	if err := certify(catalogueStart+2, 0, nil); err != nil {
		t.Fatal(err)
	}
	found("revoked", now, 0)
	least("forgotten", func() error { return certify(catalogueStart+4, catalogueStart+3, nil) })
	if got := d.Rows("catalogue_listing"); got != 0 {
		t.Errorf("forgotten: got %d listings, want none", got)
	}
	if wrong := c.Unindexed(ctx); len(wrong) > 0 {
		t.Errorf("what is left: %v", wrong)
	}
}

func TestCatalogueWantsItsKind(t *testing.T) {
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "shelf.db"), db.Merchant)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if _, err := db.NewCatalogue(d); err == nil {
		t.Error("a catalogue in a merchant's database: got no error")
	}
	if _, err := db.NewHosted(d); err == nil {
		t.Error("hosted stalls in a merchant's database: got no error")
	}
}

func TestCatalogueFillsCertifiedStallsOnly(t *testing.T) {
	c := openCatalogue(t)
	_, err := c.Fill(t.Context(), market.Reading{Vendor: "a", At: catalogueStart})
	if !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("got %v, want %v", err, scrip.ErrAbsent)
	}
}

// TestCatalogueCountsFresh: what is new or signed anew counts, what is as it was or was
// sold does not.
func TestCatalogueCountsFresh(t *testing.T) {
	c, ctx := openCatalogue(t), t.Context()
	if err := c.Certify(ctx, market.Listed{Stalls: []market.Stall{marketStall("a")}, At: catalogueStart}); err != nil {
		t.Fatal(err)
	}
	one, two := entry("a", "o", "lamp", "p"), entry("a", "q", "vase", "p")
	sold, again := one, one
	sold.Stock, again.Version = one.Stock+1, "anew"
	for i, reading := range []struct {
		entries []market.Entry
		want    int
	}{{[]market.Entry{one, two}, 2}, {[]market.Entry{one, two}, 0}, {[]market.Entry{sold, two}, 0}, {[]market.Entry{again, two}, 1}} {
		got, err := c.Fill(ctx, market.Reading{Vendor: "a", At: catalogueStart, Listings: reading.entries})
		if err != nil || got != reading.want {
			t.Errorf("reading %d: got %d fresh, %v, want %d", i, got, err, reading.want)
		}
	}
}

func TestCatalogueForgetsRevokedStalls(t *testing.T) {
	c, ctx := openCatalogue(t), t.Context()
	certify := func(at int64, stalls ...market.Stall) {
		t.Helper()
		if err := c.Certify(ctx, market.Listed{Stalls: stalls, At: at, Forget: at - 100}); err != nil {
			t.Fatal(err)
		}
	}
	certify(catalogueStart, marketStall("a"))
	_, err := c.Fill(ctx, market.Reading{
		Vendor: "a", At: catalogueStart, Listings: []market.Entry{entry("a", "o", "lamp", "p")},
	})
	if err != nil {
		t.Fatal(err)
	}
	moment := market.Moment{Now: catalogueStart}
	listings := func(want int) {
		t.Helper()
		found, err := c.Find(ctx, market.Selection{Moment: moment, Limit: 10})
		got := found.Total
		if err != nil || got != want {
			t.Errorf("got %d listings, %v, want %d", got, err, want)
		}
	}
	listings(1)
	certify(catalogueStart + 10)
	listings(0)
	certify(catalogueStart+20, marketStall("a"))
	listings(1)
	certify(catalogueStart + 30)
	certify(catalogueStart + 120)
	if _, err := c.Item(ctx, "a", "o", moment); err != nil {
		t.Errorf("before it is forgotten: got %v, want no error", err)
	}
	certify(catalogueStart + 131)
	if _, err := c.Item(ctx, "a", "o", moment); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("after it is forgotten: got %v, want %v", err, scrip.ErrAbsent)
	}
}

// TestCatalogueKeepsNoUnusedValues: what no listing has any more is not kept.
func TestCatalogueKeepsNoUnusedValues(t *testing.T) {
	d := openMarket(t, db.Market)
	c, err := db.NewCatalogue(d)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	certify := func(at int64, stalls ...market.Stall) {
		if err := c.Certify(ctx, market.Listed{Stalls: stalls, At: at, Forget: at}); err != nil {
			t.Fatal(err)
		}
	}
	fill := func(colours ...string) {
		t.Helper()
		r := market.Reading{Vendor: "a", At: catalogueStart}
		for i, colour := range colours {
			e := entry("a", fmt.Sprint("o", i), "lamp", "p")
			e.Version = scrip.ID(colour)
			e.Known = []market.Known{{Name: "Colour", Key: colour, Value: colour}}
			r.Listings = append(r.Listings, e)
		}
		if _, err := c.Fill(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	kept := func(want int) {
		t.Helper()
		for _, kind := range []string{"=Colour"} {
			var got int
			err := d.Read(ctx, func(tx *sqlx.Tx) error {
				return tx.Get(&got, `SELECT count(*) FROM catalogue_term WHERE kind = ?`, kind)
			})
			if err != nil || got != want {
				t.Errorf("%s: got %d values, %v, want %d", kind, got, err, want)
			}
		}
	}
	certify(catalogueStart, marketStall("a"))
	fill("red", "blue", "blue")
	kept(2)
	fill("green", "blue", "white")
	kept(3)
	fill("blue", "green", "green")
	kept(2)
	certify(catalogueStart + 1)
	certify(catalogueStart + 3)
	kept(0)
	for _, table := range []string{"catalogue_posting", "catalogue_value", "catalogue_listing"} {
		if n := d.Rows(table); n != 0 {
			t.Errorf("%s: got %d rows of what is gone, want none", table, n)
		}
	}
}

func TestCatalogueDropsOldestPictures(t *testing.T) {
	c, ctx := openCatalogue(t), t.Context()
	if err := c.Certify(ctx, market.Listed{Stalls: []market.Stall{marketStall("a")}, At: catalogueStart}); err != nil {
		t.Fatal(err)
	}
	var entries []market.Entry
	for i := range 5 {
		entries = append(entries, entry("a", fmt.Sprint(i), "lamp", fmt.Sprint("p", i)))
	}
	if _, err := c.Fill(ctx, market.Reading{Vendor: "a", At: catalogueStart, Listings: entries}); err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		photo := scrip.Photo{Digest: fmt.Sprint("p", i), Full: make([]byte, 90), Thumb: make([]byte, 10)}
		if err := c.Keep(ctx, photo, catalogueStart+int64(i), 250); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		b, err := c.Photo(ctx, fmt.Sprint("p", i), i%2 == 0)
		if kept := err == nil; kept != (i >= 3) || (err != nil && !errors.Is(err, scrip.ErrAbsent)) {
			t.Errorf("picture %d: got %d bytes, %v, want the last two alone", i, len(b), err)
		}
	}
}

func BenchmarkCatalogueFind(b *testing.B) {
	c, ctx := openCatalogue(b), b.Context()
	const stalls, each = 20, 1000
	var listed []market.Stall
	for i := range stalls {
		listed = append(listed, marketStall(fmt.Sprint(i)))
	}
	if err := c.Certify(ctx, market.Listed{Stalls: listed, At: catalogueStart}); err != nil {
		b.Fatal(err)
	}
	for _, s := range listed {
		r := market.Reading{Vendor: s.Vendor, At: catalogueStart}
		for j := range each {
			e := entry(string(s.Vendor), fmt.Sprint(j), fmt.Sprint("thing ", j), "p")
			for k := range 100 {
				e.AllWords += fmt.Sprint("word", k, " ")
			}
			r.Listings = append(r.Listings, e)
		}
		if _, err := c.Fill(ctx, r); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("facets", func(b *testing.B) {
		for b.Loop() {
			_, err := c.Find(ctx, market.Selection{Facets: true, Moment: market.Moment{Now: catalogueStart}, Category: "Home"})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, words := range map[string][]string{"all": nil, "words": {"thing", "77"}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := c.Find(ctx, market.Selection{
					Moment: market.Moment{Now: catalogueStart}, Words: words, Sort: market.Relevance, Limit: 24,
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestReportsShutOutNobody: who fills what waits for the operator keeps nobody from
// reporting a listing that nobody has reported yet; more of one that was are not added.
func TestReportsShutOutNobody(t *testing.T) {
	c, ctx := openCatalogue(t), t.Context()
	if err := c.Certify(ctx, market.Listed{Stalls: []market.Stall{marketStall("a")}, At: catalogueStart}); err != nil {
		t.Fatal(err)
	}
	reading := market.Reading{Vendor: "a", At: catalogueStart}
	for _, offer := range []string{"o", "p", "q"} {
		reading.Listings = append(reading.Listings, entry("a", offer, "lamp", "photo"))
	}
	if _, err := c.Fill(ctx, reading); err != nil {
		t.Fatal(err)
	}
	const limit, all = 3, 4
	for _, test := range []struct {
		offer scrip.ID
		want  int // that wait then
	}{{"o", 1}, {"o", 2}, {"o", 3}, {"o", 3}, {"p", 4}, {"p", 4}, {"q", 5}, {"q", 5}} {
		if err := c.Report(ctx, market.Report{Vendor: "a", Offer: test.offer, Reason: "other", At: catalogueStart}, limit, all); err != nil {
			t.Errorf("Report %s: got %v, want nil", test.offer, err)
		}
		if got, err := c.Reported(ctx, 10); err != nil || len(got) != test.want {
			t.Errorf("after a report of %s: got %d, %v, want %d", test.offer, len(got), err, test.want)
		}
	}
}
