package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"peerscrip/services"
	"peerscrip/services/stripe"
	"peerscrip/services/stripe/stripetest"
)

// realMoney is a person whose market takes real money by Stripe.
type realMoney struct {
	*inspector
	there   *stripetest.Server
	program *services.Program
	data    string
}

func startRealMoney(t *testing.T, language string) realMoney {
	t.Helper()
	there, data := stripetest.New(t), t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Operator: "127.0.0.1:0", Data: data, Money: services.Money{
		StripeKey: stripe.ParseKey(stripetest.Key), StripeWebhook: stripe.ParseKey(stripetest.Webhook), StripeURL: there.URL, CardFee: "0.25+1.5%",
	}})
	p := newPerson(t, browser(t), program.URL)
	p.speak(language)
	return realMoney{newInspector(p), there, program, data}
}

// tells has Stripe tell the market of something.
func (m realMoney) tells(id, kind, about string) {
	m.t.Helper()
	payload, signature := m.there.Notice(id, kind, about)
	if status := notify(m.t, m.program.URL, payload, signature); status != http.StatusNoContent {
		m.t.Errorf("notice of %s: got %d, want %d", kind, status, http.StatusNoContent)
	}
}

// leads is the path to which a link leads.
func (p *inspector) leads(selector string) string {
	p.t.Helper()
	return strings.TrimPrefix(eval[string](p.person, `document.querySelector('`+selector+`').href`), p.base)
}

// loads asks for money, and returns the page on which it is to be paid.
func (p *inspector) loads(amount string) (pay string) {
	p.t.Helper()
	p.open("/wallet")
	p.put(id("wallet-load-amount"), p.sum(amount))
	p.click("wallet-load")
	p.see("bank-confirm")
	return p.leads(id("bank-confirm") + " a")
}

// TestBrowserRealMoney: with real money, a person who loads is led to pay, is told when that failed and tries again, has the money when it is
// there, takes it back, and is told when it did not arrive, and why; the operator sees what a payer disputes, and says what has become of it. axe
// finds nothing in any of these states, and none is wider than a phone.
func TestBrowserRealMoney(t *testing.T) {
	t.Parallel()
	startRealMoney(t, "en").comesAndGoes()
}

func (m realMoney) comesAndGoes() {
	p, there := m.inspector, m.there
	p.t.Helper()
	p.makeWallet()
	p.look("money/wallet")
	pay := p.loads("20.00")
	p.look("money/pending")

	p.open(pay)
	p.reads(p.words("By card, or what else the payment provider takes"))
	p.reads(p.sum("20.55"))
	p.look("money/pay")
	p.click("pay")
	p.sees("#pay") // on the provider's page
	there.Pay(there.Session(), "requires_payment_method")
	m.tells("evt_1", "checkout.session.async_payment_failed", there.Session())
	p.becomes(pay, p.words("There was not enough money in the account."))
	p.look("money/failed")
	p.click("pay")
	p.sees("#pay")
	p.tap("#pay")
	p.reads(p.words("The money is there"))
	p.look("money/paid")
	charge := there.Charge(there.Session())

	p.open("/wallet")
	p.sees(id("wallet-balance") + `[data-minor="2000"]`)
	there.Refunds("failed", "lost_or_stolen_card")
	p.click("wallet-withdraw")
	p.click("wallet-withdraw-confirm")
	p.see("wallet-withdrawn")
	p.look("money/withdrawn")
	account := p.leads(`[data-testid="wallet-withdrawn"] a`)
	p.becomes(account, p.words("The card was reported as lost or stolen."))
	p.look("money/came-back")
	p.tap(`form[action="/bank/payouts"] button`)
	p.reads(p.words("It is being paid out."))
	p.becomes(account, p.words("Nobody has said where it is to go."))
	p.look("money/account")

	m.tells("evt_2", "charge.dispute.created", there.Dispute(charge, "needs_response"))
	operator := newInspector(newPerson(p.t, browser(p.t), m.program.OperatorURL))
	operator.speak(p.speaks())
	operator.open(strings.TrimPrefix(m.program.ConsoleURL, m.program.OperatorURL))
	operator.tap("main form button")
	operator.reads(operator.words("The process is well: its books can be written, and it reaches the broker."))
	operator.becomes("/suspense", operator.words("The payer takes it back through the bank. Answer it at the payment provider."))
	operator.look("money/operator")
	operator.tap(`form[action="/suspense"]:not(.form) button`)
	operator.reads(operator.words("Nothing waits"))
	operator.look("money/operator-none")
	auditOf(p.t, m.data)
}
