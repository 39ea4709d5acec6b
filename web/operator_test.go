package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/bank"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// consoleToken opens the console of a test, once.
const consoleToken = "console-token"

// atConsole is an operator who came in by the link.
func atConsole(t *testing.T, o Operator) *visitor {
	t.Helper()
	used := false
	o.Link = func(token string) (bool, error) {
		good := token == consoleToken && !used
		used = used || good
		return good, nil
	}
	if o.Site.Currency.Code == "" {
		o.Site.Currency = scrip.Currency{Code: "EUR", Exponent: 2}
	}
	o.Sessions = sessions(t)
	pages, err := NewOperator(o)
	if err != nil {
		t.Fatal(err)
	}
	v := visit(t, pages)
	for _, path := range []string{"/", "/disputes", "/disputes/a/b", "/nothing"} {
		v.get(path).want(t, 401, "peerscrip operator", "!The books")
	}
	v.post("/disputes/a/b/decide", url.Values{"to-buyer": {"0"}}).want(t, 401)
	v.post("/key/"+consoleToken, nil).want(t, 422, "keeps no cookies", "It was not used up", "Open the console")
	v.get("/key/"+consoleToken).want(t, 200, "Open the console", "!cookies")
	v.post("/key/guess", nil).want(t, 403, "This link does not open the console", "peerscrip operator", "!open already")
	got := v.post("/key/"+consoleToken, nil)
	if got.path != "/" || got.status >= 500 && o.Standing == nil {
		t.Fatalf("the link: got %d at %s, want the console", got.status, got.path)
	}
	v.post("/key/"+consoleToken, nil).want(t, 403, "This link does not open the console", "open already", "!is closed in this browser")
	other := visit(t, pages)
	other.get("/key/" + consoleToken)
	other.post("/key/"+consoleToken, nil).want(t, 403, "This link does not open the console", "is closed in this browser")
	return v
}

