package broker_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// growth is a customer with BrokerScrip of 30.00 and VendorScrip of 20.00.
type growth struct {
	*rig.Rig
	c              *rig.Customer
	s              *rig.Stall
	broker, vendor scrip.Held
}

func grow(t *testing.T) growth {
	t.Helper()
	g := growth{Rig: rig.New(t)}
	g.c, g.s = g.Customer(100_00), g.Stall("Attic")
	g.vendor, g.broker = g.c.Trade(g.s, g.c.Acquire(50_00), 20_00)
	return g
}

func (g growth) extension(value scrip.Money, edits ...rig.Edit) rig.Pair {
	g.T.Helper()
	return g.c.Extension(g.s, g.broker, g.vendor, value, edits...)
}

// spends checks that scrip is good: VendorScrip by a purchase of all of it,
// BrokerScrip by its withdrawal.
func (g growth) spends(vendor, broker scrip.Held) {
	g.T.Helper()
	g.c.Buy(g.s, vendor, g.s.List(vendor.Scrip.Value, 1))
	if broker.Scrip.Value == 0 {
		return
	}
	t20 := presenting(g.c, scrip.Withdraw{Account: g.c.Account, Value: broker.Scrip.Value}, broker)
	if _, err := rig.Send[scrip.Withdrawn](g.c, g.Broker.Withdraw, t20); err != nil {
		g.T.Errorf("T20: %v", err)
	}
}

func TestExtend(t *testing.T) {
	for _, value := range []scrip.Money{12_50, 30_00, 1} {
		g := grow(t)
		t15 := g.extension(value)
		first, err := g.Broker.Extend(t.Context(), t15.Sealed)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := g.Broker.Extend(t.Context(), t15.Sealed); err != nil || again != first {
			t.Errorf("the same T15 again: %v, the same answer: %t; want the same answer", err, again == first)
		}
		if (first.Payment == "") != (value == 30_00) {
			t.Errorf("T15 of %d: T19 is there: %t", value, first.Payment != "")
		}
		e, err := g.c.SendExtension(t15)
		if err != nil || e.Vendor.Scrip.Value != 20_00+value || e.Change.Scrip.Value != 30_00-value || e.Returned != 0 {
			t.Fatalf("T15 of %d: %+v, %v", value, e, err)
		}
		if _, err := g.c.SendExtension(g.extension(1)); !errors.Is(err, scrip.ScripSpent) {
			t.Errorf("T15 with scrip that was replaced: %v, want %v", err, scrip.ScripSpent)
		}
		g.spends(e.Vendor, e.Change)
	}
}

func TestExtendRefusals(t *testing.T) {
	pay := func(change func(g growth, b *scrip.ExtendPayment)) func(growth) rig.Edit {
		return func(g growth) rig.Edit {
			return func(_, p *rig.Message) {
				body := p.Body.(scrip.ExtendPayment)
				change(g, &body)
				p.Body = body
			}
		}
	}
	order := func(change func(g growth, m *rig.Message)) func(growth) rig.Edit {
		return func(g growth) rig.Edit { return func(o, _ *rig.Message) { change(g, o) } }
	}
	for _, test := range []struct {
		name string
		edit func(g growth) rig.Edit
		want scrip.Refusal
	}{
		{"more than the BrokerScrip", pay(func(_ growth, b *scrip.ExtendPayment) { b.Value = 30_01 }), scrip.InsufficientScrip},
		{"another's account", pay(func(g growth, b *scrip.ExtendPayment) { b.Account = g.Customer(0).Account }), scrip.PartyMismatch},
		{"no such stall", pay(func(g growth, b *scrip.ExtendPayment) { b.Vendor = scrip.VendorID(g.ID()) }), scrip.UnknownVendor},
		{"another stall", pay(func(g growth, b *scrip.ExtendPayment) { b.Vendor = g.Stall("Rival").Vendor() }), scrip.PartyMismatch},
		{"a wrong secret of the BrokerScrip", func(growth) rig.Edit {
			return func(_, p *rig.Message) { p.Attach.Secret = scrip.Secret(jose.Digest([]byte("guess"))) }
		}, scrip.ScripInvalid},
		{"more for the stall than for the broker", order(func(g growth, m *rig.Message) {
			m.Body = scrip.ExtendOrder{Value: 12_51, Vendor: g.s.Vendor()}
		}), scrip.ValueMismatch},
		{"another stall in the order part", order(func(g growth, m *rig.Message) {
			m.Body = scrip.ExtendOrder{Value: 12_50, Vendor: scrip.VendorID(g.ID())}
		}), scrip.PartyMismatch},
		{"a changed value on the VendorScrip", order(func(_ growth, m *rig.Message) {
			changed := *m.Attach.Scrip
			changed.Value, m.Attach.Scrip = 2000_00, &changed
		}), scrip.ScripInvalid},
		{"a wrong secret of the VendorScrip", order(func(_ growth, m *rig.Message) {
			m.Attach.Secret = scrip.Secret(jose.Digest([]byte("guess")))
		}), scrip.ScripInvalid},
		{"VendorScrip of another pseudonym", order(func(g growth, m *rig.Message) {
			m.By = g.SigningKey()
			m.From = m.By.Thumbprint()
		}), scrip.PartyMismatch},
		{"an order part for somebody else", order(func(g growth, m *rig.Message) { m.Seal = g.EnvelopeKey().Public() }), scrip.PartyMismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := grow(t)
			t15 := g.extension(12_50, test.edit(g))
			for range 2 {
				if _, err := g.c.SendExtension(t15); !errors.Is(err, test.want) {
					t.Errorf("T15 with %s: %v, want %v", test.name, err, test.want)
				}
			}
			g.spends(g.c.Extend(g.s, g.broker, g.vendor, 12_50)) // both are free
		})
	}
}

