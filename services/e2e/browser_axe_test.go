package e2e_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"peerscrip/services"
)

// aLook is how a page is looked at, and for what: structure is the same in all looks, so
// axe's whole set of rules runs in one, and colours are the scheme's own.
type aLook struct {
	scheme string
	width  int64
	rules  string // axe's run options; empty: the width alone
}

const (
	allRules  = `resultTypes: ["violations"], preload: false, iframes: false`
	itsColour = `resultTypes: ["violations"], preload: false, iframes: false, runOnly: { type: "rule", values: ["color-contrast"] }`
	itsWords  = `resultTypes: ["violations"], preload: false, iframes: false, runOnly: { type: "rule", values: ["color-contrast", "html-has-lang", "html-lang-valid", "valid-lang", "button-name", "link-name", "label", "image-alt"] }`
)

// inspector looks at pages with axe.
type inspector struct {
	*person
	source string
	looks  []aLook
}

// newInspector looks at pages as different as they can be: light and wide, dark and narrow.
func newInspector(p *person) *inspector {
	p.t.Helper()
	source, err := os.ReadFile("../../web/testdata/axe/axe.min.js")
	if err != nil {
		p.t.Fatal(err)
	}
	return &inspector{p, string(source), []aLook{{"light", 1280, allRules}, {"dark", 360, itsColour}}}
}

// look wants nothing wrong with the page as it is now, and no page wider than
// its window, nor a table that is shown as cards on a phone, in each of the looks.
func (p *inspector) look(name string) {
	p.t.Helper()
	p.inspect(name, p.looks)
	p.shot(name)
}

// fits wants a state that TestBrowserLife looks at to be no wider than a phone with what is written in this test, too.
func (p *inspector) fits(name string) {
	p.t.Helper()
	p.inspect(name, []aLook{{"light", 1280, ""}, {"dark", 360, ""}})
	p.shot(name)
}

func (p *inspector) inspect(name string, looks []aLook) {
	p.t.Helper()
	if looks[0].rules != "" && eval[bool](p.person, `window.axe === undefined`) {
		eval[bool](p.person, "{"+p.source+"} true")
	}
	for _, l := range looks {
		if l.scheme != p.scheme || l.width != p.width {
			p.as(l.scheme, l.width)
		}
		for _, found := range p.breaks(l.rules) {
			p.t.Errorf("%s, %s, %d wide: %s", name, l.scheme, l.width, found)
		}
		if over := eval[int](p.person, `Math.max(...[document.documentElement, ...document.querySelectorAll(innerWidth < 400 ? ".table-wrap:has(.table--cards)" : "html")]
			.map(e => e.scrollWidth - e.clientWidth))`); over > 0 {
			p.t.Errorf("%s, %s, %d wide: %d pixels too wide: %s", name, l.scheme, l.width, over, eval[string](p.person, `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.tagName + "." + e.className).join(", ")`))
		}
	}
	if len(looks) > 1 {
		p.as(p.scheme, p.width)
	}
}

// breaks are the rules that the page breaks, as it is now.
func (p *inspector) breaks(rules string) []string {
	p.t.Helper()
	if rules == "" {
		return nil
	}
	return eval[[]string](p.person, `axe.run(document, { `+rules+` }).then(({ violations }) =>
		violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + " at " + n.target.join(" ") + ": " + n.failureSummary)))`)
}

// drawer looks at the filters of a search as a phone has them, opened.
func (p *inspector) drawer(name, search string) {
	p.t.Helper()
	scheme, width := p.scheme, p.width
	p.as("dark", 360)
	p.open(search)
	p.tap(`[popovertarget="filters"]`)
	p.until("the filters", `document.querySelector("#filters").matches(":popover-open")`)
	p.inspect(name, []aLook{{"dark", 360, allRules}})
	p.shot(name)
	p.as(scheme, width)
}

