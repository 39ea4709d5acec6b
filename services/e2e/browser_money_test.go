package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"peerscrip/services"
	"peerscrip/services/stripe"
	"peerscrip/services/stripe/stripetest"
)

// TestBrowserRealMoney: with real money, a person who loads is led to pay, is told when that failed and tries again, has the money when it is
// there, takes it back, and is told when it did not arrive, and why; the operator sees what a payer disputes, and says what has become of it. axe
// finds nothing in any of these states, and none is wider than a phone.
func TestBrowserRealMoney(t *testing.T) {
	t.Parallel()
	in := browser(t)
	there, data := stripetest.New(t), t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Operator: "127.0.0.1:0", Data: data, Money: services.Money{
		StripeKey: stripe.ParseKey(stripetest.Key), StripeWebhook: stripe.ParseKey(stripetest.Webhook), StripeURL: there.URL, CardFee: "0.25+1.5%",
	}})
	tells := func(id, kind, about string) {
		t.Helper()
		payload, signature := there.Notice(id, kind, about)
		if status := notify(t, program.URL, payload, signature); status != http.StatusNoContent {
			t.Errorf("notice of %s: got %d, want %d", kind, status, http.StatusNoContent)
		}
	}
	p := newInspector(newPerson(t, in, program.URL))
	p.makeWallet()
	p.look("money-wallet")
	p.put(id("wallet-load-amount"), "20.00")
	p.click("wallet-load")
	p.see("bank-confirm")
	p.look("money-pending")
	here := func(selector string) string {
		t.Helper()
		return strings.TrimPrefix(eval[string](p.person, `document.querySelector('`+selector+`').href`), program.URL)
	}
	pay := here(id("bank-confirm") + " a")

	p.open(pay)
	p.reads("You pay a fee of")
	p.look("money-pay")
	p.click("pay")
	p.sees("#pay") // on the provider's page
	there.Pay(there.Session(), "requires_payment_method")
	tells("evt_1", "checkout.session.async_payment_failed", there.Session())
	p.becomes(pay, "There was not enough money in the account.")
	p.look("money-failed")
	p.click("pay")
	p.sees("#pay")
	p.tap("#pay")
	p.reads("The money is there")
	p.look("money-paid")
	charge := there.Charge(there.Session())

	p.open("/wallet")
	p.waitText("wallet-balance", "20.00")
	there.Refunds("failed", "lost_or_stolen_card")
	p.click("wallet-withdraw")
	p.click("wallet-withdraw-confirm")
	p.see("wallet-withdrawn")
	p.look("money-withdrawn")
	account := here(`[data-testid="wallet-withdrawn"] a`)
	p.becomes(account, "The card was reported as lost or stolen.")
	p.look("money-came-back")
	p.press("Pay out €20.00")
	p.reads("It is being paid out.")
	p.becomes(account, "Nobody has said where it is to go.")
	p.look("money-account")

	tells("evt_2", "charge.dispute.created", there.Dispute(charge, "needs_response"))
	operator := newInspector(newPerson(t, in, program.OperatorURL))
	operator.open(strings.TrimPrefix(program.ConsoleURL, program.OperatorURL))
	operator.press("Open the console")
	operator.reads("The process is well")
	operator.becomes("/suspense", "The payer takes it back through the bank.")
	operator.look("operator-money")
	operator.press("It is dealt with 20.55 EUR")
	operator.reads("Nothing waits")
	operator.look("operator-money-none")
	auditOf(t, data)
}
