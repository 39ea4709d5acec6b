package broker_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// escrowed is a protected purchase for 1000: to be sent in five days and a
// day of grace, with ten for the way and to check. The buyer has put in 2000.
type escrowed struct {
	*rig.Rig
	c *rig.Customer
	s *rig.Stall
	p rig.Purchase
}

func protected(t testing.TB) escrowed {
	t.Helper()
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	return escrowed{r, c, s, c.BuyProtected(s, held, s.List(10_00, 3))}
}

// reported is a purchase whose T12 has come.
func reported(t testing.TB) escrowed {
	t.Helper()
	w := protected(t)
	if err := w.s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w escrowed) sent() rig.Sealed {
	return w.s.Reporting(scrip.SentReport{Vendor: w.s.Vendor(), Purchase: w.p.Tx})
}

func (w escrowed) release(proof bool, edits ...func(*rig.Message)) rig.Sealed {
	return w.c.Pseudonymous(w.s, scrip.ReleaseRequest(w.p.Bought(proof)), edits...)
}

func (w escrowed) reclaim(proof bool, edits ...func(*rig.Message)) rig.Sealed {
	return w.c.Pseudonymous(w.s, scrip.ReclaimRequest(w.p.Bought(proof)), edits...)
}

func (w escrowed) dispute(words string) rig.Sealed {
	return w.c.Pseudonymous(w.s, scrip.Dispute{
		Vendor: w.s.Vendor(), Purchase: w.p.Tx, Text: words, Shows: []scrip.Shown{{Message: w.p.Mandate}, {Message: w.p.Paid.JWS}},
	})
}

func (w escrowed) defend(words string) rig.Sealed {
	return w.s.Reporting(scrip.Defend{Vendor: w.s.Vendor(), Purchase: w.p.Tx, Text: words, Shows: []scrip.Shown{}})
}

// due lets the broker end what time ends.
func (w escrowed) due() {
	w.T.Helper()
	if err := w.Broker.Due(w.T.Context()); err != nil {
		w.T.Fatal(err)
	}
}

// says sends what is said of the hold, and wants it to stand so then.
func (w escrowed) says(m rig.Sealed, want scrip.HoldState) scrip.OnHold {
	w.T.Helper()
	got, err := w.SendHold(m)
	if err != nil || got.State != want || got.Purchase != w.p.Tx {
		w.T.Errorf("%s: got %+v, %v, want %s", m.Body.Type(), got, err, want)
	}
	return got
}

// wantBooks wants so much where a protected purchase can have its money.
func (w escrowed) wantBooks(held, earned, credit scrip.Money) {
	w.T.Helper()
	snapshot, err := w.Books.Snapshot(w.T.Context(), db.Question{})
	if err != nil {
		w.T.Fatal(err)
	}
	b := snapshot.Balances
	got := [3]scrip.Money{b[scrip.HeldOf(w.s.Vendor())], b[scrip.EarnedOf(w.s.Vendor())], b[scrip.CreditOf(w.c.Account)]}
	if want := [3]scrip.Money{held, earned, credit}; got != want {
		w.T.Errorf("held, earned, credit: got %d, want %d", got, want)
	}
}

// TestHeld: the price of a protected purchase is held until the time to check is
// over, once the seller has sent it, and then is the seller's.
func TestHeld(t *testing.T) {
	w := reported(t)
	w.wantBooks(10_00, 0, 0)
	w.Clock.Advance(7 * day) // late, and nobody has reclaimed it
	w.due()
	told := w.says(w.sent(), scrip.HoldSent)
	if want := w.Clock.Now().Unix() + 10*24*60*60; told.Due != want || told.Left != 10_00 {
		t.Errorf("HELD: got due %d, %d left, want %d, 1000", told.Due, told.Left, want)
	}
	w.says(w.sent(), scrip.HoldSent)
	w.says(w.reclaim(false), scrip.HoldSent) // too late
	w.Clock.Advance(10*day - 1e9)
	w.due()
	w.wantBooks(10_00, 0, 0)
	w.Clock.Advance(1e9)
	for range 2 {
		w.due()
		w.wantBooks(0, 10_00, 0)
	}
	w.says(w.dispute("It is broken."), scrip.HoldReleased)
	if err := report(w.s, scrip.Report{Price: 10_00, OrderDigest: w.p.Paid.Body.OrderDigest, Tx: w.p.Tx, Mandate: w.p.Mandate}); err != nil {
		t.Errorf("its T12 once more: %v", err)
	}
	w.wantBooks(0, 10_00, 0)
}

