package world_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/market"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

func TestCatalogueFollowsAStall(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	lamp, chair := w.offer(s, "Lamp"), w.offer(s, "Chair")
	w.put(s, lamp, 2, start)
	w.put(s, chair, 1, start-5)
	w.refresh()
	w.finds("at first", market.Query{}, "Lamp", "Chair")

	item, err := w.Listing(t.Context(), s.vendor, lamp.Offer)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "offer", item.Offer, lamp)
	same(t, "stock, state, listed", []any{item.Stock, item.State, item.ListedAt}, []any{2, market.Live, start})
	same(t, "stall", []any{item.Stall.Name, item.Stall.About, item.Stall.Listings, item.Stall.NotBefore, item.Stall.Unreachable()},
		[]any{"Attic", "About Attic", 2, start - 10, false})

	w.put(s, chair, 0, start+5) // sold
	lamp.Title, lamp.Price = "Brass lamp", 1500
	w.put(s, lamp, 2, start+5)
	w.sleep(10 * time.Second)
	if err := w.RefreshStall(t.Context(), s.vendor); err != nil {
		t.Fatal(err)
	}
	w.finds("after a sale and a revision", market.Query{}, "Brass lamp")
	w.finds("by the old title", market.Query{Text: "lamp"}, "Brass lamp")
	w.state(s, chair, market.SoldOut)
	page, err := w.StallPage(t.Context(), s.vendor)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "stall page", []any{len(page.Items), page.Items[0].Title, page.Items[1].State, page.Stall.Listings},
		[]any{2, "Brass lamp", market.SoldOut, 1})
	item, err = w.Listing(t.Context(), s.vendor, lamp.Offer)
	same(t, "a revision keeps its first time", []any{item.ListedAt, err}, []any{start, nil})

	w.change(func() { s.offers = nil })
	w.refresh()
	w.finds("after all ended", market.Query{})
	w.state(s, lamp, market.Ended)
	w.state(s, chair, market.SoldOut)
	w.put(s, lamp, 1, start+20)
	w.refresh()
	w.state(s, lamp, market.Live)

	w.sleep(31 * 24 * time.Hour)
	w.refresh()
	_, err = w.Listing(t.Context(), s.vendor, chair.Offer)
	if !errors.Is(err, scrip.NotFound) {
		t.Errorf("a month after it ended: got %v, want %v", err, scrip.NotFound)
	}
	w.sleep(100 * 24 * time.Hour)
	w.state(s, lamp, market.Expired)
	w.finds("after it expired", market.Query{})
}

func TestOnlyGoodCertificatesCount(t *testing.T) {
	w := newWorld(t)
	good := w.certify("Good")
	w.put(good, w.offer(good, "Good"), 1, start)
	other := rig.NewSigningKey(t)
	bad := map[string]*stall{
		"forged":    w.certify("Forged", func(_ *scrip.Certificate, by *jose.SigningKey) { *by = other }),
		"another's": w.certify("Another's", func(c *scrip.Certificate, _ *jose.SigningKey) { c.Vendor = good.vendor }),
		"over":      w.certify("Over", func(c *scrip.Certificate, _ *jose.SigningKey) { c.NotAfter = start }),
		"hidden":    w.certify("Hid\u202eden"),
		"revoked":   w.certify("Revoked"),
	}
	w.change(func() { w.listed[len(w.listed)-1].Revoked = true })
	for _, s := range bad {
		w.put(s, w.offer(s, "Bad"), 1, start)
	}
	early := w.certify("Early", func(c *scrip.Certificate, _ *jose.SigningKey) { c.NotBefore = start + 1 })
	w.put(early, w.offer(early, "Early"), 1, start)
	w.refresh()
	w.finds("the catalogue", market.Query{}, "Good")
	if page, err := w.StallPage(t.Context(), early.vendor); err != nil || len(page.Items) != 0 {
		t.Errorf("a stall whose time has not come: got %d items, %v, want its page without any", len(page.Items), err)
	}
	for what, s := range bad {
		if s.reads > 0 {
			t.Errorf("%s: it was asked for its offers", what)
		}
		if _, err := w.StallPage(t.Context(), s.vendor); !errors.Is(err, scrip.NotFound) {
			t.Errorf("%s: got %v, want %v", what, err, scrip.NotFound)
		}
		if err := w.RefreshStall(t.Context(), s.vendor); !errors.Is(err, scrip.UnknownVendor) {
			t.Errorf("%s: got %v, want %v", what, err, scrip.UnknownVendor)
		}
	}

	w.change(func() { w.listed[0].Revoked = true })
	w.refresh()
	w.finds("after the revocation", market.Query{})
	if _, err := w.StallPage(t.Context(), good.vendor); !errors.Is(err, scrip.StallRevoked) {
		t.Errorf("a revoked stall: got %v, want %v", err, scrip.StallRevoked)
	}
	stalls, err := w.Market.Stalls(t.Context())
	same(t, "stalls after the revocation", []any{len(stalls), err}, []any{0, nil})
}

