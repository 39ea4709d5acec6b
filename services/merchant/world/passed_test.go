package world_test

import (
	"errors"
	"strings"
	"testing"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// While the broker is out of reach a stall keeps what customers bring for it,
// which is not for them to fill its disk with.
func TestLongPaymentParts(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held := c.Acquire(50_00)
	long := strings.Repeat("A", scrip.MaxPassed+1)
	x := c.Exchange(s, held, 12_50)
	x.T4.Payment = long
	answer, err := s.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenT8(x, answer); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("T4 with a payment part of %d bytes: %v, want %v", len(long), err, scrip.PartyMismatch)
	}
	vendor, _ := c.Trade(s, held, 12_50)
	t22 := c.GivingBack(s, vendor)
	t22.Payment = long
	if _, err := c.SendGivingBack(s, t22); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("T22 with a payment part of %d bytes: %v, want %v", len(long), err, scrip.PartyMismatch)
	}
	c.GiveBack(s, vendor)
}

// A T4 that was never announced leaves nothing behind once the broker was asked.
func TestUnannouncedLeavesNoAttempt(t *testing.T) {
	r := rig.New(t)
	link := &line{broker: r.Broker, cut: true}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	if _, err := s.Exchange(t.Context(), x.T4); err != nil {
		t.Fatal(err)
	}
	link.cut = false
	if err := s.Deliver(t.Context()); err != nil {
		t.Errorf("Deliver: %v", err)
	}
	if got := s.Attempt(x.Tx); got != (merchant.Attempt{}) {
		t.Errorf("the attempt at a T4 that is forgotten: %+v, want none", got)
	}
}
