package web

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestMethods: HEAD answers as GET does, without a body; what a page does not take is 405, and says what it takes.
func TestMethods(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	for path, allow := range map[string]string{
		"/": "GET, HEAD", "/search": "GET, HEAD", listingPath(s.typewriter): "GET, HEAD", thumbPath(s.typewriter.Photos[0].Digest): "GET, HEAD",
		"/bank/deposits": "POST", "/desk/new": "GET, HEAD, POST", "/robots.txt": "GET, HEAD",
	} {
		got := v.do(v.request("DELETE", path, "", ""))
		got.want(t, 405, "That cannot be done here")
		if told := strings.Join(got.header.Values("Allow"), ", "); told != allow {
			t.Errorf("DELETE %s: got Allow %q, want %q", path, told, allow)
		}
		if strings.HasPrefix(allow, "GET") {
			read, head := v.get(path), v.do(v.request("HEAD", path, "", ""))
			if head.status != read.status || head.body != "" || head.header.Get("Content-Type") != read.header.Get("Content-Type") {
				t.Errorf("HEAD %s: got %d, %q and %d bytes, want as GET without a body", path, head.status, head.header.Get("Content-Type"), len(head.body))
			}
		}
	}
}

// TestSlashes: a slash too many leads to the page, with its query, and never to another host.
func TestSlashes(t *testing.T) {
	v := visit(t, pagesOf(t, newShop(t).config())).noRedirect()
	for path, want := range map[string]string{
		"/search/?q=a": "/search?q=a", "/stalls/": "/stalls", "/how-it-works//": "/how-it-works", "/wallet/": "/wallet",
		"/nothing/": "", "//evil.example/": "", "//evil.example/search/": "", "/": "",
	} {
		got := v.get(path)
		if to := got.header.Get("Location"); to != want {
			t.Errorf("%s: got %d to %q, want %q", path, got.status, to, want)
		}
	}
}

// TestUnchangedIsNotSentAgain: a page and a photo have an ETag, and who has it is told 304; what is one person's has none.
func TestUnchangedIsNotSentAgain(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	for _, path := range []string{"/", "/search", listingPath(s.typewriter), thumbPath(s.typewriter.Photos[0].Digest), "/how-it-works", "/robots.txt"} {
		tag := v.get(path).header.Get("ETag")
		again := v.request("GET", path, "", "")
		again.Header.Set("If-None-Match", tag)
		if got := v.do(again); tag == "" || got.status != http.StatusNotModified || got.body != "" {
			t.Errorf("%s: got %d and %d bytes for ETag %q, want 304", path, got.status, len(got.body), tag)
		}
	}
	got := v.enter()
	if got.header.Get("ETag") != "" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("desk: got ETag %q and %q, want none and no-store", got.header.Get("ETag"), got.header.Get("Cache-Control"))
	}
}

// TestForCrawlersAndPreviews: what tools ask a site for is there, with addresses that work from elsewhere.
func TestForCrawlersAndPreviews(t *testing.T) {
	s := newShop(t)
	c := s.config()
	c.Site.URL = "https://market.example"
	v := visit(t, pagesOf(t, c))
	v.get("/robots.txt").want(t, 200, "User-agent: *", "Disallow: /desk", "Disallow: /wallet", "Sitemap: https://market.example/sitemap.xml")
	v.get("/sitemap.xml").want(t, 200, "<loc>https://market.example/</loc>", "<loc>https://market.example"+listingPath(s.typewriter)+"</loc>",
		stallPath(s.attic.Vendor()), "!"+listingPath(s.vase))
	v.get(listingPath(s.typewriter)).want(t, 200, `<meta property="og:title" content="Portable typewriter`,
		`<link rel="canonical" href="https://market.example`+listingPath(s.typewriter), `og:image" content="https://market.example/photos/`)
	v.get("/wallet").want(t, 200, "!og:", "!application/atom+xml")
	for page, feed := range map[string]string{"/": "/feed.atom", "/search?q=guitar": "/feed.atom?q=guitar", stallPath(s.attic.Vendor()): stallPath(s.attic.Vendor()) + "/feed.atom"} {
		v.get(page).want(t, 200, `<link rel="alternate" type="application/atom+xml" title="New listings" href="`+feed+`"`)
		got := v.get(feed)
		got.want(t, 200, `<link rel="self" type="application/atom+xml" href="https://market.example`+feed+`"></link>`, "<id>https://market.example"+feed+"</id>")
		if err := xml.Unmarshal([]byte(got.body), &atomFeed{}); err != nil || got.header.Get("Content-Type") != "application/atom+xml; charset=utf-8" || got.header.Get("ETag") == "" {
			t.Errorf("%s: got %v of %v, want a feed with a tag", feed, err, got.header)
		}
	}
	if got := v.get("/favicon.ico"); got.status != 200 || !strings.Contains(got.header.Get("Content-Type"), "svg") {
		t.Errorf("favicon: got %d, %q, want an icon", got.status, got.header.Get("Content-Type"))
	}
}

// TestUnknownFilters: what stands in no closed list narrows nothing, and is named.
func TestUnknownFilters(t *testing.T) {
	v := visit(t, pagesOf(t, newShop(t).config()))
	v.get("/search?category=weapons&condition=shiny&sort=best").want(t, 200, "13 listings",
		"There is no category “weapons” here.", "There is no condition “shiny” here.", "Listings have no order “best”.")
	v.get("/search?sub=lamps&attribute=Size:M&country=xx&collected=yes").want(t, 200, "13 listings",
		"There is no kind “lamps” here.", "cannot be narrowed by “Size:M”", "“xx” is no country.", "“collected” is switched on by 1, not by “yes”.")
	v.get("/search?category=home&condition=good&sort=relevance").want(t, 200, "!was not used")
}

