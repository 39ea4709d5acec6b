package e2e_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"peerscrip/services"
)

// looks are how a page is looked at: each scheme and each width once. Structure
// is the same in all of them, so axe's whole set of rules runs in the first;
// colours are the scheme's own, so contrast is looked at in each.
var looks = []struct {
	scheme string
	width  int64
	rules  string // axe's run option
}{
	{"light", 1280, `resultTypes: ["violations"]`},
	{"dark", 360, `resultTypes: ["violations"], runOnly: { type: "rule", values: ["color-contrast"] }`},
}

// inspector looks at pages with axe.
type inspector struct {
	*person
	source string
}

func newInspector(p *person) *inspector {
	p.t.Helper()
	source, err := os.ReadFile("../../web/testdata/axe/axe.min.js")
	if err != nil {
		p.t.Fatal(err)
	}
	return &inspector{p, string(source)}
}

// look wants nothing wrong with the page as it is now, and no page wider than
// its window, nor a table that is shown as cards on a phone, in each of the looks.
func (p *inspector) look(name string) {
	p.t.Helper()
	eval[bool](p.person, "{"+p.source+"} true")
	for _, l := range looks {
		p.as(l.scheme, l.width)
		for _, found := range eval[[]string](p.person, `axe.run(document, { `+l.rules+` }).then(({ violations }) =>
			violations.flatMap(v => v.nodes.map(n => v.id + ": " + v.help + " at " + n.target.join(" ") + ": " + n.failureSummary)))`) {
			p.t.Errorf("%s, %s, %d wide: %s", name, l.scheme, l.width, found)
		}
		if over := eval[int](p.person, `Math.max(...[document.documentElement, ...document.querySelectorAll(innerWidth < 400 ? ".table-wrap:has(.table--cards)" : "html")]
			.map(e => e.scrollWidth - e.clientWidth))`); over > 0 {
			p.t.Errorf("%s, %s, %d wide: %d pixels too wide: %s", name, l.scheme, l.width, over, eval[string](p.person, `[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.tagName + "." + e.className).join(", ")`))
		}
	}
	p.as("light", 1280)
	p.shot(name)
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
	p.look("desk-empty")
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
	p.look("desk-photos")
	p.press("List it")
	p.reads("is for sale")
	p.look("desk-listed")
	p.open("/desk/new")
	p.press("List it")
	lamp := p.listed("1950")
	for _, path := range []string{"/", "/search?q=1950&category=tools-garden&attribute=Brand:" + strings.Repeat("w", 80), "/search?q=" + word[:200], "/stalls", lamp, "/how-it-works", "/about", "/verify", "/bank", "/desk/new", "/desk/page", "/desk/ratings", "/nowhere", "/sell?another", "/desk/earnings"} {
		p.open(path)
		p.look("page" + strings.NewReplacer("/", "-", "?", "-", lamp, "-listing", word[:200], "nothing", "&category=tools-garden&attribute=Brand:"+strings.Repeat("w", 80), "-filtered").Replace(path))
	}
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
	p.open(lamp)
	p.press("Put in basket")
	p.see("checkout-plan")
	p.look("basket")
	p.click("basket-remove")
	p.see("basket-empty")
	p.checkout(lamp)
	p.click("checkout-more")
	p.look("checkout-plan")
	p.fill("checkout-load-amount", "abc")
	p.click("checkout-confirm")
	p.see("wallet-error")
	p.look("checkout-error")
	p.click("bank-deposit")
	p.waitText("bank-balance", "100.00")
	p.fill("checkout-load-amount", "50.00")
	p.address(word[:80])
	p.fill("checkout-note", word[:480])
	p.click("checkout-confirm")
	p.see("checkout-done")
	p.look("checkout-done")
	p.open("/wallet")
	p.see("wallet-balance")
	p.unfold()
	p.look("wallet")
	p.open("/wallet/orders")
	p.see("order-row")
	p.look("orders")
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
	p.look("desk")
	p.press("1 × " + title)
	p.reads("Mark as sent")
	p.look("desk-order")
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

// A purchase with the keyboard alone, from making the wallet to the receipt.
func TestBrowserKeyboard(t *testing.T) {
	t.Parallel()
	program, _ := shop(t)
	p := newPerson(t, browser(t), program.URL)
	p.open("/")
	p.tabTo(`main a[href^="/l/"]`, kb.Enter)
	p.until("the listing", `location.pathname.startsWith("/l/") && document.readyState === "complete"`)
	p.tabTo(`main form button[type="submit"]`, kb.Enter)
	p.see("wallet-passphrase")
	p.tabTo(id("wallet-passphrase"), passphrase)
	p.tabTo(id("wallet-passphrase-again"), passphrase+kb.Enter)
	p.see("checkout-plan")
	p.tabTo(id("bank-deposit"), kb.Enter)
	p.waitText("bank-balance", "100.00")
	p.tabTo(id("address-name"), "Ann Lee")
	p.tabTo(id("address-line1"), "12 Elm Street")
	p.tabTo(id("address-town"), "Amsterdam")
	p.tabTo(id("checkout-confirm"), kb.Enter)
	p.see("checkout-done")
	p.until("the reader is at the receipt", `document.activeElement.dataset.testid === "checkout-done"`)
	p.tabTo(id("checkout-order"), kb.Enter)
	p.see("signed-T11")
	p.tabTo(id("signed-T11")+" summary", kb.Enter)
	p.until("the receipt is open", `document.querySelector('`+id("signed-T11")+`').open`)
}

// tabTo presses Tab until an element has the focus, which must show, and then
// some keys.
func (p *person) tabTo(selector, keys string) {
	p.t.Helper()
	at := []string{}
	for range 60 {
		p.do(chromedp.KeyEvent(kb.Tab))
		if eval[bool](p, `document.activeElement.matches(`+"`"+selector+"`"+`)`) {
			if !eval[bool](p, `["", "::before", "::after"].map(part => getComputedStyle(document.activeElement, part)).some(s => s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0)`) {
				p.t.Errorf("%s does not show that it has the focus", selector)
			}
			p.do(chromedp.KeyEvent(keys))
			return
		}
		at = append(at, eval[string](p, `document.activeElement.outerHTML.slice(0, 60)`))
	}
	p.t.Fatalf("Tab never reaches %s, only %s", selector, strings.Join(slices.Compact(at), "\n"))
}
