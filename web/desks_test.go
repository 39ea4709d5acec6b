package web

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"peerscrip/docs"
	"peerscrip/services/scrip"
)

// TestDesksStayApart: entering or closing a desk leaves the others of a browser open; what a page's form makes, and what a
// page reads, is of the stall whose page it is, whichever desk is in use by then.
func TestDesksStayApart(t *testing.T) {
	s := newShop(t)
	v := atTwoDesks(t, s)
	attic, other := string(s.attic.Vendor()), string(s.stalls[1].Vendor())
	v.post("/desk/switch", url.Values{"desk": {other}}).want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>", `value="`+attic+`"`)
	v.post("/desk/switch", url.Values{"desk": {"nobody"}}).want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.get("/desk/news?desk="+attic).want(t, 200, "to_send")
	v.get("/desk?desk="+attic).want(t, 200, "<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.get("/desk").want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>") // reading switches nothing
	v.post("/desk/name?desk="+attic, url.Values{"name": {""}}).want(t, 422, `action="/desk/name?desk=`+attic)
	v.get("/desk").want(t, 200, "<h1 dir=\"auto\">Attic &amp; Sons</h1>") // sending does
	v.post("/desk/switch", url.Values{"desk": {other}}).want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.get("/desk/orders/"+string(s.order)).want(t, 200, "Hafenstraße 14") // of the desk that is not in use
	v.get("/desk/orders/none").want(t, 404)
	v.post("/desk/orders/none/sent", url.Values{}).want(t, 404)
	v.get("/desk").want(t, 200, "!<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.post("/desk/orders/"+string(s.order)+"/sent", url.Values{"note": {"Parcel 123"}}).want(t, 200, "Marked as sent.", "Parcel 123")
	v.get("/desk").want(t, 200, "<h1 dir=\"auto\">Attic &amp; Sons</h1>")
	v.get("/desk/news?desk=nobody").want(t, 200, "Your wallet opens it")
	v.post("/desk/leave", url.Values{"desk": {other}}).want(t, 200, "That desk is closed in this browser. This one is still open.", "<h1 dir=\"auto\">Attic", "!Also open")
	v.post("/desk/name?desk="+other, url.Values{"name": {"Mine"}}).want(t, 200, "Your wallet opens it")
	for range 2 {
		v.post("/desk/leave", nil).want(t, 200)
	}
	v.get("/desk").want(t, 200, "Your wallet opens it")
}

func TestOpenAStall(t *testing.T) {
	s := newShop(t)
	h := pagesOf(t, s.config())
	v := visit(t, h)
	key, err := json.Marshal(s.SigningKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	finish, account := `{"draft":"`+draftID+`","certificate":"a.b.c"}`, `"about":"","account":"a","key":`+string(key)
	v.postJSON("/desk/stall/finish", `{"draft":"another","certificate":"a.b.c"}`).want(t, 404, "/problems/not-found")
	v.postJSON("/desk/stall", `{"name":"Full",`+account+`}`).want(t, 422, "/problems/too-many", "Open yours at another market")
	v.postJSON("/desk/stall", `{"name":"",`+account+`}`).want(t, 422, "/problems/name-invalid", "Write the name that buyers are to see.")
	v.postJSON("/desk/stall", `{"name":"`+strings.Repeat("W", 61)+`",`+account+`}`).want(t, 422, "/problems/name-invalid", "Make it shorter.")
	v.postJSON("/desk/stall", `{"name":"x","about":"","account":"a","key":{}}`).want(t, 403, "/problems/unreadable")
	v.postJSON("/desk/stall", `{"name":"x",`+account+`,"more":1}`).want(t, 403, "/problems/unreadable")
	v.postJSON("/desk/stall", `{"name":"x",`+account+`}{}`).want(t, 403, "/problems/unreadable")
	v.postJSON("/desk/stall", `{"name":"Attic",`+account+`}`).want(t, 200, `"possession":"a.b.c"`, `"draft":"`+draftID+`"`,
		`"base_url"`, `"signing":{"`, `"envelope":{"`)
	v.postJSON("/desk/stall/finish", finish).want(t, 200, `"vendor":"`+string(s.attic.Vendor()))
	v.get("/desk").want(t, 200, "Open a stall", "!Your desk")
	v.get("/desk/challenge")
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 200, `"desk":"/desk"`)
	v.get("/").want(t, 200, `href="/desk"`) // where "Sell" leads
	v.get("/desk").want(t, 200, "Your desk")
	v.post("/desk/leave", nil)
	v.get("/desk").want(t, 200, "Your wallet opens it", "data-back", "Open another stall", "!data-stall-form")
	v.get("/sell?another").want(t, 200, "data-stall-form", "!data-back")
}

func TestLogin(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 403, "/problems/unreadable")
	v.get("/desk/challenge").want(t, 200, `{"challenge":"`)
	v.postJSON("/desk/login", `{"envelope":"broken"}`).want(t, 403)
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 403) // the challenge is used up
	v.get("/desk/challenge")
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 200, `"vendor":"`+string(s.attic.Vendor()))
	v.get("/desk").want(t, 200, "Your desk")
}

