package web

import (
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"

	"peerscrip/services/scrip"
	"peerscrip/static"
)

func pagesOf(t testing.TB, c Config) http.Handler {
	t.Helper()
	h, err := New(c)
	if err != nil {
		t.Fatalf("New: got %v, want no error", err)
	}
	return h
}

// visitor is a browser without scripts: it keeps cookies and follows redirects.
type visitor struct {
	t      *testing.T
	client *http.Client
	base   string
}

func visit(t *testing.T, h http.Handler) *visitor {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, base: srv.URL, client: &http.Client{Jar: jar}}
}

// seen is an answer that was read to its end.
type seen struct {
	status int
	path   string // after redirects
	header http.Header
	body   string
}

func (v *visitor) do(r *http.Request) seen {
	v.t.Helper()
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return seen{res.StatusCode, res.Request.URL.Path, res.Header, string(body)}
}

func (v *visitor) request(method, path, mediaType, body string) *http.Request {
	v.t.Helper()
	r, err := http.NewRequest(method, v.base+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if mediaType != "" {
		r.Header.Set("Content-Type", mediaType)
	}
	return r
}

// noRedirect is the same browser, shown an answer that leads elsewhere.
func (v *visitor) noRedirect() *visitor {
	client := *v.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t: v.t, base: v.base, client: &client}
}

// enter goes to the attic's desk by its owner's link.
func (v *visitor) enter() seen {
	link := "/desk/key/" + deskToken
	v.post(link, nil).want(v.t, 422, "keeps no cookies", "It was not used up", "Enter the desk")
	v.get(link).want(v.t, 200, "Enter the desk", "!Okafor", "!cookies")
	return v.post(link, nil)
}

func (v *visitor) get(path string) seen { return v.do(v.request("GET", path, "", "")) }

func (v *visitor) post(path string, form url.Values) seen {
	return v.do(v.request("POST", path, "application/x-www-form-urlencoded", form.Encode()))
}

func (v *visitor) postJSON(path, body string) seen {
	return v.do(v.request("POST", path, "application/json", body))
}

// runTogether is a word and the time or sum that follows it without a space, or a full stop after one that has a space.
var runTogether = regexp.MustCompile(`[\pL,]<(time|span class="money)[^>]*>[^<]*|</time>\s+[.,;]`)

// want checks an answer: its status, and fragments that its text must hold, or must not where they begin with "!".
func (s seen) want(t *testing.T, status int, fragments ...string) {
	t.Helper()
	if s.status != status {
		t.Errorf("%s: got status %d, want %d", s.path, s.status, status)
	}
	for _, f := range fragments {
		if absent, not := strings.CutPrefix(f, "!"); not {
			if strings.Contains(s.body, absent) {
				t.Errorf("%s: got %q, want it absent", s.path, absent)
			}
		} else if !strings.Contains(s.body, f) {
			t.Errorf("%s: %q is missing", s.path, f)
		}
	}
	if found := runTogether.FindString(s.body); found != "" {
		t.Errorf("%s: got %q, want a space before the time or the sum", s.path, found)
	}
}

// pageCase is a page that somebody without a session asks for, and what of it must be there.
type pageCase struct {
	name, path string
	status     int
	fragments  []string
}

func TestPages(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	inline := regexp.MustCompile(`\sstyle=|\son[a-z]+=|<style|<script(>| [^>]*[^>]>[^<])|javascript:`)
	data := regexp.MustCompile(`<script type="application/ld\+json">[^<]*</script>`) // browsers run nothing of it
	for _, c := range s.pages() {
		t.Run(c.name, func(t *testing.T) {
			got := v.get(c.path)
			got.want(t, c.status, c.fragments...)
			if found := inline.FindString(data.ReplaceAllString(got.body, "")); found != "" {
				t.Errorf("got %q, which the content security policy forbids", found)
			}
		})
	}
}

