package web

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// atDesk is a visitor at the desk of the first stall.
func atDesk(t *testing.T, m *memory) *visitor {
	t.Helper()
	v := visit(t, testPages(t, m))
	got := v.get("/desk/key/" + deskToken)
	got.want(t, 200, "Attic &amp; Sons", "Okafor", "To send", "Sold")
	if got.path != "/desk" {
		t.Fatalf("desk key: got to %s, want /desk", got.path)
	}
	return v
}

// upload posts a listing's form with files, each named by its field.
func (v *visitor) upload(path string, form map[string]string, files map[string]string) seen {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range form {
		if err := w.WriteField(name, value); err != nil {
			v.t.Fatal(err)
		}
	}
	for name, content := range files {
		part, err := w.CreateFormFile(name, name+".jpg")
		if err != nil {
			v.t.Fatal(err)
		}
		if _, err := part.Write([]byte(content)); err != nil {
			v.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		v.t.Fatal(err)
	}
	return v.do(v.request("POST", path, w.FormDataContentType(), body.String()))
}

func goodListing() map[string]string {
	return map[string]string{
		"title": "Brass reading lamp", "description": "Works.\r\nNew cable.", "category": "home", "condition": "like-new",
		"price": "12,5", "postage": "", "quantity": "2", "alt-0": "A lamp", "alt-1": "Its switch", "cover": "1",
	}
}

const aPicture = "\xff\xd8 a picture"

func TestListSomething(t *testing.T) {
	m := newMemory()
	got := atDesk(t, m).upload("/desk/new", goodListing(), map[string]string{"file-0": aPicture, "file-1": aPicture + "2"})
	got.want(t, 200, "“Brass reading lamp” is for sale.")
	l := m.listings[0]
	if l.Price != 1250 || l.Postage != 0 || l.Stock != 2 || l.Condition != "like new" || l.Description != "Works.\nNew cable." {
		t.Errorf("listed: got %+v, want price 1250, no postage, 2 of them, like new", l.Listing)
	}
	if len(l.Photos) != 2 || l.Photos[0].Alt != "Its switch" {
		t.Errorf("photos: got %+v, want two, the chosen cover first", l.Photos)
	}
}

func TestListingFormKeepsWhatWasTyped(t *testing.T) {
	cases := []struct {
		name, field, value string
		fragments          []string
	}{
		{"no title", "title", "  ", []string{"Title: Write something here.", "New cable."}},
		{"long title", "title", strings.Repeat("ä", 121), []string{"Use at most 120 characters."}},
		{"no category", "category", "weapons", []string{"Choose a category."}},
		{"no condition", "condition", "", []string{"Choose a condition."}},
		{"price in words", "price", "twelve", []string{`value="twelve"`, "Write an amount like 12.50.", `aria-invalid="true"`}},
		{"price of nothing", "price", "0", []string{"Ask for more than nothing."}},
		{"negative price", "price", "-5", []string{"Write an amount like 12.50."}},
		{"postage in words", "postage", "little", []string{`value="little"`, "Postage: Write an amount like 12.50."}},
		{"no quantity", "quantity", "0", []string{"Write a number from 1 to 1000."}},
		{"markup", "title", "", []string{"!<b>bold</b>"}},
		{"not to the backend's liking", "title", "forbidden thing", []string{"This cannot be sold here.", "forbidden thing"}},
	}
	m := newMemory()
	v := atDesk(t, m)
	before := len(m.listings)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			form := goodListing()
			form[c.field] = c.value
			got := v.upload("/desk/new", form, map[string]string{"file-0": aPicture})
			got.want(t, 422, append(c.fragments, "Your photos are kept.", `name="photo-0" value="`, "A lamp")...)
		})
	}
	if len(m.listings) != before {
		t.Errorf("got %d listings, want %d", len(m.listings), before)
	}
}

func TestPhotosThatAreNone(t *testing.T) {
	m := newMemory()
	v := atDesk(t, m)
	v.upload("/desk/new", goodListing(), map[string]string{"file-0": "#!/bin/sh"}).
		want(t, 422, "file-0.jpg: This is not a picture we can read.", "Brass reading lamp")
	v.upload("/desk/new", goodListing(), map[string]string{"file-0": aPicture + strings.Repeat("x", maxPhoto)}).
		want(t, 422, "The file is larger than 10 MB.")
	v.post("/desk/new", url.Values{"title": {"x"}}).want(t, 403)
}