// A revoked stall gets nothing new.
func TestExtendAtRevokedStall(t *testing.T) {
	g := grow(t)
	revoke(g.Rig, g.s)
	if _, err := g.c.SendExtension(g.extension(1)); !errors.Is(err, scrip.StallRevoked) {
		t.Errorf("T15 for a revoked stall: %v, want %v", err, scrip.StallRevoked)
	}
}

// The order part of one T15 with the payment part of another, by the customer
// or on the way.
func TestExtendSpliced(t *testing.T) {
	g := grow(t)
	small := g.extension(1)
	large := g.extension(12_50, func(o, p *rig.Message) { o.Tx, p.Tx = small.Pay.Tx, small.Pay.Tx })
	spliced := rig.Pair{Sealed: scrip.Sealed{Order: large.Sealed.Order, Payment: small.Payment}, Order: large.Order, Pay: small.Pay}
	if _, err := g.c.SendExtension(spliced); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("T15 of two: %v, want %v", err, scrip.PartyMismatch)
	}
	// The stall refused that T16 for good: with the order part it was for, it
	// would let VendorScrip into the world that nobody pays for.
	t16 := g.Wire.Sent()[0]
	t16.Order = small.Sealed.Order
	if answer, err := g.s.Extend(t.Context(), t16); err != nil || answer.Order != "" {
		t.Errorf("the refused T16 with another order part: %v, T17 is there: %t", err, answer.Order != "")
	}
	if _, err := g.c.SendExtension(small); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("the refused T15 mended: %v, want %v", err, scrip.PartyMismatch)
	}
	if _, err := g.c.SendExtension(large); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("other content in the same tx: %v, want %v", err, scrip.TxConflict)
	}
}

// T16 is the broker's alone, and for one stall.
func TestForgedExtendRequest(t *testing.T) {
	g := grow(t)
	g.Wire.Set(rig.Cut)
	t15 := g.extension(12_50)
	if _, err := g.c.SendExtension(t15); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Stall("Rival").Extend(t.Context(), g.Wire.Sent()[0]); !errors.Is(err, scrip.Unreadable) {
		t.Errorf("T16 at another stall: %v, want %v", err, scrip.Unreadable)
	}
	forged := g.c.Seal(rig.Message{
		Tx: t15.Pay.Tx, To: string(g.s.Vendor()), Seal: g.s.Secret.Envelope.Public(), From: string(g.Info.ID),
		Body: scrip.ExtendRequest{
			Vendor: g.s.Vendor(), Value: 12_50, Pseudonym: scrip.Pseudonym(t15.Order.From), OrderDigest: t15.Order.Signed.Digest(), PaymentDigest: t15.Pay.Signed.Digest(),
			ValidUntil: g.Clock.Now().Unix() + 600,
		},
	})
	forged.Order = t15.Sealed.Order
	if _, err := g.s.Extend(t.Context(), forged.Sealed); !errors.Is(err, scrip.Unreadable) {
		t.Errorf("T16 by a customer: %v, want %v", err, scrip.Unreadable)
	}
}

