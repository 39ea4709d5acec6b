package broker_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

const day = 24 * time.Hour

// listed is a stall's entry in the directory, with its certificate.
func listed(s *rig.Stall) (scrip.CertifiedStall, scrip.Certificate) {
	r := s.Rig
	r.T.Helper()
	entry, err := r.Broker.Stall(r.T.Context(), s.Vendor())
	if err != nil {
		r.T.Fatal(err)
	}
	o, err := scrip.Verify[scrip.Certificate](entry.Certificate, string(s.Vendor()), r.Info.Signer())
	if err != nil {
		r.T.Fatal(err)
	}
	return entry, o.Body
}

// briefly is how long a stall runs that is to do nothing.
const briefly = 400 * time.Millisecond

// ran opens the stall anew, with a broker to ask for certificates, and runs it
// until done reports true, or for at most that long.
func ran(s *rig.Stall, most time.Duration, keep func(string), done func(*merchant.Stall) bool) *merchant.Stall {
	c := s.Config
	c.Certifier = s.Rig.Broker
	c.Certified = func(_ context.Context, signed string) error { keep(signed); return nil }
	stall := merchant.Open(c)
	ctx, stop := context.WithCancel(s.Rig.T.Context())
	over := make(chan struct{})
	go func() { stall.Run(ctx); close(over) }()
	for begun := time.Now(); time.Since(begun) < most && !done(stall); time.Sleep(time.Millisecond) {
	}
	stop()
	<-over
	return stall
}

// A stall that runs has its certificate renewed before it ends: for the same
// name, keys and address, kept before it is shown.
func TestCertificateIsRenewed(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	_, first := listed(s)
	kept := make(chan string, 9)
	keep := func(signed string) { kept <- signed }
	renewed := func(m *merchant.Stall) bool { return m.Standing() != s.CertificateJWS }

	r.Clock.Advance(330 * day)
	if early := ran(s, briefly, keep, renewed); renewed(early) || len(kept) != 0 {
		t.Error("35 days before the end: got another certificate, want none yet")
	}
	r.Clock.Advance(10 * day)
	late := ran(s, time.Minute, keep, renewed)
	entry, next := listed(s)
	if !renewed(late) || len(kept) != 1 || late.Standing() != entry.Certificate {
		t.Fatalf("25 days before the end: got %d kept, want the directory's next certificate, kept once", len(kept))
	}
	if got := <-kept; got != entry.Certificate {
		t.Errorf("kept: got %s, want the directory's %s", got, entry.Certificate)
	}
	if want := r.Clock.Now().Add(365 * day).Unix(); next.NotAfter != want {
		t.Errorf("it ends: got %d, want %d", next.NotAfter, want)
	}
	if next.NotAfter = first.NotAfter; next != first {
		t.Errorf("next certificate: got %+v, want %+v but for its end", next, first)
	}
	if again := ran(s, briefly, keep, func(*merchant.Stall) bool { return len(kept) > 0 }); again.Standing() != entry.Certificate {
		t.Error("started from the old certificate: got another one, want the same as before")
	}
}

// Nobody but the stall and its account asks for its certificate.
func TestCertificateIsNotRenewedForOthers(t *testing.T) {
	r := rig.New(t)
	s, thief := r.Stall("Attic"), r.Stall("Cellar")
	r.Clock.Advance(360 * day)
	before, _ := listed(s)
	c := thief.Config
	c.Certificate, c.CertificateJWS, c.Certifier = s.Certificate, s.CertificateJWS, r.Broker // with its own keys
	stolen := &rig.Stall{Stall: merchant.Open(c), Rig: r}
	ran(stolen, briefly, func(string) { t.Error("a certificate was given to another") }, func(*merchant.Stall) bool { return false })
	if after, _ := listed(s); after != before {
		t.Errorf("directory: got %+v, want it unchanged", after)
	}
}

// A revoked stall is closed while the broker runs, once and for good: it gets
// no exchange and no certificate any more, and its customers get their money.
func TestRevoke(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	vendor, change := c.Trade(s, c.Acquire(50_00), 10_00)
	revoke := func(v scrip.VendorID) (string, error) {
		return broker.Revoke(t.Context(), r.Books, v, r.Clock.Now(), rand.Reader)
	}
	name, err := revoke(s.Vendor())
	if err != nil || name != "Attic" {
		t.Fatalf("Revoke: got %q, %v, want Attic", name, err)
	}
	if entry, _ := listed(s); !entry.Revoked {
		t.Error("directory: got it listed as good, want it revoked")
	}
	if err := announce(c, c.Exchange(s, change, 5_00)); !errors.Is(err, scrip.StallRevoked) {
		t.Errorf("T3: got %v, want %v", err, scrip.StallRevoked)
	}
	r.Clock.Advance(360 * day)
	before, _ := listed(s)
	ran(s, briefly, func(string) { t.Error("a revoked stall got a certificate") }, func(*merchant.Stall) bool { return false })
	if after, _ := listed(s); after != before {
		t.Errorf("directory: got %+v, want it unchanged", after)
	}
	c.GiveBack(s, vendor)
	if _, err := revoke(s.Vendor()); !errors.Is(err, scrip.StallRevoked) {
		t.Errorf("once more: got %v, want %v", err, scrip.StallRevoked)
	}
	if _, err := revoke(scrip.VendorID(r.ID())); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("an unknown stall: got %v, want %v", err, scrip.ErrAbsent)
	}
}

// TestNotYetInForce: a broker whose clock was set back a day says of the stalls it
// certified since that their time has not come, and not that it closed them. NOTED
// to the same T3 has the time anew, and its deadline as it was.
func TestNotYetInForce(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held := c.Acquire(50_00)
	x := c.Exchange(s, held, 12_50)
	first, err := rig.Send[scrip.Noted](c, r.Broker.Announce, x.T3)
	if err != nil {
		t.Fatal(err)
	}
	r.Clock.Advance(-24 * time.Hour)
	if err := bless(s, x); !errors.Is(err, scrip.NotYetInForce) {
		t.Errorf("T5: got %v, want %v", err, scrip.NotYetInForce)
	}
	other := r.Customer(100_00)
	if err := announce(other, other.Exchange(s, other.Acquire(50_00), 12_50)); !errors.Is(err, scrip.NotYetInForce) {
		t.Errorf("T3: got %v, want %v", err, scrip.NotYetInForce)
	}
	r.Clock.Advance(24*time.Hour + 2*time.Minute)
	again, err := rig.Send[scrip.Noted](c, r.Broker.Announce, x.T3)
	if err != nil || again.Body.Deadline != first.Body.Deadline || again.At != r.Clock.Now().Unix() {
		t.Errorf("T3 again: got %+v at %d, %v, want the deadline %d at %d", again.Body, again.At, err, first.Body.Deadline, r.Clock.Now().Unix())
	}
}
