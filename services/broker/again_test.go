package broker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// books is what may change when money moves.
func books(r *rig.Rig) map[scrip.Ledger]scrip.Money {
	r.T.Helper()
	snapshot, err := r.Books.Snapshot(r.T.Context(), db.Question{})
	if err != nil {
		r.T.Fatal(err)
	}
	return snapshot.Balances
}

// unmoved fails the test if repeat moves money or leaves a row of scrip or a
// reply behind.
func unmoved(s *rig.Stall, what string, repeat func()) {
	r := s.Rig
	r.T.Helper()
	measure := func() (rows [4]int64, balances map[scrip.Ledger]scrip.Money) {
		broker, err := r.Books.Sizes(r.T.Context())
		if err != nil {
			r.T.Fatal(err)
		}
		stall, err := s.Shelf.(*db.Shelf).Sizes(r.T.Context())
		if err != nil {
			r.T.Fatal(err)
		}
		return [4]int64{broker["scrip"].Rows, broker["log"].Rows, stall["scrip"].Rows, stall["sale"].Rows}, books(r)
	}
	rows, balances := measure()
	repeat()
	rowsAfter, balancesAfter := measure()
	if rows != rowsAfter {
		r.T.Errorf("%s: rows of scrip, log, VendorScrip, sales: got %v, want %v as before", what, rowsAfter, rows)
	}
	for ledger, want := range balances {
		if got := balancesAfter[ledger]; got != want {
			r.T.Errorf("%s: %s: got %d, want %d as before", what, ledger, got, want)
		}
	}
}

// kept counts the stored replies that are tied to no scrip.
func kept(t *testing.T, sizes map[string]db.Size, err error) int64 {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return sizes["stored_reply"].Rows
}

// recording is a broker that remembers the T5s it got.
type recording struct {
	*broker.Broker
	asked []scrip.Sealed
}

func (b *recording) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message == "T5" {
		b.asked = append(b.asked, in)
	}
	return b.Broker.Send(ctx, message, in)
}

// An exchange of all of a BrokerScrip leaves no scrip, and no reply that would
// stay for ever. T3 and T5 sent again, at any later time, are answered from the
// log, and move nothing.
func TestExchangeOfAllIsAnsweredFromTheLog(t *testing.T) {
	r := rig.New(t)
	link := &recording{Broker: r.Broker}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	x := c.Exchange(s, c.Acquire(50_00), 50_00)
	if err := announce(c, x); err != nil {
		t.Fatal(err)
	}
	t4, err := s.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	first, _, err := c.OpenT6(x, t4)
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := r.Books.Sizes(t.Context())
	if got := kept(t, sizes, err); got != 3 { // R1 of both accounts, R3; none of T1, T3, T5
		t.Errorf("replies at the broker: got %d, want 3", got)
	}
	r.Clock.Advance(1000 * time.Hour)
	unmoved(s, "T3 again", func() {
		m, err := rig.Send[scrip.Exchanged](c, r.Broker.Announce, x.T3)
		if err != nil || m.Body.Value != 50_00 || m.Body.Change != 0 || m.Scrip != nil {
			t.Errorf("T3 again: got %+v, %v, want T6 of 5000 without change", m.Body, err)
		}
		receipt, err := scrip.Verify[scrip.Receipt](m.Body.Receipt, string(s.Vendor()), r.Info.Signer())
		if err != nil || receipt.Body.Pseudonym != scrip.Pseudonym(x.Order.From) || receipt.Tx != x.Tx {
			t.Errorf("its receipt: got %+v, %v, want one for the same pseudonym and tx", receipt.Body, err)
		}
	})
	unmoved(s, "T5 again", func() {
		answer, err := r.Broker.Exchange(t.Context(), link.asked[0])
		if err != nil || answer.Envelope == "" {
			t.Fatalf("T5 again: got %+v, %v, want T7", answer, err)
		}
		again, _, err := c.OpenT6(x, answer)
		if err != nil || again.Body.Value != first.Body.Value || again.Body.Change != 0 {
			t.Errorf("T6 in it: got %+v, %v, want %+v", again.Body, err, first.Body)
		}
	})
	unmoved(s, "T3 of the same tx with other content", func() {
		other := x
		edit(&other.T3, func(a *scrip.Announcement) { a.Value = 40_00 })
		other.T3 = c.Seal(other.T3.Message)
		if _, err := rig.Send[scrip.Noted](c, r.Broker.Announce, other.T3); !errors.Is(err, scrip.TxConflict) {
			t.Errorf("T3 with other content: got %v, want %v", err, scrip.TxConflict)
		}
	})
}

