package e2e_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// peers are a broker, two markets, a relay and four stalls: one on a node of its own, two
// behind the relay, one hosted at the first market, whose seller has a program; and a
// customer of them all.
type peers struct {
	t             *testing.T
	broker        *process
	corner        node
	relay         *process
	public        *proxy   // where the relay is reached
	carried       *records // by it
	attic, cellar behindRelay
	markets       [2]*process
	ironmonger    programmed
	b             *buyer
	page          *pageBuyer // at the second market
	relayed       *swapping  // what b hears
	crowd         *crowd     // at the corner
	receipt, keys string     // files: what b shows who asked for money, and whose word that is
	more          []*process
}

func startPeers(t *testing.T) *peers {
	t.Helper()
	p := &peers{t: t, carried: &records{}, relayed: &swapping{}}
	p.corner = startNode(t, append([]goods{{"Chisel", "2.50", "0", "1000"}}, wares...)...)
	p.broker = p.corner.broker
	p.public = newProxy(t, "customers>relay", p.carried)
	p.relay = startProcess(t, "relay", "--broker-url="+p.broker.url, "--base-url="+p.public.url)
	p.public.leadTo(p.relay.url)
	p.b = newBuyer(t, p.broker.url, 500_00, p.relayed)
	p.attic = startBehind(p.b, p.broker, p.relay, "The Attic", goods{"Spirit level", "2.50", "0", "50"})
	p.cellar = startBehind(p.b, p.broker, p.relay, "The Cellar", goods{"Barrel", "2.50", "0", "50"})
	p.markets[0] = startProcess(t, "market", "--broker-url="+p.broker.url)
	owner := newBuyer(t, p.broker.url, 1, nil)
	p.ironmonger = startProgrammed(t, owner, p.markets[0].url, "The Ironmonger")
	p.markets[1] = startProcess(t, "market", "--broker-url="+p.broker.url) // which reads all that there is at once
	p.page = newPageBuyer(t, p.markets[1].url)
	return p
}

// TestTourOfProcesses: what is sold at four stalls is found at two markets. While the broker
// is away customers buy from the stalls alone. A program lists, asks for money, hears of both by signed
// webhooks, also when its receiver was down, and sends what was bought from a page, which shows that; a receipt proves the payment while the broker is away. The broker's operator makes new keys
// while many buy. What stands between a stall behind a relay and its customers can only be
// silent: it reads nothing, changes nothing, brings nothing twice and nothing to anybody else;
// the relay may be killed, a stall may sleep, and hears then what was told meanwhile, and
// another may move to another relay. In the end wallets, stalls and books say the same.
func TestTourOfProcesses(t *testing.T) {
	t.Parallel()
	p := startPeers(t)
	p.listed("chisel", "spirit", "barrel", "trowel")
	p.withoutBroker()
	bought, paid := p.soldByProgram()
	first, over := p.rotate()
	p.throughRelay()
	p.asleep()
	p.moved()
	time.Sleep(time.Until(over)) // what the old key signed late would be found out
	p.crowd.stop()
	p.sentByProgram(bought, paid)
	p.afterRotation(first, paid)
	p.close()
}

// listed wants each market to show things of each stall.
func (p *peers) listed(words ...string) {
	p.t.Helper()
	for _, m := range p.markets {
		for _, word := range words {
			found(p.t, p.b, m, word)
		}
	}
}

func (p *peers) read() (all shelf) {
	for _, path := range []string{
		folder.At(p.corner.stall.data).OwnShelf(), folder.At(p.attic.data).OwnShelf(), folder.At(p.cellar.data).OwnShelf(),
		folder.At(p.markets[0].data).Shelf(p.ironmonger.vendor),
	} {
		s := readShelf(p.t, path)
		all.sales, all.listings = append(all.sales, s.sales...), append(all.listings, s.listings...)
	}
	return all
}

func (p *peers) recorded() {
	p.t.Helper()
	eventually(p.t, 20*time.Second, "all T12 at the broker", func() bool { return p.read().recorded() })
}

// processes are all but the broker, which ends last.
func (p *peers) processes() []*process {
	return append([]*process{p.markets[1], p.markets[0], p.corner.stall, p.attic.process, p.cellar.process, p.relay}, p.more...)
}

func (p *peers) audit() audit.Totals {
	p.t.Helper()
	folders := []string{p.broker.data}
	for _, each := range p.processes() {
		folders = append(folders, each.data)
	}
	return auditOf(p.t, folders...)
}

