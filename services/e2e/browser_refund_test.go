package e2e_test

import (
	"strings"
	"testing"

	"peerscrip/services"
)

// The seller takes back part of an order at the desk; the buyer's wallet
// collects it by itself when it looks at the order, though the first answer is
// lost, and it pays the next purchase there; and it says that the order is sent.
func TestBrowserRefund(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	program := start(t, services.Config{Role: services.Serve, Data: data})
	in := browser(t)
	seller, buyer := newPerson(t, in, program.URL), newInspector(newPerson(t, in, program.URL))
	seller.openStall("Elm Street Attic")
	seller.listing("Brass lamp", "35.00", "0")
	seller.reads("“\u2068Brass lamp\u2069” is for sale.")
	seller.listing("Teddy bear", "4.00", "0")
	seller.reads("“\u2068Teddy bear\u2069” is for sale.")
	buyer.makeWallet()
	buyer.checkout(buyer.listed("brass"))
	buyer.pay("40.00")
	buyer.click("checkout-order")
	buyer.see("signed-T11")
	order := eval[string](buyer.person, "location.pathname")

	eventually(t, patience, "T12 to be recorded", func() bool { return auditOf(t, data).Held == 35_00 })
	seller.open("/desk")
	seller.press("1 × Brass lamp")
	seller.tap("main details summary")
	seller.put("#refund", "4.00")
	seller.press("Refund")
	eventually(t, patience, "the refund at the broker", func() bool { return auditOf(t, data).Held == 31_00 })

	buyer.loses(func() { buyer.open(order) }, "/collections")
	buyer.open(order)
	buyer.waitText("order-refunded", "Refunded €4.00.")
	buyer.open(order)
	buyer.see("signed-COLLECTED")
	buyer.look("refunded-order")

	seller.put("#note", "RB 123 456 785 DE")
	seller.press("Mark as sent")
	seller.reads("Marked as sent.")
	buyer.open(order)
	buyer.waitText("order-sent", "RB 123 456 785 DE")
	buyer.waitText("order-sent", "Sent on")
	buyer.look("sent-order")
	buyer.tap(id("talk-return"))
	buyer.fill("return-why", "It is darker than on the photo.")
	buyer.look("return-ask")
	buyer.click("return-ask")
	buyer.waitText("said", "asked to send it back")
	seller.open("/desk")
	seller.shot("desk-return")
	seller.press("Decide on a return: Brass lamp")
	seller.put("#where", "Anna, Oudegracht 1, Utrecht")
	seller.shot("desk-return-asked")
	seller.press("Take it back")
	seller.reads("The buyer reads where to send it.")
	buyer.open(order)
	buyer.waitText("said", "Oudegracht 1")
	buyer.waitText("order-state", "To be sent back")
	buyer.fill("return-tracking", "RB 42")
	buyer.look("return-agreed")
	buyer.click("return-sent")
	buyer.waitText("order-state", "Sent back")
	buyer.look("returned")
	seller.open("/desk")
	seller.press("Refund when it is back: Brass lamp")
	seller.shot("desk-returned")
	seller.tap("details:has(form[action='/desk/block']) summary")
	seller.shot("desk-block")
	seller.press("Block this buyer")
	seller.reads("The buyer is blocked.")
	seller.shot("desk-blocked")
	seller.press("Unblock")
	seller.reads("Nobody is blocked")
	buyer.open("/wallet/orders")
	buyer.waitText("order-row", "Sent back")
	buyer.waitText("order-row", "Waits for your money")
	buyer.look("refunded-orders")
	buyer.open("/wallet")
	buyer.see("refund-bank")
	buyer.look("wallet-refund")
	buyer.click("refund-stall")
	buyer.waitText("wallet-stall", "4.00")
	buyer.checkout(buyer.listed("teddy"))
	if plan := buyer.text("checkout-plan"); strings.Contains(plan, "Set ") {
		t.Errorf("plan = %q, want that the refund pays", plan)
	}
	buyer.pay("")
	if totals := auditOf(t, data); totals.Outstanding != 5_00 {
		t.Errorf("outstanding = %d, want 500", totals.Outstanding)
	}
}