// TestDeskClosesWithItsKey: a desk that was opened with a key which its owner has replaced since is closed.
func TestDeskClosesWithItsKey(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	v.get("/desk/challenge")
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 200)
	v.get("/desk").want(t, 200, "Your desk")
	s.attic.Owner.Key = s.SigningKey()
	v.noRedirect().get("/desk").want(t, 303)
	v.get("/desk/challenge")
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 200)
	v.get("/desk").want(t, 200, "Your desk")
}

// crossed are openings where something is done once a LOGIN is verified, and whose store can be out of reach.
type crossed struct {
	openings
	then func()
	off  bool
}

func (c *crossed) Login(ctx context.Context, envelope, challenge string) (scrip.VendorID, string, error) {
	vendor, key, err := c.openings.Login(ctx, envelope, challenge)
	c.then()
	return vendor, key, err
}

func (c *crossed) OwnerKey(ctx context.Context, vendor scrip.VendorID) (string, error) {
	if c.off {
		return "", scrip.Unavailable
	}
	return c.openings.OwnerKey(ctx, vendor)
}

// TestDeskIsOpenByTheKeyOfItsLogin: a desk is open by the key that its LOGIN was signed with, and closed with it, also where the owner comes in with
// another before the answer to that LOGIN, and where nobody could tell by then which key it was.
func TestDeskIsOpenByTheKeyOfItsLogin(t *testing.T) {
	s := newShop(t)
	config, o := s.config(), &crossed{openings: openings{s}}
	config.Openings = o
	pages := pagesOf(t, config)
	thief, owner := visit(t, pages), visit(t, pages)
	comes := func(v *visitor, then func()) {
		o.then = then
		v.get("/desk/challenge")
		v.postJSON("/desk/login", `{"envelope":"sealed"}`)
	}
	replace := func() { s.attic.Owner.Key = s.SigningKey() }
	comes(thief, func() {
		replace()
		comes(owner, func() {})
	})
	owner.get("/desk").want(t, 200, "Your desk")
	thief.noRedirect().get("/desk").want(t, 303)

	unmarked := visit(t, pages)
	comes(unmarked, func() { o.off = true })
	o.off = false
	unmarked.get("/desk").want(t, 200, "Your desk")
	replace()
	unmarked.noRedirect().get("/desk").want(t, 303)

	thief.enter().want(t, 200, "Your desk") // by a link, which no key opens or closes
	replace()
	thief.get("/desk").want(t, 200, "Your desk")
}