// The merchant is out of reach, or its answers are lost: NOTED, with the same
// deadline each time, until it is back within the time.
func TestExtendMerchantBackInTime(t *testing.T) {
	for name, state := range map[string]rig.WireState{"cut": rig.Cut, "mute": rig.Mute} {
		for _, by := range []string{"the customer", "the broker"} {
			t.Run(name+", then "+by, func(t *testing.T) {
				g := grow(t)
				g.Wire.Set(state)
				t15, until := g.extension(12_50), g.Clock.Now().Unix()+600
				for range 2 {
					e, err := g.c.SendExtension(t15)
					if err != nil || e.Noted != until || e.Change.Scrip.Value != 0 {
						t.Fatalf("T15: %+v, %v; want NOTED until %d", e, err, until)
					}
					g.Clock.Advance(time.Minute)
				}
				if err := g.Broker.Deliver(t.Context()); err == nil {
					t.Error("Deliver with the merchant off succeeded")
				}
				if state == rig.Mute { // it has issued: also after the time it says so
					g.Clock.Advance(time.Minute)
				}
				g.Audit()
				g.Wire.Set(rig.Open)
				if by == "the broker" {
					if err := g.Broker.Deliver(t.Context()); err != nil {
						t.Errorf("Deliver: %v", err)
					}
					g.Wire.Set(rig.Cut)
				}
				e, err := g.c.SendExtension(t15)
				if err != nil || e.Vendor.Scrip.Value != 32_50 || e.Change.Scrip.Value != 17_50 {
					t.Fatalf("the same T15: %+v, %v; want both scrips", e, err)
				}
				g.spends(e.Vendor, e.Change)
			})
		}
	}
}

// While BrokerScrip is held nothing else takes it, in whatever tx.
func TestExtendHolds(t *testing.T) {
	g := grow(t)
	g.Wire.Set(rig.Cut)
	t15 := g.extension(12_50)
	if _, err := g.c.SendExtension(t15); err != nil {
		t.Fatal(err)
	}
	g.Clock.Advance(time.Hour)
	for _, tx := range []scrip.ID{t15.Pay.Tx, g.ID()} {
		x := g.c.Exchange(g.s, g.broker, 1, func(x *rig.Exchange) { x.Tx, x.T3.Tx, x.Order.Tx, x.Pay.Tx = tx, tx, tx, tx })
		attach := scrip.Attachments{Scrip: &g.broker.Scrip, Secret: g.broker.Secret}
		t13 := g.c.Seal(rig.Message{Tx: tx, Body: scrip.TopUp{Account: g.c.Account, Total: 31_00}, Attach: attach})
		t20 := g.c.Seal(rig.Message{Tx: tx, Body: scrip.Withdraw{Account: g.c.Account, Value: 30_00}, Attach: attach})
		t26 := g.c.Seal(rig.Message{
			Tx: tx, Body: scrip.Renew{ScripID: g.broker.Scrip.ScripID, Value: 30_00}, From: g.c.Key.Thumbprint(), Attach: attach,
		})
		_, topUp := rig.Send[scrip.ToppedUp](g.c, g.Broker.TopUp, t13)
		_, withdraw := rig.Send[scrip.Withdrawn](g.c, g.Broker.Withdraw, t20)
		_, renew := rig.Send[scrip.Renewed](g.c, g.Broker.Renew, t26)
		for name, err := range map[string]error{"T3": announce(g.c, x), "T13": topUp, "T20": withdraw, "T26": renew} {
			if !errors.Is(err, scrip.ScripLocked) {
				t.Errorf("%s with held BrokerScrip: %v, want %v", name, err, scrip.ScripLocked)
			}
		}
	}
	if _, err := g.c.SendExtension(g.extension(1)); !errors.Is(err, scrip.ScripLocked) {
		t.Errorf("a second T15: %v, want %v", err, scrip.ScripLocked)
	}
	if _, err := rig.Send[scrip.Acquired](g.c, g.Broker.Acquire, g.c.Acquisition(1)); !errors.Is(err, scrip.ScripHeld) { // C10
		t.Errorf("T1 beside held BrokerScrip: %v, want %v", err, scrip.ScripHeld)
	}
}