func TestOnlyGoodOffersCount(t *testing.T) {
	w := newWorld(t)
	s, other := w.certify("Attic"), w.certify("Shed")
	w.put(s, w.offer(s, "Good"), 1, start)
	for title, spoil := range map[string]func(*scrip.Offer){
		"expired":          func(o *scrip.Offer) { o.ValidUntil = start },
		"another currency": func(o *scrip.Offer) { o.Currency = "USD" },
		"another vendor":   func(o *scrip.Offer) { o.Vendor = other.vendor },
		"no price":         func(o *scrip.Offer) { o.Price = 0 },
		"above all money":  func(o *scrip.Offer) { o.Price, o.Postage = scrip.MaxMoney, new(scrip.Money(1)) },
		"no category":      func(o *scrip.Offer) { o.Category = "Cars" },
		"hidden\u202etext": func(*scrip.Offer) {},
	} {
		o := w.offer(s, title)
		spoil(&o)
		w.put(s, o, 1, start)
	}
	w.put(other, w.offer(other, "Theirs"), 1, start)
	w.change(func() {
		s.offers = append(s.offers, other.offers[0], scrip.PublicOffer{Offer: "rubbish"},
			scrip.PublicOffer{Offer: strings.Repeat("x", scrip.MaxJWS("OFFER")+1)})
	})
	w.refresh()
	w.finds("Attic", market.Query{Vendor: s.vendor}, "Good")
	w.finds("Shed", market.Query{Vendor: other.vendor}, "Theirs")
}

func TestWhatAStallSaysIsBounded(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	o := w.offer(s, "Lamp")
	w.put(s, o, 1_000_000, start+1e6) // stock beyond any, and from the future
	w.change(func() {
		s.page.About = strings.Repeat("x", scrip.MaxAbout+1)
		for len(s.offers) < market.MaxOffers+10 {
			s.offers = append(s.offers, scrip.PublicOffer{Offer: fmt.Sprint(len(s.offers))})
		}
	})
	late := w.offer(s, "Too late")
	w.put(s, late, 1, start)
	w.refresh()
	item, err := w.Listing(t.Context(), s.vendor, o.Offer)
	same(t, "lamp", []any{item.Stock, item.ListedAt, item.Stall.About, err}, []any{scrip.MaxQuantity, start, "", nil})
	if _, err := w.Listing(t.Context(), s.vendor, late.Offer); !errors.Is(err, scrip.NotFound) {
		t.Errorf("an offer beyond the bound: got %v, want %v", err, scrip.NotFound)
	}
	w.change(func() { s.page.About = " Tools\x00 and\u202e more\n" })
	w.refresh()
	item, err = w.Listing(t.Context(), s.vendor, o.Offer)
	same(t, "about", []any{item.Stall.About, err}, []any{"Tools and more", nil})
}