// TestHeldByAClockThatWasAhead: what was marked as sent while the broker's clock was ahead
// by more than a year is the seller's once the time to check is over, as it would be.
func TestHeldByAClockThatWasAhead(t *testing.T) {
	w := reported(t)
	w.Clock.Advance(400 * day)
	w.says(w.sent(), scrip.HoldSent)
	w.Clock.Advance(-400 * day)
	w.due()
	told := w.says(w.sent(), scrip.HoldSent)
	if want := w.Clock.Now().Unix() + 10*24*60*60; told.Due != want || told.Left != 10_00 {
		t.Errorf("HELD: got due %d, %d left, want %d, 1000", told.Due, told.Left, want)
	}
	w.Clock.Advance(10*day - 1e9)
	w.due()
	w.wantBooks(10_00, 0, 0)
	w.Clock.Advance(1e9)
	w.due()
	w.wantBooks(0, 10_00, 0)
}

// TestDisputesArePacedByTheirSize: what a buyer shows is counted by its size, so that
// nobody fills the log with few messages; in the next hour it is taken as it was sent.
func TestDisputesArePacedByTheirSize(t *testing.T) {
	w := reported(t)
	config := w.Broker.Config
	config.Logged = 20
	bounded := broker.New(config)
	much := func(words string) rig.Sealed {
		return w.c.Pseudonymous(w.s, scrip.Dispute{
			Vendor: w.s.Vendor(), Purchase: w.p.Tx, Text: words, Shows: []scrip.Shown{{Message: "a.b." + strings.Repeat("x", 90_000)}},
		})
	}
	dispute := func(m rig.Sealed) error {
		_, err := rig.Send[scrip.OnHold](w.c, bounded.Dispute, m)
		return err
	}
	if err := dispute(much("It is broken.")); err != nil {
		t.Fatalf("the first DISPUTE: %v", err)
	}
	second := much("It is broken twice.")
	if err := dispute(second); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("the second: got %v, want %v", err, scrip.Unavailable)
	}
	w.Clock.Advance(time.Hour)
	if err := dispute(second); err != nil {
		t.Errorf("the second, an hour later: %v", err)
	}
}

