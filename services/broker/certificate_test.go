package broker_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
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

// certificates are where all processes of a stall keep its certificate.
type certificates struct {
	mu   sync.Mutex
	kept string            // under mu
	keep func(next string) // is told of each that is kept; may be nil
}

func (c *certificates) Kept(context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept, nil
}

func (c *certificates) Replace(_ context.Context, before, next string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept != before {
		return scrip.TxConflict
	}
	if c.kept = next; c.keep != nil {
		c.keep(next)
	}
	return nil
}

// briefly is how long a stall runs that is to do nothing.
const briefly = 400 * time.Millisecond

// ran opens the stall anew, with a broker to ask for certificates, and runs it
// until done reports true, or for at most that long.
func ran(s *rig.Stall, most time.Duration, keep func(string), done func(*merchant.Stall) bool) *merchant.Stall {
	c := s.Config
	c.Certificates = &certificates{kept: c.CertificateJWS, keep: keep}
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
	c.Certificate, c.CertificateJWS = s.Certificate, s.CertificateJWS // with its own keys
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

// TestCertificateOfAClockThatWasAhead: a stall that was certified while the broker's clock
// was ahead has a certificate in force once that is right, by itself, and a customer who saw
// the first one buys there. Nobody else is asked for anything.
func TestCertificateOfAClockThatWasAhead(t *testing.T) {
	r := rig.New(t)
	r.Clock.Advance(400 * day)
	s := r.Stall("Attic")
	_, first := listed(s)
	r.Clock.Advance(-400 * day)
	c := r.Customer(100_00)
	held := c.Acquire(50_00)
	if err := announce(c, c.Exchange(s, held, 12_50)); !errors.Is(err, scrip.NotYetInForce) {
		t.Fatalf("T3 before it is renewed: got %v, want %v", err, scrip.NotYetInForce)
	}
	kept := ""
	inForce := func(m *merchant.Stall) bool { return m.Current().CheckTime(r.Clock.Now().Unix()) == nil }
	now := ran(s, time.Minute, func(signed string) { kept = signed }, inForce)
	entry, next := listed(s)
	if !inForce(now) || kept != entry.Certificate || next.NotAfter >= first.NotAfter || next.Vendor != first.Vendor {
		t.Fatalf("got %+v, kept %t, want the directory's certificate, in force now", now.Current(), kept != "")
	}
	ran(s, time.Minute, func(signed string) { kept = signed }, inForce)
	if after, _ := listed(s); kept != after.Certificate || after != entry {
		t.Errorf("opened from the first certificate: got %+v, want the same as before, %+v", after, entry)
	}
	if err := announce(c, c.Exchange(s, held, 12_50)); err != nil {
		t.Errorf("T3 after it is renewed: %v", err)
	}
}

// TestLockOfAClockThatWasAhead: what T3 locked while the broker's clock was two days
// ahead is locked for a minute once the clock is right, and T3 says so; what T15 holds
// stays held.
func TestLockOfAClockThatWasAhead(t *testing.T) {
	r := rig.New(t)
	r.Clock.Advance(3 * 24 * time.Hour)
	c, other, s := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic")
	vendor, _ := other.Trade(s, other.Acquire(50_00), 50_00)
	till, held := other.Acquire(30_00), c.Acquire(50_00)
	r.Clock.Advance(48 * time.Hour)
	x := c.Exchange(s, held, 12_50)
	if err := announce(c, x); err != nil {
		t.Fatal(err)
	}
	r.Wire.Set(rig.Cut)
	if e, err := other.SendExtension(other.Extension(s, till, vendor, 1_00)); err != nil || e.Noted == 0 {
		t.Fatalf("T15 at a stall that is away: got %+v, %v, want NOTED", e, err)
	}
	r.Clock.Advance(-48 * time.Hour)
	if err := r.Broker.Deliver(t.Context()); err == nil {
		t.Error("Deliver: got nil, want that T15 waits")
	}
	end := r.Clock.Now().Unix() + 60
	again, err := rig.Send[scrip.Noted](c, r.Broker.Announce, x.T3)
	if err != nil || again.Body.Deadline != end {
		t.Errorf("T3 again: got deadline %d, %v, want %d", again.Body.Deadline, err, end)
	}
	withdraw := func(c *rig.Customer, h scrip.Held) error {
		_, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, c.Seal(rig.Message{
			Body: scrip.Withdraw{Account: c.Account, Value: h.Scrip.Value}, Attach: scrip.Attachments{Scrip: &h.Scrip, Secret: h.Secret},
		}))
		return err
	}
	r.Clock.Advance(59 * time.Second)
	if err := withdraw(c, held); !errors.Is(err, scrip.ScripLocked) {
		t.Errorf("T20 within the minute: got %v, want %v", err, scrip.ScripLocked)
	}
	r.Clock.Advance(time.Second)
	if err := r.Broker.Deliver(t.Context()); err == nil {
		t.Error("Deliver: got nil, want that T15 waits")
	}
	if err := bless(s, x); !errors.Is(err, scrip.LockExpired) {
		t.Errorf("T5 after the minute: got %v, want %v", err, scrip.LockExpired)
	}
	if err := withdraw(c, held); err != nil {
		t.Errorf("T20 after the minute: got %v, want it done", err)
	}
	if err := withdraw(other, till); !errors.Is(err, scrip.ScripLocked) {
		t.Errorf("T20 of what T15 holds: got %v, want %v", err, scrip.ScripLocked)
	}
	r.Wire.Set(rig.Open)
	if err := r.Broker.Deliver(t.Context()); err != nil {
		t.Errorf("Deliver with the stall back: got %v, want nothing left", err)
	}
}