func TestUnreachableStalls(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	lamp := w.offer(s, "Lamp")
	w.put(s, lamp, 1, start)
	w.refresh()
	w.change(func() { s.down = true })
	w.sleep(time.Minute)
	w.refresh()
	w.finds("at once", market.Query{}, "Lamp")
	item, err := w.Listing(t.Context(), s.vendor, lamp.Offer)
	same(t, "marked", []any{item.Stall.Unreachable(), item.Stall.Failing, err}, []any{true, start + 60, nil})
	if err := w.RefreshStall(t.Context(), s.vendor); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("refresh: got %v, want %v", err, scrip.Unavailable)
	}
	w.sleep(72*time.Hour + time.Minute)
	w.refresh()
	w.finds("after three days", market.Query{})
	w.change(func() { s.down = false })
	w.refresh()
	w.finds("when it is back", market.Query{}, "Lamp")
	item, err = w.Listing(t.Context(), s.vendor, lamp.Offer)
	same(t, "marked", []any{item.Stall.Unreachable(), err}, []any{false, nil})
}

// TestDraftIsNotAsked: a stall that is to be hosted here and is not open yet is not asked, and one that comes to nothing
// vanishes as one that does not answer; once it is open, it is read.
func TestDraftIsNotAsked(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	w.put(s, w.offer(s, "Lamp"), 1, start)
	draft := true
	w.Draft = func(c scrip.Certificate) bool { return draft && c.Vendor == s.vendor }
	w.refresh()
	if err := w.RefreshStall(t.Context(), s.vendor); !errors.Is(err, scrip.Unavailable) || s.reads != 0 {
		t.Errorf("a draft: got %v and %d questions, want %v and none", err, s.reads, scrip.Unavailable)
	}
	w.sleep(72*time.Hour + time.Minute)
	if stalls, err := w.Market.Stalls(t.Context()); err != nil || len(stalls) != 0 {
		t.Errorf("a draft of long ago: got %d stalls, %v, want none", len(stalls), err)
	}
	draft = false
	if err := w.RefreshStall(t.Context(), s.vendor); err != nil {
		t.Errorf("once it is open: got %v", err)
	}
	w.finds("once it is open", market.Query{}, "Lamp")
}

func TestDirectoryOutOfReach(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	lamp := w.offer(s, "Lamp")
	w.put(s, lamp, 1, start)
	w.refresh()
	w.change(func() { w.down = true })
	w.put(s, lamp, 0, start+1)
	if err := w.Refresh(t.Context()); !errors.Is(err, errDown) {
		t.Errorf("refresh: got %v, want %v", err, errDown)
	}
	w.state(s, lamp, market.SoldOut)
	w.put(s, lamp, 2, start+2)
	if err := w.RefreshStall(t.Context(), s.vendor); err != nil {
		t.Errorf("refresh one: got %v, want no error", err)
	}
	w.state(s, lamp, market.Live)
}

// What was asked later is stored later, however long a stall takes.
func TestLastReadingCounts(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	o := w.offer(s, "Lamp")
	w.put(s, o, 50, start)
	w.refresh()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			w.change(func() { s.offers[0].Stock-- })
			if err := w.RefreshStall(t.Context(), s.vendor); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	item, err := w.Listing(t.Context(), s.vendor, o.Offer)
	same(t, "stock", []any{item.Stock, err}, []any{30, nil})
}

func TestRefreshEndsWithItsContext(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	w.refresh()
	w.change(func() {
		w.pause = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := w.RefreshStall(ctx, s.vendor); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
	stalls, err := w.Market.Stalls(t.Context())
	if err != nil || len(stalls) != 1 || stalls[0].Unreachable() {
		t.Errorf("got %+v, %v: a caller who leaves says nothing of the stall", stalls, err)
	}
}

func TestRunReadsAgain(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	w.put(s, w.offer(s, "Lamp"), 1, start)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- w.Run(ctx) }()
	for deadline := time.Now().Add(10 * time.Second); len(w.titles(market.Query{})) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the stall was not read")
		}
		time.Sleep(5 * time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("run: got %v, want no error", err)
	}
}

