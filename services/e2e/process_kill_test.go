package e2e_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"peerscrip/services/rig"
	"strconv"
	"sync"
	"testing"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// killsIn is how often a test kills a process: PEERSCRIP_KILLS for a long run,
// else a few times.
func killsIn(t testing.TB, few int) int {
	t.Helper()
	text := os.Getenv("PEERSCRIP_KILLS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("PEERSCRIP_KILLS: %v", err)
	}
	return n
}

// seeded draws chance from PEERSCRIP_SEED, or from a new seed, and logs it. The
// processes' own timing is not in it: the same seed makes the same kind of run,
// not the same run.
func seeded(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("PEERSCRIP_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("PEERSCRIP_SEED: %v", err)
		}
	}
	t.Logf("PEERSCRIP_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// between draws a pause.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}

// shopper buys one thing after the other until it is told to stop, whatever
// happens to those it buys from.
type shopper struct {
	*buyer
	chance *rand.Rand
	vendor scrip.VendorID
	offers []onSale
	ear    *ear
	cutOff map[scrip.ID]bool // steps that were left unfinished
	pace   time.Duration     // the longest pause
}

func (s *shopper) shop(ctx context.Context) {
	for ctx.Err() == nil {
		err := s.once(ctx)
		s.left(ctx, err)
		if err != nil && s.chance.IntN(2) == 0 {
			err = s.Resume(ctx) // the other half of the time Buy has to find out itself
			s.left(ctx, err)
		}
		pause := between(s.chance, 0, s.pace)
		if err != nil {
			pause += 30 * time.Millisecond
		}
		time.Sleep(pause)
	}
}

// once does one thing a customer does.
func (s *shopper) once(ctx context.Context) error {
	switch offer := s.offers[s.chance.IntN(len(s.offers))]; s.chance.IntN(13) {
	case 0:
		return s.Load(ctx, scrip.Money(20_00+s.chance.IntN(100_00)))
	case 1:
		return s.Exchange(ctx, s.vendor, scrip.Money(5_00+s.chance.IntN(20_00)))
	case 2:
		return errors.Join(s.Deliver(ctx), s.Withdraw(ctx))
	case 3, 4, 5:
		return s.about(ctx)
	default:
		_, err := s.Buy(ctx, offer.jws, 1+s.chance.IntN(2), rig.To("12 Elm Street"))
		return err
	}
}

// about says something of one of the last purchases, whose prices are held.
func (s *shopper) about(ctx context.Context) error {
	last, err := s.Receipts(ctx, 0, 5)
	if err != nil || len(last) == 0 {
		return err
	}
	tx := last[s.chance.IntN(len(last))].Tx
	switch s.chance.IntN(4) {
	case 0:
		_, err = s.DisputeHold(ctx, tx, "It is bent.", nil)
	case 1:
		_, err = s.Holds(ctx)
	default:
		_, err = s.ReleaseHold(ctx, tx)
	}
	return err
}

// tell has the stall hear what the wallet knows of held money, and reports whether it
// has heard all.
func (s *shopper) tell(ctx context.Context) bool {
	if _, err := s.Holds(ctx); err != nil {
		return false
	}
	list, err := s.Conversations(ctx)
	s.must("list threads", err)
	for _, c := range list {
		if c.Unsaid == nil {
			continue
		}
		if _, err := s.Listen(ctx, c.Tx); err != nil {
			return false
		}
	}
	return true
}

// told wants the stall to know of held money what the wallet knows.
func (s *shopper) told(orders map[scrip.ID]scrip.Sale) {
	s.t.Helper()
	for _, r := range s.receipts() {
		c, err := s.Conversation(context.Background(), r.Tx)
		s.must("read a thread", err)
		h, err := scrip.Unchecked[scrip.OnHold](lastWord(c))
		if c.Hold != "" && (err != nil || h.State != c.Hold || h.Purchase != r.Tx) {
			s.t.Errorf("the thread of %s: got %s by %+v, %v", r.OrderID, c.Hold, h, err)
		}
		sale := orders[r.OrderID]
		if link := sale.Delivery.Way == scrip.WayNone; link != (sale.Hold == nil) || c.Hold != "" && (link || sale.Hold.State != c.Hold) { // what a link asks for is never held
			s.t.Errorf("order %s: the stall knows its money to be %+v, the thread says %q", r.OrderID, sale.Hold, c.Hold)
		}
	}
}

// lastWord is the broker's last word in a thread; empty where there is none.
func lastWord(c wallet.Conversation) (word string) {
	for _, said := range c.Said {
		if said.Event.Hold != "" {
			word = said.Event.Hold
		}
	}
	return word
}

// crowd is several shoppers at one stall.
type crowd struct {
	t        testing.TB
	shoppers []*shopper
	pages    []*pageBuyer // who bought by a test's own steps
	vendor   scrip.VendorID
	toll     toll
	leave    context.CancelFunc
	gone     sync.WaitGroup
}

// gather makes shoppers with money at the bank and nothing in their wallets.
func gather(t testing.TB, chance *rand.Rand, n int, brokerURL, stallURL string, vendor scrip.VendorID) *crowd {
	t.Helper()
	c := &crowd{t: t, vendor: vendor}
	for range n {
		heard := &ear{RoundTripper: &http.Transport{}}
		s := &shopper{
			buyer: newBuyer(t, brokerURL, 1000_00, heard), vendor: vendor, ear: heard, cutOff: map[scrip.ID]bool{},
			chance: rand.New(rand.NewPCG(chance.Uint64(), 0)), pace: 80 * time.Millisecond,
		}
		for _, offer := range s.buyer.offers(stallURL, vendor) {
			s.offers = append(s.offers, offer)
		}
		c.shoppers = append(c.shoppers, s)
	}
	return c
}

// joins has somebody who bought by a test's own steps be counted, too.
func (c *crowd) joins(b *buyer) {
	c.shoppers = append(c.shoppers, &shopper{buyer: b, ear: &ear{}, cutOff: map[scrip.ID]bool{}})
}

func (c *crowd) open() {
	ctx, cancel := context.WithCancel(context.Background())
	c.leave = cancel
	for _, s := range c.shoppers {
		c.gone.Go(func() { s.shop(ctx) })
	}
}

// stop lets everyone finish the request under way, and settles their wallets.
func (c *crowd) stop() {
	c.t.Helper()
	c.leave()
	c.gone.Wait()
	for _, s := range c.shoppers {
		s.settle(30 * time.Second)
		eventually(c.t, 2*time.Minute, "the stall was told", func() bool { return s.tell(context.Background()) })
	}
}

// agree holds the wallets and the stall's book against each other: every
// receipt has exactly one order, every order exactly one receipt, no cent is
// lost, and what is not sold is on the shelf. It returns the sums paid and held.
func (c *crowd) agree(shelf shelf) (paid, held scrip.Money) {
	c.t.Helper()
	orders, had := map[scrip.ID]scrip.Sale{}, map[scrip.ID]bool{}
	left := map[scrip.ID]int{}
	for _, l := range shelf.listings {
		left[l.Offer.Offer] = l.Quantity
	}
	for _, sale := range shelf.sales {
		if _, twice := orders[sale.ID]; twice {
			c.t.Errorf("order %s is there twice", sale.ID)
			c.toll.doubled++
		}
		had[sale.ID] = true
		orders[sale.ID] = sale
		for _, l := range sale.Lines {
			left[l.Offer] -= l.Quantity
		}
	}
	for _, s := range c.shoppers {
		s.told(orders)
		for _, r := range s.receipts() {
			sale, ok := orders[r.OrderID]
			if !ok || sale.Tx != r.Tx || sale.Price != r.Price || sale.Quantity() != r.Quantity() || sale.Title() != r.Title() {
				c.t.Errorf("receipt %s for %d of %q: got order %+v, want one for it alone", r.OrderID, r.Price, r.Title(), sale)
				if had[r.OrderID] {
					c.toll.doubled++
				} else {
					c.toll.lost++
				}
			}
			delete(orders, r.OrderID)
		}
		p, h, whole := s.conserved()
		paid, held = paid+p, held+h
		if !whole {
			c.toll.lost++
		}
	}
	for _, b := range c.pages {
		for _, r := range b.receipts {
			if sale, ok := orders[r.order]; !ok || sale.Price != r.price {
				c.t.Errorf("receipt %s for %d in a page: got order %+v, want one for it alone", r.order, r.price, sale)
			}
			delete(orders, r.order)
		}
		p, h, _ := b.conserved()
		paid, held = paid+p, held+h
	}
	c.toll.orders, c.toll.lost = len(shelf.sales), c.toll.lost+len(orders)
	for _, sale := range orders {
		c.t.Errorf("order %s for %d of %q has no receipt", sale.ID, sale.Price, sale.Title())
	}
	for _, l := range shelf.listings {
		if l.Stock != left[l.Offer.Offer] {
			c.t.Errorf("%q: got stock %d, want %d: what was listed less what was sold", l.Title, l.Stock, left[l.Offer.Offer])
		}
	}
	c.t.Logf("%d wallets, %d orders for %d, %d still held", len(c.shoppers)+len(c.pages), len(shelf.sales), paid, held)
	return paid, held
}

// wares are enough for all, but for the last.
var wares = []goods{
	{"Nails, a bag", "1.00", "0", "1000"}, {"Hinge", "2.50", "0.50", "1000"}, {"Plank", "4.80", "1.20", "1000"},
	{"The last lathe", "7.00", "0", "3"},
}

// TestKilledServer: a process with everything in it is killed again and again
// while wallets load, exchange, buy, and release or dispute what they bought. Nothing is
// lost and nothing counts twice; stall, wallets and books know the same of held money.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	p := startProcess(t, "serve")
	owner := newBuyer(t, p.url, 1, nil)
	seller, vendor := hostStall(owner, p.url, "The Ironmonger")
	for _, thing := range wares {
		seller.list(thing)
	}
	c := gather(t, chance, 4, p.url, p.url, vendor)
	c.open()
	kills := killsIn(t, 12)
	for range kills {
		time.Sleep(between(chance, 20*time.Millisecond, 500*time.Millisecond))
		p.kill()
		auditOf(t, p.data) // as the crash left them
		p.start()
	}
	backup := backedUp(t, p.data)
	c.stop()
	c.close(func() shelf { return readShelf(t, folder.At(p.data).Shelf(vendor)) }, p.data)
	c.reckon(kills).pay(t, "one process, everything in it")
	restored(t, backup, headOf(t, p.url))
	p.stop()
	auditOf(t, p.data)
}