// BrokerScrip that an exchange has locked is not taken, not even in its own tx.
func TestExtendWhileAnnounced(t *testing.T) {
	g := grow(t)
	x := g.c.Exchange(g.s, g.broker, 5_00)
	if err := announce(g.c, x); err != nil {
		t.Fatal(err)
	}
	t15 := g.extension(12_50, func(o, p *rig.Message) { o.Tx, p.Tx = x.Tx, x.Tx })
	if _, err := g.c.SendExtension(t15); !errors.Is(err, scrip.ScripLocked) {
		t.Errorf("T15 in the tx of a T3: %v, want %v", err, scrip.ScripLocked)
	}
	g.Clock.Advance(2 * time.Minute)
	if _, err := g.c.SendExtension(t15); err != nil {
		t.Errorf("T15 after the lock: %v", err)
	}
	if err := bless(g.s, x); err == nil {
		t.Error("T5 for scrip that is gone was blessed")
	}
}

// late runs a T15 past its time with the merchant out of reach.
func late(t *testing.T, g growth, state rig.WireState, value scrip.Money) (rig.Pair, rig.Extended) {
	t.Helper()
	g.Wire.Set(state)
	t15 := g.extension(value)
	if e, err := g.c.SendExtension(t15); err != nil || e.Noted == 0 {
		t.Fatalf("T15: %+v, %v; want NOTED", e, err)
	}
	g.Wire.Set(rig.Cut)
	g.Clock.Advance(11 * time.Minute)
	e, err := g.c.SendExtension(t15)
	if err != nil || e.Vendor.Scrip.Value != 0 || e.Change.Scrip.Value != 30_00-value || e.Returned != 0 {
		t.Fatalf("T15 after the time: %+v, %v; want the change alone", e, err)
	}
	again, err := g.c.SendExtension(t15)
	if err != nil || again != e {
		t.Fatalf("T15 once more: %+v, %v; want the same", again, err)
	}
	if err := g.Broker.Deliver(t.Context()); err == nil {
		t.Error("Deliver with the merchant off succeeded")
	}
	g.Audit()
	return t15, e
}

// After its time the customer has its change; the merchant, which had issued,
// is back later, and the same T15 brings the VendorScrip too, as long as asked.
func TestExtendIssuedLate(t *testing.T) {
	for _, spent := range []bool{false, true} {
		g := grow(t)
		t15, e := late(t, g, rig.Mute, 12_50)
		if spent {
			g.c.Trade(g.s, e.Change, 17_50)
		}
		g.Wire.Set(rig.Open)
		if err := g.Broker.Deliver(t.Context()); err != nil {
			t.Errorf("Deliver: %v", err)
		}
		for range 2 {
			after, err := g.c.SendExtension(t15)
			if err != nil || after.Vendor.Scrip.Value != 32_50 || after.Returned != 0 || (after.Change == e.Change) == spent {
				t.Fatalf("T15 after T18 (change spent: %t): %+v, %v", spent, after, err)
			}
			e.Vendor = after.Vendor
		}
		g.spends(e.Vendor, scrip.Held{})
		if after, err := g.c.SendExtension(t15); err != nil || after.Vendor != e.Vendor {
			t.Errorf("T15 at last: %+v, %v; want T17 again", after, err)
		}
		wantBalance(t, g.c, 50_00)
	}
}

// It had not issued and is back after the time: it must not issue any more, and
// the reserve goes to the bank.
func TestExtendRefusedLate(t *testing.T) {
	for _, spent := range []bool{false, true} {
		g := grow(t)
		t15, e := late(t, g, rig.Cut, 12_50)
		if spent {
			g.c.Trade(g.s, e.Change, 17_50)
		}
		g.Wire.Set(rig.Open)
		for range 2 {
			if err := g.Broker.Deliver(t.Context()); err != nil {
				t.Errorf("Deliver: %v", err)
			}
			wantBalance(t, g.c, 62_50)
		}
		after, err := g.c.SendExtension(t15)
		if spent {
			if !errors.Is(err, scrip.ScripSpent) {
				t.Errorf("T15 after REFUSE: %+v, %v; want %v", after, err, scrip.ScripSpent)
			}
			continue
		}
		if err != nil || after.Change != e.Change || after.Returned != 12_50 || after.Vendor.Scrip.Value != 0 {
			t.Errorf("T15 after REFUSE: %+v, %v; want the change, and 1250 returned", after, err)
		}
		g.spends(g.vendor, e.Change)
	}
}