// TestHostingIsAsDocumented follows docs/protocol.md's table of what a host of stalls is asked: it takes the members that
// the table names and gives those.
func TestHostingIsAsDocumented(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	key, err := json.Marshal(s.SigningKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{
		"name": `"Attic"`, "about": `""`, "account": `"a"`, "key": string(key), "draft": `"` + draftID + `"`,
		"certificate": `"a.b.c"`, "envelope": `"sealed"`,
	}
	rows := docs.Protocol("host's path", "takes", "gives")
	for _, row := range append(rows[:3:3], rows[0], rows[3]) { // a challenge serves one LOGIN
		method, path, _ := strings.Cut(docs.Words(row["host's path"])[0], " ")
		got := v.get(path)
		if method == http.MethodPost {
			var members []string
			for _, name := range docs.Words(row["takes"]) {
				members = append(members, `"`+name+`":`+values[name])
			}
			got = v.postJSON(path, "{"+strings.Join(members, ",")+"}")
		}
		got.want(t, 200)
		var answer map[string]any
		if err := json.Unmarshal([]byte(got.body), &answer); err != nil {
			t.Fatalf("%s: %v in %s", path, err, got.body)
		}
		want := docs.Words(row["gives"])
		slices.Sort(want)
		if names := slices.Sorted(maps.Keys(answer)); !slices.Equal(names, want) {
			t.Errorf("%s: gives %q, docs/protocol.md says %q", path, names, want)
		}
	}
}

func TestLoginChangesTheSession(t *testing.T) {
	v := visit(t, pagesOf(t, newShop(t).config()))
	before := v.get("/desk/challenge").header.Get("Set-Cookie")
	after := v.postJSON("/desk/login", `{"envelope":"sealed"}`).header.Get("Set-Cookie")
	if before == "" || after == "" || strings.Split(before, ";")[0] == strings.Split(after, ";")[0] {
		t.Errorf("session: got %q before and %q after, want two different tokens", before, after)
	}
	if !strings.Contains(after, "HttpOnly") || !strings.Contains(after, "SameSite=Lax") {
		t.Errorf("cookie: got %q, want HttpOnly and SameSite=Lax", after)
	}
}

// TestDeskAndBankShareNoCookie: a browser that has a desk open and a sandbox account in use sends each the cookie of its
// own pages, so that no request carries both.
func TestDeskAndBankShareNoCookie(t *testing.T) {
	sent := map[string][]string{} // path -> the names of the cookies that came with it
	pages := pagesOf(t, newShop(t).config())
	v := visit(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent[r.URL.Path] = nil
		for _, c := range r.Cookies() {
			sent[r.URL.Path] = append(sent[r.URL.Path], c.Name)
		}
		pages.ServeHTTP(w, r)
	}))
	for path, want := range map[string]string{"/desk/challenge": "Path=/desk;", "/bank": "Path=/bank;"} {
		got := v.get(path).header.Get("Set-Cookie")
		if path == "/bank" {
			got = v.noRedirect().post("/bank/accounts", nil).header.Get("Set-Cookie")
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: got cookie %q, want %s", path, got, want)
		}
	}
	v.enter()
	v.get("/desk/new")
	v.get("/bank").want(t, 200, "data-bank-reference")
	for _, path := range []string{"/", "/search", "/sell", "/wallet", "/stalls"} {
		v.get(path)
	}
	for path, names := range sent {
		want := ""
		switch {
		case strings.HasPrefix(path, "/desk"):
			want = "peerscrip-desk"
		case strings.HasPrefix(path, "/bank"):
			want = "peerscrip-bank"
		case path == "/sell": // says that somebody sold here, and not what
			want = sellerTrace
		}
		for _, name := range names {
			if name != want {
				t.Errorf("%s: got cookie %q, want %q alone", path, name, want)
			}
		}
	}
	if len(sent["/desk/new"]) != 1 || len(sent["/bank"]) != 1 {
		t.Errorf("cookies: got %v at the desk and %v at the bank, want one each", sent["/desk/new"], sent["/bank"])
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	shop := newShop(t)
	v := atDesk(t, shop)
	r := v.request("POST", "/desk/listings/"+string(shop.typewriter.Offer.Offer)+"/end", "application/x-www-form-urlencoded", "")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	v.do(r).want(t, 403, "That did not open")
	v.get("/desk").want(t, 200, "For sale", "!has ended")
}

