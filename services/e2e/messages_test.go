package e2e_test

import (
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