// close waits until the broker has heard of every sale, then wants wallets,
// stall and books to say the same.
func (c *crowd) close(read func() shelf, folders ...string) {
	c.t.Helper()
	c.closeBy(read, func() audit.Totals { return auditOf(c.t, folders...) })
}

func (c *crowd) closeBy(read func() shelf, audited func() audit.Totals) {
	c.t.Helper()
	eventually(c.t, 30*time.Second, "all T12 at the broker", func() bool { return read().recorded() })
	paid, held := c.agree(read())
	totals := audited()
	if totals.Earned+totals.Held != paid || totals.Floats+totals.Outstanding != held || paid == 0 {
		c.t.Errorf("books: got earned and held %d, floats and outstanding %d; wallets: want %d paid, %d held",
			totals.Earned+totals.Held, totals.Floats+totals.Outstanding, paid, held)
	}
}

// TestKilledNodes: broker and stall are processes of their own, and now the
// one, now the other, now both are killed.
func TestKilledNodes(t *testing.T) {
	t.Parallel()
	chance := seeded(t)
	n := startNode(t, wares...)
	c := gather(t, chance, 4, n.broker.url, n.stall.url, n.vendor)
	c.open()
	kills := 0
	for range killsIn(t, 14) {
		time.Sleep(between(chance, 20*time.Millisecond, 400*time.Millisecond))
		victims := [][]*process{{n.broker}, {n.stall}, {n.broker, n.stall}, {n.stall, n.broker}}[chance.IntN(4)]
		for _, p := range victims {
			p.kill()
			kills++
		}
		time.Sleep(between(chance, 0, 150*time.Millisecond)) // the others go on without
		for _, p := range victims {
			p.start()
		}
	}
	c.stop()
	read := func() shelf { return readShelf(t, folder.At(n.stall.data).OwnShelf()) }
	c.close(read, n.broker.data, n.stall.data)
	c.reckon(kills).pay(t, "broker and stall, apart")
	n.stall.stop()
	n.broker.stop()
	auditOf(t, n.broker.data, n.stall.data)
}
