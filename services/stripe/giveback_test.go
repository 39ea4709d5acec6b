package stripe_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/bank"
	"peerscrip/services/scrip"
)

// Money goes back where it came from, once, whatever is lost on the way.
func TestGivenBack(t *testing.T) {
	for name, trouble := range map[string]func(world){
		"all goes well": func(world) {},
		"the answer is lost, and Stripe forgets the key": func(w world) {
			w.there.Lose("/v1/refunds")
			w.there.Lose("/v1/refunds") // the library asks once more
			_ = w.gate.Deliver(w.T.Context())
			w.there.Forget()
			w.Clock.Advance(30 * time.Hour)
		},
		"Stripe is out of reach": func(w world) {
			for range 2 {
				w.there.Break("/v1/refunds")
			}
		},
		"killed before it is written down what is to be given back": func(w world) { w.till.crashes = 1 },
		"killed between the call and its record": func(w world) {
			_ = w.gate.Deliver(w.T.Context()) // divided
			w.Clock.Advance(time.Minute)
			w.till.crashes = 1
			if err := w.gate.Deliver(w.T.Context()); !errors.Is(err, errCrash) {
				w.T.Errorf("got %v, want %v", err, errCrash)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c, held, charge := w.filled(20_00)
			w.withdraw(c, held)
			w.balance(c, 0)
			trouble(w)
			for range 8 {
				w.Clock.Advance(10 * time.Minute)
				_ = w.gate.Deliver(t.Context())
			}
			if d := w.out(c); d.State != scrip.OutDone || d.Means != scrip.ByRefund || d.Amount != 20_00 || d.Given == "" {
				t.Errorf("got %+v, want 2000 given back", d)
			}
			if _, refunds, _ := w.there.Made(); refunds != 1 {
				t.Errorf("refunds at Stripe: got %d, want 1", refunds)
			}
			w.hear("evt_back", "charge.refunded", charge) // which is ours
			w.deliver()
			w.balance(c, 0)
			w.suspended()
		})
	}
}

// A refund that fails, at once or days later, is back in the account, with why; the next load takes it.
func TestRefundFails(t *testing.T) {
	for _, status := range []string{"failed", "pending", "succeeded"} {
		t.Run(status, func(t *testing.T) {
			w := newWorld(t)
			c, held, _ := w.filled(20_00)
			w.there.Refunds(status, map[bool]string{true: "lost_or_stolen_card"}[status == "failed"])
			w.withdraw(c, held)
			w.deliver()
			w.deliver()
			if status != "failed" {
				w.balance(c, 0)
				for _, id := range w.there.Settle("failed", "lost_or_stolen_card") {
					w.hear("evt_"+id, "refund.failed", id)
				}
				w.deliver()
			}
			if d := w.out(c); d.State != scrip.OutFailed || d.Reason != "lost_or_stolen_card" {
				t.Errorf("got %+v, want that it failed, with why", d)
			}
			w.balance(c, 20_00)
			again := w.ID()
			for range 2 {
				if err := w.gate.PayOut(t.Context(), c.Bank, again); err != nil && !errors.Is(err, scrip.NotFound) {
					t.Errorf("to pay it out again: %v", err)
				}
			}
			w.deliver() // nobody said where else it is to go
			w.balance(c, 20_00)
			c.Acquire(20_00)
		})
	}
}

// What somebody gives back at Stripe itself leaves the account; where it is gone by then, the operator hears of it.
func TestGivenBackThere(t *testing.T) {
	w := newWorld(t)
	c := w.Customer(0)
	_, session := w.pending(c, c.Acquisition(20_00))
	w.there.Pay(session, "succeeded")
	w.deliver()
	charge := w.there.Charge(session)
	w.there.GiveBack(charge, 5_00)
	w.hear("evt_1", "charge.refunded", charge)
	w.deliver()
	w.balance(c, 15_00)
	c.Acquire(15_00)
	w.there.GiveBack(charge, 5_00)
	w.hear("evt_2", "charge.refunded", charge)
	w.deliver()
	w.hear("evt_3", "charge.dispute.created", w.there.Dispute(charge, "needs_response"))
	w.deliver()
	w.deliver()
	w.balance(c, 0)
	w.suspended("taken-back 5.00 EUR", "disputed 10.55 EUR")
}

// What is given back at Stripe itself counts each time, also where as much was given back before and has failed since.
func TestGivenBackThereAgain(t *testing.T) {
	w := newWorld(t)
	c := w.Customer(0)
	_, session := w.pending(c, c.Acquisition(20_00))
	w.there.Pay(session, "succeeded")
	w.deliver()
	charge := w.there.Charge(session)
	c.Acquire(5_00)
	w.there.Refunds("pending", "")
	if err := w.gate.PayOut(t.Context(), c.Bank, w.ID()); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.deliver()
	w.there.GiveBack(charge, 5_00)
	w.hear("evt_1", "charge.refunded", charge)
	w.deliver()
	w.suspended("taken-back 5.00 EUR")
	for _, id := range w.there.Settle("failed", "lost_or_stolen_card") {
		w.hear("evt_"+id, "refund.failed", id)
	}
	w.deliver()
	w.deliver()
	w.balance(c, 15_00)
	if _, err := w.gate.ConnectPayee(t.Context(), c.Bank); err != nil {
		t.Fatal(err)
	}
	if err := w.gate.PayOut(t.Context(), c.Bank, w.ID()); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.deliver()
	w.balance(c, 0)
	w.there.GiveBack(charge, 20_00) // of what came to nothing before, none counts
	w.hear("evt_2", "charge.refunded", charge)
	w.deliver()
	w.suspended("taken-back 5.00 EUR", "taken-back 15.00 EUR")
}