// What a directory or a stall holds beyond the bounds is not taken, and said.
func TestWhatIsCutIsTold(t *testing.T) {
	w := newWorld(t)
	s := w.certify("Attic")
	w.put(s, w.offer(s, "Lamp"), 1, start)
	w.refresh()
	shown := func() int {
		t.Helper()
		page, err := w.StallPage(t.Context(), s.vendor)
		if err != nil {
			t.Fatal(err)
		}
		return page.Stall.Unshown
	}
	same(t, "within the bounds", []int{w.Unread(), shown()}, []int{0, 0})
	w.change(func() {
		for range market.MaxOffers + 1 {
			s.offers = append(s.offers, s.offers[0])
		}
		for i := range (market.MaxStalls + 2) / 2 {
			w.listed = append(w.listed, scrip.CertifiedStall{Vendor: scrip.VendorID(fmt.Sprintf("nobody's %d", i)), Certificate: "x"},
				scrip.CertifiedStall{Vendor: scrip.VendorID(fmt.Sprintf("nobody else's %d", i)), Certificate: "x"},
				scrip.CertifiedStall{Vendor: scrip.VendorID(fmt.Sprintf("closed %d", i)), Revoked: true})
		}
	})
	w.refresh()
	same(t, "beyond them", []int{w.Unread(), shown()}, []int{3, 2})
}

// TestFloodOfStalls: stalls without number that are there in name alone keep none that
// answers out of the catalogue, and hide none that opens later for long.
func TestFloodOfStalls(t *testing.T) {
	w := newWorld(t)
	known := w.certify("Attic")
	w.put(known, w.offer(known, "Lamp"), 1, start)
	w.refresh()
	w.change(func() {
		for range 2 * market.MaxStalls {
			w.listed = append(w.listed, scrip.CertifiedStall{Certificate: "x"})
		}
		w.listed = append(w.listed[1:], w.listed[0])
		for i := range w.listed[:len(w.listed)-1] {
			w.listed[i].Vendor = scrip.VendorID(fmt.Sprintf("nobody's %d", i))
		}
	})
	late := w.certify("Barn")
	w.put(late, w.offer(late, "Sledge"), 1, start)
	shown := func(v scrip.VendorID) bool {
		_, err := w.StallPage(t.Context(), v)
		return err == nil
	}
	round := 0
	for ; round < 60 && !shown(late.vendor); round++ {
		w.refresh()
		if !shown(known.vendor) {
			t.Fatalf("round %d: a stall that answers is shown: got false, want true", round)
		}
	}
	if round == 60 {
		t.Error("a stall that opened after the flood, beyond what is read at once, is shown within 60 rounds: got false, want true")
	}
	w.change(func() { w.listed[len(w.listed)-2].Revoked = true })
	for range 2 {
		w.refresh()
	}
	if shown(known.vendor) || !shown(late.vendor) {
		t.Errorf("a stall that was revoked is shown: got %t, want false; another of its part: got %t, want true", shown(known.vendor), shown(late.vendor))
	}
}

// TestRefreshStallBeyondOnePart: a stall that is asked for is found wherever it stands in
// the directory.
func TestRefreshStallBeyondOnePart(t *testing.T) {
	w := newWorld(t)
	w.change(func() {
		for i := range scrip.MaxDirectory {
			w.listed = append(w.listed, scrip.CertifiedStall{Vendor: scrip.VendorID(fmt.Sprintf("nobody's %d", i)), Certificate: "x"})
		}
	})
	late := w.certify("Barn")
	w.put(late, w.offer(late, "Sledge"), 1, start)
	if err := w.RefreshStall(t.Context(), late.vendor); err != nil {
		t.Errorf("got %v, want it in the catalogue", err)
	}
	if _, err := w.StallPage(t.Context(), late.vendor); err != nil {
		t.Errorf("its page: got %v, want it", err)
	}
}
