package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

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
// and is spent there, each with the broker's answer lost once. What a buyer disputes
// with a photo waits: the seller answers at the desk, the operator parts it, and both are paid.
func TestBrowserEarnings(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data, Operator: "127.0.0.1:0"})
	in := browser(t)
	seller, buyer := newInspector(newPerson(t, in, program.URL)), newInspector(newPerson(t, in, program.URL))
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
	disputed(buyer, seller)
	answersAtDesk(seller)
	decides(operator, strings.TrimPrefix(program.ConsoleURL, program.OperatorURL))
	buyer.do(chromedp.Reload())
	buyer.waitText("hold-says", "6.00 EUR for you, 4.00 EUR for the seller. It is in your wallet.")
	buyer.reads("The photo shows one ear.")
	buyer.look("order-decided")
	seller.open("/desk/earnings")
	seller.waitText("earned", "You earned 4.00 EUR at Elm Street Attic")
	seller.look("desk-earnings")
	seller.loses(func() { seller.click("payout-bank") }, "/payouts")
	seller.waitText("payout-done", "4.00 EUR are in your bank account")
	seller.open("/wallet")
	seller.waitText("bank-balance", "4.00")
	seller.waitText("wallet-balance", "35.00")
	if totals := auditOf(t, data); totals.Earned != 0 || totals.Outstanding != 46_00 {
		t.Errorf("earned, outstanding = %d, %d, want 0 and 4600", totals.Earned, totals.Outstanding)
	}
}

// disputed has the buyer buy the teddy bear under protection, the seller send it, and the
// buyer say that it is broken, with a photo.
func disputed(buyer, seller *inspector) {
	buyer.t.Helper()
	buyer.checkout(buyer.listed("teddy"))
	buyer.pay("")
	buyer.click("checkout-order")
	buyer.see("hold-says")
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
	buyer.click("hold-problem")
	buyer.fill("problem-text", "It came with an ear torn off.")
	buyer.do(chromedp.SetUploadFiles(id("problem-photos"), []string{exifPhoto(buyer.t)}))
	buyer.fill("problem-caption", "One ear")
	buyer.look("order-report")
	buyer.click("problem-send")
	buyer.waitText("hold-says", "You reported a problem")
	buyer.until("the photo among what was told", `document.querySelector('[data-testid="hold-both"] img[alt="One ear"]')?.complete`)
	buyer.look("order-disputed")
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
	seller.until("the photo on the desk", `document.querySelector('#dispute .said__photo img[alt="One ear"]')?.naturalWidth > 0`)
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
	operator.until("the photo on the console", `document.querySelector('.said__photo img[alt="One ear"]')?.naturalWidth > 0`)
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