// closes has the stall go away, closes it, and opens it again: what buyers see of it and of its listing.
func (p *inspector) closes(stall, listing string) {
	p.t.Helper()
	says := func(opening string) {
		p.open("/desk/page")
		p.tap(`input[name="opening"][value="` + opening + `"]`)
		eval[bool](p.person, `{ const away = document.querySelector("#away"); away.value = away.max } true`)
		p.press("Save")
		p.until("the page to be saved", `document.querySelector(".callout--success") !== null`)
	}
	says("away")
	p.becomes("/stalls/"+stall, "The seller is away")
	p.fits("stall-away")
	p.open(listing)
	p.look("listing-away")
	says("closed")
	p.becomes(listing, "This stall is closed")
	p.look("listing-closed")
	says("open")
	p.becomes(listing, "Put in basket")
}

// becomes opens a page of the market again until the words stand there: it reads of a stall soon after the stall has said it.
func (p *person) becomes(path, words string) {
	p.t.Helper()
	eventually(p.t, patience, words+" at "+path, func() bool {
		p.open(path)
		return eval[bool](p, `document.body.innerText.includes(`+strconv.Quote(words)+`)`)
	})
}

// unfold opens what is folded on the page.
func (p *person) unfold() {
	p.t.Helper()
	eval[bool](p, `document.querySelectorAll("details").forEach(d => { d.open = true }); true`)
}