// TestDeskFormsAreDocumented: the forms of the desk have the fields that docs/protocol.md tells, for programs that send them.
func TestDeskFormsAreDocumented(t *testing.T) {
	s := newShop(t)
	talk := s.asks("Is it blue?")
	disputed := s.protect(s.attic.List(5_00, 1))
	s.disputes(disputed, "It is broken.")
	s.deliver()
	order := s.attic.Sold(disputed.Tx).ID
	returning := s.protect(s.attic.List(5_00, 1))
	th := returning.Buyer.Say(s.attic, returning.Thread(), scrip.Event{Kind: "received"})
	returning.Buyer.Say(s.attic, th, scrip.Event{Kind: "return", Text: "It does not fit."})
	link := s.asksFor(scrip.PaidOnce).Offer.Offer
	v := atTwoDesks(t, s)
	listing := "/desk/listings/" + string(s.typewriter.Offer.Offer)
	pages := map[string]string{"/desk/new": "/desk/new", "/desk/listings/{offer}": listing, "/desk/listings/{offer}/end": listing,
		"/desk/orders/{order}/say": "/desk/orders/" + string(order), "/desk/talks/{conversation}/say": "/desk/talks/" + string(talk), "/desk/talks/{conversation}/offer": "/desk/talks/" + string(talk),
		"/desk/talks/{conversation}/photo": "/desk/talks/" + string(talk), "/desk/orders/{order}/photo": "/desk/orders/" + string(order),
		"/desk/orders/{order}/sent": "/desk/orders/" + string(order), "/desk/orders/{order}/defend": "/desk/orders/" + string(order), "/desk/orders/{order}/refund": "/desk/orders/" + string(order), "/desk/orders/{order}/return": "/desk/orders/" + string(th.Order), "/desk/leave": "/desk", "/desk/switch": "/desk", "/desk/reconcile": "/desk", "/desk/block": "/desk/orders/" + string(order), "/desk/unblock": "/desk/blocked", "/desk/listings": "/desk", "/desk/listings/file": "/desk/listings/file",
		"/desk/page": "/desk/page", "/desk/name": "/desk/page", "/desk/ratings/{purchase}/answer": "/desk/ratings", "/desk/payment-links": linksPath, "/desk/payment-links/{link}/end": payLinkPath(link)}
	purchase := s.rated(3, "Slow.")
	if err := s.attic.Block(t.Context(), th.Order); err != nil {
		t.Fatal(err)
	}
	picture, err := s.attic.AddPhoto(t.Context(), bytes.NewReader(aPhoto(t, 1)))
	if err == nil {
		err = s.attic.SetPage(t.Context(), scrip.StallPage{Picture: picture})
	}
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]string{}
	for _, row := range docs.Protocol("host's form", "fields", "for") {
		action := strings.TrimPrefix(docs.Words(row["host's form"])[0], "POST ")
		told[action] = docs.Words(row["fields"])
		if strings.HasPrefix(row["fields"], "the same") {
			told[action] = append(told[action], told["/desk/new"]...)
		}
	}
	for action, page := range pages {
		path := strings.NewReplacer("{offer}", string(s.typewriter.Offer.Offer), "{order}", strings.TrimPrefix(page, "/desk/orders/"), "{conversation}", string(talk), "{link}", string(link), "{purchase}", string(purchase)).Replace(action)
		body := v.get(page).body
		fields, there := formFields(body, path)
		if !there {
			fields, there = formFields(body, ofDesk(path, string(s.attic.Vendor())))
		}
		want := slices.Clone(told[action])
		slices.Sort(want)
		if !there || !slices.Equal(fields, want) {
			t.Errorf("%s: the page has %q, the document tells %q", action, fields, want)
		}
	}
	if len(told) != len(pages) {
		t.Errorf("got %d forms in the document, want %d", len(told), len(pages))
	}
}

// TestReadingsOfADeskAreDocumented: a seller's program reads of its orders and threads what docs/protocol.md tells, and
// who has no session reads nothing.
func TestReadingsOfADeskAreDocumented(t *testing.T) {
	s := newShop(t)
	talk := s.asks("Is it blue?")
	s.protect(s.attic.List(5_00, 1))
	s.deliver()
	v := atDesk(t, s)
	rows := docs.Protocol("host's reading", "gives")
	if len(rows) != 7 {
		t.Fatalf("got %d readings in the document, want 7", len(rows))
	}
	names := func(row int, of map[string]any) {
		t.Helper()
		want := docs.Words(rows[row]["gives"])
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(of)); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, docs/protocol.md says %q", rows[row]["host's reading"], got, want)
		}
	}
	first := func(of map[string]any, list string) map[string]any {
		t.Helper()
		all, _ := of[list].([]any)
		if len(all) == 0 {
			t.Fatalf("%s: got %v, want some", list, of[list])
		}
		one, _ := all[0].(map[string]any)
		return one
	}
	orders := v.readDesk(docs.Words(rows[0]["host's reading"])[0], talk)
	names(0, orders)
	order := first(orders, "orders")
	names(1, order)
	names(2, first(order, "lines"))
	hold, _ := order["hold"].(map[string]any)
	names(3, hold)
	if order["state"] != "paid" || hold["state"] != "held" || !reflect.DeepEqual(orders["talks"], []any{string(talk)}) {
		t.Errorf("got an order %v, its hold %v, talks %v; want paid, held, %s", order["state"], hold["state"], orders["talks"], talk)
	}
	thread := v.readDesk(docs.Words(rows[4]["host's reading"])[0], talk)
	names(4, thread)
	asked := first(thread, "events")
	delete(asked, "offer") // of this kind alone
	names(5, asked)
	if asked["by"] != "C" || asked["text"] != "Is it blue?" {
		t.Errorf("got the event %v, want the buyer's question", asked)
	}
	names(6, v.readDesk(docs.Words(rows[6]["host's reading"])[0], talk))
	v.get("/desk/threads/"+string(s.order)+"x").want(t, 404, "/problems/not-found")
	visit(t, pagesOf(t, s.config())).noRedirect().get("/desk/orders").want(t, 303)
}

