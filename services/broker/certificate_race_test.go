package broker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// overtaken is books in which something else is committed right before the next commit.
type overtaken struct {
	broker.Books
	by func()
}

func (b *overtaken) Apply(ctx context.Context, c scrip.Change) error {
	if by := b.by; by != nil {
		b.by = nil
		by()
	}
	return b.Books.Apply(ctx, c)
}

// TestCertificatesOfOneMoment: a RENAME and an R3 that were decided from the same certificate do not undo each other:
// the one that is later is to be sent again, and then has what the other did.
func TestCertificatesOfOneMoment(t *testing.T) {
	name := func(s *merchant.Stall) error { return s.Rename(t.Context(), "The Attic") }
	move := func(s *merchant.Stall) error { return s.Move(t.Context(), "https://other.example") }
	renew := func(s *merchant.Stall) error { return s.CatchUp(t.Context(), "another") }
	for title, test := range map[string]struct {
		first, later func(*merchant.Stall) error
		name, base   string
		lives        time.Duration
	}{
		"R3, and a RENAME meanwhile":       {name, renew, "The Attic", "http://stall.test", 365 * day},
		"RENAME, and an R3 meanwhile":      {renew, name, "The Attic", "http://stall.test", 365 * day},
		"two RENAMEs, of name and address": {move, name, "The Attic", "https://other.example", 25 * day},
	} {
		t.Run(title, func(t *testing.T) {
			books := &overtaken{}
			r := rig.New(t, func(c *broker.Config) { books.Books, c.Books = c.Books, books })
			s := r.Stall("Attic")
			c := s.Config
			c.Certificates = &certificates{kept: c.CertificateJWS}
			first, later := merchant.Open(c), merchant.Open(c) // two processes
			r.Clock.Advance(340 * day)
			books.by = func() {
				r.Clock.Advance(-time.Second) // its counter is the lesser one
				defer r.Clock.Advance(time.Second)
				if err := test.first(first); err != nil {
					t.Errorf("meanwhile: %v", err)
				}
			}
			if err := test.later(later); !errors.Is(err, scrip.Unavailable) {
				t.Errorf("the later one: got %v, want %v", err, scrip.Unavailable)
			}
			r.Clock.Advance(time.Second)
			if err := test.later(later); err != nil {
				t.Errorf("the later one again: %v", err)
			}
			entry, now := listed(s)
			if now.Name != test.name || now.BaseURL != test.base || entry.Name != test.name || entry.BaseURL != test.base {
				t.Errorf("got %s at %s, listed as %s at %s, want %s at %s", now.Name, now.BaseURL, entry.Name, entry.BaseURL, test.name, test.base)
			}
			if left := time.Duration(now.NotAfter-r.Clock.Now().Unix()) * time.Second; (left - test.lives).Abs() > time.Hour {
				t.Errorf("the certificate lives for %v, want %v", left, test.lives)
			}
		})
	}
}

// between is a stall's way to the broker on which something happens once, when the broker has answered and the stall has
// not heard it; which is lost, if that is said.
type between struct {
	merchant.Broker
	mu      sync.Mutex
	happens func()         // under mu
	lose    int            // under mu: so many answers
	sent    map[string]int // under mu
}

func (b *between) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	out, err := b.Broker.Send(ctx, message, in)
	b.mu.Lock()
	b.sent[message]++
	happens, lost := b.happens, b.lose > 0
	b.happens, b.lose = nil, max(b.lose-1, 0)
	b.mu.Unlock()
	if happens != nil {
		happens()
	}
	if lost {
		return scrip.Sealed{}, errLost
	}
	return out, err
}