// axe finds nothing on any page, in any state that the wallet brings it to, and
// none is wider than a phone, whatever texts a seller or a buyer may write: words
// that do not end, marks in heaps, a name from right to left beside a number.
func TestBrowserAxe(t *testing.T) {
	t.Parallel()
	word := strings.Repeat("Donaudampfschiff", 32)
	link := "https://example.com/" + strings.Repeat("a-long/path?to=somewhere&", 20)
	heap := strings.Repeat("Z\u0301\u0302\u0303\u0304\u0305\u0306", 100)
	title := "مصباح نحاسي 1950 " + strings.Repeat("W", 100)
	program := start(t, services.Config{Role: services.Serve, Operator: "127.0.0.1:0"})
	p := newInspector(newPerson(t, browser(t), program.URL))
	p.open("/wallet")
	p.see("wallet-none")
	p.look("wallet-none")
	p.openStall(strings.Repeat("W", 60))
	p.fits("desk-empty")
	p.open("/desk/new")
	p.describe(title, "35.00", "4.50")
	p.put("#description", word+" "+link+"\n\n"+heap)
	p.put("#attribute-0", "Brand")
	p.put("#value-0", strings.Repeat("W", 80))
	p.do(chromedp.SetUploadFiles("#new-photos", []string{exifPhoto(t)}))
	p.photosAre("there")
	p.put("#alt-0", "A lamp on a table")
	p.nth("photo-crop", 0)
	p.see("crop")
	p.look("desk-crop")
	p.click("crop-cancel")
	p.fits("desk-photos")
	p.press("List it")
	p.reads("is for sale")
	p.fits("desk-listed")
	p.open("/desk")
	p.tap(`input[type="checkbox"][name="offer"]`)
	p.put("#by", "10")
	p.press("Show the new prices")
	p.reads("New prices")
	p.look("desk-prices")
	p.open("/desk/new")
	p.press("List it")
	lamp := p.listed("1950")
	long := "/search?q=1950&category=tools-garden&attribute=Brand:" + strings.Repeat("w", 80)
	stall, of, _ := strings.Cut(strings.TrimPrefix(lamp, "/l/"), "/")
	for _, page := range [][2]string{
		{"home", "/"}, {"search", long}, {"nothing", "/search?q=" + word[:200]}, {"stalls", "/stalls"}, {"stall", "/stalls/" + stall}, {"listing", lamp}, {"how", "/how-it-works"}, {"about", "/about"}, {"help", "/help"},
		{"contact", "/contact"}, {"verify", "/verify"}, {"bank", "/bank"}, {"stall-edit", "/desk/page"}, {"listing-edit", "/desk/listings/" + of}, {"another", "/desk/new?from=" + of}, {"blocked", "/desk/blocked"}, {"programs", "/desk/programs"},
		{"nowhere", "/nowhere"}, {"sell-again", "/sell?another"},
	} {
		p.open(page[1])
		p.look("page-" + page[0])
	}
	for _, page := range [][2]string{{"new", "/desk/new"}, {"ratings", "/desk/ratings"}, {"earnings", "/desk/earnings"}} {
		p.open(page[1])
		p.fits("page-desk-" + page[0])
	}
	p.drawer("filters", long)
	p.open("/search?q=1950")
	p.click("save-search")
	p.open(lamp)
	p.press("Save")
	p.open("/saved")
	p.see("finds-unsave")
	p.look("saved")
	p.open(lamp)
	p.press("Report this listing")
	p.reads("What is wrong?")
	p.look("report")
	p.tap(`input[value="spam"]`)
	p.put("#words", word[:480])
	p.press("Report it")
	p.reads("Thank you.")
	p.look("reported")
	p.closes(stall, lamp)
	p.open(lamp)
	p.press("Put in basket")
	p.see("checkout-plan")
	p.fits("basket")
	p.click("basket-remove")
	p.see("basket-empty")
	p.checkout(lamp)
	p.click("checkout-more")
	p.fits("checkout-plan")
	p.click("bank-deposit")
	p.waitText("bank-balance", "100.00")
	p.fill("checkout-load-amount", "abc")
	p.click("checkout-confirm")
	p.see("wallet-error")
	p.look("checkout-error")
	p.fill("checkout-load-amount", "50.00")
	p.address(word[:80])
	p.fill("checkout-note", word[:480])
	p.click("checkout-confirm")
	p.see("checkout-done")
	p.fits("checkout-done")
	p.open("/wallet")
	p.see("wallet-balance")
	p.unfold()
	p.look("wallet")
	p.open("/wallet/orders")
	p.see("order-row")
	p.fits("orders")
	p.tap(id("order-row") + " a")
	p.see("signed-T11")
	p.unfold()
	p.look("order")
	p.open("/wallet/envelopes")
	p.tap(id("envelope") + `[data-typ="T10"] summary`)
	p.click("envelope-secrets")
	p.unfold()
	p.look("envelopes")
	p.open("/desk")
	p.reads(word[:80])
	p.fits("desk")
	p.press("1 × " + title)
	p.reads("Mark as sent")
	p.fits("desk-order")
	p.tap("main details summary")
	p.put("#refund", "400")
	p.press("Refund")
	p.reads("more than is left")
	p.look("desk-refund-error")
	p.put("#refund", "4.50")
	p.press("Refund")
	p.reads("goes back to the buyer")
	p.look("desk-refund")
	operator := newInspector(newPerson(t, browser(t), program.OperatorURL))
	operator.open("/")
	operator.reads("peerscrip operator")
	operator.look("operator-closed")
	operator.open(strings.TrimPrefix(program.ConsoleURL, program.OperatorURL))
	operator.look("operator-link")
	operator.press("Open the console")
	operator.reads("The books close.")
	operator.look("operator")
	operator.open("/disputes")
	operator.reads("Nothing waits for a decision")
	operator.look("operator-disputes")
	operator.open("/reports")
	operator.reads("It is an advertisement")
	operator.look("operator-reports")
	operator.put(`input[name="why"]`, word[:200])
	operator.press("Hide the listing")
	operator.reads("It is hidden.")
	operator.look("operator-hidden")
	operator.open("/")
	operator.press("Revoke " + strings.Repeat("W", 60))
	operator.reads("It cannot be undone.")
	operator.look("operator-revoke")
	p.open("/wallet")
	p.click("wallet-lock")
	p.see("wallet-locked")
	p.look("wallet-locked")
}
