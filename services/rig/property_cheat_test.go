package rig_test

import (
	"errors"
	"slices"
	"sync"
	"time"

	"pgregory.net/rapid"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// cheat is a customer without a wallet, who spends the same scrip several ways
// at the same time. It keeps what the winner's answer brings.
type cheat struct {
	*rig.Customer
	town   *town
	till   []scrip.Held                   // BrokerScrip: one at most
	pieces map[*stallProcess][]scrip.Held // VendorScrip
	paid   map[*stallProcess]scrip.Money
	bought map[scrip.ID]bool // by tx
}

func newCheat(w *town) *cheat {
	return &cheat{
		Customer: w.Rig.Customer(fortune), town: w,
		pieces: map[*stallProcess][]scrip.Held{}, paid: map[*stallProcess]scrip.Money{}, bought: map[scrip.ID]bool{},
	}
}

func total(list []scrip.Held) (sum scrip.Money) {
	for _, h := range list {
		sum += h.Scrip.Value
	}
	return sum
}

func (c *cheat) broker() scrip.Money { return total(c.till) }

func (c *cheat) stalls() (sum scrip.Money) {
	for _, list := range c.pieces {
		sum += total(list)
	}
	return sum
}

// spent is what it paid to the stalls that are there.
func (c *cheat) spent() (sum scrip.Money) {
	for _, s := range c.town.present() {
		sum += c.paid[s]
	}
	return sum
}

// spend is one way to spend scrip: its messages are signed when it is made, so
// that send can be called at any time and again.
type spend struct {
	what string
	send func() (outcome, error)
}

// outcome is what became of one spend that was granted: what it took and what
// it brought.
type outcome struct {
	tookTill  bool
	tookPiece bool
	till      scrip.Held
	piece     scrip.Held
	paid      scrip.Money
	tx        scrip.ID
	kept      bool
}

// same reports whether two answers to one request are one.
func (o outcome) same(other outcome) bool {
	o.kept = other.kept
	return o == other
}

// drawCheat has the cheat spend one scrip up to four ways at once: one is
// granted at most, the others are refused, and none is granted by asking again.
func (w *town) drawCheat(t *rapid.T) {
	w.calm()
	s := w.pickPresent(t)
	c := w.cheat
	if !c.fill(s) || len(c.till) == 0 && len(c.pieces[s]) == 0 {
		t.Skip() // the bank has nothing left, or the broker's clock lets nobody exchange
	}
	var list []spend
	for range rapid.IntRange(2, 4).Draw(t, "ways") {
		ways := c.ways(s)
		list = append(list, ways[rapid.IntRange(0, 1<<10).Draw(t, "way")%len(ways)])
	}
	first := race(list)
	c.settle(s, list, first)
	c.Rig.Clock.Advance(2 * time.Second) // a stall that was asked for a T15 is not asked again at once
	again := race(list)
	for i, o := range again {
		if o == nil || first[i] == nil {
			continue
		}
		if !o.same(*first[i]) {
			w.T.Errorf("%s again: got %+v, want the answer of before, %+v", list[i].what, o, first[i])
		}
		again[i] = nil
	}
	// What was locked when it was first asked for may be granted now, if nothing was then.
	c.settle(s, list, append(again, first...))
}

// settle keeps what was granted and not kept before, and wants no scrip taken
// twice.
func (c *cheat) settle(s *stallProcess, list []spend, granted []*outcome) {
	till, pieces := 0, 0
	for i, o := range granted {
		if o == nil {
			continue
		}
		if o.tookTill {
			till++
		}
		if o.tookPiece {
			pieces++
		}
		if !o.kept {
			c.town.log("cheat: %s: granted", list[i%len(list)].what)
			c.take(s, *o)
			o.kept = true
		}
	}
	if till > 1 || pieces > 1 {
		c.Rig.T.Errorf("spent at once: got BrokerScrip taken %d times, VendorScrip %d times, want at most once each", till, pieces)
	}
}

// race sends all at the same time and returns what was granted, by number.
func race(list []spend) []*outcome {
	granted := make([]*outcome, len(list))
	var all sync.WaitGroup
	for i, s := range list {
		all.Go(func() {
			if o, err := s.send(); err == nil {
				granted[i] = &o
			}
		})
	}
	all.Wait()
	return granted
}

// fill gets the cheat something to spend, in the open, once what an exchange or a T15
// that lost a race keeps locked is free again. It reports whether it could: not while
// by the broker's clock scrip is too old to be renewed, or the stall's certificate over. Of a
// stall that has blocked it, it has no more than it had.
func (c *cheat) fill(s *stallProcess) bool {
	c.Rig.Clock.Advance(2 * time.Minute)
	if err := c.town.broker.present().Deliver(c.Rig.T.Context()); err != nil { // a stall whose VendorScrip was held then is asked again
		c.town.log("broker delivers: %v", err)
	}
	now := c.Rig.Clock.Now()
	fresh := func(h scrip.Held, wrong time.Duration) bool { return h.Scrip.Expires-now.Add(wrong).Unix() > 3600 }
	for i, h := range c.till {
		if !fresh(h, c.town.broker.wrong()) {
			o, err := c.renewTill(h).send()
			if errors.Is(err, scrip.ScripExpired) {
				return false
			}
			if err != nil {
				c.Rig.T.Fatalf("renew BrokerScrip: %v", err)
			}
			c.till[i] = o.till
		}
	}
	for i, h := range c.pieces[s] {
		if !fresh(h, s.wrong()) {
			c.pieces[s][i] = c.must(c.renewPiece(s, h)).piece
		}
	}
	if len(c.till) == 0 && c.Balance() >= 50_00 {
		c.till = append(c.till, c.Acquire(50_00))
	}
	blocked, err := s.shelf().IsBlocked(c.Rig.T.Context(), scrip.Pseudonym(c.Alias(s.opened.Vendor()).Thumbprint()))
	if err != nil {
		c.Rig.T.Fatal(err)
	}
	if c.town.broker.lapsed(s) {
		return false
	}
	if !blocked && len(c.pieces[s]) == 0 && c.broker() >= 20_00 {
		c.take(s, c.must(c.exchange(s, c.till[0], 20_00)))
	}
	return true
}

func (c *cheat) must(s spend) outcome {
	c.Rig.T.Helper()
	o, err := s.send()
	if err != nil {
		c.Rig.T.Fatalf("%s: %v", s.what, err)
	}
	return o
}

// take keeps what was granted: spent pieces are the first of their list.
func (c *cheat) take(s *stallProcess, o outcome) {
	if o.tookTill {
		c.till = nil
	}
	if o.tookPiece {
		c.pieces[s] = slices.Delete(c.pieces[s], 0, 1)
	}
	if o.till.Scrip.Value > 0 {
		c.till = append(c.till, o.till)
	}
	if o.piece.Scrip.Value > 0 {
		c.pieces[s] = append(c.pieces[s], o.piece)
	}
	c.paid[s] += o.paid
	if o.paid > 0 {
		c.bought[o.tx] = true
	}
}
