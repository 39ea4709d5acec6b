package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// tab opens another tab of the same person, and returns how to close it.
func (p *person) tab() (*person, context.CancelFunc) {
	p.t.Helper()
	ctx, closeTab := chromedp.NewContext(p.ctx)
	p.t.Cleanup(closeTab)
	return personOf(p.t, ctx, p.base), closeTab
}

// back opens the wallet's page after every tab was closed, with the passphrase
// if it is asked: it is not, as long as the keeper still holds the keys.
func (p *person) back() {
	p.t.Helper()
	p.open("/wallet")
	p.until("the wallet, locked or not", `document.querySelector('`+id("wallet-locked")+`, `+id("wallet-balance")+`') !== null`)
	if p.count("wallet-locked") > 0 {
		p.unlock()
	}
}

// unlock opens the wallet with its passphrase. It must be locked.
func (p *person) unlock() {
	p.t.Helper()
	p.see("wallet-locked")
	p.fill("wallet-passphrase", passphrase)
	p.click("wallet-unlock")
	p.see("wallet-balance")
}

// finished waits until nothing on the wallet's page is unfinished, and wants
// one order and an amount left.
func (p *person) finished(left string) {
	p.t.Helper()
	p.until("the end of what was unfinished", `document.querySelector('`+id("wallet-balance")+`') !== null && document.querySelector('`+id("wallet-work")+`') === null`)
	p.ordered(1)
	p.open("/wallet")
	p.waitText("wallet-balance", left)
}

// The tab is closed in the middle of a checkout; another one goes on.
func TestBrowserClosedTab(t *testing.T) {
	t.Parallel()
	program, data := shop(t)
	home := newPerson(t, browser(t), program.URL)
	p, closeTab := home.tab()
	p.makeWallet()
	p.checkout(p.listed("hinge"))
	hit := p.interrupt(few[0].path, few[0].answered)
	p.confirm("20.00")
	for k := range few {
		p.wait(hit, few[k].path)
		closeTab()
		p, closeTab = home.tab()
		if k+1 < len(few) {
			hit = p.interrupt(few[k+1].path, few[k+1].answered)
		}
		p.back()
	}
	p.finished("17.00")
	auditOf(t, data)
}

// The whole browser is killed in the middle of an exchange and started again:
// the wallet is locked, and goes on once it is unlocked.
func TestBrowserKilledBrowser(t *testing.T) {
	t.Parallel()
	program, data := shop(t)
	profile := t.TempDir()
	p := personOf(t, browserOf(t, profile), program.URL)
	p.makeWallet()
	p.checkout(p.listed("hinge"))
	hit := p.interrupt("/exchanges", true)
	p.confirm("20.00")
	p.wait(hit, "T4")
	if err := chromedp.FromContext(p.ctx).Browser.Process().Kill(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // its other processes end by themselves
	p = personOf(t, browserOf(t, profile), program.URL)
	p.open("/wallet")
	p.shot("killed-browser")
	p.unlock()
	p.finished("17.00")
	auditOf(t, data)
}

// canLeave has this tab's pages hear nothing of others while they are left: some
// browsers keep a page that somebody leaves, and what is said meanwhile never
// comes to it. The tests' browser keeps none.
func (p *person) canLeave() {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `BroadcastChannel = class extends BroadcastChannel {
			set onmessage(hear) { super.onmessage = event => window.left || hear(event) }
		}`,
	}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) leave() { p.t.Helper(); eval[bool](p, `window.left = true`) }

// comeBack restores the page that was left as it was then.
func (p *person) comeBack() {
	p.t.Helper()
	eval[bool](p, `window.left = false, dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))`)
}

// Two tabs are one wallet: unlocked together, the same balance, one purchase
// when both confirm it, locked together, by hand and by idleness. One that was left
// and comes back as it was shows what was done meanwhile.
func TestBrowserTwoTabs(t *testing.T) {
	t.Parallel()
	program, data := shop(t)
	a := newPerson(t, browser(t), program.URL)
	b, _ := a.tab()
	for _, p := range []*person{a, b} { // look for idleness more often
		if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: `{ const every = setInterval; setInterval = (run, wait) => every(run, Math.min(wait, 200)) }`,
		}); err != nil {
			t.Fatal(err)
		}
	}
	b.canLeave()
	a.makeWallet()
	b.open("/wallet")
	b.see("wallet-balance")
	b.leave()
	a.click("bank-deposit")
	a.waitText("bank-balance", "100.00")
	a.fill("wallet-load-amount", "50.00")
	a.click("wallet-load")
	a.waitText("wallet-balance", "50.00")
	if text := b.text("wallet-balance"); strings.Contains(text, "50.00") {
		t.Errorf("a page that was left shows %q: nothing is to be seen of its coming back", text)
	}
	b.comeBack()
	b.waitText("wallet-balance", "50.00")

	hinge := a.listed("hinge")
	for _, p := range []*person{a, b} {
		p.checkout(hinge)
		p.address("12 Elm Street")
	}
	for _, p := range []*person{a, b} {
		eval[bool](p, fmt.Sprintf(`setTimeout(() => document.querySelector('%s')?.click(), 300) > 0`, id("checkout-confirm")))
	}
	for _, p := range []*person{a, b} {
		p.see("checkout-done")
	}
	a.ordered(1)
	for _, p := range []*person{a, b} {
		p.open("/wallet")
		p.waitText("wallet-balance", "47.00")
	}

	a.click("wallet-lock")
	b.see("wallet-locked")
	b.unlock()
	a.see("wallet-balance")
	a.later(14 * time.Minute)
	time.Sleep(time.Second)
	if n := a.count("wallet-locked"); n > 0 {
		t.Error("the wallet locks before 15 idle minutes")
	}
	// A tab that was idle alone is unlocked again by the other one: both have to be.
	for tries := 0; a.count("wallet-locked")+b.count("wallet-locked") < 2; tries++ {
		if tries == 60 {
			t.Fatal("the wallet is not locked after 15 idle minutes in both tabs")
		}
		a.later(16 * time.Minute)
		b.later(16 * time.Minute)
		time.Sleep(500 * time.Millisecond)
	}
	auditOf(t, data)
}