// TestReleased: the buyer lets the seller have the money, whether it was sent by the
// seller's word or not, and though the seller never reported it.
func TestReleased(t *testing.T) {
	for name, test := range map[string]struct {
		reported, sent, disputed bool
	}{"reported": {true, false, false}, "sent": {true, true, false}, "disputed": {true, true, true}, "never reported": {}} {
		t.Run(name, func(t *testing.T) {
			w := protected(t)
			if test.reported {
				if err := w.s.Deliver(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if test.sent {
				w.says(w.sent(), scrip.HoldSent)
			}
			if test.disputed {
				w.says(w.dispute("It is another colour."), scrip.HoldDisputed)
			}
			m := w.release(!test.reported)
			for range 2 {
				w.says(m, scrip.HoldReleased)
				w.wantBooks(0, 10_00, 0)
			}
			w.Clock.Advance(100 * day)
			w.due()
			w.says(w.reclaim(true), scrip.HoldReleased)
			if err := w.s.Deliver(t.Context()); err != nil {
				t.Errorf("T12 of what the buyer proved: %v", err)
			}
			w.wantBooks(0, 10_00, 0)
		})
	}
}

// TestReclaimed: what was not sent in time is the buyer's again, once, though its
// seller never reported it, and is paid out to the buyer's bank or into its scrip.
func TestReclaimed(t *testing.T) {
	for name, proof := range map[string]bool{"reported": false, "never reported": true} {
		t.Run(name, func(t *testing.T) {
			w := protected(t)
			if !proof {
				if err := w.s.Deliver(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			w.says(w.reclaim(proof), scrip.HoldHeld) // too early
			w.wantBooks(10_00, 0, 0)
			w.Clock.Advance(6 * day)
			m := w.reclaim(proof)
			for range 2 {
				if told := w.says(m, scrip.HoldReclaimed); told.ToBuyer != 10_00 || told.Left != 0 {
					t.Errorf("HELD: got %+v, want all of it to the buyer", told)
				}
				w.wantBooks(0, 0, 10_00)
			}
			w.says(w.sent(), scrip.HoldReclaimed) // so the seller hears of it
			w.says(w.release(false), scrip.HoldReclaimed)
			if err := w.s.Deliver(t.Context()); err != nil {
				t.Errorf("T12 of it: %v", err)
			}
			w.wantBooks(0, 0, 10_00)
			refund := w.s.Reporting(scrip.RefundReport{Vendor: w.s.Vendor(), Purchase: w.p.Tx, Amount: 1})
			if _, err := rig.Send[scrip.Refunded](w.c, w.Broker.Refund, refund); !errors.Is(err, scrip.AmountOutOfBounds) {
				t.Errorf("REFUND of what was reclaimed: got %v, want %v", err, scrip.AmountOutOfBounds)
			}
			w.wantBooks(0, 0, 10_00)
			w.wantRecord(1, 0)
		})
	}
}

// wantRecord wants what the merchant's RECORD counts of purchases that went wrong.
func (w escrowed) wantRecord(reclaimed, lost int) {
	w.T.Helper()
	entry, err := w.Broker.Stall(w.T.Context(), w.s.Vendor())
	if err != nil {
		w.T.Fatal(err)
	}
	got, err := scrip.ReadTrackRecord(entry.Record, w.s.Vendor(), w.Info.Signer(), w.Clock.Now().Unix())
	if err != nil || got.Reclaimed != reclaimed || got.DisputesLost != lost {
		w.T.Errorf("RECORD: got %+v, %v, want %d reclaimed and %d disputes lost", got, err, reclaimed, lost)
	}
}

// creditOut asks for credit to be paid out.
func (w escrowed) creditOut(amount scrip.Money, to string, held *scrip.Held) rig.Sealed {
	m := rig.Message{Body: scrip.Payout{Account: w.c.Account, Amount: amount, To: to}}
	if held != nil {
		m.Attach = scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
	}
	return w.c.Seal(m)
}

// TestCredit: an account's credit is told to it, and paid out once.
func TestCredit(t *testing.T) {
	w := reported(t)
	w.Clock.Advance(6 * day)
	w.says(w.reclaim(false), scrip.HoldReclaimed)
	if got := rig.Ask[scrip.Stated](w.c, w.Broker.Statement, scrip.Statement{Account: w.c.Account}).Body; got.Credit != 10_00 {
		t.Errorf("STATED: got a credit of %d, want 1000", got.Credit)
	}
	bank := w.creditOut(4_00, scrip.ToBank, nil)
	for range 2 {
		got, _, err := w.c.SendPayment(bank)
		if want := (scrip.PaidOut{Account: w.c.Account, Amount: 4_00, To: scrip.ToBank}); err != nil || got != want {
			t.Errorf("PAYOUT: got %+v, %v, want %+v", got, err, want)
		}
	}
	wantBalance(t, w.c, 54_00)
	if _, _, err := w.c.SendPayment(w.creditOut(6_01, scrip.ToBank, nil)); !errors.Is(err, scrip.EarnedShort) {
		t.Errorf("more than there is: got %v, want %v", err, scrip.EarnedShort)
	}
	if _, _, err := w.c.SendPayment(w.creditOut(6_00, scrip.ToScrip, nil)); !errors.Is(err, scrip.ScripHeld) {
		t.Errorf("beside the scrip it holds: got %v, want %v", err, scrip.ScripHeld)
	}
	w.wantBooks(0, 0, 6_00)
}

// TestDisputed: what is disputed stays until an operator decides, whatever time
// passes and whoever else asks; both have their part, and hear why.
func TestDisputed(t *testing.T) {
	w := reported(t)
	w.says(w.sent(), scrip.HoldSent)
	w.says(w.dispute("It is broken."), scrip.HoldDisputed)
	w.says(w.defend("It was whole."), scrip.HoldDisputed)
	w.says(w.dispute("Here is more."), scrip.HoldDisputed)
	w.Clock.Advance(300 * day)
	w.due()
	w.says(w.sent(), scrip.HoldDisputed)
	w.says(w.reclaim(false), scrip.HoldDisputed)
	w.wantBooks(10_00, 0, 0)
	if open, err := w.Books.Disputed(t.Context(), 9); err != nil || len(open) != 1 || open[0].Purchase != w.p.Tx {
		t.Errorf("Disputed: got %+v, %v, want the purchase", open, err)
	}
	if shown, err := w.Books.Showings(t.Context(), w.s.Vendor(), w.p.Tx); err != nil || len(shown) != 3 {
		t.Errorf("Showings: got %+v, %v, want three", shown, err)
	}
	if _, err := w.Judge().Decide(t.Context(), w.s.Vendor(), w.p.Tx, 10_01, "Too much."); !errors.Is(err, scrip.AmountOutOfBounds) {
		t.Errorf("Decide more than is left: got %v, want %v", err, scrip.AmountOutOfBounds)
	}
	if _, err := w.Judge().Decide(t.Context(), w.s.Vendor(), w.p.Tx, 6_00, "Broken, and said so late."); err != nil {
		t.Fatal(err)
	}
	w.wantBooks(0, 4_00, 6_00)
	w.wantRecord(0, 1)
	if _, err := w.Judge().Decide(t.Context(), w.s.Vendor(), w.p.Tx, 6_00, "Again."); !errors.Is(err, scrip.OutOfTurn) {
		t.Errorf("Decide again: got %v, want %v", err, scrip.OutOfTurn)
	}
	told := w.says(w.defend("Still whole."), scrip.HoldDecided)
	said, err := scrip.Verify[scrip.Decided](told.Decision, string(w.s.Vendor()), w.Info.Signer())
	want := scrip.Decided{Vendor: w.s.Vendor(), Purchase: w.p.Tx, ToBuyer: 6_00, ToSeller: 4_00, Text: "Broken, and said so late."}
	if err != nil || said.Body != want || told.ToBuyer != 6_00 || told.ToSeller != 4_00 {
		t.Errorf("HELD %+v, DECIDED %+v, %v, want %+v", told, said.Body, err, want)
	}
	w.wantBooks(0, 4_00, 6_00)
}

// TestShowingsAreBounded: neither side fills the log with what it shows.
func TestShowingsAreBounded(t *testing.T) {
	w := reported(t)
	for range scrip.MaxShowings {
		w.says(w.dispute("More."), scrip.HoldDisputed)
	}
	if _, err := w.SendHold(w.dispute("And more.")); !errors.Is(err, scrip.TooMany) {
		t.Errorf("DISPUTE above the bound: got %v, want %v", err, scrip.TooMany)
	}
	w.says(w.defend("Less."), scrip.HoldDisputed)
}

// TestRefundOfHeld: a refund comes out of what is held first, in part or whole; what
// the seller earned elsewhere covers the rest.
func TestRefundOfHeld(t *testing.T) {
	w := reported(t)
	refund := func(amount scrip.Money) {
		t.Helper()
		if err := w.s.Refund(t.Context(), w.ID(), w.s.Sold(w.p.Tx).ID, amount); err != nil {
			t.Fatal(err)
		}
		if err := w.s.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.c.Collect(w.s, amount)
	}
	refund(3_00)
	w.wantBooks(7_00, 0, 0)
	w.says(w.sent(), scrip.HoldSent)
	refund(2_00)
	told := w.says(w.dispute("It is broken."), scrip.HoldDisputed)
	if told.Left != 5_00 || told.Covered != 10_00 {
		t.Errorf("HELD: got %+v, want 500 left of 1000", told)
	}
	refund(5_00)
	w.wantBooks(0, 0, 0)
	w.says(w.release(false), scrip.HoldRefunded)
}

// TestRefundAfterRelease: once the seller has the money, a refund comes out of it.
func TestRefundAfterRelease(t *testing.T) {
	w := reported(t)
	w.says(w.release(false), scrip.HoldReleased)
	if err := w.s.Refund(t.Context(), w.ID(), w.s.Sold(w.p.Tx).ID, 4_00); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.c.Collect(w.s, 4_00)
	w.wantBooks(0, 6_00, 0)
}

// TestAbandoned: nothing is held for ever. What was neither sent nor reclaimed goes
// back ninety days after it was due.
func TestAbandoned(t *testing.T) {
	w := reported(t)
	w.Clock.Advance(95 * day)
	w.due()
	w.wantBooks(10_00, 0, 0)
	w.Clock.Advance(1 * day)
	w.due()
	w.wantBooks(0, 0, 10_00)
	w.says(w.sent(), scrip.HoldReclaimed)
}

// stuck are books that cannot end one hold.
type stuck struct {
	broker.Books
	purchase scrip.ID
}

var errStuck = errors.New("stuck")

func (b stuck) Apply(ctx context.Context, c scrip.Change) error {
	if turn := c.Broker.Turn; turn != nil && turn.To.Purchase == b.purchase {
		return errStuck
	}
	return b.Books.Apply(ctx, c)
}

// HeldUntil reads them one by one, so that the one that cannot end fills a whole part.
func (b stuck) HeldUntil(ctx context.Context, at int64, after scrip.Hold, _ int) ([]scrip.Hold, error) {
	return b.Books.HeldUntil(ctx, at, after, 1)
}

// TestDueGoesOn: a hold that cannot end is told, holds up none that comes after it,
// and ends when it can.
func TestDueGoesOn(t *testing.T) {
	w := reported(t)
	w.Clock.Advance(1 * day)
	later := w.c.BuyProtected(w.s, w.p.Change, w.s.List(3_00, 1))
	if err := w.s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantBooks(13_00, 0, 0)
	w.Clock.Advance(97 * day)
	books := w.Broker.Books
	w.Broker.Books = stuck{books, w.p.Tx}
	for range 2 {
		if err := w.Broker.Due(t.Context()); !errors.Is(err, errStuck) || !strings.Contains(err.Error(), string(w.p.Tx)) || strings.Contains(err.Error(), string(later.Tx)) {
			t.Errorf("Due: got %v, want %v of %s alone", err, errStuck, w.p.Tx)
		}
		w.wantBooks(10_00, 0, 3_00)
	}
	w.Broker.Books = books
	w.due()
	w.wantBooks(0, 0, 13_00)
}

// TestRevokedStallIsNotPaidOut: what a revoked stall has earned waits until its open
// orders are closed; its buyers have theirs all the while.
func TestRevokedStallIsNotPaidOut(t *testing.T) {
	w := reported(t)
	plain, _ := w.c.Buy(w.s, w.p.Change, w.s.List(5_00, 1))
	if err := w.s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantBooks(10_00, 5_00, 0)
	takeBack(w.Rig, w.s)
	pay := func() rig.Sealed { return w.s.Owner.Payment(w.s, 1_00, scrip.ToBank, nil) }
	if _, _, err := w.s.Owner.SendPayment(pay()); !errors.Is(err, scrip.StallRevoked) {
		t.Errorf("PAYOUT while an order is open: got %v, want %v", err, scrip.StallRevoked)
	}
	if err := w.s.Refund(t.Context(), w.ID(), w.s.Sold(plain.Tx).ID, 1_00); err != nil {
		t.Fatal(err)
	}
	if err := w.s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.wantBooks(10_00, 4_00, 0)
	w.Clock.Advance(6 * day)
	w.says(w.reclaim(false), scrip.HoldReclaimed)
	if _, _, err := w.s.Owner.SendPayment(pay()); err != nil {
		t.Errorf("PAYOUT once it is closed: %v", err)
	}
	w.wantBooks(0, 3_00, 10_00)
}

// TestFloatShort: where the float does not cover the price any more, because the
// buyer had it rescued, what it covers is held; where it covers nothing, T12 is
// refused as that of any purchase.
func TestFloatShort(t *testing.T) {
	for name, left := range map[string]scrip.Money{"a part": 4_00, "nothing": 0} {
		t.Run(name, func(t *testing.T) {
			w := protected(t)
			if left > 0 {
				notice(w.c, w.s, w.ID(), left)
			}
			takeBack(w.Rig, w.s)
			wantRescued(w.c, w.s, w.c.Rescuing(w.s), 20_00-left, left)
			err := report(w.s, scrip.Report{Price: 10_00, OrderDigest: w.p.Paid.Body.OrderDigest, Tx: w.p.Tx, Mandate: w.p.Mandate})
			if left == 0 {
				if !errors.Is(err, scrip.FloatShort) {
					t.Errorf("T12: got %v, want %v", err, scrip.FloatShort)
				}
				if _, err := w.SendHold(w.reclaim(true)); !errors.Is(err, scrip.FloatShort) {
					t.Errorf("RECLAIM with proof: got %v, want %v", err, scrip.FloatShort)
				}
				w.wantBooks(0, 0, 0)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			w.wantBooks(left, 0, 0)
			w.Clock.Advance(6 * day)
			if told := w.says(w.reclaim(true), scrip.HoldReclaimed); told.Price != 10_00 || told.Covered != left || told.ToBuyer != left {
				t.Errorf("HELD: got %+v, want %d of 1000", told, left)
			}
			w.wantBooks(0, 0, left)
		})
	}
}

// TestHoldRefusals: a hold is nobody's but its buyer's and its merchant's, and what
// is proved must be so.
func TestHoldRefusals(t *testing.T) {
	w := protected(t)
	held, _ := w.c.Trade(w.s, rest(t, w), 10_00)
	plain := w.c.BuyProtected(w.s, held, w.s.List(2_00, 3))
	other := w.Customer(100_00)
	other.Trade(w.s, other.Acquire(50_00), 10_00)
	elsewhere := w.Stall("Cellar")
	unprotected := w.c.Mandate(w.s, plain.Change, w.s.List(1_00, 1))
	paid, err := rig.Send[scrip.Paid](w.c, w.s.Purchase, unprotected)
	if err != nil {
		t.Fatal(err)
	}
	bought := func(c *rig.Customer, b scrip.Bought, edits ...func(*rig.Message)) rig.Sealed {
		return c.Pseudonymous(w.s, scrip.ReclaimRequest(b), edits...)
	}
	mixed, without := w.p.Bought(true), w.p.Bought(false)
	mixed.Paid = plain.Paid.JWS
	forged := w.p.Bought(true)
	forged.Mandate = plain.Mandate
	for name, test := range map[string]struct {
		m    rig.Sealed
		want scrip.Refusal
	}{
		"not reported":             {bought(w.c, without), scrip.NotFound},
		"a stranger":               {w.Customer(0).Pseudonymous(w.s, scrip.ReclaimRequest(w.p.Bought(true))), scrip.NotFound},
		"another buyer":            {bought(other, w.p.Bought(true)), scrip.MandateInvalid},
		"another's T11":            {bought(w.c, mixed), scrip.MandateInvalid},
		"another's mandate":        {bought(w.c, forged), scrip.MandateInvalid},
		"without protection":       {bought(w.c, scrip.Bought{Vendor: w.s.Vendor(), Purchase: paid.Tx, Mandate: unprotected.Signed.JWS, Paid: paid.JWS}), scrip.NotFound},
		"SENT of what was not":     {w.sent(), scrip.NotFound},
		"SENT of another merchant": {elsewhere.Reporting(scrip.SentReport{Vendor: w.s.Vendor(), Purchase: w.p.Tx}), scrip.PartyMismatch},
		"DEFEND of another":        {elsewhere.Reporting(scrip.Defend{Vendor: w.s.Vendor(), Purchase: w.p.Tx, Text: "x", Shows: []scrip.Shown{}}), scrip.PartyMismatch},
	} {
		if _, err := w.SendHold(test.m); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if err := w.s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SendHold(bought(other, without)); !errors.Is(err, scrip.NotFound) {
		t.Errorf("another buyer, once reported: got %v, want %v", err, scrip.NotFound)
	}
	tx := w.ID()
	same := func(m *rig.Message) { m.Tx = tx }
	w.says(w.release(false, same), scrip.HoldReleased)
	if _, err := w.SendHold(w.c.Pseudonymous(w.s, scrip.ReleaseRequest(plain.Bought(false)), same)); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("its tx for another purchase: got %v, want %v", err, scrip.TxConflict)
	}
}

// rest is what is left of the buyer's BrokerScrip, renewed.
func rest(t testing.TB, w escrowed) scrip.Held {
	t.Helper()
	live, err := w.Books.LiveOf(t.Context(), string(w.c.Account))
	if err != nil {
		t.Fatal(err)
	}
	return live.Held(w.Info.ID)
}

// TestHoldsRace: whatever comes at the same time, each hold ends once: whoever was first
// has the money, refunds apart, and the books close. So it is before the parcel is sent
// and after, while it is disputed, and when the stall is revoked meanwhile.
func TestHoldsRace(t *testing.T) {
	for name, begin := range map[string]func(escrowed){
		"not sent": func(w escrowed) { w.Clock.Advance(6 * day) },
		"not sent, for so long that it goes back by itself": func(w escrowed) { w.Clock.Advance(96 * day) },
		"sent, and the time to check over":                  func(w escrowed) { w.says(w.sent(), scrip.HoldSent); w.Clock.Advance(10 * day) },
		"disputed":                                          func(w escrowed) { w.says(w.dispute("No."), scrip.HoldDisputed) },
	} {
		t.Run(name, func(t *testing.T) {
			for range 4 {
				w := reported(t)
				begin(w)
				raceForHold(t, w)
			}
		})
	}
}

// logged are the records of a tx and a kind.
func (w escrowed) logged(tx scrip.ID, kind string) []scrip.Record {
	w.T.Helper()
	list, err := w.Books.Logged(w.T.Context(), tx, kind)
	if err != nil {
		w.T.Fatal(err)
	}
	return list
}

// raceForHold has everybody who may end a hold do so at once.
func raceForHold(t *testing.T, w escrowed) {
	ctx := t.Context()
	if err := w.s.Refund(ctx, w.ID(), w.s.Sold(w.p.Tx).ID, 4_00); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	said := []rig.Sealed{w.sent(), w.release(false), w.reclaim(true), w.dispute("No."), w.release(true), w.reclaim(false)}
	for _, m := range said {
		all.Go(func() {
			if _, err := w.SendHold(m); err != nil && !errors.Is(err, scrip.Unavailable) {
				t.Errorf("%s: %v", m.Body.Type(), err)
			}
		})
	}
	all.Go(func() { _ = w.Broker.Due(ctx) })
	all.Go(func() { _ = w.s.Deliver(ctx) }) // the refund
	all.Go(func() { takeBack(w.Rig, w.s) })
	all.Go(func() {
		if _, err := w.Judge().Decide(ctx, w.s.Vendor(), w.p.Tx, 3_00, "So."); err != nil {
			if _, refused := scrip.AsRefusal(err); !refused {
				t.Errorf("Decide: %v", err)
			}
		}
	})
	all.Wait()
	h, err := w.Books.Held(ctx, w.s.Vendor(), w.p.Tx)
	if err != nil {
		t.Fatal(err)
	}
	taken := h.Covered - h.Left - h.ToBuyer - h.ToSeller // by the refund
	one := map[scrip.HoldState]bool{
		scrip.HoldDisputed: h.ToBuyer+h.ToSeller == 0, scrip.HoldSent: h.ToBuyer+h.ToSeller == 0, scrip.HoldHeld: h.ToBuyer+h.ToSeller == 0,
		scrip.HoldReleased: h.ToBuyer == 0 && h.Left == 0, scrip.HoldReclaimed: h.ToSeller == 0 && h.Left == 0,
		scrip.HoldDecided: h.ToBuyer == 3_00 && h.Left == 0, scrip.HoldRefunded: taken == h.Covered,
	}[h.State]
	if !one || taken != 0 && taken != 4_00 {
		t.Errorf("the hold is %s: got %+v, and %d refunded", h.State, h, taken)
	}
	snapshot, err := w.Books.Snapshot(ctx, db.Question{})
	if err != nil {
		t.Fatal(err)
	}
	if held := snapshot.Balances[scrip.HeldOf(w.s.Vendor())]; held != h.Left {
		t.Errorf("held of the stall: got %d, want %d", held, h.Left)
	}
	ends := len(w.logged(w.p.Tx, scrip.KindTime))
	for _, m := range said {
		if typ := m.Body.Type(); typ == "RELEASE" || typ == "RECLAIM" {
			ends += len(w.logged(m.Tx, typ))
		}
	}
	if h.Decision != "" {
		ends++
	}
	if over := !h.State.Open() && h.State != scrip.HoldRefunded; over != (ends == 1) || ends > 1 {
		t.Errorf("the hold is %s: got %d records that end it, want one if it is over", h.State, ends)
	}
	w.Audit()
}

// TestWatch: a merchant hears of all that changed of its holds, a pseudonym of its
// own, each once and in order, under the broker's signature; nobody else of any.
func TestWatch(t *testing.T) {
	w := reported(t)
	first, holds := w.s.Watched(nil, 0)
	if len(holds) != 1 || holds[0].State != scrip.HoldHeld {
		t.Fatalf("WATCHED: got %+v, want one that is held", holds)
	}
	if next, more := w.s.Watched(nil, first.Next); len(more) != 0 || next.Next != first.Next {
		t.Errorf("WATCHED again: got %+v, want nothing new", more)
	}
	w.says(w.release(false), scrip.HoldReleased)
	for _, c := range []*rig.Customer{nil, w.c} {
		if _, holds := w.s.Watched(c, first.Next); len(holds) != 1 || holds[0].State != scrip.HoldReleased || holds[0].ToSeller != 10_00 {
			t.Errorf("WATCHED: got %+v, want it released", holds)
		}
	}
	other := w.Customer(100_00)
	other.Trade(w.s, other.Acquire(50_00), 10_00)
	if _, holds := w.s.Watched(other, 0); len(holds) != 0 {
		t.Errorf("another buyer: got %+v, want nothing", holds)
	}
	stranger := w.Customer(0).Alias(w.s.Vendor())
	asking := w.c.Seal(rig.Message{From: stranger.Thumbprint(), By: stranger, Body: scrip.Watch{Vendor: w.s.Vendor()}})
	if _, err := rig.Send[scrip.Watched](w.c, w.Broker.Watch, asking); !errors.Is(err, scrip.NotFound) {
		t.Errorf("a stranger: got %v, want %v", err, scrip.NotFound)
	}
}

// TestHeldReplayed: what was recorded and is sent again, by whomever and however
// late, moves nothing.
func TestHeldReplayed(t *testing.T) {
	w := reported(t)
	early := w.reclaim(false)
	w.says(early, scrip.HoldHeld)
	messages := []rig.Sealed{w.sent(), w.dispute("It is broken."), w.defend("It is not."), w.release(false), early}
	for i, m := range messages {
		w.says(m, []scrip.HoldState{scrip.HoldSent, scrip.HoldDisputed, scrip.HoldDisputed, scrip.HoldReleased, scrip.HoldReleased}[i])
	}
	for range 2 {
		w.Clock.Advance(40 * day)
		w.due()
		for _, m := range messages {
			w.says(m, scrip.HoldReleased)
		}
	}
	w.wantBooks(0, 10_00, 0)
}

// TestWatchOne: who asks of one purchase reads what both sides said of it; its buyer and
// its merchant alone, and the merchant how it stands in the books.
func TestWatchOne(t *testing.T) {
	w := reported(t)
	w.says(w.dispute("It is broken."), scrip.HoldDisputed)
	w.says(w.defend("It was whole."), scrip.HoldDisputed)
	want := []scrip.ToldSaid{{By: scrip.Buyer, Text: "It is broken."}, {By: scrip.Seller, Text: "It was whole."}}
	body := scrip.Watch{Vendor: w.s.Vendor(), After: 7, Purchase: w.p.Tx}
	alias := w.c.Alias(w.s.Vendor())
	for name, m := range map[string]rig.Message{
		"merchant": {From: w.s.Secret.Signing.Thumbprint(), By: w.s.Secret.Signing, Body: body},
		"buyer":    {From: alias.Thumbprint(), By: alias, Body: body},
	} {
		got, err := rig.Send[scrip.Watched](w.c, w.Broker.Watch, w.c.Seal(m))
		if err != nil || len(got.Body.Holds) != 1 || got.Body.Next != 7 || len(got.Body.Said) != 2 {
			t.Fatalf("%s: got %+v, %v, want one hold and both words", name, got.Body, err)
		}
		for i, said := range got.Body.Said {
			if said.By != want[i].By || said.Text != want[i].Text {
				t.Errorf("%s: got %+v, want %+v", name, said, want[i])
			}
		}
		if (got.Body.Takings != nil) != (name == "merchant") {
			t.Errorf("%s: got takings %+v, want the merchant's alone to be told", name, got.Body.Takings)
		} else if told := got.Body.Takings; told != nil && *told != (scrip.Takings{Held: 10_00}) {
			t.Errorf("takings: got %+v, want 1000 held", *told)
		}
	}
	other := w.Customer(100_00)
	other.Trade(w.s, other.Acquire(50_00), 10_00)
	key := other.Alias(w.s.Vendor())
	if _, err := rig.Send[scrip.Watched](other, w.Broker.Watch, other.Seal(rig.Message{From: key.Thumbprint(), By: key, Body: body})); !errors.Is(err, scrip.NotFound) {
		t.Errorf("another buyer: got %v, want %v", err, scrip.NotFound)
	}
}
