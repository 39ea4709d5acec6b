package e2e_test

import (
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/services"
)

// Buyer and seller talk: a question about a listing, its answer; after the purchase
// an address that was forgotten, a parcel with its number, and the word that it is
// here, with which the seller is paid. The seller has plain forms, the buyer a wallet,
// and both the same thread. What is not sent in time, the buyer has back.
func TestBrowserTalk(t *testing.T) {
	t.Parallel()
	var offset atomic.Int64
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data, Clock: func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }})
	in := browser(t)
	seller, buyer := newPerson(t, in, program.URL), newInspector(newPerson(t, in, program.URL))
	seller.openStall("Elm Street Attic")
	seller.listing("Brass lamp", "35.00", "0")
	seller.reads("“\u2068Brass lamp\u2069” is for sale.")
	seller.listing("Teddy bear", "4.00", "0")
	seller.reads("“\u2068Teddy bear\u2069” is for sale.")
	buyer.makeWallet()
	buyer.open(buyer.listed("brass"))
	buyer.press("Ask the seller")
	buyer.fill("ask-text", "Does it work?")
	buyer.look("ask")
	buyer.click("ask-send")
	buyer.waitText("said", "Does it work?")

	seller.open("/desk")
	seller.reads("Waiting for your answer")
	seller.tap(`.todo a`)
	seller.put("#text", "It does.")
	seller.press("Send")
	seller.reads("You wrote")
	buyer.open("/wallet/orders")
	buyer.waitText("talk-row", "1 new")
	buyer.look("talks")
	buyer.tap(`[data-testid="talk-row"] a`)
	buyer.waitText("said", "It does.")
	buyer.look("talk")

	buyer.checkout(buyer.listed("brass"))
	buyer.waitText("checkout-protection", "Protected: you pay now")
	buyer.look("checkout-protected")
	buyer.pay("40.00")
	buyer.click("checkout-order")
	buyer.see("talk")
	buyer.waitText("hold-says", "The seller has until")
	buyer.tap(`details:has([data-testid="talk-address-send"]) summary`)
	buyer.address("13 Elm Street")
	buyer.click("talk-address-send")
	buyer.waitText("said", "13 Elm Street")
	seller.open("/desk")
	seller.press("1 × Brass lamp")
	seller.reads("13 Elm Street")
	seller.reads("Given after paying")
	seller.put("#carrier", "PostNL")
	seller.put("#tracking", "3S ABC 123")
	seller.press("Mark as sent")
	seller.reads("Marked as sent.")
	buyer.open("/wallet/orders")
	buyer.waitText("order-row", "On its way")
	buyer.press("Brass lamp")
	buyer.waitText("tracking", "3S ABC 123")
	buyer.waitText("hold-says", "If all is well you need do nothing")
	buyer.click("hold-problem")
	buyer.look("order-talk")

	buyer.tap(`#rating ~ * [data-testid="rate-4"]`)
	buyer.fill("rate-words", "Came in two days, shines.")
	buyer.click("rate-send")
	buyer.see("rating-check")
	buyer.click("rating-check")
	buyer.waitText("rating-checked", "It is published")
	buyer.look("order-rated")
	seller.open("/desk/ratings")
	seller.tap("main details summary")
	seller.put(`textarea[name="words"]`, "Thank you!")
	seller.press("Publish the answer")
	seller.reads("Your answer is published.")
	buyer.tap(`details:has([data-testid="talk-compare"]) summary`)
	buyer.click("talk-compare")
	buyer.waitText("talk-compared", "Both have the same.")
	buyer.click("hold-release")
	buyer.look("order-release")
	buyer.click("hold-release-yes")
	buyer.waitText("hold-says", "The seller has had the 35.00 EUR since")
	buyer.waitText("said", "heard that the seller has the money")
	buyer.look("order-released")
	buyer.open("/wallet/orders")
	buyer.waitText("order-row", "Done")
	eventually(t, patience, "the seller to hear of it in the thread", func() bool {
		seller.open("/desk")
		return eval[bool](seller, `document.body.innerText.includes("Closed")`)
	})
	if totals := auditOf(t, data); totals.Earned != 35_00 || totals.Held != 0 {
		t.Errorf("earned, held = %d, %d, want 3500 and none", totals.Earned, totals.Held)
	}

	buyer.checkout(buyer.listed("teddy"))
	buyer.pay("")
	buyer.waitText("checkout-next", "your money is held")
	offset.Store(int64(6*24*time.Hour + time.Hour))
	buyer.ahead(6*24*time.Hour + time.Hour)
	buyer.reopened()
	buyer.waitText("wallet-due", "Get your money back")
	buyer.look("wallet-due")
	buyer.press("Teddy bear")
	buyer.loses(func() {
		buyer.click("hold-reclaim")
		buyer.click("hold-reclaim-yes")
	}, "/reclaims")
	buyer.waitText("hold-says", "It was not sent in time, and 4.00 EUR are yours again.")
	buyer.look("order-reclaimed")
	buyer.open("/wallet/orders")
	buyer.waitText("order-row", "Money back")
	buyer.look("orders-protected")
	buyer.open("/wallet")
	buyer.waitText("wallet-balance", "5.00")
	if totals := auditOf(t, data); totals.Outstanding != 5_00 || totals.Credit != 0 || totals.Held != 0 {
		t.Errorf("outstanding, credit, held = %d, %d, %d, want 500 and none", totals.Outstanding, totals.Credit, totals.Held)
	}
}
