package e2e_test

import (
	"testing"

	"peerscrip/services"
)

// sells waits until the wallet's page says what its stall has earned.
func (p *person) sells(amount string) {
	p.t.Helper()
	eventually(p.t, patience, "earnings of "+amount, func() bool {
		p.open("/wallet")
		p.see("wallet-balance")
		return eval[bool](p, `new Promise(done => { // the broker is asked once for each load of the page
			const look = () => document.querySelector('`+id("earned")+`')?.innerText.includes("`+amount+`") ?? false
			const end = setTimeout(() => done(look()), 1000)
			new MutationObserver(() => look() && (clearTimeout(end), done(true))).observe(document, { subtree: true, childList: true })
			if (look()) done(true)
		})`)
	})
}

// released says of what was just bought that it is here and fine, so that its seller has
// the money.
func (p *person) released() {
	p.t.Helper()
	p.click("checkout-order")
	p.click("hold-release")
	p.click("hold-release-yes")
	p.waitText("hold-says", "The seller has had the")
}

// What a stall earns goes to the bank of its owner, or into the owner's wallet
// and is spent there, each with the broker's answer lost once.
func TestBrowserEarnings(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data})
	in := browser(t)
	seller, buyer := newInspector(newPerson(t, in, program.URL)), newPerson(t, in, program.URL)
	seller.openStall("Elm Street Attic")
	seller.listing("Brass lamp", "35.00", "0")
	seller.reads("“\u2068Brass lamp\u2069” is for sale.")
	seller.listing("Teddy bear", "14.00", "0")
	seller.reads("“\u2068Teddy bear\u2069” is for sale.")
	buyer.makeWallet()
	buyer.checkout(buyer.listed("brass"))
	buyer.pay("50.00")
	buyer.released()

	seller.sells("35.00")
	seller.look("earned")
	seller.loses(func() { seller.click("payout-scrip") }, "/payouts")
	seller.waitText("payout-done", "35.00 EUR are in this wallet")
	seller.waitText("wallet-balance", "35.00")

	buyer.checkout(buyer.listed("teddy"))
	buyer.pay("")
	buyer.released()
	seller.sells("14.00")
	seller.open("/sell")
	seller.waitText("earned", "You earned 14.00 EUR at Elm Street Attic")
	seller.look("earned-sell")
	seller.loses(func() { seller.click("payout-bank") }, "/payouts")
	seller.waitText("payout-done", "14.00 EUR are in your bank account")
	seller.open("/wallet")
	seller.waitText("bank-balance", "14.00")
	seller.waitText("wallet-balance", "35.00")
	if totals := auditOf(t, data); totals.Earned != 0 || totals.Outstanding != 36_00 {
		t.Errorf("earned, outstanding = %d, %d, want 0 and 3600", totals.Earned, totals.Outstanding)
	}
}