func TestReviseAndEnd(t *testing.T) {
	m := newMemory()
	v := atDesk(t, m)
	here := "/desk/listings/" + typewriter
	v.get(here).want(t, 200, "Portable typewriter", `value="85.00"`, "End this listing", "Show photo 1 first")
	kept := m.listings[0].Photos
	form := goodListing()
	form["photo-0"], form["photo-1"], form["drop-0"], form["price"] = kept[0].Digest, kept[1].Digest, "yes", "70"
	v.upload(here, form, nil).want(t, 200, "is saved.")
	if l := m.listings[0]; l.Price != 7000 || len(l.Photos) != 1 || l.Photos[0].Digest != kept[1].Digest {
		t.Errorf("revised: got %v with photos %v, want 7000 with the second photo only", l.Price, l.Photos)
	}
	v.post(here+"/end", nil).want(t, 200, "The listing has ended.")
	v.get("/l/"+attic+"/"+typewriter).want(t, 200, "taken this listing back")
	v.get("/desk/listings/none").want(t, 404)
}

func TestMarkAsSent(t *testing.T) {
	m := newMemory()
	v := atDesk(t, m)
	here := "/desk/orders/" + firstOrder
	v.get(here).want(t, 200, "Hafenstraße 14", "Mark as sent", "Report on its way")
	v.post(here+"/sent", url.Values{"note": {"Parcel 123"}}).want(t, 200, "Marked as sent.", "Parcel 123", "Save the note")
	v.post(here+"/sent", url.Values{"note": {strings.Repeat("x", 501)}}).want(t, 422, "Use at most 500 characters.")
	v.post(here+"/sent", url.Values{"note": {"RB\u202e1"}}).want(t, 422, "Some characters of this cannot be seen.")
	if m.orders[firstOrder].Note != "Parcel 123" {
		t.Errorf("note: got %q, want the first", m.orders[firstOrder].Note)
	}
	v.get("/desk/orders/none").want(t, 404)
	v.post("/desk/leave", nil).want(t, 200)
	v.get(here).want(t, 200, "!Hafenstraße")
}

func TestRefund(t *testing.T) {
	m := newMemory()
	v := atDesk(t, m)
	here := "/desk/orders/" + firstOrder
	v.get(here).want(t, 200, "Nothing was taken back", "up to 91.90 EUR", `value="91.90"`)
	for typed, problem := range map[string]string{
		"91.91": "That is more than is left of this order.", "twelve": "Write an amount like 10.00.", "0": "Write an amount like 10.00.",
	} {
		v.post(here+"/refund", url.Values{"key": {attic}, "refund": {typed}}).
			want(t, 422, problem, `value="`+typed+`"`, `aria-invalid="true"`, "<details class=\"stack\" open")
	}
	part := url.Values{"key": {attic}, "refund": {"11,90"}}
	v.post(here+"/refund", part).want(t, 200, "11.90 EUR goes back to the buyer.", "Reported", "up to 80.00 EUR")
	v.post(here+"/refund", part).want(t, 200, "up to 80.00 EUR") // sent twice, counted once
	part.Set("refund", "12")
	v.post(here+"/refund", part).want(t, 422, "This form was sent before with another amount.", `value="12"`)
	v.get("/desk").want(t, 200, "refunded")
	o := m.orders[firstOrder]
	o.Refunds[0].Covered = true
	v.get(here).want(t, 200, "Ready", "collects it the next time")
	o.Refunds[0].Collected = testDay
	v.post(here+"/refund", url.Values{"key": {typewriter}, "refund": {"80.00"}}).want(t, 200, "Collected", "All of it was taken back.", "!Refund the buyer")
	o.Refunds[1].Why = "bank-declined"
	v.get(here).want(t, 200, "Put money into it")
	o.Refunds[1].Why, o.Refunds[1].Link = "", "javascript:alert(1)"
	v.get(here).want(t, 200, "It waits for your word", "!javascript:")
	v.post("/desk/orders/none/refund", url.Values{"key": {attic}, "refund": {"1"}}).want(t, 404)
}

