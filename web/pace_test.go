package web

import (
	"context"
	"testing"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// counted is a catalogue that counts what it is asked, but for photos.
type counted struct {
	Catalogue
	asked int
}

func (c *counted) Search(ctx context.Context, q market.Query) (market.Results, error) {
	c.asked++
	return c.Catalogue.Search(ctx, q)
}

func (c *counted) Listing(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (market.Item, error) {
	c.asked++
	return c.Catalogue.Listing(ctx, vendor, offer)
}

func (c *counted) PaymentLink(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (market.Item, error) {
	c.asked++
	return c.Catalogue.PaymentLink(ctx, vendor, offer)
}

func (c *counted) Stalls(ctx context.Context) ([]market.Stall, error) {
	c.asked++
	return c.Catalogue.Stalls(ctx)
}

func (c *counted) StallPage(ctx context.Context, vendor scrip.VendorID) (market.StallPage, error) {
	c.asked++
	return c.Catalogue.StallPage(ctx, vendor)
}

// TestWhatAsksTheCatalogueIsPaced: who has read as many pages as a minute allows reads none any more that asks the catalogue.
func TestWhatAsksTheCatalogueIsPaced(t *testing.T) {
	s := newShop(t)
	config := s.config()
	catalogue := &counted{Catalogue: config.Catalogue}
	config.Catalogue, config.ReadsPerMinute = catalogue, 1
	v := visit(t, pagesOf(t, config))
	v.get("/")
	if catalogue.asked == 0 {
		t.Fatal("the first page: the catalogue was not asked, want it once")
	}
	for _, c := range s.pages() {
		before := catalogue.asked
		if v.get(c.path); catalogue.asked > before {
			t.Errorf("%s: asks the catalogue, and is not paced (paced.Get in routes.go)", c.path)
		}
	}
}

// TestDoorsOfLinksArePaced: the door of a link to a desk begins a session, and so counts as a form does: a stranger without a link
// does not fill the memory with them.
func TestDoorsOfLinksArePaced(t *testing.T) {
	config := newShop(t).config()
	config.PostsPerMinute = 2
	pages := pagesOf(t, config)
	for i, want := range []int{200, 200, 429} {
		if got := visit(t, pages).get("/desk/key/guess"); got.status != want {
			t.Errorf("visit %d: got %d, want %d", i, got.status, want)
		}
	}
}
