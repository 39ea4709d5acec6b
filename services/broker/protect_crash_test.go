package broker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// errDead is what the books of a broker answer that has crashed.
var errDead = errors.New("crashed")

// mortal are books whose broker crashes at one of its commits: before it, or after it
// and before it could answer.
type mortal struct {
	broker.Books
	commits, blow int // the one at which it dies; 0 for none
	after         bool
}

func (b *mortal) Apply(ctx context.Context, c scrip.Change) error {
	b.commits++
	if b.commits != b.blow {
		return b.Books.Apply(ctx, c)
	}
	if b.after {
		if err := b.Books.Apply(ctx, c); err != nil {
			return err
		}
	}
	return errDead
}

// mortalPurchase is a protected purchase that is not reported, at a broker that crashes.
func mortalPurchase(t *testing.T) (escrowed, *mortal) {
	t.Helper()
	books := &mortal{}
	r := rig.New(t, func(c *broker.Config) { books.Books, c.Books = c.Books, books })
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	return escrowed{r, c, s, c.BuyProtected(s, held, s.List(10_00, 3))}, books
}

// TestProtectionCrashes: a broker that crashes at a commit of protection, before it or
// after it, has done all of it or nothing; the same message again comes to the same end,
// and counts once.
func TestProtectionCrashes(t *testing.T) {
	sent := func(w escrowed) { w.says(w.sent(), scrip.HoldSent) }
	disputed := func(w escrowed) { w.says(w.dispute("It is broken."), scrip.HoldDisputed) }
	message := func(make func(escrowed) rig.Sealed) func(escrowed, *mortal) func() error {
		return func(w escrowed, _ *mortal) func() error {
			m := make(w)
			return func() error { _, err := w.SendHold(m); return err }
		}
	}
	for name, test := range map[string]struct {
		begin                func(escrowed) // of a reported purchase; nil for one that is not
		step                 func(escrowed, *mortal) func() error
		commits              int
		held, earned, credit scrip.Money
	}{
		"SENT":                  {func(escrowed) {}, message(escrowed.sent), 1, 10_00, 0, 0},
		"RELEASE":               {sent, message(func(w escrowed) rig.Sealed { return w.release(false) }), 1, 0, 10_00, 0},
		"RELEASE, not reported": {nil, message(func(w escrowed) rig.Sealed { return w.release(true) }), 2, 0, 10_00, 0},
		"RECLAIM":               {func(w escrowed) { w.Clock.Advance(7 * day) }, message(func(w escrowed) rig.Sealed { return w.reclaim(false) }), 1, 0, 0, 10_00},
		"RECLAIM, not reported": {nil, message(func(w escrowed) rig.Sealed { w.Clock.Advance(7 * day); return w.reclaim(true) }), 2, 0, 0, 10_00},
		"DISPUTE":               {sent, message(func(w escrowed) rig.Sealed { return w.dispute("It is broken.") }), 1, 10_00, 0, 0},
		"DISPUTE, not reported": {nil, message(func(w escrowed) rig.Sealed {
			of := w.p.Bought(true)
			return w.c.Pseudonymous(w.s, scrip.Dispute{
				Vendor: of.Vendor, Purchase: of.Purchase, Mandate: of.Mandate, Paid: of.Paid, Text: "It is broken.", Shows: []scrip.Shown{},
			})
		}), 2, 10_00, 0, 0},
		"DEFEND": {disputed, message(func(w escrowed) rig.Sealed { return w.defend("It was whole.") }), 1, 10_00, 0, 0},
		"time": {func(w escrowed) { sent(w); w.Clock.Advance(10 * day) }, func(w escrowed, _ *mortal) func() error {
			return func() error { return w.Broker.Due(w.T.Context()) }
		}, 1, 0, 10_00, 0},
		"DECIDED": {disputed, func(w escrowed, b *mortal) func() error {
			return func() error {
				j := w.Judge()
				j.Books = b
				_, err := j.Decide(w.T.Context(), w.s.Vendor(), w.p.Tx, 6_00, "Broken.")
				if errors.Is(err, scrip.OutOfTurn) {
					return nil // it was decided
				}
				return err
			}
		}, 1, 0, 4_00, 6_00},
		"REFUND": {sent, func(w escrowed, _ *mortal) func() error {
			if err := w.s.Refund(w.T.Context(), w.ID(), w.s.Sold(w.p.Tx).ID, 3_00); err != nil {
				w.T.Fatal(err)
			}
			return func() error { return w.s.Deliver(w.T.Context()) }
		}, 1, 7_00, 0, 0},
		"PAYOUT of credit": {func(w escrowed) { w.Clock.Advance(7 * day); w.says(w.reclaim(false), scrip.HoldReclaimed) }, func(w escrowed, _ *mortal) func() error {
			m := w.creditOut(10_00, scrip.ToBank, nil)
			return func() error { _, _, err := w.c.SendPayment(m); return err }
		}, 1, 0, 0, 0},
	} {
		for blow := 1; blow <= test.commits; blow++ {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, commit %d, after it %t", name, blow, after), func(t *testing.T) {
					w, books := mortalPurchase(t)
					if test.begin != nil {
						if err := w.s.Deliver(t.Context()); err != nil {
							t.Fatal(err)
						}
						test.begin(w)
					}
					step := test.step(w, books)
					*books = mortal{Books: books.Books, blow: blow, after: after}
					if err := step(); name != "REFUND" && !errors.Is(err, errDead) {
						t.Fatalf("the first time: got %v, want it to crash", err)
					}
					if books.commits != blow {
						t.Fatalf("commits: got %d, want it to crash at %d", books.commits, blow)
					}
					books.blow = 0
					w.Clock.Advance(time.Minute)
					for range 2 {
						if err := step(); err != nil {
							t.Errorf("again: %v", err)
						}
						w.wantBooks(test.held, test.earned, test.credit)
					}
				})
			}
		}
	}
}
