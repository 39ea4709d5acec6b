package e2e_test

import (
	"strings"
	"testing"
)

// A shopper puts two things of a stall into the basket, comes back to it by the
// wallet, and pays for all of it at once; the books close.
func TestBrowserBasket(t *testing.T) {
	t.Parallel()
	program, data := shop(t, goods{"Terracotta pots", "10.00", "2.50", "3"}, goods{"Brass bell", "4.00", "1.00", "3"})
	p := newPerson(t, browser(t), program.URL)
	p.makeWallet()
	pots, bell := p.listed("terracotta"), p.listed("brass")
	p.open(pots)
	p.press("Put in basket")
	p.waitText("basket-added", "Terracotta")
	p.open(bell)
	p.press("Put in basket")
	p.waitText("basket-added", "Brass bell")
	p.open("/wallet")
	p.see("wallet-basket")
	p.tap(id("wallet-basket"))
	p.waitText("checkout-price", "16.50") // 10.00 + 4.00, and the larger postage
	p.address("12 Elm Street")
	p.fill("basket-quantity", "2\r") // of the first
	p.until("the plan of two", `document.querySelector('[data-testid="checkout-price"]').textContent.startsWith("26.50")`)
	p.until("the address that was written", `document.querySelector('[data-testid="address-line1"]').value === "12 Elm Street"`)
	p.fill("basket-quantity", "1\r")
	p.waitText("checkout-price", "16.50")
	p.pay("50.00")
	if paid := p.text("receipt-price"); !strings.Contains(paid, "16.50") {
		t.Errorf("receipt price = %q, want 16.50", paid)
	}
	p.open("/wallet/orders")
	p.waitText("order-row", "and 1 more")
	eventually(t, patience, "T12 to be recorded", func() bool { return auditOf(t, data).Held == 16_50 })
}
