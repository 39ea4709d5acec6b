package db_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// follower has what the feed told it.
type follower struct {
	testing.TB
	of     *db.Catalogue
	r      *rand.Rand
	at     market.FeedCursor
	has    map[string]market.Change // by vendor and offer
	stalls map[scrip.VendorID]market.Stall
	anew   int // how often it had to begin once more
}

func newFollower(t testing.TB, of *db.Catalogue, seed uint64) *follower {
	return &follower{TB: t, of: of, r: rand.New(rand.NewPCG(seed, 1)), has: map[string]market.Change{}, stalls: map[scrip.VendorID]market.Stall{}}
}

// follow reads pages until there are no more, or so many.
func (f *follower) follow(pages int) {
	f.Helper()
	for more := true; more && pages != 0; pages-- {
		limit := 1 + f.r.IntN(20)
		feed, err := f.of.Feed(f.Context(), f.at, limit)
		if err != nil {
			f.Fatal(err)
		}
		if feed.Start {
			clear(f.has)
			if f.at != (market.FeedCursor{}) {
				f.anew++
			}
		}
		named := map[scrip.VendorID]bool{}
		for _, s := range feed.Stalls {
			f.stalls[s.Vendor], named[s.Vendor] = s, true
		}
		for _, c := range feed.Changes {
			f.has[fmt.Sprint(c.Vendor, "/", c.Offer)] = c
			if shown := c.State != market.Removed; shown != (c.JWS != "") || shown && !named[c.Vendor] {
				f.Fatalf("got %+v and the stalls %v, want a JWS of what is shown alone, and its stall", c, feed.Stalls)
			}
		}
		if len(feed.Changes) > limit || feed.More && len(feed.Changes) < limit || len(feed.Changes) == 0 && feed.Next != f.at && !feed.Start {
			f.Fatalf("got a page of %d changes, more %t, to %v after %v, want up to %d", len(feed.Changes), feed.More, feed.Next, f.at, limit)
		}
		f.at, more = feed.Next, feed.More
	}
}

// live are the offers that can be bought, as far as it was told.
func (f *follower) live() (offers []string) {
	for _, c := range f.has {
		if c.State == market.Live {
			offers = append(offers, string(c.Offer))
		}
	}
	slices.Sort(offers)
	return offers
}

// like holds what it has to what another has who has just read all of it: what that was not told of was erased, and before
// that it was gone.
func (f *follower) like(when string, all *follower) {
	f.Helper()
	for key, c := range f.has {
		if want, there := all.has[key]; there && c != want {
			f.Fatalf("%s: %s: got %+v, want %+v", when, key, c, want)
		} else if !there && c.State == market.Live {
			f.Fatalf("%s: %s: got %+v, want nothing of what is not there", when, key, c)
		}
	}
	for key, want := range all.has {
		if _, there := f.has[key]; !there {
			f.Fatalf("%s: %s: got nothing, want %+v", when, key, want)
		}
	}
}

// TestFeedFollowers: whatever happens to a market, in whatever order, who follows its feed, at whatever pace and in pages of
// whatever length, has what who reads all of it has; and once the market is settled that is its catalogue.
func TestFeedFollowers(t *testing.T) {
	w := openShelves(t)
	quick, slow, late := newFollower(t, w.Catalogue, 1), newFollower(t, w.Catalogue, 2), newFollower(t, w.Catalogue, 3)
	reader := func() *follower {
		f := newFollower(t, w.Catalogue, 4)
		f.follow(-1)
		return f
	}
	settled := func(when string) {
		t.Helper()
		w.must(w.Settle(t.Context(), w.moment()))
		all, _ := w.offered()
		if got := reader().live(); !slices.Equal(got, all) {
			t.Fatalf("%s: got %v live, want %v", when, got, all)
		}
	}
	for n := range 300 {
		w.change()
		when := fmt.Sprint("after change ", n)
		quick.follow(-1)
		quick.like(when, reader())
		if n%7 == 0 {
			slow.follow(1)
		}
		if n%10 == 0 {
			settled(when)
			quick.follow(-1)
		}
		if n%60 == 0 {
			late.follow(-1)
			late.like(when, reader())
		}
	}
	settled("in the end")
	for name, f := range map[string]*follower{"quick": quick, "slow": slow, "late": late} {
		f.follow(-1)
		f.like(name, reader())
		if all, _ := w.offered(); !slices.Equal(f.live(), all) || len(all) == 0 {
			t.Errorf("%s: got %v, want %v", name, f.live(), all)
		}
	}
	if quick.anew > 20 || late.anew == 0 { // a stall that is forgotten at once, as this market does, is told of in no other way
		t.Errorf("begun anew: got %d times by who was always there, and %d by who was away while things were erased, want a few and some", quick.anew, late.anew)
	}
}