// TestReadsAreBounded: one client reads so many pages of the catalogue a minute, and photos do not count.
func TestReadsAreBounded(t *testing.T) {
	s := newShop(t)
	c := s.config()
	c.ReadsPerMinute = 3
	v := visit(t, pagesOf(t, c))
	for _, path := range []string{"/", "/search", "/stalls"} {
		v.get(path).want(t, 200)
	}
	got := v.get("/search?q=again")
	got.want(t, 429, "One thing at a time")
	if got.header.Get("Retry-After") == "" {
		t.Error("429 without Retry-After")
	}
	v.get(thumbPath(s.typewriter.Photos[0].Digest)).want(t, 200)
	v.get("/how-it-works").want(t, 200)
}

// slow is a body that does not arrive in time.
type slow struct{ io.Reader }

func (slow) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// TestSlowBody: a form that does not arrive in time is 408, and may be sent again.
func TestSlowBody(t *testing.T) {
	s := newShop(t)
	h := pagesOf(t, s.config())
	for path, kind := range map[string]string{
		"/bank/deposits": "application/x-www-form-urlencoded", "/desk/login": "application/json",
	} {
		r := httptest.NewRequest("POST", path, slow{})
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusRequestTimeout || !strings.Contains(w.Body.String(), "Send it again") {
			t.Errorf("%s: got %d, want 408 and what to do", path, w.Code)
		}
	}
	if p, kind := explain(errors.Join(errors.New("multipart: NextPart"), os.ErrDeadlineExceeded)); p.Status != 408 || kind != "too-slow" {
		t.Errorf("upload: got %d %s, want 408", p.Status, kind)
	}
}

// TestConditionsAreExplained: the form says of each condition what it means.
func TestConditionsAreExplained(t *testing.T) {
	if got, want := len(conditions), len(scrip.Conditions()); got != want {
		t.Fatalf("got %d explanations, want %d", got, want)
	}
	atDesk(t, newShop(t)).get("/desk/new").want(t, 200, "Like new: hardly used, without a mark</option>", "For parts: broken or incomplete")
}

// TestAllFaultsAreNamed: a form with several is sent back once, with each beside its field.
func TestAllFaultsAreNamed(t *testing.T) {
	atDesk(t, newShop(t)).upload("/desk/new", map[string]string{"price": "much", "quantity": "none"}, nil).
		want(t, 422, "Title: Write", "Category: Choose", "Condition: Choose", "Price: Write", "How many: Write")
}

// TestNamesAreIsolated: a name written from right to left stands apart, so that it does not turn the numbers beside it.
func TestNamesAreIsolated(t *testing.T) {
	s := newShop(t)
	s.list(s.attic, sample{0, "שעון 12", "Home", "good", 100, 1, 0})
	clock := s.listed()
	order := s.sell(clock, rig.To("רחוב 5"))
	s.list(s.attic, sample{0, "שעון 13", "Home", "good", 100, 1, 0})
	s.read(t)
	v := visit(t, pagesOf(t, s.config()))
	v.get("/search").want(t, 200, "<bdi>שעון 13</bdi>")
	v.get(listingPath(clock)).want(t, 200, `<h1 dir="auto">שעון 12</h1>`, "<bdi>Attic &amp; Sons</bdi>")
	v.enter().want(t, 200, "1 × <bdi>שעון 12</bdi>")
	v.get("/desk/orders/"+string(order)).want(t, 200, "1 × <bdi>שעון 12</bdi>", `dir="auto">רחוב 5`)
}

// TestSellerAway: a stall that did not answer when it was last asked is not offered as if it did, and it is said whose
// fault that is.
func TestSellerAway(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	listing, stall := listingPath(s.typewriter), stallPath(s.attic.Vendor())
	for _, path := range []string{"/search", "/stalls", listing, stall} {
		v.get(path).want(t, 200, "!away")
	}
	if err := s.Market.Store.Miss(t.Context(), s.attic.Vendor(), s.Clock.Now().Unix()); err != nil {
		t.Fatal(err)
	}
	v.get("/search").want(t, 200, "13 listings", "Seller away")
	v.get("/stalls").want(t, 200, "Seller away")
	for _, path := range []string{listing, stall} {
		v.get(path).want(t, 200, "The seller is away right now", "The stall last answered on", "not with your connection", "!Check your connection")
	}
	s.read(t)
	v.get(listing).want(t, 200, "!away")
}

// TestTraceOfAWallet: a browser that had a wallet is told so, by a cookie that no page and no script sees.
func TestTraceOfAWallet(t *testing.T) {
	v := visit(t, pagesOf(t, newShop(t).config()))
	v.get("/wallet/kept").want(t, 200, `{"kept":false}`)
	set := v.post("/wallet/kept", nil)
	set.want(t, 200, `{"kept":true}`)
	for _, part := range []string{"Path=/wallet/kept", "HttpOnly", "SameSite=Strict", "Max-Age=34560000"} {
		if cookie := set.header.Get("Set-Cookie"); !strings.Contains(cookie, part) {
			t.Errorf("cookie: got %q, want %s in it", cookie, part)
		}
	}
	v.get("/wallet/kept").want(t, 200, `{"kept":true}`)
}