// TestAnswersOutOfOrder: whichever of two certificates a stall hears of last, be they asked for by one process or by two,
// it has the one that the broker signed last, and keeps that; and whose name does not stand is told.
func TestAnswersOutOfOrder(t *testing.T) {
	name := func(s *merchant.Stall) error { return s.Rename(t.Context(), "The Attic") }
	other := func(s *merchant.Stall) error { return s.Rename(t.Context(), "Another Attic") }
	move := func(s *merchant.Stall) error { return s.Move(t.Context(), "https://other.example") }
	renew := func(s *merchant.Stall) error { return s.CatchUp(t.Context(), "another") }
	for title, test := range map[string]struct {
		asked, meanwhile func(*merchant.Stall) error
		name, base       string
		overtaken        bool // what is asked first does not stand where another process asks meanwhile
	}{
		"R3, and a RENAME meanwhile":                            {renew, name, "The Attic", "http://stall.test", false},
		"RENAME, and an R3 meanwhile":                           {name, renew, "The Attic", "http://stall.test", false},
		"RENAME, and another meanwhile":                         {name, other, "Another Attic", "http://stall.test", true},
		"RENAME of the address, and of the name meanwhile":      {move, name, "The Attic", "https://other.example", false},
		"RENAME of the address, and the same address meanwhile": {move, move, "Attic", "https://other.example", false},
	} {
		for processes := 1; processes <= 2; processes++ {
			t.Run(fmt.Sprintf("%s, %d processes", title, processes), func(t *testing.T) {
				r := rig.New(t)
				c := r.Stall("Attic").Config
				kept := &certificates{kept: c.CertificateJWS}
				way := &between{Broker: c.Broker, sent: map[string]int{}}
				c.Certificates, c.Broker = kept, way
				first := merchant.Open(c)
				second := first
				if processes == 2 {
					second = merchant.Open(c)
				}
				r.Clock.Advance(340 * day)
				over := make(chan error, 1)
				way.happens = func() {
					r.Clock.Advance(time.Second)
					go func() { over <- test.meanwhile(second) }()
					select {
					case err := <-over:
						over <- err
					case <-time.After(briefly): // it waits for the first
					}
				}
				err := test.asked(first)
				if want := test.overtaken && processes == 2; errors.Is(err, scrip.TxConflict) != want || err != nil && !want {
					t.Errorf("what was asked first: got %v, want it told that it does not stand: %t", err, want)
				}
				if err := <-over; err != nil {
					t.Fatal(err)
				}
				entry, err := r.Broker.Stall(t.Context(), first.Vendor())
				if err != nil {
					t.Fatal(err)
				}
				if err := second.Follow(t.Context()); err != nil {
					t.Fatal(err)
				}
				if first.Standing() != entry.Certificate || second.Standing() != entry.Certificate || kept.kept != entry.Certificate {
					t.Errorf("got %q and %q, want both to have, and to keep, what the broker signed last: %q at %s",
						first.Current().Name, second.Current().Name, entry.Name, entry.BaseURL)
				}
				if entry.Name != test.name || entry.BaseURL != test.base {
					t.Errorf("got %s at %s, want %s at %s", entry.Name, entry.BaseURL, test.name, test.base)
				}
			})
		}
	}
}