// TestFeedOfAnotherCatalogue: a place that the catalogue has not come to is of another one, and its reader begins anew.
func TestFeedOfAnotherCatalogue(t *testing.T) {
	w := openShelves(t)
	w.things["a"] = []market.Entry{w.entry("a", "")}
	w.read("a")
	feed, err := w.Feed(t.Context(), market.FeedCursor{Change: 1 << 40}, 10)
	if err != nil || !feed.Start || len(feed.Changes) != 1 || feed.Changes[0].JWS != w.things["a"][0].JWS {
		t.Errorf("got %+v, %v, want all of it from its start", feed, err)
	}
	again, err := w.Feed(t.Context(), feed.Next, 10)
	if err != nil || again.Start || len(again.Changes) != 0 || again.Next != feed.Next {
		t.Errorf("got %+v, %v, want nothing more", again, err)
	}
	w.stalls[0].Certificate = "another"
	w.certify()
	if told, err := w.Feed(t.Context(), feed.Next, 10); err != nil || len(told.Changes) != 1 || told.Stalls[0].Certificate != "another" {
		t.Errorf("certified anew: got %+v, %v, want it told", told, err)
	}
}

// TestFeedOfSeveralProcesses: while processes write at once, so that what was begun first may be there last, who follows the feed
// misses nothing.
func TestFeedOfSeveralProcesses(t *testing.T) {
	place := dbtest.Postgres(t)
	var through []*db.Catalogue
	for range 2 {
		c, err := db.NewCatalogue(dbtest.Open(t, place, db.Market))
		if err != nil {
			t.Fatal(err)
		}
		through = append(through, c)
	}
	vendors := []string{"a", "b", "c", "d"}
	var stalls []market.Stall
	for _, v := range vendors {
		stalls = append(stalls, marketStall(v))
	}
	if err := through[0].Certify(t.Context(), market.Listed{Stalls: stalls, At: catalogueStart}); err != nil {
		t.Fatal(err)
	}
	var writing sync.WaitGroup
	errs := make([]error, len(vendors))
	for i, v := range vendors {
		writing.Go(func() { errs[i] = fillOften(t.Context(), through[i%2], v) })
	}
	written := make(chan struct{})
	go func() {
		writing.Wait()
		close(written)
	}()
	f, reading := newFollower(t, through[1], 5), true
	for reading {
		select {
		case <-written:
			reading = false
		default:
		}
		f.follow(-1)
		time.Sleep(3 * time.Millisecond)
	}
	all := newFollower(t, through[0], 6)
	all.follow(-1)
	f.like("in the end", all)
	if !maps.Equal(f.has, all.has) || len(f.live()) == 0 || slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		t.Errorf("got %d listings, %d of them live, want %d; written with %v", len(f.has), len(f.live()), len(all.has), errs)
	}
}

// fillOften changes what a stall offers many times.
func fillOften(ctx context.Context, c *db.Catalogue, vendor string) error {
	for n := range 60 {
		r := market.Reading{Vendor: scrip.VendorID(vendor), At: catalogueStart}
		for i := range 5 {
			e := entry(vendor, fmt.Sprint(vendor, (n+i)%9), "lamp", "p")
			e.Version, e.JWS, e.Stock = scrip.ID(fmt.Sprint(n*(i%2))), fmt.Sprint("jws", n*(i%2)), (n+i)%3
			r.Listings = append(r.Listings, e)
		}
		if _, err := c.Fill(ctx, r); err != nil {
			return err
		}
	}
	return nil
}
