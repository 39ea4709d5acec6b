package broker_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

func head(r *rig.Rig) (tree.Head, string) {
	r.T.Helper()
	signed, err := r.Broker.Head(r.T.Context())
	if err != nil {
		r.T.Fatalf("Head: %v", err)
	}
	h, err := tree.OpenHead(signed, r.Info.ID, r.Info.Ever())
	if err != nil {
		r.T.Fatalf("OpenHead: %v", err)
	}
	return h, signed
}

// TestHeadAfterTheClockWentBack: a clock set back a day keeps no head from being
// signed, once a minute as ever.
func TestHeadAfterTheClockWentBack(t *testing.T) {
	r := rig.New(t)
	r.Customer(100_00)
	before, _ := head(r)
	for _, pause := range []time.Duration{-24 * time.Hour, time.Minute, time.Minute} {
		r.Clock.Advance(pause)
		r.Customer(100_00)
		now, note := head(r)
		if now.Size <= before.Size {
			t.Errorf("%v later: got a head of %d records, want more than %d", pause, now.Size, before.Size)
		}
		r.Customer(100_00)
		if _, again := head(r); again != note {
			t.Errorf("%v later, at once: got another head, want the same", pause)
		}
		before = now
	}
}

// A head is signed when there is something new, and not more often than that,
// nor than once a minute; each continues the one before.
func TestHead(t *testing.T) {
	r := rig.New(t)
	if _, err := r.Broker.Head(t.Context()); !errors.Is(err, scrip.NotFound) {
		t.Errorf("empty log: got %v, want %v", err, scrip.NotFound)
	}
	c := r.Customer(100_00)
	first, note := head(r)
	c.Acquire(50_00)
	if now, again := head(r); now != first || again != note {
		t.Errorf("at once: got %+v, want %+v", now, first)
	}
	r.Clock.Advance(time.Minute)
	second, note := head(r)
	if second.Size <= first.Size {
		t.Errorf("a minute later: got %+v, want more than %+v", second, first)
	}
	r.Clock.Advance(time.Hour)
	if _, again := head(r); again != note {
		t.Errorf("nothing new: got %s, want %s", again, note)
	}
	proof, err := r.Broker.Consistency(t.Context(), first.Size, second.Size)
	if err != nil || proof.Verify(first, second) != nil {
		t.Errorf("Consistency: got %+v, %v", proof, err)
	}
	for _, bad := range [][2]int64{{0, 1}, {2, 1}, {1, second.Size + 1}} {
		if _, err := r.Broker.Consistency(t.Context(), bad[0], bad[1]); !errors.Is(err, scrip.NotFound) {
			t.Errorf("Consistency(%v): got %v, want %v", bad, err, scrip.NotFound)
		}
	}
}

// What a buyer and a seller signed is provably in the log, to who holds it.
func TestMessageProof(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	first, _ := head(r)
	c.Buy(s, vendor, s.List(12_50, 3))
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	sales, err := s.Shelf.Sales(t.Context(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	sale := sales[0]
	mandate, err := scrip.Verify[scrip.Mandate](sale.Mandate, string(s.Vendor()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Broker.MessageProof(t.Context(), mandate.Digest); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("before the next head: got %v, want %v", err, scrip.Unavailable)
	}
	r.Clock.Advance(time.Minute)
	p, err := r.Broker.MessageProof(t.Context(), mandate.Digest)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Verify(r.Info.ID, r.Info.Ever()); err != nil {
		t.Errorf("Verify: %v", err)
	}
	if e, err := p.Records(mandate.Digest, "T12"); err != nil || e.At == 0 {
		t.Errorf("Records: got %+v, %v", e, err)
	}
	for _, secret := range []string{string(c.Account), string(s.Vendor()), "1250", sale.Mandate} {
		if strings.Contains(p.Entry, secret) {
			t.Errorf("the entry tells %q:\n%s", secret, p.Entry)
		}
	}
	byIndex, err := r.Broker.Proof(t.Context(), first.Size-1)
	if _, bad := byIndex.Verify(r.Info.ID, r.Info.Ever()); err != nil || bad != nil || byIndex.Entry != "" {
		t.Errorf("Proof: got %+v, %v, %v, want a proof without the entry", byIndex, err, bad)
	}
	if _, err := r.Broker.Proof(t.Context(), 1000); !errors.Is(err, scrip.NotFound) {
		t.Errorf("Proof(1000): got %v, want %v", err, scrip.NotFound)
	}
	if _, err := r.Broker.MessageProof(t.Context(), jose.Digest(nil)); !errors.Is(err, scrip.NotFound) {
		t.Errorf("unknown message: got %v, want %v", err, scrip.NotFound)
	}
}