// ledger is what an account of the books holds.
func (w world) ledger(house, suspense scrip.Money) {
	w.T.Helper()
	if got, err := w.gate.HouseHolds(w.T.Context()); err != nil || got != house {
		w.T.Errorf("house: got %d, %v, want %d", got, err, house)
	}
	all, err := w.Books.Snapshot(w.T.Context(), db.Question{})
	if got := all.Balances[scrip.Suspense]; err != nil || got != suspense {
		w.T.Errorf("suspense: got %d, %v, want %d", got, err, suspense)
	}
}

// What a payer takes back through its bank is the house's loss, set aside until it is decided, and touches nobody's scrip: a question
// takes nothing, what is won is back, what is lost is gone, and where the house does not hold so much the operator hears of it and it is
// covered later; whatever crashes on the way, and however often the notices come.
func TestDisputes(t *testing.T) {
	for name, of := range map[string]struct {
		has     scrip.Money // the house, at first
		status  []string    // one after another
		house   scrip.Money // in the end
		crashes int
		waits   []string
	}{
		"asked, and let be":         {30_00, []string{"warning_needs_response", "warning_closed"}, 30_00, 0, nil},
		"asked, taken and won":      {30_00, []string{"warning_needs_response", "needs_response", "under_review", "won"}, 30_00, 1, nil},
		"lost":                      {30_00, []string{"needs_response", "lost"}, 9_45, 2, nil},
		"lost, and won after all":   {30_00, []string{"needs_response", "lost", "won", "won"}, 30_00, 2, nil},
		"heard of when it was lost": {30_00, []string{"lost"}, 9_45, 0, nil},
		"open":                      {30_00, []string{"needs_response"}, 9_45, 1, []string{"disputed 20.55 EUR"}},
		"not covered":               {5_00, []string{"needs_response", "lost"}, 5_00, 0, []string{"disputed 20.55 EUR"}},
		"not covered, and won":      {5_00, []string{"needs_response", "won"}, 5_00, 0, nil},
		"asked":                     {5_00, []string{"warning_under_review"}, 5_00, 0, []string{"inquired 20.55 EUR"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c, held, charge := w.filled(20_00)
			if _, err := w.gate.MoveHouse(t.Context(), "first", of.has, true); err != nil {
				t.Fatal(err)
			}
			dispute := w.there.Dispute(charge, of.status[0])
			for i, status := range of.status {
				w.there.Decide(dispute, status)
				w.hear(fmt.Sprint("evt_", i), "charge.dispute.updated", dispute)
				if w.till.crashes = of.crashes; of.crashes > 0 {
					_ = w.gate.Deliver(t.Context())
					w.till.crashes = 0
				}
				w.deliver()
				w.Clock.Advance(2 * time.Hour)
				w.deliver()
			}
			set := scrip.Money(0)
			if name == "open" {
				set = 20_55
			}
			w.ledger(of.house, set)
			w.suspended(of.waits...)
			w.balance(c, 0)
			if name == "not covered" {
				if _, err := w.gate.MoveHouse(t.Context(), "more", 20_00, true); err != nil {
					t.Fatal(err)
				}
				w.Clock.Advance(2 * time.Hour)
				w.deliver()
				w.ledger(4_45, 0)
				w.suspended()
			}
			if list, err := w.Books.Suspended(t.Context(), 9); err == nil && name == "open" {
				if _, err := w.gate.Settle(t.Context(), list[0].ID, ""); !errors.Is(err, bank.ErrUndecided) {
					t.Errorf("settled by hand: got %v, want %v", err, bank.ErrUndecided)
				}
			}
			if _, err := w.gate.MoveHouse(t.Context(), "out", 99_00, false); !errors.Is(err, scrip.BankDeclined) {
				t.Errorf("more taken out of the house than it holds: got %v, want %v", err, scrip.BankDeclined)
			}
			w.withdraw(c, held) // the scrip is good
		})
	}
}

// What a seller earned was not paid in by that seller: it goes to the seller's account at Stripe, or waits until there is one.
func TestEarnings(t *testing.T) {
	w := newWorld(t)
	buyer, held, _ := w.filled(50_00)
	s := w.Stall("Attic")
	vendor, _ := buyer.Trade(s, held, 20_00)
	buyer.Buy(s, vendor, s.List(12_00, 3))
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	owner := s.Owner
	if _, _, err := owner.SendPayment(owner.Payment(s, 7_00, scrip.ToBank, nil)); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	if d := w.out(owner); d.State != scrip.OutFailed || d.Reason != scrip.NoPayee {
		t.Errorf("without a payee: got %+v, want that it failed for want of one", d)
	}
	w.balance(owner, 7_00)
	for range 2 {
		if link, err := w.gate.ConnectPayee(t.Context(), owner.Bank); err != nil || !strings.Contains(link, "/connect/acct_") {
			t.Fatalf("to say where it goes: got %q, %v, want a page of Stripe's", link, err)
		}
	}
	if calls := w.there.Calls("POST /v1/accounts"); calls != 1 {
		t.Errorf("accounts at Stripe: got %d, want 1", calls)
	}
	w.there.Refuse("/v1/transfers", 400, "balance_insufficient") // what was paid in is not available yet
	if err := w.gate.PayOut(t.Context(), owner.Bank, w.ID()); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		w.Clock.Advance(10 * time.Minute)
		_ = w.gate.Deliver(t.Context())
	}
	if _, _, transfers := w.there.Made(); transfers != 1 {
		t.Errorf("transfers at Stripe: got %d, want 1", transfers)
	}
	w.balance(owner, 0)
}
