package web

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// schemaIn reads what a page says of its listing for search engines.
func schemaIn(t *testing.T, body string) product {
	t.Helper()
	found := regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`).FindStringSubmatch(body)
	if found == nil {
		t.Fatal("the page says nothing in the words of schema.org")
	}
	var p product
	if err := json.Unmarshal([]byte(found[1]), &p); err != nil {
		t.Fatalf("read %s: %v", found[1], err)
	}
	return p
}

// TestSchema: a listing is described as a product with an offer, at addresses of the site, and no text ends the element.
func TestSchema(t *testing.T) {
	s := newShop(t)
	s.list(s.stalls[1], sample{title: "Typewriter ribbon", category: "Home", condition: "new", price: 300, stock: 1})
	s.read(t)
	c := s.config()
	c.Site.URL = "https://market.example"
	v := visit(t, pagesOf(t, c))
	page := v.get(listingPath(s.typewriter))
	page.want(t, 200, `<h2 id="similar">Similar things</h2>`, "Typewriter ribbon")
	p := schemaIn(t, page.body)
	url := "https://market.example" + listingPath(s.typewriter)
	if p.Type != "Product" || p.Name != s.typewriter.Title || p.URL != url || len(p.Images) != 3 || p.Brand == nil || p.Brand.Name != "Olympia & Co" {
		t.Errorf("got %+v", p)
	}
	if o := p.Offer; o.Price != "85.00" || o.Currency != "EUR" || o.Availability != schema+"InStock" || o.Condition != schema+"UsedCondition" || o.Seller.Name != "Attic & Sons" {
		t.Errorf("got offer %+v", o)
	}
	sold := v.get(listingPath(s.vase))
	sold.want(t, 200, "Sold", "More from <bdi>Attic &amp; Sons</bdi>", "Portable typewriter", `data-state="sold"`)
	if p := schemaIn(t, sold.body); p.Offer.Availability != schema+"SoldOut" || p.Condition != schema+"NewCondition" {
		t.Errorf("of what is sold: got %+v", p)
	}
	srv := &server{Config: c}
	hostile := "</script><script>alert(1)</script><!-- \u2028 &"
	var b strings.Builder
	err := srv.schemaOf(market.Item{Listing: scrip.Listing{Offer: scrip.Offer{Title: hostile, Description: hostile}}}).Render(t.Context(), &b)
	if err != nil || strings.Count(b.String(), "<") != 2 || strings.Contains(b.String(), "<!--") {
		t.Errorf("got %s, %v, want one element", b.String(), err)
	}
	if got := schemaIn(t, b.String()).Name; got != hostile {
		t.Errorf("got %q, want %q", got, hostile)
	}
}
