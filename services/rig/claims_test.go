package rig_test

import (
	"context"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/audit"
	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// Tests of the paper's claims that are of no one package: see docs/claims.md.

// TestEveryoneBuysAndSells is C18: one account, one program, both roles. A
// sells to B, B to C, C to A, with the keys they opened their stalls with.
func TestEveryoneBuysAndSells(t *testing.T) {
	r := rig.New(t)
	stalls := []*rig.Stall{r.Stall("A"), r.Stall("B"), r.Stall("C")}
	for i, s := range stalls {
		buyer := stalls[(i+1)%len(stalls)].Owner
		if _, err := r.Bank.Deposit(t.Context(), buyer.Bank, 50_00, r.ID()); err != nil {
			t.Fatal(err)
		}
		thing := s.List(12_50, 1)
		held, change := buyer.Trade(s, buyer.Acquire(50_00), 20_00)
		if paid, rest := buyer.Buy(s, held, thing); paid.Body.Price != 12_50 || rest.Scrip.Value != 7_50 || change.Scrip.Value != 30_00 {
			t.Errorf("%d: got price %d, change %d and %d, want 1250, 750, 3000", i, paid.Body.Price, rest.Scrip.Value, change.Scrip.Value)
		}
		if err := s.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := totalsOf(r).Earned; got != 37_50 {
		t.Errorf("earned: got %d in all, want 3750", got)
	}
}

func totalsOf(r *rig.Rig) audit.Totals {
	r.T.Helper()
	report, err := audit.Folders(context.Background(), []string{r.Data})
	if err != nil {
		r.T.Fatal(err)
	}
	return report.Totals
}

// TestThreeThings is C24: scrip, secret and key spend together and no two of
// them do. A thief has scrip, secret and key of its own, and any two things of
// somebody else's.
func TestThreeThings(t *testing.T) {
	r := rig.New(t)
	s := r.Stall("Attic")
	owner, thief := r.Customer(100_00), r.Customer(100_00)
	theirs, ours := map[string]scrip.Held{}, map[string]scrip.Held{}
	theirs["VendorScrip"], theirs["BrokerScrip"] = owner.Trade(s, owner.Acquire(50_00), 20_00)
	ours["VendorScrip"], ours["BrokerScrip"] = thief.Trade(s, thief.Acquire(50_00), 20_00)
	thing := s.List(12_50, 10)
	for _, stolen := range []struct{ scrip, secret, key bool }{
		{scrip: true}, {secret: true}, {key: true},
		{scrip: true, secret: true}, {scrip: true, key: true}, {secret: true, key: true},
	} {
		for kind, send := range map[string]func(c *rig.Customer, h scrip.Held) error{
			"VendorScrip": func(c *rig.Customer, h scrip.Held) error {
				_, err := rig.Send[scrip.Paid](c, s.Purchase, c.Mandate(s, h, thing))
				return err
			},
			"BrokerScrip": func(c *rig.Customer, h scrip.Held) error {
				_, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, c.Seal(rig.Message{
					Body:   scrip.Withdraw{Account: c.Account, Value: h.Scrip.Value},
					Attach: scrip.Attachments{Scrip: &h.Scrip, Secret: h.Secret},
				}))
				return err
			},
		} {
			h, c := ours[kind], thief
			if stolen.scrip {
				h.Scrip = theirs[kind].Scrip
			}
			if stolen.secret {
				h.Secret = theirs[kind].Secret
			}
			if stolen.key {
				c = owner
			}
			if err := send(c, h); !errors.Is(err, scrip.ScripInvalid) {
				t.Errorf("%s with %+v stolen: got %v, want %v", kind, stolen, err, scrip.ScripInvalid)
			}
		}
	}
	if _, change := owner.Buy(s, theirs["VendorScrip"], thing); change.Scrip.Value != 7_50 {
		t.Errorf("the owner's change: got %d, want 750", change.Scrip.Value)
	}
}

// TestOneBrokerScrip is C10: whatever an account asks for at the same time, it
// has one live BrokerScrip at most, and what it has in all stays the same.
func TestOneBrokerScrip(t *testing.T) {
	w := newTown(t, 0, 1)
	c, s := w.cheat, w.stalls[0]
	for range 6 {
		c.fill(s)
		list := append(c.ways(s), c.acquire(7_00), c.acquire(8_00))
		c.settle(s, list, race(list))
		snap, err := w.Books.Snapshot(t.Context(), db.Question{})
		if err != nil {
			t.Fatal(err)
		}
		if snap.MostHeld > 1 || len(c.till) > 1 {
			t.Errorf("BrokerScrip of one account: got %d in the books and %d granted, want 1 at most", snap.MostHeld, len(c.till))
		}
	}
	w.settle()
	w.check()
}

func (c *cheat) acquire(amount scrip.Money) spend {
	m := c.Acquisition(amount)
	return spend{"acquire", func() (outcome, error) {
		o, err := rig.Send[scrip.Acquired](c.Customer, c.way((*broker.Broker).Acquire), m)
		return outcome{till: held(o.Attachments)}, err
	}}
}

// lived is a town after a wallet did everything a wallet does, with all that
// was said on the tape.
func lived(t *testing.T) *town {
	w := newTown(t, 1, 1)
	c, s := w.wallets[0], w.stalls[0]
	for _, do := range []func(ctx context.Context) error{
		func(ctx context.Context) error { return c.lives.Load(ctx, 30_00) },
		func(ctx context.Context) error { return c.lives.Exchange(ctx, s.opened.Vendor(), 4_00) },
		func(ctx context.Context) error { return c.lives.Extend(ctx, s.opened.Vendor(), 2_00) },
		func(ctx context.Context) error { return c.lives.Load(ctx, 5_00) },
		func(ctx context.Context) error {
			_, err := c.lives.Buy(ctx, s.listings[0].JWS, 1, rig.To("12 Elm Street")) // 6.5, 6.3
			return err
		},
		c.lives.Deliver,
		func(ctx context.Context) error { return s.present().Deliver(ctx) },
		func(ctx context.Context) error {
			w.Clock.Advance(scripLifetime)
			return c.lives.Renew(ctx)
		},
		c.lives.Withdraw,
		func(ctx context.Context) error { return c.lives.Load(ctx, 50_00) },
		func(ctx context.Context) error { return c.lives.Exchange(ctx, s.opened.Vendor(), 20_00) },
		c.lives.Leave, // 6.7, 6.6
		func(ctx context.Context) error { return c.lives.Load(ctx, 50_00) },
		func(ctx context.Context) error { return c.lives.Exchange(ctx, s.opened.Vendor(), 20_00) },
	} {
		if err := do(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// standing is all money there is, and where.
type standing struct {
	audit.Totals
	broker, vendor db.Sum
	orders         int
}

func (w *town) standing() standing {
	w.T.Helper()
	s := standing{Totals: totalsOf(w.Rig)}
	books, err := w.Books.Snapshot(w.T.Context(), db.Question{})
	if err != nil {
		w.T.Fatal(err)
	}
	shelf, err := w.stalls[0].shelf().Snapshot(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	s.broker, s.vendor, s.orders = books.Live, shelf.Live, len(w.sales())
	return s
}

// TestEveryMessageAgain is C9: whoever recorded any message sends it again, at
// once or a long time later: no money moves, and there is no new scrip.
func TestEveryMessageAgain(t *testing.T) {
	w := lived(t)
	want, tape := w.standing(), slices.Clone(w.tape)
	if len(tape) < 25 {
		t.Fatalf("recorded: got %d messages, want those of every transaction", len(tape))
	}
	laters := []time.Duration{0, time.Hour, 30 * 24 * time.Hour, 300 * 24 * time.Hour}
	if testing.Short() {
		laters = laters[1:2]
	}
	for _, later := range laters {
		w.Clock.Advance(later)
		for _, p := range tape {
			_, err := p.send(t.Context(), p.in)
			if got := w.standing(); got != want {
				t.Fatalf("%s again after %v (%v): got %+v, want %+v", p.what, later, err, got, want)
			}
		}
	}
}

// TestEveryMessageChanged is C4: a message with one bit changed is refused by
// whoever opens it, and changes nothing.
func TestEveryMessageChanged(t *testing.T) {
	w := lived(t)
	want, chance := w.standing(), mathrand.New(mathrand.NewPCG(1, 2))
	for _, p := range slices.Clone(w.tape) {
		for _, part := range []func(*scrip.Sealed) *string{
			func(s *scrip.Sealed) *string { return &s.Envelope },
			func(s *scrip.Sealed) *string { return &s.Order },
			func(s *scrip.Sealed) *string { return &s.Payment },
		} {
			in := p.in
			text := part(&in)
			if *text == "" {
				continue
			}
			b := []byte(*text)
			at := chance.IntN(len(b))
			b[at] ^= 1 << chance.IntN(7)
			*text = string(b)
			// Of several parts one says which request it is: with another one changed
			// it is still that request, and brings the answer of before.
			if _, err := p.send(t.Context(), in); err == nil && in.Envelope != p.in.Envelope {
				t.Errorf("%s with byte %d of %d changed: got an answer, want a refusal", p.what, at, len(b))
			}
		}
	}
	if got := w.standing(); got != want {
		t.Errorf("after all of it: got %+v, want %+v", got, want)
	}
}