// Without change there is nothing but NOTED to say; the account is free for
// other money meanwhile.
func TestExtendAllLate(t *testing.T) {
	for name, issued := range map[string]bool{"issued": true, "refused": false} {
		t.Run(name, func(t *testing.T) {
			g := grow(t)
			state := rig.Cut
			if issued {
				state = rig.Mute
			}
			t15, _ := late(t, g, state, 30_00)
			g.c.Acquire(5_00)
			g.Wire.Set(rig.Open)
			if err := g.Broker.Deliver(t.Context()); err != nil {
				t.Errorf("Deliver: %v", err)
			}
			e, err := g.c.SendExtension(t15)
			if issued {
				if err != nil || e.Vendor.Scrip.Value != 50_00 {
					t.Errorf("T15: %+v, %v; want VendorScrip of 5000", e, err)
				}
				wantBalance(t, g.c, 45_00)
				return
			}
			if !errors.Is(err, scrip.ScripSpent) {
				t.Errorf("T15: %+v, %v; want %v", e, err, scrip.ScripSpent)
			}
			wantBalance(t, g.c, 75_00)
		})
	}
}

// The merchant is never back: nothing goes back by time alone, all of it once
// the broker revokes it.
func TestExtendRevoked(t *testing.T) {
	g := grow(t)
	g.Wire.Set(rig.Cut)
	t15 := g.extension(12_50)
	if _, err := g.c.SendExtension(t15); err != nil {
		t.Fatal(err)
	}
	revoke(g.Rig, g.s)
	for range 2 {
		if _, err := g.c.SendExtension(t15); !errors.Is(err, scrip.StallRevoked) {
			t.Errorf("T15 of a stall that was revoked: %v, want %v", err, scrip.StallRevoked)
		}
	}
	g.spends(g.vendor, g.broker)

	g = grow(t)
	t15, e := late(t, g, rig.Cut, 12_50)
	g.Clock.Advance(30 * 24 * time.Hour)
	if err := g.Broker.Deliver(t.Context()); err == nil {
		t.Error("Deliver with the merchant off succeeded")
	}
	wantBalance(t, g.c, 50_00)
	revoke(g.Rig, g.s)
	if err := g.Broker.Deliver(t.Context()); err != nil {
		t.Errorf("Deliver: %v", err)
	}
	wantBalance(t, g.c, 62_50)
	if after, err := g.c.SendExtension(t15); err != nil || after.Change != e.Change || after.Returned != 12_50 {
		t.Errorf("T15 after the revocation: %+v, %v; want the change, and 1250 returned", after, err)
	}
}

// VendorScrip that is being given back is a passing reason: the broker waits,
// and the refusal comes when it is gone.
func TestExtendWhileGivenBack(t *testing.T) {
	r := rig.New(t)
	link := &wire{broker: r.Broker}
	g := growth{Rig: r, c: r.Customer(100_00), s: r.Stall("Attic", link)}
	g.vendor, g.broker = g.c.Trade(g.s, g.c.Acquire(50_00), 20_00)
	link.cut = true
	t22 := g.c.GivingBack(g.s, g.vendor)
	if _, err := g.c.SendGivingBack(g.s, t22); !errors.Is(err, scrip.Unavailable) {
		t.Fatal(err)
	}
	t15 := g.extension(12_50)
	if e, err := g.c.SendExtension(t15); err != nil || e.Noted == 0 {
		t.Errorf("T15 for held VendorScrip: %+v, %v; want NOTED", e, err)
	}
	link.cut = false
	if err := g.s.Deliver(t.Context()); err != nil {
		t.Error(err)
	}
	g.Clock.Advance(2 * time.Second) // who asks again at once is told of no more than before
	if _, err := g.c.SendExtension(t15); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("T15 for VendorScrip that is gone: %v, want %v", err, scrip.ScripSpent)
	}
	wantBalance(t, g.c, 70_00)
	if _, err := g.c.SendExtension(t15); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("T15 again: %v, want %v", err, scrip.ScripSpent)
	}
}

