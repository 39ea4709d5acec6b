package e2e_test

import (
	"context"
	"testing"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestMessagesOfRepeatedPurchases is C17 and C28: r purchases for one exchange
// are 6 + 4r messages, of which the broker authorizes one exchange and records
// two a purchase; in batches of r, one and one r-th.
func TestMessagesOfRepeatedPurchases(t *testing.T) {
	for _, test := range []struct{ r, batch, records int }{{1, 1, 1}, {5, 1, 5}, {5, 5, 1}} {
		w := rig.New(t)
		tally := &tally{rig: w}
		s, c := w.Stall("Attic", tally), w.Customer(100_00)
		s.Batch = test.batch
		thing, purse := s.List(1_00, 10), c.Acquire(50_00)
		held, err := tally.exchange(c, s, &purse, scrip.Money(test.r)*1_00)
		for range test.r {
			if err == nil {
				err = tally.purchase(c, s, &held, thing)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := tally.messages, 6+3*test.r+test.records; got != want {
			t.Errorf("r=%d, batch of %d: got %d messages, want %d", test.r, test.batch, got, want)
		}
		if tally.authorized != 1 || tally.recorded != test.r+test.records {
			t.Errorf("r=%d, batch of %d: got %d authorizations and %d recordings at the broker, want 1 and %d",
				test.r, test.batch, tally.authorized, tally.recorded, test.r+test.records)
		}
	}
}

// A thing costs a cent.
const cent = scrip.Money(1)

// tally counts messages as the paper does, the acknowledgements (NOTED) it does
// not have apart. It is also the stall's way to the broker.
type tally struct {
	rig            *rig.Rig
	messages, acks int
	authorized     int // T5: the broker decides
	recorded       int // T9 and T12: the broker takes note
}

// count adds a request with its answer.
func (y *tally) count(messages, acks int) { y.messages, y.acks = y.messages+messages, y.acks+acks }

// broker counts a step of the broker's.
func (y *tally) broker(step rig.Step, messages, acks int) rig.Step {
	return func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
		y.count(messages, acks)
		return step(ctx, in)
	}
}

// Send is the stall's: T5, for which T6 and T7 come back; T12, which is
// acknowledged; T23, for which T24 and T25 come back; or REFUND.
func (y *tally) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	messages, acks := 2, 0
	switch message {
	case "T5":
		y.authorized++
		messages = 3
	case "T12":
		y.recorded++
		messages, acks = 1, 1
	case "T23":
		messages = 3
	}
	return y.broker(func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
		return y.rig.Broker.Send(ctx, message, in)
	}, messages, acks)(ctx, in)
}

// exchange is T3 to T8.
func (y *tally) exchange(c *rig.Customer, s *rig.Stall, purse *scrip.Held, value scrip.Money) (scrip.Held, error) {
	x := c.Exchange(s, *purse, value)
	if _, err := rig.Send[scrip.Noted](c, y.broker(c.Rig.Broker.Announce, 1, 1), x.T3); err != nil {
		return scrip.Held{}, err
	}
	answer, err := s.Exchange(c.Rig.T.Context(), x.T4)
	if err != nil {
		return scrip.Held{}, err
	}
	y.count(2, 0)
	if _, *purse, err = c.OpenT6(x, answer); err != nil {
		return scrip.Held{}, err
	}
	return c.OpenT8(x, answer)
}

// purchase is T9 to T11 for one of a listing; what is left takes held's place.
func (y *tally) purchase(c *rig.Customer, s *rig.Stall, held *scrip.Held, l scrip.Listing) error {
	t10 := c.Mandate(s, *held, l)
	t9 := c.Seal(rig.Message{Tx: t10.Tx, Body: scrip.Notice{
		Account: c.Account, Vendor: s.Vendor(), Price: cent, OrderDigest: t10.Signed.Digest(), // as long as the order's
	}})
	y.recorded++
	if _, err := rig.Send[scrip.Noted](c, y.broker(c.Rig.Broker.Notice, 1, 1), t9); err != nil {
		return err
	}
	m, err := rig.Send[scrip.Paid](c, s.Purchase, t10)
	if err != nil {
		return err
	}
	y.count(2, 0)
	*held = scrip.Held{}
	if m.Scrip != nil {
		*held = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	}
	return nil
}