// TestUnderway: what waits for the broker stands on the desk, with why.
func TestUnderway(t *testing.T) {
	m := newMemory()
	v := atDesk(t, m)
	v.get("/desk").want(t, 200, "!Waiting for the broker")
	m.underway = []Underway{
		{Message: "T12", ID: firstOrder, Amount: 9190, Since: testDay, Tries: 3, Tried: testDay, Why: "unreachable"},
		{Message: "REFUND", ID: attic, Amount: 100, Since: testDay, Link: "https://bank.example/confirm"},
	}
	v.get("/desk").want(t, 200, "Waiting for the broker", "Report of an order", "The broker cannot be reached now.", "3, last ",
		"Refund of an order", `href="https://bank.example/confirm"`)
}

func TestOpenAStall(t *testing.T) {
	v := visit(t, testPages(t, newMemory()))
	v.postJSON("/desk/stall/finish", `{"draft":"draft-1","certificate":"a.b.c"}`).want(t, 403, "/problems/unreadable")
	v.postJSON("/desk/stall", `{"name":"","about":"","account":"a"}`).want(t, 422, "/problems/name-invalid")
	v.postJSON("/desk/stall", `{"name":"x","about":"","account":"a","more":1}`).want(t, 403, "/problems/unreadable")
	v.postJSON("/desk/stall", `{"name":"x","about":"","account":"a"} `+"{}").want(t, 403, "/problems/unreadable")
	v.postJSON("/desk/stall", `{"name":"Attic","about":"","account":"a"}`).want(t, 200, `"possession":"a.b.c"`, `"draft":"draft-1"`, `"base_url"`)
	visit(t, testPages(t, newMemory())).postJSON("/desk/stall/finish", `{"draft":"draft-1","certificate":"a.b.c"}`).want(t, 403)
	v.postJSON("/desk/stall/finish", `{"draft":"draft-1","certificate":"a.b.c"}`).want(t, 200, `"desk":"/desk"`, attic)
	v.get("/").want(t, 200, `href="/desk"`) // where "Sell" leads
	v.get("/desk").want(t, 200, "Your desk")
}

func TestLogin(t *testing.T) {
	v := visit(t, testPages(t, newMemory()))
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 403, "/problems/unreadable")
	v.get("/desk/challenge").want(t, 200, `{"challenge":"`)
	v.postJSON("/desk/login", `{"envelope":"broken"}`).want(t, 403)
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 403) // the challenge is used up
	v.get("/desk/challenge")
	v.postJSON("/desk/login", `{"envelope":"sealed"}`).want(t, 200, `"vendor":"`+attic)
	v.get("/desk").want(t, 200, "Your desk")
}

func TestLoginChangesTheSession(t *testing.T) {
	v := visit(t, testPages(t, newMemory()))
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
	pages := testPages(t, newMemory())
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
	v.get("/desk/key/" + deskToken)
	v.get("/desk/new")
	v.get("/bank").want(t, 200, "SB-4821-7730-1156")
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
	v := atDesk(t, newMemory())
	r := v.request("POST", "/desk/listings/"+typewriter+"/end", "application/x-www-form-urlencoded", "")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	v.do(r).want(t, 403, "That did not open")
	v.get("/desk").want(t, 200, "For sale", "!has ended")
}

// TestUploadsAtOnce: while a stall has as many forms with photos under way as it may, the next is told to come back, and
// other stalls' are read. Whatever stalls there are, the number of all is bounded.
func TestUploadsAtOnce(t *testing.T) {
	u := &uploads{}
	for i := range maxUploadsOfStall {
		if !u.begin("attic") {
			t.Errorf("form %d of a stall: got no place, want one", i+1)
		}
	}
	if u.begin("attic") {
		t.Error("one more of the same stall: got a place, want none")
	}
	free := maxUploads - maxUploadsOfStall
	for i := range free {
		if !u.begin(strconv.Itoa(i)) {
			t.Errorf("another stall: got no place, want one")
		}
	}
	if u.begin("cellar") {
		t.Errorf("form %d: got a place, want none", maxUploads+1)
	}
	u.done("attic")
	if !u.begin("cellar") {
		t.Error("after one is done: got no place, want one")
	}
}

func TestBusyWithUploads(t *testing.T) {
	s, err := newServer(testConfig(newMemory()))
	if err != nil {
		t.Fatal(err)
	}
	for range maxUploadsOfStall {
		s.uploads.begin(attic)
	}
	v := visit(t, s.routes())
	v.get("/desk/key/" + deskToken)
	got := v.upload("/desk/new", goodListing(), map[string]string{"file-0": aPicture})
	got.want(t, 503, "Please try again in a moment")
	if got.header.Get("Retry-After") == "" {
		t.Error("503 without Retry-After")
	}
}
