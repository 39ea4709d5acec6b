package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"peerscrip/services"
)

// paymentLinks is what a seller who asks for money sees, and who pays.
func paymentLinks(t *testing.T, language string) {
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Demo, Data: data})
	seller, payer := visitor(t, program.URL, language), visitor(t, program.URL, language)
	seller.entersSample(data, "attic")
	seller.view("links/none", "/desk/payment-links")
	eval[bool](seller.person, `document.querySelector('form:has(#reference)').noValidate = true, document.querySelector('form:has(#reference)').requestSubmit(), true`)
	seller.sees(".field__error")
	seller.look("links/refused")
	once := seller.asks("60.00", "Two guitar lessons", "2026-117", "", "once")
	seller.until("the QR code", `document.querySelector("img.qr")?.naturalWidth > 0`)
	seller.unfold()
	seller.look("links/made")
	page := seller.leads(`main a[href^="/pay/"]`)
	many := seller.asks("1234.50", "حصة "+strings.Repeat("Donaudampfschifffahrt", 5), strings.Repeat("R", 80), "Thank you for what you give.\n\nEach euro goes into the roof.", "many")
	seller.look("links/made-long")
	give := seller.leads(`main a[href^="/pay/"]`)
	seller.asks("5.00", "A cake", "", "", "many")
	ended := seller.leads(`main a[href^="/pay/"]`)
	seller.tap(`form[action*="/end"] button`)
	seller.sees(".callout--success")
	seller.look("links/ended")

	payer.view("pay/without-wallet", page)
	payer.makeWallet()
	payer.open(page)
	payer.see("checkout-protection")
	payer.look("pay/without-money")
	payer.click("bank-deposit")
	payer.sees(id("checkout-confirm"))
	payer.unfold()
	payer.until("the QR code", `document.querySelector("img.qr")?.naturalWidth > 0`)
	payer.look("pay/unfolded")
	payer.click("checkout-confirm")
	payer.see("checkout-done")
	payer.look("pay/done")
	payer.unfold()
	payer.look("pay/done-unfolded")
	payer.click("checkout-order")
	payer.see("talk")
	payer.look("pay/order")
	payer.view("pay/paid", page)
	payer.open(give)
	payer.see("checkout-protection")
	payer.look("pay/long")
	payer.view("pay/ended", ended)
	payer.view("pay/nowhere", page[:len(page)-1]+"A")
	payer.view("pay/receipts", "/wallet/orders")

	seller.view("links/list", "/desk/payment-links")
	seller.view("links/paid", once)
	seller.view("links/many", many)
	seller.open(once)
	seller.tap("main table a")
	seller.sees("#what")
	seller.look("links/order")
	seller.view("links/desk", "/desk")
}

// asks makes a payment link at the desk, and returns the path of its page there.
func (p *inspector) asks(amount, title, reference, note, times string) string {
	p.t.Helper()
	p.open("/desk/payment-links")
	p.put("#price", p.sum(amount))
	p.put("#title", title)
	if reference != "" {
		p.put("#reference", reference)
	}
	if note != "" {
		p.put("#note", note)
	}
	p.tap(`input[name="times"][value="` + times + `"]`)
	p.tap(`form:has(#reference) .btn--primary`)
	p.sees(".callout--success")
	return eval[string](p.person, `location.pathname`)
}

// waits is what a person sees of a payment while the provider is asked, and when it is called off.
func (m realMoney) waits() {
	p := m.inspector
	p.t.Helper()
	pay := p.loads("30.00")
	p.view("money/pay-more", pay)
	release := m.there.Hold("/v1/checkout/sessions")
	p.click("pay")
	p.until("that it is being opened", `location.search === "?go=1" && document.readyState !== "loading"`)
	p.stay()
	p.look("money/opening")
	release()
	p.open(pay)
	p.comesTo(pay, id("pay-on"))
	p.look("money/go-on")
	p.open(pay + "?back=paid")
	p.stay()
	p.look("money/checking")
	m.there.Expire(m.there.Session())
	m.tells("evt_3", "checkout.session.expired", m.there.Session())
	p.comesTo(pay, ".callout--warn")
	p.look("money/expired")
	p.tap(`button[name="decline"]`)
	p.sees(`main a.btn--primary[href="/wallet"]`)
	p.look("money/called-off")
	p.open("/wallet")
	p.see("wallet-balance")
	p.unfold()
	p.look("money/wallet-after")
	p.view("money/bank-door", "/bank")
}

// comesTo opens a page again until it has what a selector finds.
func (p *person) comesTo(path, selector string) {
	p.t.Helper()
	eventually(p.t, patience, selector+" at "+path, func() bool {
		p.open(path)
		return eval[bool](p, `document.querySelector('`+selector+`') !== null`)
	})
}

// stay has a page that looks again by itself not do so.
func (p *person) stay() {
	p.t.Helper()
	p.do(chromedp.Stop())
}

// transfers is real money by a bank's transfer alone.
func transfers(t *testing.T, language string) {
	program := start(t, services.Config{Role: services.Serve, Money: services.Money{
		BankIBAN: "DE02120300000000202051", BankName: "Market Ltd", BankBIC: "BYLADEM1001", TransferFee: "0.20",
	}})
	p := visitor(t, program.URL, language)
	p.makeWallet()
	p.look("transfer/wallet")
	pay := p.loads("20.00")
	p.look("transfer/pending")
	p.view("transfer/pay", pay)
	account := p.account()
	p.view("transfer/account", account)
	p.put("#name", "Ada Lovelace")
	p.put("#iban", "DE00")
	p.tap(`form[action="/bank/payees/name"] button`)
	p.sees(".field__error")
	p.look("transfer/payee-refused")
	p.put("#iban", "DE75512108001245126199")
	p.tap(`form[action="/bank/payees/name"] button`)
	p.sees(".callout--success")
	p.look("transfer/payee")
	p.open(pay)
	p.tap(`button[name="decline"]`)
	p.sees(`main a.btn--primary[href="/wallet"]`)
	p.look("transfer/called-off")
}

// account is the path of the page of the account at the bank, to which the wallet leads.
func (p *inspector) account() string {
	p.t.Helper()
	p.open("/wallet")
	p.see("bank-link")
	return p.leads(id("bank-link"))
}
