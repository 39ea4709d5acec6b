package e2e_test

import (
	"strings"
	"testing"

	"peerscrip/services"
)

const longMix = "Guten Tag, ist die Lampe noch zu haben? हाँ, यह दीपक अभी भी उपलब्ध है。 请问这个灯还有吗?我想今天下午来取,可以吗?\n\nهل المصباح لا يزال متاحًا؟ السعر 1950 يورو؟\n\nhttps://example.com/a-very-long/path/that/does/not/end?to=somewhere&and=more&and=more&and=more\nDonaudampfschifffahrtsgesellschaftskapitaensmuetzenhersteller 🏳️‍🌈👩‍👩‍👧‍👦 ไม่มีช่องว่างในภาษาไทยดังนั้นบรรทัดจึงต้องตัดเองโดยเบราว์เซอร์ครับ"

func TestZZPeople(t *testing.T) {
	for _, tag := range []string{"de", "en"} {
		t.Run(tag, func(t *testing.T) {
			data := t.TempDir()
			program := start(t, services.Config{Role: services.Demo, Operator: "127.0.0.1:0", Data: data, People: true})
			p := visitor(t, program.URL, tag)
			// f: checkout from an empty wallet
			spoons := p.listed("teaspoons")
			p.open(spoons)
			p.settled()
			p.shot(tag + "f/listing")
			p.open(spoons + "/checkout?quantity=1")
			p.settled()
			p.shot(tag + "f/checkout-none")
			p.fill("wallet-passphrase", passphrase)
			p.fill("wallet-passphrase-again", passphrase)
			p.click("wallet-make")
			p.see("checkout-plan")
			p.settled()
			p.shot(tag + "f/plan")
			p.click("bank-deposit")
			p.waitText("bank-balance", "100")
			p.fill("checkout-load-amount", p.sum("60.00"))
			p.click("checkout-confirm")
			p.settled()
			p.shot(tag + "f/no-address")
			p.address("12 Elm Street")
			p.click("checkout-confirm")
			p.settled()
			p.shot(tag + "f/under-way")
			p.see("checkout-done")
			p.settled()
			p.shot(tag + "f/done")
			p.click("checkout-order")
			p.see("signed-T11")
			p.settled()
			p.shot(tag + "f/order")
			p.unfold()
			p.shot(tag + "f/order-unfolded")
			p.open(spoons + "/checkout?quantity=1")
			p.see("checkout-plan")
			p.settled()
			p.shot(tag + "b/bought-again")
			// d
			p.open(p.listed("loudspeakers") + "/ask")
			p.fill("ask-text", longMix)
			p.shot(tag + "d/asking")
			p.click("ask-send")
			p.see("said")
			p.settled()
			p.shot(tag + "d/talk")
			p.view(tag+"d/envelopes", "/wallet/envelopes")
			p.unfold()
			p.settled()
			p.shot(tag + "d/envelopes-unfolded")
			p.view(tag+"d/wallet", "/wallet")
			p.view(tag+"d/orders", "/wallet/orders")
			// b: vanished
			eval[bool](p.person, `(async () => { for (const d of await indexedDB.databases()) indexedDB.deleteDatabase(d.name); return true })()`)
			p.open("/wallet")
			p.settled()
			p.shot(tag + "b/vanished")
			// a
			s := visitor(t, program.URL, tag)
			s.entersSample(data, "attic")
			s.open("/desk")
			s.settled()
			talks := s.paths("/desk/talks/")
			s.views(tag+"d/desk-talk", talks...)
			s.open("/desk")
			s.tick()
			s.shot(tag + "a/ticked")
			s.tap(`button[name="do"][value="price"]`)
			s.settled()
			s.shot(tag + "a/no-number")
			s.open("/desk")
			s.tick()
			s.put("#by", "-10")
			s.tap(`button[name="do"][value="price"]`)
			s.settled()
			s.look(tag + "a/prices")
			s.tap(`button[name="do"][value="prices"]`)
			s.settled()
			s.shot(tag + "a/changed")
			s.open("/desk")
			s.tap(`button[name="do"][value="end"]`)
			s.settled()
			s.shot(tag + "a/none-ticked")
			s.open("/desk")
			s.tick()
			s.tap(`button[name="do"][value="end"]`)
			s.settled()
			s.shot(tag + "a/ended")
			s.open("/desk")
			s.tick()
			s.tap(`button[name="do"][value="again"]`)
			s.settled()
			s.shot(tag + "a/again")
		})
	}
}

func (p *inspector) tick() {
	p.settled()
	eval[bool](p.person, `[...document.querySelectorAll('input[type="checkbox"][name="offer"]')].slice(0, 3).forEach(e => e.click()), true`)
}

func TestZZAway(t *testing.T) {
	n := startNode(t, goods{"Spirit level", "12.50", "0", "5"})
	m := startProcess(t, "market", "--broker-url="+n.broker.url)
	p := visitor(t, m.url, "en")
	level := p.eventuallyListed("spirit")
	n.broker.kill()
	for _, tag := range []string{"en", "de"} {
		p := visitor(t, m.url, tag)
		p.open(level + "/checkout?quantity=1")
		p.fill("wallet-passphrase", passphrase)
		p.fill("wallet-passphrase-again", passphrase)
		p.click("wallet-make")
		p.see("wallet-error")
		p.settled()
		p.shot(tag + "e/away")
	}
	_ = strings.TrimSpace
}

func TestZZFork(t *testing.T) {
	for _, tag := range []string{"de", "en"} {
		t.Run(tag, func(t *testing.T) { forked(t, tag) })
	}
}
