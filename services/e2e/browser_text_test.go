package e2e_test

import (
	"strings"
	"testing"

	"peerscrip/services"
)

// narrow wants the page no wider than a phone's window, nor a table that is shown
// as cards there.
func (p *inspector) narrow(page string) {
	p.t.Helper()
	p.as("light", 360)
	over := eval[int](p.person, `Math.max(...[document.documentElement, ...document.querySelectorAll(".table-wrap:has(.table--cards)")]
		.map(e => e.scrollWidth - e.clientWidth))`)
	if over > 0 {
		p.t.Errorf("%s: %d pixels wider than 360: %s", page, over, eval[string](p.person, `[...document.querySelectorAll("body *")]
			.filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 8).map(e => e.tagName + "." + e.className).join(", ")`))
	}
	p.shot("text-" + strings.NewReplacer("/", "-", "?", "-").Replace(page))
}

// TestBrowserText: no text that a seller or a buyer may write makes a page wider
// than its window, and a number keeps its place beside a name that is written
// from right to left.
func TestBrowserText(t *testing.T) {
	t.Parallel()
	word := strings.Repeat("Donaudampfschiff", 32)
	link := "https://example.com/" + strings.Repeat("a-long/path?to=somewhere&", 20)
	heap := strings.Repeat("Z\u0301\u0302\u0303\u0304\u0305\u0306", 100)
	program := start(t, services.Config{Role: services.Serve})
	p := newInspector(newPerson(t, browser(t), program.URL))
	p.as("light", 360)
	p.openStall(strings.Repeat("W", 60))
	p.open("/desk/new")
	p.describe("مصباح نحاسي 1950 "+strings.Repeat("W", 100), "35.00", "4.50")
	p.put("#description", word+" "+link+"\n\n"+heap)
	p.upload(exifPhoto(t))
	p.press("List it")
	p.reads("is for sale")
	p.narrow("/desk listed")
	lamp := p.listed("1950")
	for _, path := range []string{"/", "/search?q=" + word[:200], "/stalls", lamp, "/desk/new"} {
		p.open(path)
		p.narrow(path)
	}
	p.checkout(lamp)
	p.narrow("checkout")
	p.click("bank-deposit")
	p.waitText("bank-balance", "100.00")
	p.fill("checkout-load-amount", "50.00")
	p.fill("checkout-delivery", word[:480])
	p.click("checkout-confirm")
	p.see("checkout-done")
	p.narrow("checkout done")
	p.open("/wallet")
	p.see("wallet-balance")
	p.narrow("wallet")
	p.open("/wallet/orders")
	p.see("order-row")
	p.narrow("orders")
	p.tap(id("order-row") + " a")
	p.see("signed-T11")
	eval[bool](p.person, `document.querySelectorAll("details").forEach(d => { d.open = true }); true`)
	p.narrow("order")
	p.open("/wallet/envelopes")
	p.see("envelope")
	eval[bool](p.person, `document.querySelectorAll("details").forEach(d => { d.open = true }); true`)
	p.narrow("envelopes")
	p.open("/desk")
	p.reads(word[:200])
	p.narrow("desk with an order")
	p.tap(`main a[href^="/desk/orders/"]`)
	p.reads("Mark as sent")
	p.narrow("desk order")
}
