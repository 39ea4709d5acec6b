package e2e_test

import (
	"strings"
	"testing"

	"peerscrip/services"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
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
// and is spent there, each with the broker's answer lost once. What a buyer disputes
// waits: the seller answers at the desk, the operator parts it, and both are paid.
func TestBrowserEarnings(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data, Operator: "127.0.0.1:0"})
	in := browser(t)
	seller, buyer := newInspector(newPerson(t, in, program.URL)), newPerson(t, in, program.URL)
	seller.openStall("Elm Street Attic")
	seller.listing("Brass lamp", "35.00", "0")
	seller.reads("“\u2068Brass lamp\u2069” is for sale.")
	seller.listing("Teddy bear", "10.00", "0")
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

	operator := newInspector(newPerson(t, browser(t), program.OperatorURL))
	friend, purchase := disputed(t, program.URL, seller)
	answersAtDesk(seller)
	decides(operator, strings.TrimPrefix(program.ConsoleURL, program.OperatorURL))
	if had, err := friend.TakeCredit(t.Context(), scrip.ToScrip); err != nil || had != 6_00 {
		t.Errorf("the buyer's part: got %d, %v, want 600", had, err)
	}
	if holds, err := friend.Holds(t.Context()); err != nil || len(holds) != 1 || holds[0].Receipt.Tx != purchase || holds[0].Hold.ToSeller != 4_00 {
		t.Errorf("the buyer's holds: got %+v, %v, want one that is decided", holds, err)
	}
	seller.open("/desk/earnings")
	seller.waitText("earned", "You earned 4.00 EUR at Elm Street Attic")
	seller.look("desk-earnings")
	seller.loses(func() { seller.click("payout-bank") }, "/payouts")
	seller.waitText("payout-done", "4.00 EUR are in your bank account")
	seller.open("/wallet")
	seller.waitText("bank-balance", "4.00")
	seller.waitText("wallet-balance", "35.00")
	if totals := auditOf(t, data); totals.Earned != 0 || totals.Outstanding != 56_00 {
		t.Errorf("earned, outstanding = %d, %d, want 0 and 5600", totals.Earned, totals.Outstanding)
	}
}

// disputed has a buyer with a wallet of the command line's kind buy the teddy bear under
// protection, the seller send it, and the buyer say that it is broken.
func disputed(t *testing.T, url string, seller *inspector) (*buyer, scrip.ID) {
	t.Helper()
	friend := newBuyer(t, url, 10_00, nil)
	vendor := scrip.VendorID(strings.Split(seller.listed("teddy"), "/")[2])
	receipt, err := friend.Buy(t.Context(), friend.offers(url, vendor)["Teddy bear"].jws, 1, rig.To("12 Elm Street"))
	if err != nil {
		t.Fatal(err)
	}
	seller.open("/desk")
	seller.reads("To do first")
	seller.look("desk-todo")
	seller.press("1 × Teddy bear")
	seller.reads("Held until the buyer could look at it.")
	seller.press("Packing slip to print")
	seller.reads("In this parcel")
	seller.look("desk-slip")
	seller.press("Back to the order")
	seller.put("#carrier", "PostNL")
	seller.press("Mark as sent")
	seller.reads("Marked as sent.")
	h, err := friend.DisputeHold(t.Context(), receipt.Tx, "It came with an ear torn off.")
	if err != nil || h.State != scrip.HoldDisputed {
		t.Fatalf("DISPUTE: got %+v, %v, want it disputed", h, err)
	}
	return friend, receipt.Tx
}

// answersAtDesk has the seller answer the dispute.
func answersAtDesk(seller *inspector) {
	seller.t.Helper()
	eventually(seller.t, patience, "the dispute on the desk", func() bool {
		seller.open("/desk")
		return eval[bool](seller.person, `document.body.innerText.includes("Answer the dispute")`)
	})
	seller.tap(`#todo ~ ul a`)
	seller.reads("It came with an ear torn off.")
	seller.look("desk-dispute")
	seller.put("#answer", "Both ears were on when I posted it.")
	seller.press("Send the answer")
	seller.reads("Your answer goes to the market.")
	eventually(seller.t, patience, "the answer at the market", func() bool {
		seller.open("/desk/orders/" + eval[string](seller.person, `location.pathname.split("/")[3]`))
		return eval[bool](seller.person, `document.body.innerText.includes("The market has it")`)
	})
	seller.look("desk-answered")
}

// decides has the operator come in by the link, read the dispute, and part the money 60
// to 40.
func decides(operator *inspector, link string) {
	operator.t.Helper()
	operator.open(link)
	operator.press("Open the console")
	operator.reads("1 dispute to decide")
	operator.look("operator-waiting")
	operator.open("/disputes")
	operator.look("operator-disputes")
	operator.press("It came with an ear torn off.")
	operator.reads("Both sides were heard.")
	operator.unfold()
	operator.look("operator-dispute")
	operator.put("#to-buyer", "6.00")
	operator.put("#to-seller", "5.00")
	operator.put("#why", "The photo shows one ear.")
	operator.press("Decide")
	operator.reads("together must be what is held")
	operator.look("operator-decide-error")
	operator.put("#to-seller", "4.00")
	operator.press("Decide")
	operator.reads("Decided: 6.00 EUR to the buyer, 4.00 EUR to the seller.")
	operator.look("operator-decided")
}