// withoutBroker: a first checkout goes through T1 to T12. With VendorScrip left the next
// ones need the stall alone, while the broker is away, asked to stop or killed, and what the
// broker missed arrives when it is back (C13, C15).
func (p *peers) withoutBroker() {
	t, b, stall := p.t, p.b, p.corner.stall
	t.Helper()
	for _, each := range []*process{p.broker, stall, p.attic.process, p.relay, p.markets[0]} {
		if !healthy(t, each) {
			t.Errorf("peerscrip health: the %s is not well", each.role)
		}
	}
	jws := found(t, b, p.markets[0], "chisel")
	b.must("load", b.Load(t.Context(), 50_00))
	b.must("exchange", b.Exchange(t.Context(), p.corner.vendor, 40_00))
	b.buys(jws, "with everyone there")
	b.must("deliver", b.Deliver(t.Context()))
	if got, want := b.messages(), "[R1 R2 T1 T2 T3 NOTED T4 T8 T6 T10 T11 T9 NOTED]"; got != want {
		t.Errorf("got messages %s, want %s", got, want)
	}
	for how, end := range map[string]func(*process){"asked to stop": (*process).stop, "killed": (*process).kill} {
		end(p.broker)
		if healthy(t, p.broker) {
			t.Errorf("peerscrip health: a broker that was %s is well", how)
		}
		b.buys(jws, "without a broker, which was "+how)
		if err := b.Deliver(t.Context()); !errors.Is(err, wallet.ErrUnfinished) {
			t.Errorf("T9 without a broker: got %v, want that it waits", err)
		}
		end(stall)
		stall.start()
		if !healthy(t, stall) {
			t.Error("peerscrip health: a stall without its broker is not well, but it sells")
		}
		b.buys(jws, "at a stall that was "+how+" and started without a broker")
		if got, want := b.messages(), "[T10 T11 T9 T10 T11]"; got != want {
			t.Errorf("the broker was %s: got messages %s, want %s", how, got, want)
		}
		p.broker.start()
		b.settle(10 * time.Second)
		b.messages()
		p.recorded()
	}
	totals := p.audit()
	if totals.Held != 12_50 || totals.Floats != 27_50 || totals.Outstanding != 10_00 || totals.Bank != 450_01 {
		t.Errorf("got %+v, want held 1250, floats 2750, outstanding 1000, bank 45001", totals)
	}
	if paid, held, _ := b.conserved(); paid != 12_50 || held != 37_50 {
		t.Errorf("got paid %d, held %d, want 1250 and 3750", paid, held)
	}
}

// soldByProgram: what a program asks for at one market is paid from the other, while the receiver that is to hear of it is
// down; and what it listed is bought from a page there.
func (p *peers) soldByProgram() (bought pageReceipt, paid wallet.Receipt) {
	t, b := p.t, p.b
	t.Helper()
	b.must("load", b.Load(t.Context(), 100_00))
	for vendor, value := range map[scrip.VendorID]scrip.Money{p.ironmonger.vendor: 20_00, p.attic.vendor: 40_00, p.cellar.vendor: 20_00} {
		b.must("exchange", b.Exchange(t.Context(), vendor, value))
	}
	tried := p.ironmonger.hook.down() // for one try: after the second it is not looked for again for five minutes
	paid = p.ironmonger.paysLink(b, p.markets[1].url)
	tried()
	p.ironmonger.heard, _ = p.ironmonger.hook.listen()
	p.receipt, p.keys = b.bundleFile(p.broker.url, paid)
	bought = p.page.buys("trowel", "10.00")
	return bought, paid
}

// sentByProgram: the messages come once the receiver is back; the program sends the order,
// and its page shows that.
func (p *peers) sentByProgram(bought pageReceipt, paid wallet.Receipt) {
	t, r := p.t, p.ironmonger
	t.Helper()
	hears := func(kind string, of scrip.ID) {
		t.Helper()
		eventually(t, 30*time.Second, "the receiver hears of "+kind, func() bool { return strings.Contains(r.heard.String(), kind+" "+string(of)+"\n") })
	}
	hears("order.paid", bought.order)
	hears("order.paid", paid.OrderID)
	said := r.ask("POST", "/v1/seller/orders/"+string(bought.order)+"/sent", `{"carrier":"DHL","tracking":"JD014600003RR","text":"It is on its way."}`)
	if said["state"] != "sent" {
		t.Errorf("sent: got %v", said)
	}
	p.page.isSent(bought, "JD014600003RR", "It is on its way.")
	hears("order.event", bought.order)
	if moved := r.ask("GET", "/v1/seller/movements", "")["movements"].([]any); len(moved) != 2 {
		t.Errorf("movements: got %v, want two", moved)
	}
	order := r.ask("GET", "/v1/seller/orders/"+string(paid.OrderID), "")
	if line := order["sale"].(map[string]any)["lines"].([]any)[0].(map[string]any); line["reference"] != "2026-117" {
		t.Errorf("what the payment link was paid for: got %v, want the reference 2026-117", line)
	}
}

