package broker_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// takeBack takes a stall's certificate back.
func takeBack(r *rig.Rig, s *rig.Stall) {
	r.T.Helper()
	if _, err := broker.Revoke(r.T.Context(), r.Books, s.Vendor(), r.Clock.Now(), rand.Reader); err != nil {
		r.T.Fatal(err)
	}
}

// wantRescued sends a RESCUE, and wants so much back and so much kept.
func wantRescued(c *rig.Customer, s *rig.Stall, m rig.Sealed, amount, announced scrip.Money) {
	c.Rig.T.Helper()
	want := scrip.Rescued{Account: c.Account, Vendor: s.Vendor(), Amount: amount, Announced: announced}
	if got, err := c.SendRescue(m); err != nil || got != want {
		c.Rig.T.Errorf("RESCUE: got %+v, %v; want %+v", got, err, want)
	}
}

// notice sends the T9 of a purchase.
func notice(c *rig.Customer, s *rig.Stall, tx scrip.ID, price scrip.Money) {
	c.Rig.T.Helper()
	t9 := c.Seal(rig.Message{Tx: tx, Body: scrip.Notice{Account: c.Account, Vendor: s.Vendor(), Price: price, OrderDigest: jose.Digest(nil)}})
	if _, err := rig.Send[scrip.Noted](c, c.Rig.Broker.Notice, t9); err != nil {
		c.Rig.T.Fatal(err)
	}
}

// TestRescue: what customers have at a stall that is gone comes back to each of
// them, once, and to nobody else; and a stall that returns has nothing of theirs.
func TestRescue(t *testing.T) {
	for name, test := range map[string]struct {
		gone     func(*rig.Rig, *rig.Stall)
		giveBack scrip.Refusal // of what was rescued
	}{
		"revoked": {takeBack, scrip.FloatShort},
		"lapsed":  {func(r *rig.Rig, _ *rig.Stall) { r.Clock.Advance(366 * day); call(r, 8) }, scrip.ScripExpired},
	} {
		t.Run(name, func(t *testing.T) {
			r := rig.New(t)
			ada, bob, s := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic")
			mine, _ := ada.Trade(s, ada.Acquire(50_00), 20_00)
			bob.Trade(s, bob.Acquire(50_00), 30_00)
			early := ada.Rescuing(s)
			if _, err := ada.SendRescue(early); !errors.Is(err, scrip.StallInForce) {
				t.Errorf("RESCUE at a stall in force: got %v, want %v", err, scrip.StallInForce)
			}
			test.gone(r, s)
			wantRescued(ada, s, early, 20_00, 0)
			wantBalance(t, ada, 70_00)
			for range 2 {
				wantRescued(ada, s, early, 20_00, 0) // sent again, by whomever
			}
			if _, err := ada.SendRescue(ada.Rescuing(s)); !errors.Is(err, scrip.FloatShort) {
				t.Errorf("another RESCUE: got %v, want %v", err, scrip.FloatShort)
			}
			wantBalance(t, ada, 70_00)
			if _, err := ada.SendGivingBack(s, ada.GivingBack(s, mine)); !errors.Is(err, test.giveBack) {
				t.Errorf("T22 of what was rescued: got %v, want %v", err, test.giveBack)
			}
			wantRescued(bob, s, bob.Rescuing(s), 30_00, 0)
			wantBalance(t, bob, 80_00)
		})
	}
}

func TestRescueRefusals(t *testing.T) {
	r := rig.New(t)
	c, other, s, elsewhere := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic"), r.Stall("Cellar")
	c.Trade(s, c.Acquire(50_00), 20_00)
	takeBack(r, s)
	takeBack(r, elsewhere)
	body := func(a scrip.AccountID, v scrip.VendorID) func(*rig.Message) {
		return func(m *rig.Message) { m.Body = scrip.RescueRequest{Account: a, Vendor: v} }
	}
	for name, test := range map[string]struct {
		by   *rig.Customer
		edit func(*rig.Message)
		want scrip.Refusal
	}{
		"another's":     {other, body(c.Account, s.Vendor()), scrip.PartyMismatch},
		"nothing there": {other, body(other.Account, s.Vendor()), scrip.FloatShort},
		"no such stall": {c, body(c.Account, scrip.VendorID(r.ID())), scrip.UnknownVendor},
	} {
		if _, err := test.by.SendRescue(test.by.Rescuing(s, test.edit)); !errors.Is(err, test.want) {
			t.Errorf("RESCUE, %s: got %v, want %v", name, err, test.want)
		}
	}
	tx := r.ID()
	same := func(m *rig.Message) { m.Tx = tx }
	wantRescued(c, s, c.Rescuing(s, same), 20_00, 0)
	if _, err := c.SendRescue(c.Rescuing(elsewhere, same)); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("its tx for another stall: got %v, want %v", err, scrip.TxConflict)
	}
	wantBalance(t, other, 100_00)
}

