package broker_test

import (
	"errors"
	"testing"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// renewing makes T26 of BrokerScrip.
func renewing(c *rig.Customer, h scrip.Held) rig.Sealed {
	return c.Seal(rig.Message{
		From: c.Key.Thumbprint(), Body: scrip.Renew{ScripID: h.Scrip.ScripID, Value: h.Scrip.Value},
		Attach: scrip.Attachments{Scrip: &h.Scrip, Secret: h.Secret},
	})
}

// TestRenewalIsPaced: whoever renews and renews is granted a few in a day, each one
// record of the log; another account is not kept waiting, what was granted is
// answered again, and what is due, or has expired, is granted at any time.
func TestRenewalIsPaced(t *testing.T) {
	r := rig.New(t)
	c, other := r.Customer(100_00), r.Customer(100_00)
	held, others := c.Acquire(30_00), other.Acquire(30_00)
	renew := func(what string, c *rig.Customer, h scrip.Held, want error) scrip.Held {
		t.Helper()
		t26 := renewing(c, h)
		m, err := rig.Send[scrip.Renewed](c, r.Broker.Renew, t26)
		if !errors.Is(err, want) {
			t.Fatalf("T26 %s: got %v, want %v", what, err, want)
		}
		if err != nil {
			return h
		}
		again, err := rig.Send[scrip.Renewed](c, r.Broker.Renew, t26)
		if err != nil || *again.Scrip != *m.Scrip {
			t.Errorf("the same T26 %s: %v, want the same T27", what, err)
		}
		return scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	}
	for range scrip.EarlyRenewals {
		held = renew("early", c, held, nil)
	}
	before, err := r.Books.LogHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		renew("too often", c, held, scrip.Unavailable)
	}
	if after, err := r.Books.LogHead(t.Context()); err != nil || after != before {
		t.Errorf("the log: got %d records, %v, want %d: a T26 that is refused is not logged", after.Size, err, before.Size)
	}
	renew("of another account", other, others, nil)
	r.Clock.Advance(24 * time.Hour)
	held = renew("the day after", c, held, nil)
	for range scrip.EarlyRenewals + 3 {
		r.Clock.Advance(time.Duration(scrip.DueFrom(r.Clock.Now().Unix(), held.Scrip.Expires)-r.Clock.Now().Unix()) * time.Second)
		held = renew("that is due", c, held, nil)
	}
	r.Clock.Advance(400 * 24 * time.Hour)
	renew("that has expired", c, held, nil)
}

// TestRestoreUnderThePace: a wallet that was put back asks after its BrokerScrip
// and after six pieces at a stall, each twice, in one day.
func TestRestoreUnderThePace(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	till := c.Acquire(60_00)
	var pieces []scrip.Held
	for range 6 {
		var piece scrip.Held
		piece, till = c.Trade(s, till, 5_00)
		pieces = append(pieces, piece)
	}
	alias := c.Alias(s.Vendor())
	for range 2 {
		m, err := rig.Send[scrip.Renewed](c, r.Broker.Renew, renewing(c, till))
		if err != nil {
			t.Fatalf("T26 of BrokerScrip: %v", err)
		}
		till = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
		for i, piece := range pieces {
			m, err := rig.Send[scrip.Renewed](c, s.Renew, c.Seal(rig.Message{
				From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(),
				Body:   scrip.Renew{ScripID: piece.Scrip.ScripID, Value: piece.Scrip.Value},
				Attach: scrip.Attachments{Scrip: &piece.Scrip, Secret: piece.Secret},
			}))
			if err != nil {
				t.Fatalf("T26 of piece %d: %v", i, err)
			}
			pieces[i] = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
		}
	}
}

