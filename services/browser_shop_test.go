package services_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"peerscrip/services"
)

// listed returns the path of a listing of the sample stalls, by words that find
// it alone.
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
		p.waitText("bank-balance", "100.00")
		p.fill("checkout-load-amount", load)
	}
	p.fill("checkout-delivery", "12 Elm Street")
	p.click("checkout-confirm")
}

// A shopper comes with nothing, makes a wallet, loads money, buys at a stall
// never used before and has a receipt, in one checkout; the books close.
func TestBrowserFirstPurchase(t *testing.T) {
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Demo, Data: data})
	p := newPerson(t, browser(t, ""), program.URL)
	p.makeWallet()
	pot := p.listed("terracotta")
	p.checkout(pot)
	if plan := p.text("checkout-plan"); !strings.Contains(plan, "Load") || !strings.Contains(plan, "Exchange") || !strings.Contains(plan, "12.50") {
		t.Errorf("plan = %q, want load, exchange and pay with their amounts", plan)
	}
	p.pay("50.00")
	p.waitSteps("T1 done, T2 done, T3 done, T4 done, T5 done, T6 done, T7 done, T8 done, T9 done, T10 done, T11 done, T12 later")
	if price := p.text("receipt-price"); !strings.Contains(price, "12.50") {
		t.Errorf("receipt price = %q, want 12.50", price)
	}
	p.open("/wallet")
	p.waitText("wallet-balance", "37.50")
	p.open("/wallet/orders")
	p.waitText("order-row", "Terracotta")
	eventually(t, patience, "T12 to be recorded", func() bool { return auditOf(t, data).Earned == 12_50 })
}

// A reload in the middle of a checkout, at each message, before it is sent and
// after it was answered: the checkout finishes, paid once.
func TestBrowserReloadAtEachMessage(t *testing.T) {
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Demo, Data: data})
	in := browser(t, "")
	for _, path := range []string{"/acquisitions", "/announcements", "/exchanges", "/purchases"} {
		for _, answered := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/answered=%t", strings.Trim(path, "/"), answered), func(t *testing.T) {
				p := newPerson(t, in, program.URL)
				p.makeWallet()
				p.checkout(p.listed("paperbacks"))
				hit := p.interrupt(path, answered)
				p.confirm("20.00")
				p.wait(hit, path)
				p.letGo()
				p.do(chromedp.Reload())
				p.see("checkout-done")
				p.ordered(1)
			})
		}
	}
	auditOf(t, data)
}

// Two wallets race for the last one: one buys, the other is told so and keeps
// its money.
func TestBrowserLastOne(t *testing.T) {
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Demo, Data: data})
	in := browser(t, "")
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
		p.do(chromedp.WaitVisible(id("checkout-done") + "," + id("checkout-again")))
		if eval[bool](p, `document.querySelector('`+id("checkout-done")+`') !== null`) {
			won++
			continue
		}
		if text := strings.ToLower(p.say()); !strings.Contains(text, "sold") {
			t.Errorf("the one who lost is told %q, want that it is sold", text)
		}
		p.open("/wallet")
		p.waitText("wallet-balance", "20.00")
	}
	if won != 1 {
		t.Errorf("%d of two bought the last one, want 1", won)
	}
	p := people[0]
	eventually(t, patience, "the listing to show as sold", func() bool {
		p.open("/search?q=teddy")
		return !strings.Contains(p.say(), "Teddy bear with")
	})
	auditOf(t, data)
}

// The wallet stays unlocked from page to page and locks with a wrong passphrase
// outside.
func TestBrowserLock(t *testing.T) {
	program := start(t, services.Config{Role: services.Demo})
	p := newPerson(t, browser(t, ""), program.URL)
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
}
