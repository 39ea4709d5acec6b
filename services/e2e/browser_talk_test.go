package e2e_test

import (
	"testing"

	"peerscrip/services"
)

// Buyer and seller talk: a question about a listing, its answer; after the purchase
// an address that was forgotten, a parcel with its number, and the word that it is
// here. The seller has plain forms, the buyer a wallet, and both the same thread.
func TestBrowserTalk(t *testing.T) {
	t.Parallel()
	program := start(t, services.Config{Role: services.Serve, Data: t.TempDir()})
	in := browser(t)
	seller, buyer := newPerson(t, in, program.URL), newInspector(newPerson(t, in, program.URL))
	seller.openStall("Elm Street Attic")
	seller.listing("Brass lamp", "35.00", "0")
	seller.reads("“\u2068Brass lamp\u2069” is for sale.")
	buyer.makeWallet()
	buyer.open(buyer.listed("brass"))
	buyer.press("Ask the seller")
	buyer.fill("ask-text", "Does it work?")
	buyer.look("ask")
	buyer.click("ask-send")
	buyer.waitText("said", "Does it work?")

	seller.open("/desk")
	seller.reads("Waiting for your answer")
	seller.tap(`#unread ~ ul a`)
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
	buyer.pay("40.00")
	buyer.click("checkout-order")
	buyer.see("talk")
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
	buyer.waitText("order-row", "Sent on")
	buyer.press("Brass lamp")
	buyer.waitText("tracking", "3S ABC 123")
	buyer.look("order-talk")
	buyer.tap(`details:has([data-testid="talk-compare"]) summary`)
	buyer.click("talk-compare")
	buyer.waitText("talk-compared", "Both have the same.")
	buyer.click("talk-received")
	buyer.waitText("said", "received it")
	buyer.open("/wallet/orders")
	buyer.waitText("order-row", "Received")
	seller.open("/desk")
	seller.reads("Received")
}