// TestOperatorPage: what is broken stands out, and what waits is named.
func TestOperatorPage(t *testing.T) {
	var standing Standing
	var failed error
	v := atConsole(t, Operator{Standing: func(context.Context) (Standing, error) { return standing, failed }})
	v.get("/").want(t, 200, "This process keeps no books.", "Exchanges (T5)", "!Disputes")
	standing.Books = true
	v.get("/").want(t, 200, "being checked from the beginning", "!The books close.")
	standing = Standing{
		At: time.Unix(1_800_000_000, 0), Books: true, Audited: time.Unix(1_799_000_000, 0), Totals: []Total{{"Bank", 1234}},
		Verdicts: []Verdict{{"I1", true, "sums agree", nil}, {"I2", false, "spare of <b>minus</b> 3", nil}},
		Stalls:   []StallTotals{{Vendor: "v", Name: "Attic & Sons", Float: 500, Earned: 100}},
		Holds:    []Hold{{Message: "T15", Stall: "Attic & Sons", Waits: "T18", Amount: 700, Until: 1_800_000_000}},
		Queues: []Queue{
			{merchant.Underway{Message: "T12", Amount: 9190, Attempt: merchant.Attempt{Times: 3, Why: "float-short"}}, "Attic & Sons"},
			{merchant.Underway{Message: "REFUND", Amount: 100, Attempt: merchant.Attempt{Link: "https://bank.example"}}, "Attic & Sons"},
		},
	}
	v.get("/").want(t, 200, "The books do not close.", "Checked <time", "12.34", "badge--danger", "Broken", "badge--success", "!<b>minus", "7.00",
		"float-short", "waits for a confirmation", "Attic &amp; Sons")
	v.get("/").want(t, 200, "!more stalls may wait", "!to decide", "!Not well", "!restored from a backup", "The process is well")
	standing.Restored = Restored{Marked: true, At: time.Unix(1_799_000_000, 0), Log: 1234}
	v.get("/").want(t, 200, "This data folder was restored from a backup.", "!The process is well", "with 1,234 records of the log", "<code>peerscrip restored <span>--settled</span></code>")
	standing.Restored.Log = 0
	v.get("/").want(t, 200, "This data folder was restored from a backup.", "The backup is of", "!records of the log")
	standing.Restored.At = time.Time{}
	v.get("/").want(t, 200, "This data folder was restored from a backup.", "!The backup is of", "--settled")
	standing.Restored = Restored{}
	for _, proven := range []bool{false, true} {
		standing.OtherBooks = OtherBooks{Evidence: "two heads", Proven: proven}
		v.get("/").want(t, 200, "!The process is well", "!Not well")
	}
	standing.OtherBooks = OtherBooks{}
	v.get("/").want(t, 200, "The process is well")
	standing.Unasked, standing.Disputed, standing.Oldest, standing.Degraded = 950, 2, standing.At.Add(-9*24*time.Hour), []string{"disputes"}
	v.get("/evidence").want(t, 404)
	standing.OtherBooks = OtherBooks{Evidence: "two heads <&>", Proven: true}
	v.get("/").want(t, 200, "The broker has shown two different sets of books", `href="/evidence"`, "broker.contradiction")
	if got := v.get("/evidence"); got.status != 200 || got.body != "two heads <&>" || got.header.Get("Content-Disposition") == "" {
		t.Errorf("the evidence: got %q", got.body)
	}
	standing.OtherBooks.Proven = false
	v.get("/").want(t, 200, "has not shown that its books go on", "!two different sets")
	standing.OtherBooks = OtherBooks{}
	v.get("/").want(t, 200, "950 more stalls may wait too", "2 disputes to decide. The oldest has waited for 9 days.", "Not well: disputes.", "!The process is well")
	standing.Days = []DayOfBooks{{1_800_000_000, 500, 2000, 0}, {1_800_086_400, 0, 1500, 500}}
	v.get("/").want(t, 200, "Sold each day", "At stalls and held", "15\u00a0Jan\u00a02027", "<polyline", "15.00")
	standing.Names = map[scrip.VendorID]string{"v": "Attic & Sons"}
	standing.Verdicts = []Verdict{
		{"I2", true, "stall {{.Stall}}: float {{.Float}}; its book is elsewhere and was not looked at", map[string]any{"Stall": scrip.VendorID("v"), "Float": scrip.Money(1234_50)}},
		{"log", false, "record {{.Record}} {{.Fault}}", map[string]any{"Record": 1234, "Fault": Phrase("its postings are others")}},
	}
	v.get("/").want(t, 200, "Stall “\u2068Attic &amp; Sons\u2069” (v): float €1,234.50; its book", "Record 1,234 its postings are others")
	german := v.request("GET", "/", "", "")
	german.Header.Set("Accept-Language", "de")
	v.do(german).want(t, 200, "Stand „\u2068Attic &amp; Sons\u2069“ (v): am Stand 1.234,50\u00a0€;", "Eintrag 1.234: seine Buchungen sind andere")
	standing.Verdicts = standing.Verdicts[:1]
	v.get("/").want(t, 200, "The books close.", "!Broken")
	v.get("/other").want(t, 404, "Go to the start")
	failed = errors.New("the disk is on fire")
	v.get("/").want(t, 500, "!disk")
	v.post("/leave", nil).want(t, 401, "peerscrip operator")
}