// TestRescueKeepsWhatWasAnnounced: a purchase that a customer announced and its
// stall has yet to report stays in the float, and the stall that returns is paid;
// what was announced and never reported comes back after ninety days.
func TestRescueKeepsWhatWasAnnounced(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, _ := c.Trade(s, c.Acquire(50_00), 30_00)
	bought, held := c.Buy(s, held, s.List(5_00, 1))
	notice(c, s, bought.Tx, 5_00)
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	bought, _ = c.Buy(s, held, s.List(8_00, 1)) // not reported yet
	notice(c, s, bought.Tx, 8_00)
	notice(c, s, r.ID(), 1_00) // never sent to the stall
	takeBack(r, s)
	wantRescued(c, s, c.Rescuing(s), 16_00, 9_00)
	wantBalance(t, c, 66_00)
	if _, err := c.SendRescue(c.Rescuing(s)); !errors.Is(err, scrip.FloatShort) {
		t.Errorf("RESCUE of what was announced: got %v, want %v", err, scrip.FloatShort)
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Errorf("T12 of a purchase that was announced: %v", err)
	}
	r.Clock.Advance(91 * day)
	wantRescued(c, s, c.Rescuing(s), 1_00, 0)
	wantBalance(t, c, 67_00)
	if got := earned(r, s); got != 13_00 {
		t.Errorf("earned: got %d, want 1300", got)
	}
}

// TestRescueAfterAClockThatWasAhead: a notice that was logged while the broker's clock
// was more than a year ahead does not keep its price for more than a year.
func TestRescueAfterAClockThatWasAhead(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	c.Trade(s, c.Acquire(50_00), 20_00)
	r.Clock.Advance(400 * day)
	notice(c, s, r.ID(), 4_00)
	r.Clock.Advance(-400 * day)
	notice(c, s, r.ID(), 3_00)
	r.Clock.Advance(12 * time.Hour)
	notice(c, s, r.ID(), 2_00)
	r.Clock.Advance(-12 * time.Hour) // which notices of the same day do not tell from one that is right
	takeBack(r, s)
	wantRescued(c, s, c.Rescuing(s), 15_00, 5_00)
	wantBalance(t, c, 65_00)
	r.Clock.Advance(91 * day)
	wantRescued(c, s, c.Rescuing(s), 5_00, 0)
	wantBalance(t, c, 70_00)
}

// meanwhile is books in which something happens between a look and a commit.
type meanwhile struct {
	broker.Books
	happens func()
}

func (b meanwhile) Rescuable(ctx context.Context, of scrip.Share, since, until int64) (scrip.Rescuable, error) {
	saw, err := b.Books.Rescuable(ctx, of, since, until)
	b.happens()
	return saw, err
}

// TestRescueRace: a notice that comes while its account is rescued is in it, or
// the rescue is decided again.
func TestRescueRace(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	c.Trade(s, c.Acquire(50_00), 20_00)
	takeBack(r, s)
	books := r.Broker.Books
	r.Broker.Books = meanwhile{books, func() { notice(c, s, r.ID(), 4_00) }}
	m := c.Rescuing(s)
	if _, err := c.SendRescue(m); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("RESCUE while a notice comes: got %v, want %v", err, scrip.Unavailable)
	}
	wantBalance(t, c, 50_00)
	r.Broker.Books = books
	wantRescued(c, s, m, 16_00, 4_00)
	wantBalance(t, c, 66_00)
}