// An exchange with change keeps its replies as long as the change lives, and
// what is left of them then moves nothing.
func TestExchangeWithChangeIsForgottenWithIt(t *testing.T) {
	r := rig.New(t)
	link := &recording{Broker: r.Broker}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	x := c.Exchange(s, c.Acquire(50_00), 20_00)
	if err := announce(c, x); err != nil {
		t.Fatal(err)
	}
	t4, err := s.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	_, change, err := c.OpenT6(x, t4)
	if err != nil {
		t.Fatal(err)
	}
	unmoved(s, "T3 while the change lives", func() {
		if m, err := rig.Send[scrip.Exchanged](c, r.Broker.Announce, x.T3); err != nil || m.Scrip == nil {
			t.Errorf("T3 again: got %+v, %v, want T6 with the change", m.Body, err)
		}
	})
	t20 := presenting(c, scrip.Withdraw{Account: c.Account, Value: 30_00}, change)
	if _, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, t20); err != nil {
		t.Fatal(err)
	}
	sizes, err := r.Books.Sizes(t.Context())
	if got := kept(t, sizes, err); got != 3 {
		t.Errorf("replies at the broker: got %d, want 3", got)
	}
	unmoved(s, "T3 after the change", func() {
		if _, err := rig.Send[scrip.Exchanged](c, r.Broker.Announce, x.T3); !errors.Is(err, scrip.ScripSpent) {
			t.Errorf("T3 again: got %v, want %v", err, scrip.ScripSpent)
		}
	})
	unmoved(s, "T5 after the change", func() {
		answer, err := r.Broker.Exchange(t.Context(), link.asked[0])
		if err != nil || answer.Envelope == "" || answer.Payment != "" {
			t.Errorf("T5 again: got %+v, %v, want T7 alone", answer, err)
		}
	})
	unmoved(s, "T4 after the change", func() {
		if answer, err := s.Exchange(t.Context(), x.T4); err != nil {
			t.Errorf("T4 again: %v", err)
		} else if held, err := c.OpenT8(x, answer); err != nil || held.Scrip.Value != 20_00 {
			t.Errorf("T4 again: got %+v, %v, want the same T8", held.Scrip, err)
		}
	})
	unmoved(s, "T20 again", func() {
		if m, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, t20); err != nil || m.Body.Value != 30_00 {
			t.Errorf("T20 again: got %+v, %v, want 3000 acknowledged", m.Body, err)
		}
	})
}

// A stall remembers the last settled exchanges of a pseudonym. The receipt of
// one that it forgot brings nothing, and a fresh one that it never heard of,
// because its book lost it, brings what it says.
func TestForgottenReceiptBringsNothing(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held := c.Acquire(50_00)
	var first rig.Exchange
	var receipt string
	for i := range scrip.SettledKept + 1 {
		r.Clock.Advance(time.Second)
		x := c.Exchange(s, held, 1_00)
		if err := announce(c, x); err != nil {
			t.Fatal(err)
		}
		answer, err := s.Exchange(t.Context(), x.T4)
		if err != nil {
			t.Fatal(err)
		}
		t6, change, err := c.OpenT6(x, answer)
		if err != nil {
			t.Fatal(err)
		}
		vendor, err := c.OpenT8(x, answer)
		if err != nil {
			t.Fatal(err)
		}
		if held = change; i == 0 {
			first, receipt = x, t6.Body.Receipt
			c.Buy(s, vendor, s.List(1_00, 1)) // so that its T8 is gone as well
		}
	}
	sizes, err := s.Shelf.(*db.Shelf).Sizes(t.Context())
	if err != nil || sizes["exchange"].Rows != scrip.SettledKept {
		t.Errorf("settled exchanges: got %d, %v, want %d", sizes["exchange"].Rows, err, scrip.SettledKept)
	}
	claim := c.Seal(rig.Message{
		Tx: first.Tx, From: first.Order.From, By: first.Order.By, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(),
		Body: scrip.Claim{Value: 1_00, Receipt: receipt},
	})
	unmoved(s, "the old receipt", func() {
		if _, err := rig.Send[scrip.Issued](c, s.Claim, claim); !errors.Is(err, scrip.ScripSpent) {
			t.Errorf("CLAIM: got %v, want %v", err, scrip.ScripSpent)
		}
	})
	unmoved(s, "the old T4", func() {
		answer, err := s.Exchange(t.Context(), first.T4)
		if err == nil {
			_, err = c.OpenT8(first, answer)
		}
		if !errors.Is(err, scrip.TxConflict) && !errors.Is(err, scrip.ScripSpent) {
			t.Errorf("T4: got %v, want %v or %v", err, scrip.TxConflict, scrip.ScripSpent)
		}
	})
}
