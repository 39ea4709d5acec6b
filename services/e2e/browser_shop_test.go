package e2e_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// listed returns the path of a listing, by words that find it alone.
func (p *person) listed(words string) string {
	p.t.Helper()
	p.open("/search?q=" + words)
	return eval[string](p, `new URL(document.querySelector('main a[href^="/l/"]').href).pathname`)
}

// checkout opens a listing's checkout and waits for the plan.
func (p *person) checkout(listing string) {
	p.t.Helper()
	p.open(listing + "/checkout?quantity=1")
	p.see("checkout-plan")
}

// pay confirms a checkout that loads an amount, and waits for the receipt.
func (p *person) pay(load string) {
	p.t.Helper()
	p.confirm(load)
	p.see("checkout-done")
}

// confirm starts a checkout. Load is empty where nothing is to be loaded.
func (p *person) confirm(load string) {
	p.t.Helper()
	if load != "" {
		p.click("bank-deposit")
		p.waitText("bank-balance", p.sum("100.00"))
		p.fill("checkout-load-amount", p.sum(load))
	}
	p.address("12 Elm Street")
	p.click("checkout-confirm")
}

// address says where the parcel goes.
func (p *person) address(street string) {
	p.t.Helper()
	p.fill("address-name", "Ann Lee")
	p.fill("address-line1", street)
	p.fill("address-postcode", "1011")
	p.fill("address-town", "Amsterdam")
}