// proven: what the customer shows proves that the payment link was paid, by its reference and order, to who asks nobody; what
// was changed does not.
func (p *peers) proven(paid wallet.Receipt) {
	t := p.t
	t.Helper()
	out, err := command(t, "verify", p.receipt, "--broker-keys", p.keys)
	if err != nil {
		t.Errorf("peerscrip verify: %v\n%s", err, out)
	}
	for _, want := range []string{"3.00 EUR", "as order " + string(paid.OrderID), "Two guitar lessons", "reference: 2026-117", "The receipt holds."} {
		if !strings.Contains(out, want) {
			t.Errorf("peerscrip verify: got no %q in\n%s", want, out)
		}
	}
	text, err := os.ReadFile(p.receipt)
	if err == nil {
		err = os.WriteFile(p.receipt, bytes.Replace(text, []byte(paid.Paid), []byte(paid.Mandate), 1), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := command(t, "verify", p.receipt, "--broker-keys", p.keys); err == nil || !strings.Contains(out, "FALSE") {
		t.Errorf("peerscrip verify of what was changed: got %v, want that it does not hold\n%s", err, out)
	}
}

// rotate makes new keys for the broker while wallets load, exchange and buy. It returns the
// keys before, and when they are in force no more.
func (p *peers) rotate() (first scrip.Chain, over time.Time) {
	t := p.t
	t.Helper()
	first = knownTo(t, p.corner.stall)
	p.crowd = gather(t, seeded(t), 3, p.broker.url, p.corner.stall.url, p.corner.vendor)
	for _, s := range p.crowd.shoppers {
		s.pace = 400 * time.Millisecond // all the while
	}
	p.crowd.open()
	out, err := command(t, "keys", "--data", p.broker.data, "--new=signing,envelope")
	if err != nil || !strings.Contains(out, first.Fingerprint()) {
		t.Fatalf("peerscrip keys: %v\n%s", err, out)
	}
	over = time.Now().Add((scrip.KeysOverlap + 1) * time.Second)
	if out, err := command(t, "keys", "--data", p.broker.data, "--new=signing"); err == nil || !strings.Contains(out, "wait until") {
		t.Errorf("again while the keys before are in force: got %v\n%s", err, out)
	}
	eventually(t, patience, "the stall to follow under load", func() bool { return knownTo(t, p.corner.stall).Serial() == 2 })
	return first, over
}

// afterRotation: nothing was lost by the rotation. What is certified under the new keys is
// believed, also by who was told of the first ones, and the broker starts with them. What the
// stalls saw of its log is what it shows, and a witness cosigns it.
func (p *peers) afterRotation(first scrip.Chain, paid wallet.Receipt) {
	t, b := p.t, p.b
	t.Helper()
	p.broker.stop()
	p.proven(paid)
	witness := startProcess(t, "witness", "--log="+p.broker.url)
	named := witnessNamed(t, witness.url)
	p.broker.args = append(p.broker.args, "--witness="+named)
	p.broker.start()
	b.settle(20 * time.Second)
	b.buys(found(t, b, p.markets[0], "chisel"), "after the rotation")
	b.must("compare what the stalls told of the log", b.CompareHeads(t.Context()))
	if kept, err := b.HeadsKept(t.Context()); err != nil || len(kept) != 1 || kept[0].By != "" {
		t.Errorf("heads: got %+v, %v, want the broker's, to which belongs what the stalls told", kept, err)
	}
	b.must("withdraw", b.Withdraw(t.Context()))
	b.must("load again", b.Load(t.Context(), 10_00))
	b.must("exchange again", b.Exchange(t.Context(), p.corner.vendor, 5_00))
	p.recorded()
	eventually(t, patience, "a head to be cosigned", func() bool {
		_, cosigned := cosignedBy(t, p.broker.url, named)
		return cosigned
	})
	if got := knownTo(t, p.corner.stall); !got.Has(first.Fingerprint()) {
		t.Errorf("the stall follows %v, which is not of the chain it pinned", got)
	}
	late := startProcess(t, "stall", "--broker-url="+p.broker.url, "--name=The Late Stall", "--broker-key="+first.Fingerprint())
	p.more = append(p.more, late)
	enterDesk(late).list(goods{"Plumb bob", "4.00", "0", "1"})
	p.listed("plumb")
	for _, m := range p.markets {
		if got := knownTo(t, m).Serial(); got != 2 {
			t.Errorf("a market knows %d KEYS, want 2", got)
		}
	}
}

// throughRelay: a stall behind a relay sells, also to a page, and its relay, which reads nothing and changes
// nothing, may be killed.
func (p *peers) throughRelay() {
	t, b := p.t, p.b
	t.Helper()
	p.page.buys("spirit", "")
	b.pryRelay(p.public, p.relayed, p.attic, p.cellar)
	posts := 0
	for _, s := range p.carried.all() {
		if !strings.HasPrefix(s.path, "/v1/stalls/") || s.method != http.MethodPost {
			continue
		}
		posts++
		for _, secret := range []string{"Elm Street", "Ann Lee", "Spirit level", b.bank} {
			if bytes.Contains(s.request, []byte(secret)) || bytes.Contains(s.answer, []byte(secret)) {
				t.Errorf("%s %s shows %q to the relay", s.method, s.path, secret)
			}
		}
	}
	if posts == 0 {
		t.Error("nothing went through the relay")
	}
	p.relay.kill()
	if _, err := b.Buy(t.Context(), p.attic.jws, 1, rig.To("12 Elm Street")); !errors.Is(err, wallet.ErrUnfinished) {
		t.Errorf("buy while the relay is dead: got %v, want %v", err, wallet.ErrUnfinished)
	}
	p.relay.start()
	b.settle(20 * time.Second)
	b.buys(p.attic.jws, "through a relay that was started again")
}

// asleep: what is told a stall behind a relay while it sleeps it hears when it is back; a
// purchase waits at its buyer alone.
func (p *peers) asleep() {
	t, b, stall := p.t, p.b, p.cellar
	t.Helper()
	eventually(t, patience, "the stall is back at its relay", func() bool {
		_, err := b.dial(p.public.url).Stall(stall.vendor).Offers(t.Context())
		return err == nil
	})
	receipt := b.buys(stall.jws, "before it sleeps")
	stall.kill()
	sold := len(stall.shelf().sales)
	if err := b.Say(t.Context(), receipt.Tx, scrip.Event{Kind: "message", Text: "Is it blue?"}); !errors.Is(err, wallet.ErrUnfinished) {
		t.Errorf("write to a stall that sleeps: got %v, want %v", err, wallet.ErrUnfinished)
	}
	if _, err := b.Buy(t.Context(), stall.jws, 1, rig.To("12 Elm Street")); !errors.Is(err, wallet.ErrUnfinished) {
		t.Errorf("buy at a stall that sleeps: got %v, want %v", err, wallet.ErrUnfinished)
	}
	stall.start()
	eventually(t, 20*time.Second, "the stall reads what was written while it slept", func() bool {
		_, desk := stall.desk.send(http.MethodGet, "/desk/orders/"+string(orderOf(stall.shelf(), receipt.Tx)), "", nil)
		return bytes.Contains(desk, []byte("Is it blue?"))
	})
	if got := len(stall.shelf().sales); got != sold {
		t.Errorf("sales while the stall slept: got %d, want the %d before: a purchase waits at its buyer alone", got, sold)
	}
	b.settle(20 * time.Second)
}

// moved: a stall moves to another relay, and sells there while the first one is away.
func (p *peers) moved() {
	t, stall := p.t, p.attic
	t.Helper()
	second := startProcess(t, "relay", "--broker-url="+p.broker.url)
	p.more = append(p.more, second)
	stall.stop()
	stall.args = append(stall.args, "--relay="+second.url)
	stall.start()
	eventually(t, 20*time.Second, "the stall is certified at its new relay", func() bool {
		for _, s := range directory(t, p.broker.url) {
			if s.Vendor == stall.vendor {
				return s.BaseURL == second.url
			}
		}
		return false
	})
	p.relay.stop()
	eventually(t, 20*time.Second, "the stall answers through its new relay", func() bool {
		_, err := p.b.dial(second.url).Stall(stall.vendor).Offers(t.Context())
		return err == nil
	})
	late := newBuyer(t, p.broker.url, 50_00, nil)
	late.must("load", late.Load(t.Context(), 30_00))
	late.must("exchange", late.Exchange(t.Context(), stall.vendor, 20_00))
	late.buys(stall.jws, "where the stall has moved to")
	p.relay.start()
	p.crowd.joins(late)
}

// close wants wallets, stalls and books to say the same, also when all processes have ended.
func (p *peers) close() {
	t := p.t
	t.Helper()
	p.crowd.joins(p.b)
	p.crowd.pages = append(p.crowd.pages, p.page)
	p.crowd.stop()
	p.crowd.closeBy(p.read, p.audit)
	args := []string{"audit", "--data", p.broker.data}
	for _, each := range p.processes() {
		args = append(args, "--with", each.data)
	}
	if out, err := command(t, args...); err != nil {
		t.Errorf("audit: %v\n%s", err, out)
	}
	totals := p.audit()
	for _, each := range append(p.processes(), p.broker) {
		each.stop()
	}
	if after := p.audit(); after != totals {
		t.Errorf("after the processes ended got %+v, want %+v", after, totals)
	}
}