// Beside T3 and T13 with the same BrokerScrip, and many times at once: one of
// them has it.
func TestExtendRace(t *testing.T) {
	for range 4 {
		g := grow(t)
		t15 := g.extension(12_50)
		x := g.c.Exchange(g.s, g.broker, 30_00)
		t13 := presenting(g.c, scrip.TopUp{Account: g.c.Account, Total: 35_00}, g.broker)
		errs, got := make([]error, 9), make([]rig.Extended, 9)
		var wait sync.WaitGroup
		for i := range errs {
			wait.Go(func() {
				switch i % 3 {
				case 0:
					got[i], errs[i] = g.c.SendExtension(t15)
				case 1:
					if errs[i] = announce(g.c, x); errs[i] == nil {
						var answer scrip.Sealed
						if answer, errs[i] = g.s.Exchange(t.Context(), x.T4); errs[i] == nil {
							_, errs[i] = g.c.OpenT8(x, answer)
						}
					}
				default:
					_, errs[i] = rig.Send[scrip.ToppedUp](g.c, g.Broker.TopUp, t13)
				}
			})
		}
		wait.Wait()
		won := map[int]bool{}
		for i, err := range errs {
			if err == nil {
				won[i%3] = true
			} else if _, refused := scrip.AsRefusal(err); !refused {
				t.Errorf("one that lost: %v", err)
			}
		}
		if len(won) > 1 {
			t.Errorf("%d of three had the scrip, want one", len(won))
		}
		if won[0] {
			for i := 0; i < 9; i += 3 {
				if errs[i] != nil || got[i].Vendor != got[0].Vendor || got[i].Change != got[0].Change {
					t.Errorf("T15, copy %d: %+v, %v; want %+v", i, got[i], errs[i], got[0])
				}
			}
		}
	}
}

// Run asks the merchant again by itself.
func TestRunAsksAgain(t *testing.T) {
	t.Parallel()
	g := grow(t)
	var running sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	running.Go(func() { g.Broker.Run(ctx) })
	defer running.Wait()
	defer stop()
	g.Wire.Set(rig.Mute)
	if e, err := g.c.SendExtension(g.extension(12_50)); err != nil || e.Noted == 0 {
		t.Fatalf("T15: %+v, %v; want NOTED", e, err)
	}
	g.Wire.Set(rig.Open)
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		waiting, err := g.Books.Extensions(t.Context(), 1)
		if err == nil && len(waiting) == 0 {
			break
		}
		if time.Since(start) > 20*time.Second {
			t.Fatalf("%d T15s still wait, %v", len(waiting), err)
		}
	}
}

// timed is a merchant that never answers T16, and notes until when it was waited for.
type timed struct{ until []time.Time }

func (m *timed) Send(ctx context.Context, _ scrip.CertifiedStall, _ string, _ scrip.Sealed) (scrip.Sealed, error) {
	until, _ := ctx.Deadline()
	m.until = append(m.until, until)
	return scrip.Sealed{}, errors.New("silence")
}

// TestSilentStallKeepsNobodyWaiting: inside a customer's T15 a silent stall is
// waited for three seconds at most; the broker asks it again when nobody waits.
func TestSilentStallKeepsNobodyWaiting(t *testing.T) {
	g, mute := grow(t), &timed{}
	g.Broker.Merchants = mute
	t15 := g.extension(12_50)
	if e, err := g.c.SendExtension(t15); err != nil || e.Noted == 0 {
		t.Errorf("T15: got %+v, %v, want NOTED", e, err)
	}
	if most := time.Now().Add(3 * time.Second); mute.until[0].IsZero() || mute.until[0].After(most) {
		t.Errorf("T15 waits until %v, want no later than %v", mute.until[0], most)
	}
	g.Broker.Merchants = g.Wire
	if err := g.Broker.Deliver(t.Context()); err != nil {
		t.Errorf("Deliver: %v", err)
	}
	if e, err := g.c.SendExtension(t15); err != nil || e.Vendor.Scrip.Value != 32_50 {
		t.Errorf("T15 again: got %+v, %v, want VendorScrip of 3250", e, err)
	}
}
