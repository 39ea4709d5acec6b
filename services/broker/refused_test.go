package broker_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// An exchange the broker refuses for good is told to the customer and
// forgotten by the merchant; one that may yet be blessed is remembered.
func TestMerchantForgetsRefusedExchange(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	for _, step := range []struct {
		name    string
		before  func()
		want    scrip.Refusal
		waiting int
	}{
		{"before T3", func() {}, scrip.NotAnnounced, 0},
		{"after the deadline", func() {
			if err := announce(c, x); err != nil {
				t.Fatal(err)
			}
			r.Clock.Advance(2 * time.Minute)
		}, scrip.LockExpired, 0},
	} {
		step.before()
		answer, err := s.Exchange(t.Context(), x.T4)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.OpenT8(x, answer); !errors.Is(err, step.want) {
			t.Errorf("T4 %s: %v, want %v", step.name, err, step.want)
		}
		waiting, err := s.Shelf.Unsettled(t.Context(), 10)
		if err != nil || len(waiting) != step.waiting {
			t.Errorf("T4 %s: %d exchanges wait, %v; want %d", step.name, len(waiting), err, step.waiting)
		}
	}
}

// The same T4 several times at once issues once, and every answer brings the
// one scrip.
func TestSameExchangeAtOnce(t *testing.T) {
	for range 8 {
		r := rig.New(t)
		c, s := r.Customer(100_00), r.Stall("Attic")
		x := c.Exchange(s, c.Acquire(50_00), 40_00)
		if err := announce(c, x); err != nil {
			t.Fatal(err)
		}
		const n = 6
		held, errs := make([]scrip.Held, n), make([]error, n)
		var wait sync.WaitGroup
		for i := range n {
			wait.Go(func() {
				answer, err := s.Exchange(t.Context(), x.T4)
				if err == nil {
					held[i], err = c.OpenT8(x, answer)
				}
				errs[i] = err
			})
		}
		wait.Wait()
		for i := range n {
			if errs[i] != nil || held[i].Scrip != held[0].Scrip {
				t.Fatalf("T4, copy %d: %v, scrip %s; want %s", i, errs[i], held[i].Scrip.ScripID, held[0].Scrip.ScripID)
			}
		}
	}
}

// A T4 whose VendorScrip was spent says so, and wakes nothing up.
func TestExchangeAgainAfterSpending(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	if err := announce(c, x); err != nil {
		t.Fatal(err)
	}
	answer, err := s.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	held, err := c.OpenT8(x, answer)
	if err != nil {
		t.Fatal(err)
	}
	c.Buy(s, held, s.List(12_50, 1))
	if answer, err = s.Exchange(t.Context(), x.T4); err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenT8(x, answer); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("T4 again: %v, want %v", err, scrip.ScripSpent)
	}
}

// A revoked stall gets no money: neither is an exchange begun nor one finished
// that was begun before.
func TestExchangeAtRevokedStall(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held := c.Acquire(50_00)
	before := c.Exchange(s, held, 12_50)
	if err := announce(c, before); err != nil {
		t.Fatal(err)
	}
	revoke(r, s)
	if err := bless(s, before); !errors.Is(err, scrip.StallRevoked) {
		t.Errorf("T5 of a revoked stall: %v, want %v", err, scrip.StallRevoked)
	}
	r.Clock.Advance(61 * time.Second)
	if err := announce(c, c.Exchange(s, held, 12_50)); !errors.Is(err, scrip.StallRevoked) {
		t.Errorf("T3 for a revoked stall: %v, want %v", err, scrip.StallRevoked)
	}
}

// Scrip that is gone is the end of an exchange, and a wallet that asks learns it,
// whatever became of the stall.
func TestExchangeOfDeadScripAtRevokedStall(t *testing.T) {
	r := rig.New(t)
	c, s, other := r.Customer(100_00), r.Stall("Attic"), r.Stall("Barn")
	held := c.Acquire(50_00)
	copied := c.Exchange(s, held, 12_50)
	c.Trade(other, held, 50_00)
	revoke(r, s)
	if err := announce(c, copied); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("T3 of dead scrip for a revoked stall: %v, want %v", err, scrip.ScripSpent)
	}
}