// readDesk reads what a row of the document names: "GET /desk/threads/{order}".
func (v *visitor) readDesk(reading string, order scrip.ID) map[string]any {
	v.t.Helper()
	got := v.get(strings.NewReplacer("GET ", "", "{order}", string(order)).Replace(reading))
	got.want(v.t, 200)
	var read map[string]any
	if err := json.Unmarshal([]byte(got.body), &read); err != nil {
		v.t.Fatalf("%s: %v in %s", reading, err, got.body)
	}
	return read
}

var (
	formTag  = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)".*?</form>`)
	fieldTag = regexp.MustCompile(`<(?:input|select|textarea|button)[^>]* name="([^"]+)"`)
	slotOf   = regexp.MustCompile(`-[0-9]+$`)
)

// formFields are the names of a form's fields, each once, with N for the number of a row or a photo.
func formFields(page, action string) (names []string, there bool) {
	for _, form := range formTag.FindAllStringSubmatch(page, -1) {
		if form[1] != action {
			continue
		}
		there = true
		for _, field := range fieldTag.FindAllStringSubmatch(form[0], -1) {
			names = append(names, slotOf.ReplaceAllString(field[1], "-N"))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), there
}

// TestNews: a page of the desk says how far the stall has come; who asks is told 304 until something changes, and then how much
// waits. Parts that change have names.
func TestNews(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	page := v.get("/desk")
	page.want(t, 200, `id="live-orders"`, `id="live-todo"`, `data-news="&#34;`)
	ask := func(tag string) seen {
		r := v.request("GET", "/desk/news", "", "")
		r.Header.Set("If-None-Match", tag)
		return v.do(r)
	}
	tag := ask("").header.Get("ETag")
	if !strings.Contains(page.body, `data-news="`+html.EscapeString(tag)+`"`) {
		t.Errorf("the page says another than %s", tag)
	}
	if got := ask(tag); got.status != 304 || got.body != "" {
		t.Errorf("nothing new: got %d %q, want 304", got.status, got.body)
	}
	before := ask("").body
	s.protect(s.attic.List(10_00, 3))
	got := ask(tag)
	if got.status != 200 || got.header.Get("ETag") == tag || got.body == before {
		t.Errorf("an order more: got %d %s, ETag %s, want another than %s, %s", got.status, got.body, got.header.Get("ETag"), before, tag)
	}
	v.get("/desk/orders/"+string(s.order)).want(t, 200, `id="live-said"`, `id="live-dispute"`, `id="live-sent"`)
	stranger := visit(t, pagesOf(t, s.config()))
	if got := stranger.do(stranger.request("GET", "/desk/news", "", "")); got.path != "/sell" {
		t.Errorf("without a session: got to %s, want /sell", got.path)
	}
}

// TestHiddenAtTheDesk: a seller sees what the market does not show, and where to ask.
func TestHiddenAtTheDesk(t *testing.T) {
	s := newShop(t)
	v := atDesk(t, s)
	vendor, offer := s.typewriter.Vendor, s.typewriter.Offer.Offer
	v.get("/desk").want(t, 200, "!Not shown", "!does not show all")
	if err := s.Market.Hide(t.Context(), vendor, offer, "counterfeit"); err != nil {
		t.Fatal(err)
	}
	v.get("/desk").want(t, 200, "Not shown", "does not show all of your listings", `href="/contact"`, "!counterfeit")
	if err := s.Market.Unhide(t.Context(), vendor, offer); err != nil {
		t.Fatal(err)
	}
	if err := s.Market.Hide(t.Context(), vendor, "", "a thief"); err != nil {
		t.Fatal(err)
	}
	v.get("/desk").want(t, 200, "Not shown", "does not show all", "!thief")
}