// TestEveryPageIsTried: each page that can be read is among those that TestPages reads.
func TestEveryPageIsTried(t *testing.T) {
	s := newShop(t)
	router, ok := pagesOf(t, s.config()).(chi.Routes)
	if !ok {
		t.Fatal("the pages are no router")
	}
	tried := map[string]bool{"/desk/challenge": true, "/favicon.ico": true, "/wallet/kept": true} // no pages: TestLogin, TestForCrawlersAndPreviews, TestTraceOfAWallet
	for _, c := range s.pages() {
		path, _, _ := strings.Cut(c.path, "?")
		at := chi.NewRouteContext()
		if router.Match(at, http.MethodGet, path) {
			tried[at.RoutePattern()] = true
		}
	}
	err := chi.Walk(router, func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method == http.MethodGet && !strings.HasPrefix(route, static.Prefix) && !tried[route] {
			t.Errorf("%s: no line in web_test.go reads it", route)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pages are all pages, some of them in several states.
func (s *shop) pages() []pageCase {
	t := s.T
	attic, shed := string(s.attic.Vendor()), string(s.stalls[1].Vendor())
	listing, sold, order := listingPath(s.typewriter), listingPath(s.vase), string(s.order)
	charge, link := s.charge(), s.asksFor(scrip.PaidOnce)
	asked := payPath(link.Vendor, link.Offer.Offer)
	var away scrip.Listing // of the stall that sells from elsewhere
	if offers, err := s.stalls[1].Shelf.Listings(t.Context()); err != nil {
		t.Fatal(err)
	} else {
		away = offers[0]
	}
	return []pageCase{
		{"home", "/", 200, []string{"Portable typewriter", "/search?category=books-music", "Skip to content", `name="peerscrip-broker" content="https://broker.example/base"`, `name="peerscrip-exponent" content="2"`}},
		{"all listings", "/search", 200, []string{"13 listings", "!Studio pottery vase"}},
		{"search by trade", "/search?category=home&sub=lighting&country=nl&to=be&collected=1&sort=price-postage", 200, []string{
			"Lighting", "In Netherlands", "Posted to Belgium", "Can be collected", `<option value="BE" selected>Belgium (0)</option>`, "Nothing found",
			`href="/search?category=home&amp;collected=1&amp;country=NL&amp;sort=price-postage&amp;sub=lighting"`,
		}},
		{"filters with counts", "/search?category=home", 200, []string{
			"4 listings", `href="/search?category=home&amp;condition=like-new"><bdi>Like new</bdi><span class="filters__count">1</span>`, "!<bdi>Fair</bdi>",
			`<details class="filters__detail"><summary>Colour</summary>`, `href="/search?attribute=Colour%3AGreen&amp;category=home"><bdi>Green</bdi><span class="filters__count">1</span></a>`,
			`<option value="DE">Germany (1)</option>`, "!<option value=\"NL\">Netherlands (1)", "€19.00 to €180.00", `Can be collected <span class="filters__count">0</span>`, `time to check it <span class="filters__count">4</span>`,
		}},
		{"an attribute", "/search?category=home&attribute=brand:OLYMPIA+co&protected=1&open=1", 200, []string{
			"1 listing<", "Portable typewriter", "Brand: OLYMPIA co", `<details class="filters__detail" open><summary>Brand</summary>`,
			`href="/search?category=home&amp;open=1&amp;protected=1" aria-current="true"><bdi>Olympia &amp; Co</bdi>`, ">, remove</span>", "Seller is there", "!was not used",
			`<input type="hidden" name="attribute" value="Brand:OLYMPIA co">`, `name="open" value="1" checked`,
		}},
		{"a filter that is none", "/search?category=home&attribute=Smell:none&attribute=Colour:%25&sub=shoes&country=xx", 200, []string{
			"4 listings", "cannot be narrowed by “Smell:none”", "There is no kind “shoes” here.", "“xx” is no country.",
		}},
		{"a town", "/search?country=de&town=LUBECK&towns-of=DE&protected=1", 200, []string{
			"1 listing<", `<input type="hidden" name="towns-of" value="DE">`, `<option value="Lübeck" selected>Lübeck (1)</option>`, "Any town", "!was not used",
			`<a class="chip" href="/search?country=DE&amp;protected=1">LUBECK<`, `<a class="chip" href="/search?protected=1">In Germany<`,
			`&#34;country&#34;:&#34;DE&#34;,&#34;town&#34;:&#34;LUBECK&#34;`,
		}},
		{"a town of another country", "/search?country=NL&town=Lübeck&towns-of=DE", 200, []string{"Nothing found", "In Netherlands", `!<a class="chip" href="/search?country=NL">`, "!Any town", "!was not used"}},
		{"a town of no country", "/search?town=Lübeck", 200, []string{"13 listings", "There is no town “Lübeck” without its country.", "!Any town"}},
		{"words of another language", "/search?q=Fahrrad", 200, []string{"Nothing found", "Sellers write in their own language", "!Did you mean"}},
		{"words of nothing near", "/search?q=zzzzzz", 200, []string{"Nothing found", "Newest listings", `href="/search">Show 13 listings</a>`}},
		{"a slip", "/search?q=gutiar", 200, []string{"Nothing found", `Did you mean <a href="/search?q=guitar"><bdi>guitar</bdi></a>?`, "Results for “guitar”", "Acoustic guitar"}},
		{"a filter too many", "/search?q=guitar&category=home", 200, []string{"Nothing found", "Without the filters", `href="/search?q=guitar">Show 1 listing</a>`, "!Did you mean"}},
		{"a word too many", "/search?q=guitar+kettle", 200, []string{"Nothing found", "Listings with some of the words", "Acoustic guitar", "Enamel kettle", "!Did you mean"}},
		{"a search to be saved", "/search?q=lamp&category=home&attribute=colour:red&min=5&sort=price&page=3", 200, []string{
			`data-finds="search" data-address="/search?attribute=Colour%3Ared&amp;category=home&amp;min=5&amp;q=lamp" data-name="“lamp” in Home · Colour: red · From €5.00"`,
			`data-search="{&#34;q&#34;:&#34;lamp&#34;,&#34;terms&#34;:[[&#34;lamp&#34;]],&#34;category&#34;:&#34;Home&#34;,&#34;attribute&#34;:[&#34;Colour:red&#34;],&#34;min_price&#34;:500}"`,
		}},
		{"no search to be saved", "/search?sort=price&page=2", 200, []string{`!data-finds="search"`}},
		{"saved", "/saved", 200, []string{`data-finds="page"`, "in this browser alone", "needs JavaScript"}},
		{"a stall's name", "/search?q=attic", 200, []string{"5 listings", "Stalls of that name", "Best match", "Price with postage", "<bdi>Attic &amp; Sons</bdi>", "!Skateboard"}},
		{"search", "/search?q=guitar", 200, []string{"1 listing<", "Acoustic guitar", "!Best match", "!Price with postage", "!Wing armchair"}},
		{"category", "/search?category=tools-garden", 200, []string{"2 listings", "Wooden smoothing plane", "!typewriter"}},
		{"condition", "/search?condition=for-parts", 200, []string{"1 listing<", "sewing machine"}},
		{"price", "/search?min=100&max=160", 200, []string{"2 listings", "From €100.00", "Up to €160.00"}},
		{"price that is none", "/search?max=abc", 200, []string{"13 listings", `aria-describedby="max-error"`, "Write an amount like 12.50.", `value="abc"`, "Up to “abc”", "!Up to abc", "Portable typewriter"}},
		{"prices the wrong way round", "/search?min=50&max=20", 200, []string{"13 listings", `value="50"`, `value="20"`, "below the lower price", "!From €50.00"}},
		{"stalls past the end", "/stalls?page=9", 200, []string{"There is no page like this", `href="/stalls?page=1"`, "!No stalls yet", "Page 9 of 1", "Previous"}},
		{"unknown category", "/search?category=weapons", 200, []string{"13 listings"}},
		{"hostile words", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E", 200, []string{"Nothing found", "!<script>alert"}},
		{"past the end", "/search?page=9", 200, []string{"There is no page like this", "13 listings", "!Nothing found", "Page 9 of 1", "Previous"}},
		{"stalls", "/stalls", 200, []string{"Attic &amp; Sons", "The Open Shed"}},
		{"stall", "/stalls/" + attic, 200, []string{"Attic &amp; Sons", "5 listings", "!Touring bicycle"}},
		{"stall elsewhere", "/stalls/" + shed, 200, []string{"sells from stall.test"}},
		{"no stall", "/stalls/none", 404, []string{"There is nothing here"}},
		{"listing", listing, 200, []string{"85.00", "Posted within 5 days", "€6.90", "1 to 7 days on its way · to any country", "Buy</button>", "Photo 3 of 3", listing + "/checkout", listing + "/ask", "/stalls/" + attic + "/basket",
			"More from <bdi>Attic &amp; Sons</bdi>", "Wing armchair", `data-finds="listing" data-vendor="` + attic, `data-price="8500" data-currency="EUR" data-state="live"`}},
		{"sold listing", sold, 200, []string{"The last one is gone", "!Buy</button>", "!on its way", "!Protected.", "!Make an offer"}},
		{"no listing", "/l/" + attic + "/none", 404, []string{"There is nothing here"}},
		{"checkout", listing + "/checkout?quantity=3", 200, []string{`data-page="checkout"`, `data-quantity="1"`, `data-unit-minor="8500"`, `data-offer-url="/v1/stalls/`, "Paying needs JavaScript"}},
		{"basket", "/stalls/" + attic + "/basket", 200, []string{`data-page="basket"`, `data-vendor="` + attic + `"`, "The basket needs JavaScript", "open since"}},
		{"basket of a stall that this market does not know", "/stalls/" + order + "/basket", 200, []string{`data-vendor="` + order + `"`, "!open since"}},
		{"basket of no stall", "/stalls/none/basket", 404, []string{"There is nothing here"}},
		{"checkout of what is sold", sold + "/checkout", 200, []string{`data-page="checkout"`, `data-quantity="1"`}},
		{"checkout at a stall elsewhere", checkoutPath(away), 200, []string{`data-offer-url="http://stall.test/v1/stalls/`}},
		{"ask the seller", listing + "/ask", 200, []string{`data-page="ask"`, `data-vendor="`, "Asking needs JavaScript", "Ask about <bdi>Portable typewriter"}},
		{"make an offer", listing + "/propose", 200, []string{`data-page="propose"`, `data-stock="1"`, "Make an offer for <bdi>Portable typewriter", "The seller asks", "open since"}},
		{"a private offer", "/l/" + attic + "/" + order + "/private?quantity=2", 200, []string{`data-page="checkout"`, `data-quantity="2"`, `data-offer="` + order + `"`}},
		{"a private offer, misspelt", "/l/" + attic + "/none/private", 404, nil},
		{"a payment link", asked, 200, []string{
			`data-page="checkout"`, "data-paying", "!data-over", `data-unit-minor="6000"`, "Two guitar lessons &lt;b&gt;", "<p dir=\"auto\" class=\"long\">Thank you.</p>", "2026-117", "<bdi>Attic &amp; Sons</bdi>",
			"Paying needs JavaScript", `src="` + asked + `/qr.svg"`, "!Back to the listing", "!Browse other things",
		}},
		{"a payment link that is none", "/pay/" + attic + "/" + order, 404, []string{"There is no such payment link"}},
		{"a thing as a payment link", payPath(s.typewriter.Vendor, s.typewriter.Offer.Offer), 404, []string{"There is no such payment link"}},
		{"a payment link, misspelt", "/pay/" + attic + "/none", 404, []string{"There is no such payment link"}},
		{"a payment link as a picture", asked + "/qr.svg", 200, []string{`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 `}},
		{"a payment link as a listing", "/l/" + strings.TrimPrefix(asked, "/pay/"), 404, nil},
		{"payment links of nobody", "/desk/payment-links", 200, []string{"Open a stall"}},
		{"payment link of nobody, at the desk", "/desk/payment-links/" + order, 200, []string{"Open a stall"}},
		{"ask about nothing", "/l/" + attic + "/none/ask", 404, nil},
		{"wallet", "/wallet", 200, []string{`data-page="wallet"`, "data-mount", "wallet/bundle/app.js", "The wallet needs JavaScript"}},
		{"wallet's keeper", "/wallet/keeper.js", 200, []string{"addEventListener('message'"}},
		{"pages that a browser keeps", "/offline.js", 200, []string{"self.site = {", "data-offline", "addEventListener('fetch'"}},
		{"what is installed", "/site.webmanifest", 200, []string{`"start_url":"/"`, "maskable"}},
		{"wallet's orders", "/wallet/orders", 200, []string{`data-page="orders"`}},
		{"wallet's order", "/wallet/orders/" + order, 200, []string{`data-page="order"`, "!data-offline data"}},
		{"wallet's conversation", "/wallet/talks/" + order, 200, []string{`data-page="order"`, "<h1>Conversation</h1>"}},
		{"wallet's order, misspelt", "/wallet/orders/x", 404, nil},
		{"envelopes", "/wallet/envelopes", 200, []string{`data-page="envelopes"`}},
		{"sell", "/sell", 200, []string{`data-page="sell"`, "data-stall-form"}},
		{"desk of nobody", "/desk", 200, []string{"Open a stall"}},
		{"conversation of nobody", "/desk/talks/" + order, 200, []string{"Open a stall"}},
		{"report", listing + "/report", 200, []string{"What is wrong?", "Portable typewriter"}},
		{"earnings of nobody", "/desk/earnings", 200, []string{"!Paid out"}},
		{"evidence for nobody", "/desk/evidence", 200, []string{"!Kept of before"}},
		{"earnings of nobody, as a file", "/desk/earnings.csv", 200, []string{"!postage in it"}},
		{"packing slip of nobody", "/desk/orders/" + order + "/slip", 200, []string{"!Okafor"}},
		{"orders of nobody, for a program", "/desk/orders", 200, []string{"Open a stall", "!Okafor"}},
		{"contact and terms", "/contact", 200, []string{"has not said how to be reached", "no terms of its own", "Nobody has put a name here"}},
		{"news of nobody", "/desk/news", 200, []string{"Open a stall"}},
		{"thread of nobody, for a program", "/desk/threads/" + order, 200, []string{"Open a stall", "!Okafor"}},
		{"order of nobody", "/desk/orders/" + order, 200, []string{"Open a stall", "!Okafor"}},
		{"bank", "/bank", 200, []string{"Open an account"}},
		{"bank, unknown account", "/bank?account=nobody", 404, []string{"There is no account with this reference."}},
		{"charge", charge, 200, []string{"200.00", "Confirm</button>"}},
		{"no charge", "/bank/confirm/none", 404, nil},
		{"how it works", "/how-it-works", 200, []string{"T1", "T12", "<svg"}},
		{"verify", "/verify", 200, []string{`data-page="verify"`, "data-mount", `peerscrip verify receipt.json <span class="option">--broker-keys</span>`}},
		{"questions", "/help", 200, []string{"How you are protected", "It is not sent", "Get my money back"}},
		{"about", "/about", 200, []string{"both sides", "network address"}},
		{"for crawlers", "/robots.txt", 200, []string{"Disallow: /desk"}},
		{"what is new", "/feed.atom", 200, []string{"<title>New listings · peerscrip</title>", "<id>" + listing + "</id>", "<title>Portable typewriter", "€85.00</title>", "!Studio pottery vase", `rel="enclosure"`}},
		{"what is new of a search", "/feed.atom?category=tools-garden&sort=price&page=3", 200, []string{"<title>Tools &amp; Garden · peerscrip</title>", `href="/search?category=tools-garden"`, "Wooden smoothing plane", "!typewriter"}},
		{"what is new at a stall", "/stalls/" + attic + "/feed.atom", 200, []string{"<title>Attic &amp; Sons · peerscrip</title>", `href="/stalls/` + attic + `"`, "Portable typewriter", "!Studio pottery vase", "!Touring bicycle"}},
		{"what is new at no stall", "/stalls/none/feed.atom", 404, nil},
		{"sitemap", "/sitemap.xml", 200, []string{"<loc>" + listing + "</loc>"}},
		{"nothing", "/nothing", 404, []string{"There is nothing here"}},
		{"desk link", "/desk/key/any", 200, []string{"Enter the desk</button>", `action="/desk/key/any"`}},
		{"no photo", "/photos/none", 404, nil},
		{"no small photo", "/photos/none/thumb", 404, nil},
		{"photo of nobody's conversation", "/desk/talks/" + order + "/photos/none", 200, []string{"Open a stall"}},
		{"small photo of nobody's desk", "/desk/photos/none/thumb", 200, []string{"Open a stall"}},
		{"photo of nobody's desk", "/desk/photos/none", 200, []string{"Open a stall"}},
		{"blocked buyers of nobody", "/desk/blocked", 200, []string{"Open a stall"}},
		{"listings of nobody as a file", "/desk/listings.csv", 200, []string{"Open a stall"}},
		{"a file of listings for nobody", "/desk/listings/file", 200, []string{"Open a stall"}},
		{"a webhook of nobody", "/desk/programs/webhooks/" + order, 200, []string{"Open a stall"}},
		{"programs of nobody", "/desk/programs", 200, []string{"Open a stall"}},
		{"ratings of nobody", "/desk/ratings", 200, []string{"Open a stall"}},
		{"stall's page of nobody", "/desk/page", 200, []string{"Open a stall"}},
		{"new listing of nobody", "/desk/new", 200, []string{"Open a stall"}},
		{"listing of nobody, at the desk", "/desk/listings/" + order, 200, []string{"Open a stall"}},
	}
}

// TestTextKeepsItsDirection: what a seller writes stands apart from the words and
// numbers around it, whichever way it is read.
func TestTextKeepsItsDirection(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	listing := listingPath(s.typewriter)
	v.get("/").want(t, 200, "<bdi>Portable typewriter")
	v.get(listing).want(t, 200, `<h1 dir="auto">Portable typewriter`, `<p dir="auto">`, "<bdi>Attic")
	v.get(listing+"/checkout").want(t, 200, "<bdi>Portable typewriter", "from <bdi>Attic")
	v.enter()
	for page, names := range map[string][]string{"/": {"q"}, "/sell?another": {"name", "about"}, "/desk/new": {"title", "description"}, "/desk/page": {"about", "place", "name"}, "/desk/orders/" + string(s.order): {"note"}} {
		body := v.get(page).body
		for _, name := range names {
			if typed := regexp.MustCompile(`<(input|textarea)[^>]*\sname="` + name + `"[^>]*>`).FindString(body); !strings.Contains(typed, `dir="auto"`) {
				t.Errorf("%s: got %q, want what is typed in its own direction", page, typed)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	page := v.get("/")
	policy := page.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "connect-src 'self' https://broker.example https://shed.example;", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy: got %q, want %q in it", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") {
		t.Errorf("policy: got %q, want nothing unsafe", policy)
	}
	if page.header.Get("X-Request-Id") == "" || page.header.Get("Set-Cookie") != "" {
		t.Errorf("home: got headers %v, want a request id and no cookie", page.header)
	}
	photo := v.get(thumbPath(s.typewriter.Photos[0].Digest))
	if got := photo.header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("photo: got cache control %q, want immutable", got)
	}
	if got := v.get(Stylesheet()).status; got != http.StatusOK {
		t.Errorf("style sheet: got %d, want 200", got)
	}
}

// TestEveryCategoryHasItsIcon: a category is a word of scrip.Categories and an icon by its slug; all else follows.
func TestEveryCategoryHasItsIcon(t *testing.T) {
	v := visit(t, pagesOf(t, newShop(t).config()))
	sprite, home := v.get(static.URL("img/icons.svg")).body, v.get("/").body
	known := map[string]string{}
	for _, word := range slices.Concat(scrip.Categories(), scrip.Conditions()) {
		if other, taken := known[slug(word)]; taken {
			t.Errorf("%q and %q: got the same slug %q, want one for each", word, other, slug(word))
		}
		known[slug(word)] = word
	}
	for _, name := range scrip.Categories() {
		if !strings.Contains(sprite, `<symbol id="`+slug(name)+`"`) {
			t.Errorf("static/img/icons.svg: no symbol %q for the category %q", slug(name), name)
		}
		if !strings.Contains(home, `href="`+category(t.Context(), name).Href+`"`) {
			t.Errorf("home: no link to the category %q", name)
		}
		v.get(category(t.Context(), name).Href).want(t, 200, templ.EscapeString(name), "!All listings</h1>")
	}
}

// TestEveryIconExists follows every icon that pages name.
func TestEveryIconExists(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	v.enter()
	sprite := v.get(static.URL("img/icons.svg")).body
	named := regexp.MustCompile(`icons\.svg#([a-z-]+)"`)
	for _, path := range []string{"/", "/search?q=none", "/stalls", "/sell", "/bank", listingPath(s.vase), "/desk", "/desk/new", "/desk/page", "/desk/ratings", "/desk/blocked", "/desk/programs"} {
		for _, m := range named.FindAllStringSubmatch(v.get(path).body, -1) {
			if !strings.Contains(sprite, `id="`+m[1]+`"`) {
				t.Errorf("%s: icon %q is not in the sprite", path, m[1])
			}
		}
	}
}

func TestOurFaultShowsNothing(t *testing.T) {
	s := newShop(t)
	c := s.config()
	c.Catalogue = more{Market: s.Market, err: errors.New("secret detail of the database")}
	got := visit(t, pagesOf(t, c)).get("/search")
	got.want(t, 500, "Something broke on our side", got.header.Get("X-Request-Id"), "!secret detail")
}

func TestNewRefusesHalfAConfig(t *testing.T) {
	whole := newShop(t).config()
	for name, spoil := range map[string]func(*Config){
		"not which stalls are here": func(c *Config) { c.Hosts = nil },
		"a key, and no desk":        func(c *Config) { c.Openings, c.Desk = nil, nil },
		"openings, and no desk":     func(c *Config) { c.DeskLink, c.Desk = nil, nil },
		"no currency":               func(c *Config) { c.Site.Currency = scrip.Currency{} },
	} {
		c := whole
		spoil(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
	}
}

// TestAloneStall is the program in the role of one seller: no bank, no openings, a desk by key.
func TestAloneStall(t *testing.T) {
	c := newShop(t).config()
	c.Openings, c.Bank = nil, nil
	v := visit(t, pagesOf(t, c))
	v.get("/sell").want(t, 200, "runs on its own machine", "!data-stall-form")
	v.get("/bank").want(t, 404)
	v.get("/").want(t, 200, `!href="/bank"`)
	v.enter().want(t, 200, "Your desk")
}

// TestWhatIsCutIsTold: what a directory, a stall or a search hold beyond what pages show, they say.
func TestWhatIsCutIsTold(t *testing.T) {
	s := newShop(t)
	attic := stallPath(s.attic.Vendor())
	v := visit(t, pagesOf(t, s.config()))
	v.get("/stalls").want(t, 200, "!does not read")
	v.get(attic).want(t, 200, "!more things")
	c := s.config()
	c.Catalogue = more{Market: s.Market, unread: 3, unshown: 12, copies: perPage}
	v = visit(t, pagesOf(t, c))
	v.get("/stalls").want(t, 200, "3 more stalls which this market does not read", "Page 1 of 2", `href="/stalls?page=2"`)
	v.get("/stalls?page=2").want(t, 200, "Page 2 of 2", `href="/stalls?page=1"`, "stall-card__count")
	v.get(attic).want(t, 200, "12 more things than a market shows of one stall")
	if got := pages(t.Context(), searchForm{Page: 1}, perPage*maxPages); got.Cut != "" {
		t.Errorf("all pages shown: got %q, want nothing said", got.Cut)
	}
	if got := pages(t.Context(), searchForm{Page: 1}, perPage*maxPages+1); got.Cut == "" {
		t.Error("more than all pages: got nothing said, want a sentence")
	}
}