// TestMoveChangesNoName: a stall that moves keeps the name that it was given before, be that asked for right before in the
// same process, by another process of which this one has not heard yet, or without an answer; and it moves back from where
// another process has moved it.
func TestMoveChangesNoName(t *testing.T) {
	const here, elsewhere = "http://stall.test", "https://other.example"
	for title, test := range map[string]struct {
		name string
		move func(r *rig.Rig, first, second *merchant.Stall, way *between) error
		base string
	}{
		"queued behind a RENAME": {"The Attic", func(r *rig.Rig, first, _ *merchant.Stall, way *between) error {
			over := make(chan error, 1)
			way.happens = func() {
				r.Clock.Advance(time.Second)
				go func() { over <- first.Move(t.Context(), elsewhere) }()
				time.Sleep(briefly)
			}
			return errors.Join(first.Rename(t.Context(), "The Attic"), <-over)
		}, elsewhere},
		"renamed by another process": {"The Attic", func(r *rig.Rig, first, second *merchant.Stall, _ *between) error {
			err := first.Rename(t.Context(), "The Attic")
			r.Clock.Advance(time.Second)
			return errors.Join(err, second.Move(t.Context(), elsewhere))
		}, elsewhere},
		"renamed without an answer": {"The Attic", func(r *rig.Rig, first, _ *merchant.Stall, way *between) error {
			way.lose = 1
			if err := first.Rename(t.Context(), "The Attic"); !errors.Is(err, errLost) {
				return fmt.Errorf("the lost answer: got %w, want %w", err, errLost)
			}
			r.Clock.Advance(time.Second)
			return first.Move(t.Context(), elsewhere)
		}, elsewhere},
		"moved by another process": {"Attic", func(r *rig.Rig, first, second *merchant.Stall, _ *between) error {
			err := first.Move(t.Context(), elsewhere)
			r.Clock.Advance(time.Second)
			return errors.Join(err, second.Move(t.Context(), here))
		}, here},
	} {
		t.Run(title, func(t *testing.T) {
			r := rig.New(t)
			c := r.Stall("Attic").Config
			way := &between{Broker: c.Broker, sent: map[string]int{}}
			c.Certificates, c.Broker = &certificates{kept: c.CertificateJWS}, way
			first := merchant.Open(c)
			if err := test.move(r, first, merchant.Open(c), way); err != nil {
				t.Fatal(err)
			}
			entry, err := r.Broker.Stall(t.Context(), first.Vendor())
			if err != nil || entry.Name != test.name || entry.BaseURL != test.base {
				t.Errorf("the directory: got %s at %s, %v, want %s at %s", entry.Name, entry.BaseURL, err, test.name, test.base)
			}
		})
	}
}

// TestUnreadCertificate: of a kept certificate that is not shown the log says why, once, however often it is looked at.
func TestUnreadCertificate(t *testing.T) {
	r := rig.New(t)
	c, other := r.Stall("Attic").Config, r.Stall("Barn")
	kept, log := &certificates{kept: c.CertificateJWS}, &bytes.Buffer{}
	c.Certificates, c.Log = kept, slog.New(slog.NewTextHandler(log, nil))
	s := merchant.Open(c)
	for i, signed := range []string{other.Standing(), "none"} {
		kept.kept = signed
		for range 3 {
			if err := s.Follow(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := strings.Count(log.String(), "is not shown"); got != i+1 || s.Standing() != c.CertificateJWS {
			t.Errorf("%d such, each looked at three times: got %d lines, want one for each and the certificate that it had:\n%s", i+1, got, log)
		}
	}
}

// TestLostCertificate: a stall that runs has by itself the certificate that the broker signed and whose answer was lost, be it
// lost again; then it asks no more.
func TestLostCertificate(t *testing.T) {
	r := rig.New(t)
	c := r.Stall("Attic").Config
	kept := &certificates{kept: c.CertificateJWS}
	way := &between{Broker: c.Broker, sent: map[string]int{}, lose: 2}
	c.Certificates, c.Broker = kept, way
	s := merchant.Open(c)
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	if err := s.Rename(ctx, "The Attic"); !errors.Is(err, errLost) {
		t.Fatalf("Rename: got %v, want %v", err, errLost)
	}
	go func() { s.Run(ctx); close(over) }()
	for begun := time.Now(); s.Current().Name != "The Attic" && time.Since(begun) < time.Minute; time.Sleep(time.Millisecond) {
	}
	time.Sleep(briefly)
	stop()
	<-over
	if s.Current().Name != "The Attic" || kept.kept != s.Standing() || way.sent["RENAME"] != 1 || way.sent["R3"] != 2 {
		t.Errorf("got %q, kept %t, by %v, want it renamed and kept, by one RENAME and two R3", s.Current().Name, kept.kept == s.Standing(), way.sent)
	}
}
