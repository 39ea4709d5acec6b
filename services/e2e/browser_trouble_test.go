package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"peerscrip/services"
)

// complains wants a sentence below a field or form.
func (p *person) complains(about, sentence string) {
	p.t.Helper()
	p.see("wallet-error")
	if text := p.text("wallet-error"); !strings.Contains(text, sentence) {
		p.t.Errorf("%s: the page says %q, want %q", about, text, sentence)
	}
}

// Wrong passphrases and amounts are refused with a sentence, before anything is
// sent.
func TestBrowserWrongInput(t *testing.T) {
	t.Parallel()
	program, data := shop(t)
	p := newPerson(t, browser(t), program.URL)
	p.open("/wallet")
	p.fill("wallet-passphrase", "short")
	p.click("wallet-make")
	p.complains("a short passphrase", "at least 10 characters")
	p.fill("wallet-passphrase", passphrase)
	p.fill("wallet-passphrase-again", passphrase+"s")
	p.click("wallet-make")
	p.complains("two passphrases", "not the same")
	p.makeWallet()
	for typed, sentence := range map[string]string{"0": "an amount above 0", "-1": "an amount like", "abc": "an amount like", "": "an amount like", "1.005": "an amount like", "2,000.01": "Your bank account holds €0.00"} {
		p.open("/wallet")
		p.fill("wallet-load-amount", typed)
		p.click("wallet-load")
		p.complains("load "+typed, sentence)
	}
	p.checkout(p.listed("hinge"))
	p.waitText("bank-lacks", "Your bank account lacks €3.00.")
	p.until("that nothing can be paid from nothing", `document.querySelector('`+id("checkout-confirm")+`').hidden`)
	p.click("bank-deposit")
	p.until("the reader at the next step", `document.activeElement.dataset.testid === "checkout-confirm"`)
	p.click("checkout-more")
	p.click("checkout-confirm")
	p.complains("no address", "Write who gets the parcel")
	p.address("12 Elm Street")
	p.fill("address-postcode", " ")
	p.click("checkout-confirm")
	p.complains("no postcode", "Write the postcode")
	p.fill("address-postcode", "1011")
	for _, c := range []struct{ load, exchange, sentence string }{
		{"0", "3.00", "Load at least €3.00"}, {"-1", "3.00", "an amount like"}, {"abc", "3.00", "an amount like"}, {"2.99", "3.00", "Load at least €3.00"},
		{"2,000", "3.00", "two ways"}, {"2,000.00", "3.00", "Your bank account holds €100.00"},
		{"50.00", "0", "at least €3.00"}, {"50.00", "-1", "an amount like"}, {"50.00", "abc", "an amount like"}, {"50.00", "50.01", "at most"},
	} {
		p.fill("checkout-load-amount", c.load)
		p.fill("checkout-exchange-amount", c.exchange)
		p.click("checkout-confirm")
		p.complains("load "+c.load+", exchange "+c.exchange, c.sentence)
	}
	p.fill("checkout-load-amount", "150.00")
	p.fill("checkout-exchange-amount", "3.00")
	p.click("checkout-confirm")
	p.complains("more than the bank has", "Your bank account holds €100.00")
	p.shot("wrong-amount")
	if n := p.count("checkout-progress"); n > 0 {
		t.Error("a wrong amount starts a purchase")
	}
	p.fill("checkout-load-amount", "50.00")
	p.click("checkout-confirm")
	p.see("checkout-done")
	auditOf(t, data)
}

// The seller lowers the price between the look at the checkout and its
// confirmation: the purchase is refused, the money stays, and buys at the new
// price.
func TestBrowserChangedPrice(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data})
	in := browser(t)
	seller, p := newPerson(t, in, program.URL), newPerson(t, in, program.URL)
	seller.openStall("Elm Street Attic")
	seller.listing("Brass lamp", "35.00", "0")
	seller.reads("is for sale")
	p.makeWallet()
	lamp := p.listed("brass")
	p.checkout(lamp)
	seller.open("/desk")
	seller.press("Brass lamp")
	seller.put("#price", "30.00")
	seller.press("Save changes")
	seller.reads("is saved")
	p.confirm("50.00")
	p.see("checkout-error")
	p.shot("changed-price")
	if text := p.text("checkout-error"); !strings.Contains(text, "The seller has changed this listing") || !strings.Contains(text, "Nothing was paid") {
		t.Errorf("the wallet says %q, want that the listing changed and nothing was paid", text)
	}
	p.open("/wallet")
	p.waitText("wallet-balance", "15.00")
	p.waitText("wallet-stall", "35.00")
	p.checkout(lamp)
	if price := p.text("checkout-price"); !strings.Contains(price, "30.00") {
		t.Errorf("price = %q, want the new one", price)
	}
	p.pay("")
	p.ordered(1)
	p.open("/wallet")
	p.waitText("wallet-stall", "5.00")
	auditOf(t, data)
}

// A large charge waits for the person's word at the bank; the checkout goes on
// by itself when it has been given.
func TestBrowserBankConfirmation(t *testing.T) {
	t.Parallel()
	program, data := shop(t)
	p := newPerson(t, browser(t), program.URL)
	p.makeWallet()
	p.checkout(p.listed("hinge"))
	for _, sum := range []string{"100.00", "200.00", "300.00"} {
		p.click("bank-deposit")
		p.waitText("bank-balance", sum)
	}
	p.fill("checkout-load-amount", "250.00")
	p.address("12 Elm Street")
	p.click("checkout-confirm")
	p.see("bank-confirm")
	p.shot("bank-pending")
	p.waitSteps("T1 done, T2 running, T3 waiting, T4 waiting, T5 waiting, T6 waiting, T7 waiting, T8 waiting, T9 waiting, T10 waiting, T11 waiting, T12 waiting")
	bank, _ := p.tab()
	bank.do(chromedp.Navigate(eval[string](p, `document.querySelector('`+id("bank-confirm")+` a').href`)))
	bank.reads("250.00")
	newInspector(bank).look("bank-charge")
	bank.press("Confirm")
	bank.reads("Payment confirmed")
	bank.shot("bank-confirmed")
	p.see("checkout-done")
	p.ordered(1)
	p.open("/wallet")
	p.waitText("wallet-balance", "247.00")
	auditOf(t, data)
}