// goBack presses the browser's Back until it shows a path.
func (p *person) goBack(path string) {
	p.t.Helper()
	p.again("Back to "+path, func(ctx context.Context) error {
		at, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.pathname`))
		if err == nil && at != path {
			err = chromedp.Do(ctx, chromedp.NavigateBack())
		}
		if err == nil && at != path {
			err = fmt.Errorf("it is at %s", at)
		}
		return err
	})
}

// backFrom goes Back, page by page, from the order of what was just paid to the
// wallet as it was before: each page shows what is so now, and none offers to
// pay the same again as if nothing had happened.
func (p *person) backFrom(listing string) {
	p.t.Helper()
	p.click("checkout-order")
	p.see("receipt-price")
	p.until("the order's page", `location.pathname.startsWith("/wallet/orders/")`)
	p.goBack(listing + "/checkout")
	p.see("checkout-done")
	if n := p.count("checkout-confirm"); n != 0 {
		p.t.Errorf("Back at the checkout: %d buttons to pay, want none: %s", n, p.say())
	}
	p.goBack("/wallet")
	p.waitText("wallet-balance", "37.50")
	p.checkout(listing)
	if words := p.text("checkout-confirm"); p.count("checkout-bought") != 1 || !strings.Contains(words, "Buy another") {
		p.t.Errorf("a new checkout of the same: got the button %q, want it told that this was bought, and asked for another", words)
	}
}

// A shopper comes with nothing, makes a wallet, loads money, buys at a stall
// never used before and has a receipt, in one checkout; the books close.
func TestBrowserFirstPurchase(t *testing.T) {
	t.Parallel()
	program, data := shop(t, goods{"Terracotta pots", "10.00", "2.50", "3"})
	p := newPerson(t, keeping(t), program.URL)
	p.makeWallet()
	pot := p.listed("terracotta")
	p.checkout(pot)
	if plan := p.text("checkout-plan"); !strings.Contains(plan, "Load") || !strings.Contains(plan, "Set ") || !strings.Contains(plan, "12.50") {
		t.Errorf("plan = %q, want load, exchange and pay with their amounts", plan)
	}
	p.pay("50.00")
	p.waitSteps("T1 done, T2 done, T3 done, T4 done, T5 done, T6 done, T7 done, T8 done, T9 done, T10 done, T11 done, T12 later")
	if price := p.text("receipt-price"); !strings.Contains(price, "12.50") {
		t.Errorf("receipt price = %q, want 12.50", price)
	}
	p.backFrom(pot)
	p.open("/wallet/orders")
	p.waitText("order-row", "Terracotta")
	eventually(t, patience, "T12 to be recorded", func() bool { return auditOf(t, data).Held == 12_50 })
}

// The page is loaded anew at each instant of a checkout, and a request or its
// answer is lost: the checkout finishes, paid once.
func TestBrowserReloadAtEachMessage(t *testing.T) {
	t.Parallel()
	program, data := shop(t)
	p := newPerson(t, browser(t), program.URL)
	p.makeWallet()
	p.checkout(p.listed("hinge"))
	hit := p.interrupt(instants[0].path, instants[0].answered)
	p.confirm("20.00")
	for k := range instants {
		p.wait(hit, instants[k].path)
		if k+1 < len(instants) {
			hit = p.interrupt(instants[k+1].path, instants[k+1].answered)
		}
		p.do(chromedp.Reload())
	}
	p.letGo()
	p.see("checkout-done")
	p.ordered(1)
	auditOf(t, data)
}

// Two wallets race for the last one: one buys, the other is told so and keeps
// its money.
func TestBrowserLastOne(t *testing.T) {
	t.Parallel()
	program, data := shop(t, goods{"Teddy bear", "14.00", "0", "1"})
	in := browser(t)
	var people []*person
	for range 2 {
		p := newPerson(t, in, program.URL)
		p.makeWallet()
		p.checkout(p.listed("teddy"))
		people = append(people, p)
	}
	for _, p := range people {
		p.confirm("20.00")
	}
	won := 0
	for _, p := range people {
		p.do(chromedp.WaitVisible(id("checkout-done")+","+id("checkout-browse"), retry))
		if eval[bool](p, `document.querySelector('`+id("checkout-done")+`') !== null`) {
			won++
			continue
		}
		if text := p.text("checkout-error"); !strings.Contains(text, "Someone else bought the last one") {
			t.Errorf("the one who lost is told %q, want that someone else bought it", text)
		}
		if eval[bool](p, `document.querySelector('`+id("checkout-again")+`') !== null || document.querySelector('`+id("checkout-back")+`') === null`) {
			t.Error("what is sold out: got another try offered, want the ways back to the listing and to others")
		}
		p.open("/wallet") // it may have the seller's money for it already
		p.until("20.00 in the wallet", `[...document.querySelectorAll('`+id("wallet-balance")+`, `+id("wallet-stall")+` .money')].reduce((sum, e) => sum + Number(e.dataset.minor), 0) === 2000`)
	}
	if won != 1 {
		t.Errorf("%d of two bought the last one, want 1", won)
	}
	p := people[0]
	eventually(t, patience, "the listing to show as sold", func() bool {
		p.open("/search?q=teddy")
		return !strings.Contains(p.say(), "Teddy bear")
	})
	auditOf(t, data)
}

// The wallet stays unlocked from page to page and locks with a wrong passphrase
// outside.
func TestBrowserLock(t *testing.T) {
	t.Parallel()
	program, _ := shop(t)
	p := newPerson(t, browser(t), program.URL)
	p.makeWallet()
	p.open("/")
	p.open("/wallet")
	p.see("wallet-balance")
	p.click("wallet-lock")
	p.see("wallet-locked")
	p.fill("wallet-passphrase", "not the passphrase")
	p.click("wallet-unlock")
	p.see("wallet-error")
	p.fill("wallet-passphrase", passphrase)
	p.click("wallet-unlock")
	p.see("wallet-balance")
	// In another language it is the same wallet, still unlocked, and says so from the first word on.
	p.tap(`[name="language"][value="de"]`)
	p.waitText("shares", "Dein Geld")
	p.waitText("wallet-balance", "0,00\u00a0€")
	p.fill("wallet-load-amount", "12.")
	p.click("wallet-load")
	p.waitText("wallet-error", "Schreib einen Betrag wie 12,50.")
	p.click("wallet-lock")
	p.waitText("wallet-locked", "Deine Geldbörse ist gesperrt")
	// Who looks around meanwhile is told, goes without the wallet, and has it again once it is unlocked in another tab.
	other, _ := p.tab()
	other.open("/")
	other.until("the wallet to be locked", walletIs("locked")+` && document.querySelector("[data-wallet-status]").textContent === "gesperrt"`)
	if loaded := eval[[]string](other, `performance.getEntriesByType("resource").map(({ name }) => name).filter(name => /attend-|buying-|having-|active\.de/.test(name))`); len(loaded) > 0 {
		t.Errorf("a page that shows none of the wallet loads %v", loaded)
	}
	p.fill("wallet-passphrase", passphrase)
	p.click("wallet-unlock")
	other.until("the wallet to be unlocked", walletIs("unlocked"))
}

// walletIs is whether the header says that the wallet is in a state.
func walletIs(state string) string {
	return `document.querySelector("[data-wallet-status]")?.dataset.state === ` + strconv.Quote(state)
}
