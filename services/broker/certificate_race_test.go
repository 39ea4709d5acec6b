package broker_test

import (
	"context"
	"errors"
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
			c.Certifier = r.Broker
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