// TestLogIsPaced: one kind of message of one account, or of one stall, can be
// logged so often in an hour; then it is unavailable, nothing of it has happened,
// other kinds and other senders are served, and in the next hour it is granted as
// it was sent.
func TestLogIsPaced(t *testing.T) {
	r := rig.New(t)
	config := r.Broker.Config
	config.Logged = 2
	bounded := broker.New(config)
	c, other := r.Customer(100_00), r.Customer(100_00)
	load := func(c *rig.Customer, t1 rig.Sealed) (scrip.Held, error) {
		m, err := rig.Send[scrip.Acquired](c, bounded.Acquire, t1)
		if err != nil {
			return scrip.Held{}, err
		}
		return scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}, nil
	}
	takeBack := func(h scrip.Held) error {
		_, err := rig.Send[scrip.Withdrawn](c, bounded.Withdraw, presenting(c, scrip.Withdraw{Account: c.Account, Value: h.Scrip.Value}, h))
		return err
	}
	for i := range 2 {
		h, err := load(c, c.Acquisition(10_00))
		if err == nil {
			err = takeBack(h)
		}
		if err != nil {
			t.Fatalf("T1 and T20, time %d: %v", i+1, err)
		}
	}
	late := c.Acquisition(10_00)
	if _, err := load(c, late); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("the third T1: got %v, want %v", err, scrip.Unavailable)
	}
	wantBalance(t, c, 100_00)
	if _, err := load(other, other.Acquisition(10_00)); err != nil {
		t.Errorf("T1 of another account: %v", err)
	}
	r.Clock.Advance(time.Hour)
	if h, err := load(c, late); err != nil || takeBack(h) != nil {
		t.Errorf("the third T1, an hour later: %v", err)
	}

	s, wires := r.Stall("Attic"), &wire{broker: bounded}
	busy := r.Stall("Barn", wires)
	busy.Batch = 1
	for _, at := range []*rig.Stall{s, busy} {
		vendor, _ := other.Trade(at, scripOf(t, r, other), 1_00)
		listing := at.List(1, 50)
		for range 25 {
			_, vendor = other.Buy(at, vendor, listing)
		}
	}
	_ = busy.Deliver(t.Context())
	if got := earned(r, busy); got != 20 {
		t.Errorf("T12s of one stall in an hour: got %d recorded, want 20", got)
	}
	r.Clock.Advance(time.Hour)
	if err := busy.Deliver(t.Context()); err != nil || earned(r, busy) != 25 {
		t.Errorf("T12s an hour later: %v, got %d recorded, want 25", err, earned(r, busy))
	}
}

// TestRefusalsThatAreKeptArePaced: a T23 that the broker refuses leaves its REFUSE for
// good; above the pace of an hour it leaves nothing and is unavailable, and is refused
// in the next. What is good goes all the while.
func TestRefusalsThatAreKeptArePaced(t *testing.T) {
	r := rig.New(t)
	config := r.Broker.Config
	config.Logged = 3
	s := r.Stall("Attic", &wire{broker: broker.New(config)})
	c, other := r.Customer(100_00), r.Customer(100_00)
	bad, rest := c.Trade(s, c.Acquire(50_00), 20_00)
	_ = rest
	good, _ := other.Trade(s, other.Acquire(50_00), 10_00)
	kept := func() int {
		sizes, err := r.Books.Sizes(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return int(sizes["stored_reply"].Rows)
	}
	before := kept()
	for i := range 6 {
		want := scrip.PartyMismatch
		switch {
		case i == 3:
			want = scrip.Unavailable
		case i > 3:
			want = scrip.ScripLocked // by the one that waits
		}
		g := c.GivingBack(s, bad)
		g.Sealed.Payment = c.GivingBack(s, bad).Sealed.Payment // of another T22
		if _, err := c.SendGivingBack(s, g); !errors.Is(err, want) {
			t.Errorf("T22 number %d with another's payment part: got %v, want %v", i+1, err, want)
		}
	}
	if got := kept() - before; got != 3 {
		t.Errorf("refusals kept: got %d, want 3", got)
	}
	other.GiveBack(s, good)
	r.Clock.Advance(time.Hour)
	if err := s.Deliver(t.Context()); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	c.GiveBack(s, bad)
}

// scripOf is what BrokerScrip an account has, as its issuer knows it.
func scripOf(t *testing.T, r *rig.Rig, c *rig.Customer) scrip.Held {
	t.Helper()
	live, err := r.Books.LiveOf(t.Context(), string(c.Account))
	if err != nil {
		t.Fatal(err)
	}
	return live.Held(r.Info.ID)
}
