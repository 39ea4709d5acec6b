package e2e_test

import (
	"strings"
	"testing"
)

// loses has the answer to the next POST to each path get lost, one after the
// other, while the page does something.
func (p *person) loses(act func(), paths ...string) {
	p.t.Helper()
	hit := p.interrupt(paths[0], true)
	act()
	for k, path := range paths {
		p.lose(p.wait(hit, path))
		if k+1 < len(paths) {
			hit = p.interrupt(paths[k+1], true)
		}
	}
}

// idle waits until the wallet's page shows nothing unfinished.
func (p *person) idle() {
	p.t.Helper()
	p.until("the end of what was unfinished", `document.querySelector('`+id("wallet-balance")+`') !== null && document.querySelector('`+id("wallet-work")+`') === null`)
}

// buys confirms a checkout that moves an amount to the stall.
func (p *person) buys(listing, load, exchange string) {
	p.t.Helper()
	p.checkout(listing)
	p.click("checkout-more")
	p.fill("checkout-exchange-amount", exchange)
	p.confirm(load)
}

// leaves asks to leave the market and confirms it.
func (p *person) leaves() {
	p.t.Helper()
	p.click("leave-ask")
	p.click("leave-confirm")
}

const (
	firstCheckout  = "T1 done, T2 done, T3 done, T4 done, T5 done, T6 done, T7 done, T8 done, T9 done, T10 done, T11 done, T12 later"
	extendCheckout = "T15 done, T16 done, T17 done, T18 done, T19 done, T9 done, T10 done, T11 done, T12 later"
)

// leftTheMarket wants nothing in the wallet, an amount at the bank, and closed
// books without any scrip.
func (p *person) leftTheMarket(data, bank string) {
	p.t.Helper()
	p.open("/saved")
	p.see("finds-seen")
	if n := p.count("finds-card"); n > 0 {
		p.t.Errorf("%d things that were saved or seen are remembered", n)
	}
	p.open("/wallet")
	p.waitText("wallet-balance", "0.00")
	p.waitText("bank-balance", bank)
	if n := p.count("wallet-stall"); n > 0 {
		p.t.Errorf("%d stalls' money is still in the wallet", n)
	}
	eventually(p.t, patience, "both T12 to be recorded", func() bool { return auditOf(p.t, data).Held == 6_00 })
	if totals := auditOf(p.t, data); totals.Outstanding != 0 || totals.Floats != 0 {
		p.t.Errorf("outstanding, floats = %d, %d, want none", totals.Outstanding, totals.Floats)
	}
}

// All eight transactions in one wallet, each with its answer lost once: the
// page asks again by itself, and nothing is lost and nothing counts twice.
func TestBrowserEightTransactions(t *testing.T) {
	t.Parallel()
	program, data := shop(t)
	p := newInspector(newPerson(t, browser(t), program.URL))
	p.makeWallet()
	hinge := p.listed("hinge")
	p.open(hinge)
	p.press("Save")
	p.loses(func() { p.buys(hinge, "20.00", "5.00") }, "/acquisitions", "/announcements", "/stalls/*/exchanges", "/purchases")
	p.waitSteps(firstCheckout)
	p.see("checkout-done")

	p.open("/wallet")
	p.fill("wallet-load-amount", "5.00")
	p.loses(func() { p.click("wallet-load") }, "/top-ups")
	p.waitText("wallet-balance", "20.00")
	for _, path := range []string{"/broker/renewals", "/stalls/*/renewals"} {
		p.loses(func() {
			p.click("wallet-renew")
			p.see("wallet-work") // whose end is waited for
		}, path)
		p.idle()
	}

	p.checkout(hinge)
	if plan := p.text("checkout-plan"); !strings.Contains(plan, "Set €1.00") || !strings.Contains(plan, "Pay €3.00") {
		t.Errorf("plan = %q, want what is missing at the stall, and the price", plan)
	}
	p.fits("eight-checkout")
	p.loses(func() { p.buys(hinge, "", "3.00") }, "/extensions", "/purchases")
	p.waitSteps(extendCheckout)
	p.see("checkout-done")
	p.fits("eight-checkout-done")

	p.open("/wallet")
	p.waitText("leave-plan", "2.00")
	p.waitText("leave-plan", "17.00")
	p.waitText("leave-sum", "19.00")
	p.look("eight-leave")
	p.loses(p.leaves, "/givebacks", "/withdrawals")
	p.waitText("leave-done", "€19.00 is back")
	p.look("eight-left")
	p.leftTheMarket(data, "94.00")
}