// TestDecide: the operator reads what both sides say and show and what of it holds, and parts the money; both are told why.
func TestDecide(t *testing.T) {
	s := newShop(t)
	v := atConsole(t, Operator{Site: Site{Currency: s.Info.Currency}, Court: s.Judge(), Clock: s.Clock.Now, Standing: func(context.Context) (Standing, error) {
		return Standing{At: s.Clock.Now()}, nil
	}})
	v.get("/disputes").want(t, 200, "Nothing waits for a decision")
	p, other := s.protect(s.attic.List(10_00, 3)), s.protect(s.attic.List(10_00, 3))
	order := s.attic.Sold(p.Tx).ID
	if err := s.attic.MarkSent(t.Context(), order, scrip.Parcel{Carrier: "PostNL", Tracking: "3S1"}); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	m := p.Buyer.Pseudonymous(s.attic, scrip.Dispute{Vendor: s.attic.Vendor(), Purchase: p.Tx, Text: "It came <b>broken</b>.", Shows: []scrip.Shown{
		{Message: p.Mandate}, {Message: p.Paid.JWS}, {Message: other.Mandate}, {Message: other.Paid.JWS}, {Message: "a.b.c"},
	}})
	if _, err := s.SendHold(m); err != nil {
		t.Fatal(err)
	}
	here := casePath(s.attic.Vendor(), p.Tx)
	photo := aPhoto(t, 1)
	digest := jose.Digest(photo)
	for _, shows := range [][]scrip.Shown{{}, {{Message: other.Mandate}}} {
		_, err := s.SendHold(p.Buyer.Pseudonymous(s.attic, scrip.Dispute{Vendor: s.attic.Vendor(), Purchase: p.Tx, Text: "The crack.", Shows: shows, Photo: digest}, func(m *rig.Message) { m.Attach.Photo = photo }))
		if (err == nil) != (len(shows) == 0) {
			t.Errorf("a photo with %d messages: got %v", len(shows), err)
		}
	}
	v.get(here).want(t, 200, `src="`+here+`/photos/`+digest+`"`, `alt="The crack."`, "The photo is signed with these words.")
	v.get(here+"/photos/"+digest).want(t, 200)
	v.get(here+"/photos/none").want(t, 404)
	v.get("/disputes").want(t, 200, "It came &lt;b&gt;broken", "Not yet", "Attic &amp; Sons", "10.00", here)
	v.get(here).want(t, 200, "The buyer says", "What was said is signed by whoever said it.", "The buyer signed an order of this purchase, for the price that is held.",
		"The stall signed a receipt for this very order.", "3 things shown are about something else, or prove nothing.", "The seller has not answered yet.",
		"Something that proves nothing", "!Its signature does not hold")
	s.deliver()
	there, err := s.attic.Showable(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for _, of := range there {
		digests = append(digests, of.Digest)
	}
	if err := s.attic.Defend(t.Context(), s.ID(), order, "It was whole.", digests); err != nil {
		t.Fatal(err)
	}
	s.deliver()
	s.Clock.Advance(3 * 24 * time.Hour)
	v.get("/disputes").want(t, 200, "Answered", "3 days")
	v.get(here).want(t, 200, "The seller says", "It was whole.", "Both sides were heard.", "What was offered", "A thing", "The seller sent it", "By \u2068PostNL\u2069, number \u20683S1\u2069.")
	for _, c := range []struct{ buyer, seller, why, want string }{
		{"", "10.00", "So.", "Write both parts"}, {"6", "", "So.", "Write both parts"}, {"six", "4", "So.", "Write an amount like"},
		{"6.00", "4.01", "So.", "The two parts together must be what is held: €10.00."}, {"-1", "11", "So.", "Write an amount"},
		{"6.00", "4.00", " ", "Say why, in at most 500 characters."}, {"6.00", "4.00", strings.Repeat("x", 501), "Say why"},
	} {
		v.post(here+"/decide", url.Values{"to-buyer": {c.buyer}, "to-seller": {c.seller}, "why": {c.why}}).want(t, 422, c.want, `value="`+c.seller+`"`)
	}
	good := url.Values{"to-buyer": {"6,00"}, "to-seller": {"4"}, "why": {"A dent was not told of."}}
	v.post(here+"/decide", good).want(t, 200, "Decided: €6.00 to the buyer, €4.00 to the seller.", "A dent was not told of.", "!Why</label>")
	v.post(here+"/decide", good).want(t, 422, "It is not disputed any more.")
	v.get("/disputes").want(t, 200, "Nothing waits for a decision", "Decided last", "€6.00 to the buyer, €4.00 to the seller")
	v.get(casePath(s.attic.Vendor(), other.Tx)).want(t, 200, "Nothing to decide: it is not disputed.")
	v.get(casePath(s.attic.Vendor(), "none")).want(t, 404)
	v.post(casePath(s.attic.Vendor(), "none")+"/decide", good).want(t, 404)
	h, err := s.Books.Held(t.Context(), s.attic.Vendor(), p.Tx)
	if err != nil || h.State != scrip.HoldDecided || h.ToBuyer != 6_00 || h.ToSeller != 4_00 {
		t.Errorf("the hold: got %+v, %v, want 600 and 400", h, err)
	}
	s.Audit()
}

// TestReports: what people report, the operator reads, and hides from the market or not; what is hidden is found nowhere, and
// shown again as it was.
func TestReports(t *testing.T) {
	s := newShop(t)
	v := visit(t, pagesOf(t, s.config()))
	standing := Standing{Verdicts: []Verdict{{"I1", true, "", nil}}, Stalls: []StallTotals{{Vendor: s.attic.Vendor(), Name: "Attic & Sons"}}}
	revoked := scrip.VendorID("")
	operator := atConsole(t, Operator{Site: Site{Currency: s.Info.Currency, URL: "https://market.example"}, Market: s.Market, Clock: s.Clock.Now,
		Standing: func(context.Context) (Standing, error) { return standing, nil },
		Revoke: func(_ context.Context, vendor scrip.VendorID) (string, error) {
			revoked = vendor
			return "", nil
		},
	})
	operator.get("/reports").want(t, 200, "Nothing was reported")
	here := listingPath(s.typewriter)
	v.get(here).want(t, 200, here+"/report")
	v.post(here+"/report", url.Values{"words": {"It is mine."}}).want(t, 422, "Choose what is wrong.", "It is mine.")
	v.post(here+"/report", url.Values{"reason": {"dull"}}).want(t, 422, "Choose what is wrong.")
	v.post(here+"/report", url.Values{"reason": {"stolen"}, "words": {strings.Repeat("x", 501)}}).want(t, 422, "That has 501 characters.", `value="stolen" required checked`)
	for range 30 { // as many as anybody likes; the operator is shown twenty
		v.post(here+"/report", url.Values{"reason": {"stolen"}, "words": {"It is <b>mine</b>."}}).want(t, 200, "Thank you.")
	}
	v.post(listingPath(s.vase)+"x/report", url.Values{"reason": {"stolen"}}).want(t, 404)
	page := operator.get("/reports")
	page.want(t, 200, "Portable typewriter", `src="/reports/photos/`+s.typewriter.Photos[0].Digest+`/thumb"`, `href="https://market.example`+here+`"`, "It may be stolen", "It is &lt;b&gt;mine")
	if got := strings.Count(page.body, "It may be stolen"); got != 20 {
		t.Errorf("reports of one listing: got %d, want 20", got)
	}
	for _, size := range []string{"", "/thumb"} {
		photo := operator.get("/reports/photos/" + s.typewriter.Photos[0].Digest + size)
		if photo.want(t, 200); photo.header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("a photo of what was reported: got %q, want a JPEG", photo.header.Get("Content-Type"))
		}
	}
	operator.get("/reports/photos/none").want(t, 404)
	of := url.Values{"vendor": {string(s.attic.Vendor())}, "offer": {string(s.typewriter.Offer.Offer)}}
	operator.post("/reports/dismiss", of).want(t, 200, "The reports are done with.", "Nothing was reported")

	v.post(here+"/report", url.Values{"reason": {"stolen"}}).want(t, 200, "Thank you.")
	operator.post("/reports/hide", of).want(t, 422, "Say why")
	v.get("/search?q=typewriter").want(t, 200, "1 listing<")
	of.Set("why", "The owner wrote to me.")
	operator.post("/reports/hide", of).want(t, 200, "It is hidden.", "Nothing was reported", "The owner wrote to me.")
	v.get("/search?q=typewriter").want(t, 200, "!Portable typewriter")
	v.get("/").want(t, 200, "!Portable typewriter")
	v.get(here).want(t, 410, "Not shown here any more", "!Portable typewriter")
	v.get(here+"/checkout").want(t, 410)
	v.get(thumbPath(s.typewriter.Photos[2].Digest)).want(t, 404)
	v.get(stallPath(s.attic.Vendor())).want(t, 200, "!Portable typewriter", "Wing armchair")
	s.read(t)
	v.get(here).want(t, 410)
	operator.post("/reports/unhide", of).want(t, 200, "It is shown again.", "!The owner wrote to me.")
	v.get(here).want(t, 200, "Portable typewriter")
	v.get(thumbPath(s.typewriter.Photos[2].Digest)).want(t, 200)

	operator.post("/reports/hide", url.Values{"vendor": {"none"}, "why": {"So."}}).want(t, 422, "There is no such stall", `value="none"`)
	operator.post("/reports/hide", url.Values{"vendor": of["vendor"], "offer": of["offer"], "whole": {"1"}, "why": {"So."}}).want(t, 200, "It is hidden.", "All of \u2068Attic &amp; Sons")
	v.get(stallPath(s.attic.Vendor())).want(t, 410)
	v.get(here).want(t, 410)
	v.get("/stalls").want(t, 200, "!Attic", "The Open Shed")
	operator.post("/reports/unhide", url.Values{"vendor": of["vendor"]}).want(t, 200, "It is shown again.")
	v.get(stallPath(s.attic.Vendor())).want(t, 200)

	revoke := "/stalls/" + string(s.attic.Vendor()) + "/revoke"
	operator.get("/").want(t, 200, revoke)
	operator.get("/stalls/none/revoke").want(t, 404)
	operator.get(revoke).want(t, 200, "It cannot be undone.")
	operator.post(revoke, url.Values{"name": {"Attic"}}).want(t, 422, "Type the name as it stands above", `value="Attic"`)
	if revoked != "" {
		t.Errorf("another name: got %s revoked, want nothing", revoked)
	}
	operator.post(revoke, url.Values{"name": {"Attic & Sons"}}).want(t, 200)
	if revoked != s.attic.Vendor() {
		t.Errorf("got %q revoked, want the attic", revoked)
	}
}

