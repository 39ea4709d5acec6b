package e2e_test

import (
	"testing"

	"peerscrip/services/scrip"
)

// pageBuyer is a customer of running processes whose wallet is in a page of a market.
type pageBuyer struct {
	*person
	receipts []pageReceipt
}

// pageReceipt is what a page showed of a purchase, and where it shows how that goes on.
type pageReceipt struct {
	order scrip.ID
	price scrip.Money
	path  string
}

// pageDeposit is what a page puts into an account at the sandbox bank.
const pageDeposit scrip.Money = 100_00

func newPageBuyer(t *testing.T, market string) *pageBuyer {
	t.Helper()
	b := &pageBuyer{person: newPerson(t, browser(t), market)}
	b.makeWallet()
	return b
}

// buys the first thing that the market finds, and stays until the broker has the notice of it (T9).
func (b *pageBuyer) buys(words, load string) pageReceipt {
	b.t.Helper()
	b.checkout(b.listed(words))
	b.pay(load)
	b.until("T9 at the broker", `document.querySelector('`+id("step-T9")+`')?.dataset.state === "done"`)
	r := pageReceipt{
		order: scrip.ID(eval[string](b.person, `document.querySelector('`+id("receipt-order")+`').textContent`)),
		price: eval[scrip.Money](b.person, `Number(document.querySelector('`+id("receipt-price")+`').dataset.minor)`),
		path:  eval[string](b.person, `document.querySelector('`+id("checkout-order")+`').pathname`),
	}
	b.receipts = append(b.receipts, r)
	return r
}

// isSent wants the order's page to show that it is on its way, by which number, and with which words.
func (b *pageBuyer) isSent(r pageReceipt, tracking, words string) {
	b.t.Helper()
	b.open(r.path)
	b.see("order-sent")
	b.waitText("tracking", tracking)
	b.reads(words)
}

// conserved wants every cent to be at the bank, in the wallet, or on a receipt, as the wallet's page shows
// them. It returns what the wallet paid and what it holds, and whether that was so.
func (b *pageBuyer) conserved() (paid, held scrip.Money, whole bool) {
	b.t.Helper()
	for _, r := range b.receipts {
		paid += r.price
	}
	b.open("/wallet")
	b.sees(id("bank-balance") + ` [data-minor]`)
	left := eval[scrip.Money](b.person, `Number(document.querySelector('`+id("bank-balance")+` [data-minor]').dataset.minor)`)
	held = eval[scrip.Money](b.person, `Number(document.querySelector('`+id("shares-total")+`').dataset.minor)`)
	if sum := left + held + paid; sum != pageDeposit {
		b.t.Errorf("bank %d, wallet %d and receipts %d sum to %d, want %d", left, held, paid, sum, pageDeposit)
		return paid, held, false
	}
	return paid, held, true
}
