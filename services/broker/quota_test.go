package broker_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// quoted gives the rig a broker that takes so many requests a minute of each sender.
func quoted(r *rig.Rig, most int) {
	c := r.Broker.Config
	c.Requests = most
	r.Broker = broker.New(c)
}

// TestRequestsAreCountedBySender: an account, or a merchant, that makes too many requests
// is told to wait, and nobody else is, whatever address they share; a request that
// somebody recorded and sends again uses up nothing of its sender's.
func TestRequestsAreCountedBySender(t *testing.T) {
	r := rig.New(t)
	ada, bob, s, neighbour := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic"), r.Stall("Cellar")
	quoted(r, 3)
	recorded := ada.Acquisition(10_00)
	for range 100 {
		if _, err := r.Broker.Acquire(t.Context(), recorded.Sealed); err != nil {
			t.Fatalf("T1 again: %v", err)
		}
	}
	ask := func(c *rig.Customer) error {
		_, err := rig.Send[scrip.Stated](c, r.Broker.Statement, c.Seal(rig.Message{Tx: r.ID(), Body: scrip.Statement{Account: c.Account}}))
		return err
	}
	for i, want := range []error{nil, nil, scrip.Unavailable, scrip.Unavailable} {
		if err := ask(ada); !errors.Is(err, want) {
			t.Errorf("request %d of ada: got %v, want %v", i+2, err, want)
		}
	}
	if err := ask(bob); err != nil {
		t.Errorf("bob: got %v, want an answer", err)
	}
	r.Clock.Advance(time.Minute)
	if err := ask(ada); err != nil {
		t.Errorf("ada, a minute later: got %v, want an answer", err)
	}

	report := func(s *rig.Stall) error {
		_, err := r.Broker.Refund(t.Context(), ada.Seal(rig.Message{
			From: string(s.Vendor()), By: s.Secret.Signing, Tx: r.ID(),
			Body: scrip.RefundReport{Vendor: s.Vendor(), Purchase: r.ID(), Amount: 1},
		}).Sealed)
		return err
	}
	for i, want := range []error{nil, nil, nil, scrip.Unavailable} {
		if err := report(s); !errors.Is(err, want) {
			t.Errorf("REFUND %d of a stall: got %v, want %v", i+1, err, want)
		}
	}
	if err := report(neighbour); err != nil {
		t.Errorf("REFUND of its neighbour: got %v, want an answer", err)
	}
}

// TestRepeatedT15AsksOnce: a T15 that is sent a hundred times while its merchant's word
// settles nothing costs the merchant one T16, and then one after each of the pauses, which
// grow.
func TestRepeatedT15AsksOnce(t *testing.T) {
	g := grow(t)
	wordy := padding{g.Wire, strings.Repeat("x", scrip.MaxPassed+1)}
	g.Broker.Merchants = wordy
	t15, before := g.extension(12_50), len(g.Wire.Sent())
	for range 100 {
		if e, err := g.c.SendExtension(t15); err != nil || e.Noted == 0 {
			t.Fatalf("T15: got %+v, %v; want NOTED", e, err)
		}
	}
	if got := len(g.Wire.Sent()) - before; got != 1 {
		t.Errorf("T16s for a hundred T15s at once: got %d, want 1", got)
	}
	for range 60 {
		g.Clock.Advance(time.Second)
		if _, err := g.c.SendExtension(t15); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(g.Wire.Sent()) - before; got > 7 {
		t.Errorf("T16s for T15s of a minute: got %d, want at most 7", got)
	}
	g.Broker.Merchants = g.Wire
	if err := g.Broker.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	settled := len(g.Wire.Sent())
	if e, err := g.c.SendExtension(t15); err != nil || e.Vendor.Scrip.Value != 32_50 || len(g.Wire.Sent()) != settled {
		t.Errorf("T15 again: got %+v, %v, want VendorScrip of 32.50 and no T16", e, err)
	}
}