// fakeSuspense is money that waits, as a test says.
type fakeSuspense struct {
	list    []scrip.Suspended
	settled map[scrip.ID]string
}

func (f *fakeSuspense) Suspended(context.Context, int) ([]scrip.Suspended, error) { return f.list, nil }
func (f *fakeSuspense) HouseHolds(context.Context) (scrip.Money, error)           { return 7_50, nil }
func (f *fakeSuspense) Settle(_ context.Context, id scrip.ID, reference string) (scrip.Suspended, error) {
	at := slices.IndexFunc(f.list, func(s scrip.Suspended) bool { return s.ID == id })
	switch {
	case at < 0 || reference == "PANOBODY":
		return scrip.Suspended{}, scrip.NotFound
	case f.list[at].Why == scrip.Disputed:
		return scrip.Suspended{}, bank.ErrUndecided
	}
	f.settled[id] = reference
	f.list = slices.Delete(f.list, at, at+1)
	return scrip.Suspended{}, nil
}

// TestSuspense: the operator says whose money is, or that it was sent back; what was typed stays where it is wrong, and a dispute for which
// the operator's own money stands in has no form.
func TestSuspense(t *testing.T) {
	f := &fakeSuspense{settled: map[scrip.ID]string{}, list: []scrip.Suspended{
		{ID: "a", Way: scrip.ByTransfer, Amount: 5_00, Said: "5.00 EUR", Named: "HELLO <b>", Payer: "Ada", IBAN: "DE75512108001245126199", Why: scrip.UnknownReference},
		{ID: "b", Way: scrip.ByCard, Said: "3070 (minor units) USD", Why: scrip.OtherCurrency}, {ID: "c", Way: scrip.ByCard, Amount: 9_00, Said: "9.00 EUR", Why: scrip.Disputed, Reference: "PAX"},
		{ID: "d", Way: scrip.ByCard, Said: "8.00 EUR", Why: scrip.Disputed},
	}}
	v := atConsole(t, Operator{Suspense: f, Standing: func(context.Context) (Standing, error) {
		return Standing{Books: true, At: time.Unix(1_800_000_000, 0), Suspense: f.list}, nil
	}})
	v.get("/").want(t, 200, "4 sums of money came in for nobody known", `href="/suspense"`)
	v.get("/suspense").want(t, 200, "€7.50", "5.00 EUR", "It names no payment", "HELLO &lt;b&gt;", "Ada DE75 5121 0800 1245 1261 99", "of another currency", "Your own money stands in for it.", "PAX", "does not suffice")
	credit := func(id, reference string) url.Values { return url.Values{"id": {id}, "reference": {reference}} }
	v.post("/suspense", credit("a", "")).want(t, 422, "Write the reference")
	v.post("/suspense", credit("a", "PANOBODY")).want(t, 422, "There is no account, and no payment", `value="PANOBODY"`)
	v.post("/suspense", credit("a", " PAX ")).want(t, 200, "It is in the account.", "!HELLO")
	v.post("/suspense", url.Values{"id": {"a"}, "back": {"1"}}).want(t, 200, "It was settled already")
	v.post("/suspense", url.Values{"id": {"b"}, "back": {"1"}, "reference": {"ignored"}}).want(t, 200, "It is noted.", "!USD")
	v.post("/suspense", url.Values{"id": {"c"}, "back": {"1"}}).want(t, 200, "It was settled already", "9.00 EUR")
	if f.settled["a"] != "PAX" || f.settled["b"] != "" || len(f.settled) != 2 {
		t.Errorf("settled: got %v, want a to PAX, and b to nobody", f.settled)
	}
	f.list = nil
	v.get("/suspense").want(t, 200, "Nothing waits")
}
