package broker_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// sale is one purchase of 12.50 at a stall, and who made it.
type sale struct {
	*testing.T
	r     *rig.Rig
	s     *rig.Stall
	c     *rig.Customer
	wire  *wire
	paid  scrip.Opened[scrip.Paid]
	order scrip.Sale
}

// sold makes a purchase of a price whose T12 was delivered or not.
func sold(t *testing.T, price scrip.Money, reported bool) sale {
	t.Helper()
	r := rig.New(t)
	w := sale{T: t, r: r, wire: &wire{broker: r.Broker}}
	w.s, w.c = r.Stall("Attic", w.wire), r.Customer(900_00)
	vendor, _ := w.c.Trade(w.s, w.load(price+10_00), price+5_00)
	w.paid, _ = w.c.Buy(w.s, vendor, w.s.List(price, 1))
	w.order = w.s.Sold(w.paid.Tx)
	if reported {
		w.deliver()
	}
	return w
}

// load makes the customer's BrokerScrip worth an amount, without a payment so
// large that the bank wants it confirmed.
func (w sale) load(amount scrip.Money) scrip.Held {
	w.Helper()
	held := w.c.Acquire(min(amount, 190_00))
	for held.Scrip.Value < amount {
		m, err := rig.Send[scrip.ToppedUp](w.c, w.r.Broker.TopUp, w.c.Seal(rig.Message{
			Body:   scrip.TopUp{Account: w.c.Account, Total: min(amount, held.Scrip.Value+190_00)},
			Attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
		}))
		if err != nil {
			w.Fatalf("T13: %v", err)
		}
		held = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	}
	return held
}

// deliver has the stall deliver what it can, long after anything it did.
func (w sale) deliver() {
	w.Helper()
	w.r.Clock.Advance(time.Hour)
	if err := w.s.Deliver(w.Context()); err != nil {
		w.Fatalf("Deliver: %v", err)
	}
}

func (w sale) refund(amount scrip.Money) scrip.ID {
	w.Helper()
	id := w.r.ID()
	if err := w.s.Refund(w.Context(), id, w.order.ID, amount); err != nil {
		w.Fatalf("Refund(%d): %v", amount, err)
	}
	return id
}

// refundAtTheBank has the seller take to the bank all that was earned, and then an
// amount of the order back: the refund waits for a word at the link.
func (w sale) refundAtTheBank(earned, amount scrip.Money) (id scrip.ID, link string) {
	w.Helper()
	owner := w.s.Owner
	if _, _, err := owner.SendPayment(owner.Payment(w.s, earned, scrip.ToBank, nil)); err != nil {
		w.Fatal(err)
	}
	id = w.refund(amount)
	w.deliver()
	return id, w.s.Attempt(id).Link
}

func (w sale) books(earned, float scrip.Money) {
	w.Helper()
	got := w.s.Owner.Stated()
	if len(got) != 1 || got[0].Earned != earned || got[0].Float != float || got[0].Name != "Attic" || got[0].Vendor != w.s.Vendor() {
		w.Errorf("the books say %+v, want earned %d and float %d", got, earned, float)
	}
}

// state is how the one refund stands.
func (w sale) covered(id scrip.ID) bool {
	w.Helper()
	f, err := w.s.Shelf.Refund(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return f.CoveredAt > 0
}

func TestRefund(t *testing.T) {
	w := sold(t, 12_50, true)
	w.books(12_50, 5_00)
	w.refund(10_00)
	w.c.Collect(w.s, 0) // the broker has not heard of it
	w.deliver()
	w.books(2_50, 15_00)
	w.r.Audit()
	vs := w.c.Collect(w.s, 10_00)
	w.c.Collect(w.s, 0) // it is collected
	w.r.Audit()
	_, rest := w.c.Buy(w.s, vs, w.s.List(4_00, 1)) // it is money
	w.c.GiveBack(w.s, rest)
	w.deliver()
	w.books(6_50, 5_00)
}

// Part after part may be taken back, to the unit, and no more.
func TestRefundInParts(t *testing.T) {
	w := sold(t, 12_50, true)
	w.refund(10_00)
	for _, amount := range []scrip.Money{2_51, 12_50, scrip.MaxMoney, 0, -1} {
		if err := w.s.Refund(t.Context(), w.r.ID(), w.order.ID, amount); !errors.Is(err, scrip.AmountOutOfBounds) {
			t.Errorf("Refund(%d) of what is left of 250: %v, want %v", amount, err, scrip.AmountOutOfBounds)
		}
	}
	w.refund(2_49)
	w.refund(1)
	w.deliver()
	w.books(0, 17_50)
	w.c.Collect(w.s, 12_50)
	if err := w.s.Refund(t.Context(), w.r.ID(), w.r.ID(), 1); !errors.Is(err, scrip.NotFound) {
		t.Errorf("a refund of no order: %v, want %v", err, scrip.NotFound)
	}
}

// A form sent twice takes back once; its id serves nothing else.
func TestRefundOnce(t *testing.T) {
	w := sold(t, 12_50, true)
	id := w.refund(5_00)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := w.s.Refund(t.Context(), id, w.order.ID, 5_00); err != nil {
				t.Errorf("the same refund again: %v", err)
			}
		})
	}
	all.Wait()
	if err := w.s.Refund(t.Context(), id, w.order.ID, 5_01); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("another amount under its id: %v, want %v", err, scrip.TxConflict)
	}
	w.deliver()
	w.c.Collect(w.s, 5_00)
}

// A refund made before T12 was delivered waits for it, in the merchant's queue;
// a merchant that does not wait is refused.
func TestRefundBeforeRecord(t *testing.T) {
	w := sold(t, 12_50, false)
	w.refund(12_50)
	f, err := w.s.Shelf.Uncovered(t.Context(), 9)
	if err != nil || len(f) != 1 {
		t.Fatalf("Uncovered: %v, %v", f, err)
	}
	early := refundOf(w, w.r.ID(), scrip.RefundReport{Vendor: w.s.Vendor(), Purchase: w.paid.Tx, Amount: 12_50})
	if _, err := rig.Send[scrip.Refunded](w.c, w.r.Broker.Refund, early); !errors.Is(err, scrip.NotFound) {
		t.Errorf("REFUND before T12: %v, want %v", err, scrip.NotFound)
	}
	w.deliver() // T12, then REFUND
	w.books(0, 17_50)
	w.c.Collect(w.s, 12_50)
}

// refundOf makes a REFUND by hand, as a merchant that breaks the rules would.
func refundOf(w sale, id scrip.ID, body scrip.RefundReport, edits ...func(*rig.Message)) rig.Sealed {
	m := rig.Message{Tx: id, From: string(w.s.Vendor()), By: w.s.Secret.Signing, Body: body}
	for _, edit := range edits {
		edit(&m)
	}
	return w.c.Seal(m)
}

func TestRefundRefusals(t *testing.T) {
	w := sold(t, 12_50, true)
	other := w.r.Stall("Barn")
	good := scrip.RefundReport{Vendor: w.s.Vendor(), Purchase: w.paid.Tx, Amount: 12_50}
	for _, test := range []struct {
		name string
		edit func(*rig.Message)
		want scrip.Refusal
	}{
		{"more than was paid", func(m *rig.Message) {
			m.Body = scrip.RefundReport{Vendor: good.Vendor, Purchase: good.Purchase, Amount: 12_51}
		}, scrip.AmountOutOfBounds},
		{"of no purchase", func(m *rig.Message) { m.Body = scrip.RefundReport{Vendor: good.Vendor, Purchase: w.r.ID(), Amount: 1} }, scrip.NotFound},
		{"in another stall's name", func(m *rig.Message) { m.From, m.By = string(other.Vendor()), other.Secret.Signing }, scrip.PartyMismatch},
		{"of another stall's purchase", func(m *rig.Message) {
			m.From, m.By = string(other.Vendor()), other.Secret.Signing
			m.Body = scrip.RefundReport{Vendor: other.Vendor(), Purchase: good.Purchase, Amount: 1}
		}, scrip.NotFound},
		{"signed by the owner", func(m *rig.Message) { m.From, m.By = string(w.s.Owner.Account), w.s.Owner.Key }, scrip.Unreadable},
	} {
		_, err := rig.Send[scrip.Refunded](w.c, w.r.Broker.Refund, refundOf(w, w.r.ID(), good, test.edit))
		if !errors.Is(err, test.want) {
			t.Errorf("REFUND %s: %v, want %v", test.name, err, test.want)
		}
	}
	w.books(12_50, 5_00)
}

// However often, and at once, a merchant takes back: never above the price.
func TestRefundsRace(t *testing.T) {
	w := sold(t, 12_50, true)
	w.r.Bank.Deposit(t.Context(), w.s.Owner.Bank, 100_00, w.r.ID())
	granted := make(chan scrip.Money, 20)
	var all sync.WaitGroup
	for range 10 {
		m := refundOf(w, w.r.ID(), scrip.RefundReport{Vendor: w.s.Vendor(), Purchase: w.paid.Tx, Amount: 5_00})
		for range 2 { // each twice
			all.Go(func() {
				got, err := rig.Send[scrip.Refunded](w.c, w.r.Broker.Refund, m)
				if err == nil {
					granted <- got.Body.Amount
				} else if !errors.Is(err, scrip.AmountOutOfBounds) && !errors.Is(err, scrip.EarnedShort) {
					t.Errorf("REFUND: %v", err)
				}
			})
		}
	}
	all.Wait()
	close(granted)
	if len(granted) > 4 { // two refunds, each answered twice
		t.Errorf("%d answers REFUNDED of 500, want at most 4 of 1250", len(granted))
	}
	stated := w.s.Owner.Stated()[0]
	if back := stated.Float - 5_00; back != 10_00 || stated.Earned != 2_50 {
		t.Errorf("float grew by %d, earned is %d; want 1000 and 250", back, stated.Earned)
	}
	w.adopt(10_00)
}

// adopt makes the shelf cover float that a hand-made REFUND brought, so that the
// audit closes: the stall issues what its buyer is owed.
func (w sale) adopt(amount scrip.Money) {
	w.Helper()
	w.refund(amount)
	w.wire.before = func(*scrip.Sealed) { w.Error("nothing is to be sent") }
	waiting, err := w.s.Shelf.Uncovered(w.Context(), 1)
	if err != nil || len(waiting) != 1 {
		w.Fatalf("Uncovered: %v, %v", waiting, err)
	}
	if err := w.s.Shelf.Apply(w.Context(), scrip.Change{At: 1, Stall: &scrip.StallChange{Covered: waiting[0].ID}}); err != nil {
		w.Fatal(err)
	}
}

// What the merchant did not earn, or was paid out, the owner's bank pays.
func TestRefundFromBank(t *testing.T) {
	w := sold(t, 12_50, true)
	owner := w.s.Owner
	if _, _, err := owner.SendPayment(owner.Payment(w.s, 10_00, scrip.ToBank, nil)); err != nil {
		t.Fatal(err)
	}
	w.books(2_50, 5_00)
	w.refund(12_50)
	w.deliver()
	wantBalance(t, owner, 0)
	w.books(0, 17_50)
	w.c.Collect(w.s, 12_50)
}

// The bank refuses: the refund waits, other deliveries do not, and it goes
// through once there is money.
func TestRefundBankRefuses(t *testing.T) {
	w := sold(t, 12_50, true)
	owner := w.s.Owner
	_, scripOf, err := owner.SendPayment(owner.Payment(w.s, 12_50, scrip.ToScrip, nil))
	if err != nil || scripOf.Scrip.Value != 12_50 {
		t.Fatalf("PAYOUT to scrip: %v, %v", scripOf.Scrip, err)
	}
	id := w.refund(12_50)
	w.deliver()
	if w.covered(id) {
		t.Fatal("the bank has nothing, and the refund is covered")
	}
	if a := w.s.Attempt(id); a.Times != 1 || a.Why != string(scrip.BankDeclined) || a.Next <= a.Last {
		t.Errorf("the stall knows of the attempt: %+v, want one that was %s", a, scrip.BankDeclined)
	}
	w.c.Collect(w.s, 0)
	w.books(0, 5_00)
	if _, err := w.r.Bank.Deposit(t.Context(), owner.Bank, 20_00, w.r.ID()); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.books(0, 17_50)
	wantBalance(t, owner, 7_50)
	w.c.Collect(w.s, 12_50)
	if a := w.s.Attempt(id); a.Times != 0 {
		t.Errorf("a refund that is covered has attempts: %+v", a)
	}
}

// The bank waits for the owner's word: the refund is pending until it is given.
func TestRefundBankPending(t *testing.T) {
	w := sold(t, 300_00, true)
	id, link := w.refundAtTheBank(300_00, 250_00)
	if w.covered(id) || link == "" {
		t.Fatalf("covered %t, link %q; want a link to confirm first", w.covered(id), link)
	}
	w.deliver() // nothing changes by itself
	if got := w.s.Attempt(id); got.Link != link || got.Times != 2 {
		t.Errorf("asked again: %+v, want the same link a second time", got)
	}
	if err := w.r.Bank.Confirm(t.Context(), rig.Charge(link)); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	wantBalance(t, w.s.Owner, 50_00)
	w.books(0, 255_00)
	w.c.Collect(w.s, 250_00)
}

// Lost answers, and a stall that is killed and starts again in between: the same
// REFUND is answered the same, and the money moves once.
func TestRefundAnswerLost(t *testing.T) {
	w := sold(t, 12_50, true)
	id := w.refund(12_50)
	w.wire.mute = true
	if err := w.s.Deliver(t.Context()); err == nil {
		t.Fatal("Deliver without an answer: got nil, want an error")
	}
	w.books(0, 17_50) // the broker has it
	w.r.Audit()       // and the audit sees it on its way
	w.c.Collect(w.s, 0)
	w.wire.mute = false
	w.s.Stall = merchant.Open(w.s.Config)
	w.deliver()
	w.deliver()
	w.books(0, 17_50)
	if !w.covered(id) {
		t.Error("the broker answered again, and the stall does not know")
	}
	w.c.Collect(w.s, 12_50)
}

// The broker is out of reach: the refund waits with the purchase it takes back.
func TestRefundBrokerAway(t *testing.T) {
	w := sold(t, 12_50, false)
	id := w.refund(2_50)
	w.wire.cut = true
	if err := w.s.Deliver(t.Context()); err == nil {
		t.Fatal("Deliver with the line cut: got nil, want an error")
	}
	if a := w.s.Attempt(id); a.Why != "unreachable" || a.Times != 1 {
		t.Errorf("the stall knows of the attempt: %+v, want one that did not arrive", a)
	}
	w.wire.cut = false
	w.deliver()
	w.c.Collect(w.s, 2_50)
}

// A merchant and a friend cannot print money: what they take back and give back
// together is what was paid in.
func TestRefundPrintsNoMoney(t *testing.T) {
	w := sold(t, 12_50, true)
	owner := w.s.Owner
	before := owner.Balance() + w.c.Balance()
	w.refund(12_50)
	w.deliver()
	vs := w.c.Collect(w.s, 12_50)
	w.c.GiveBack(w.s, vs) // the friend has the price in the bank
	if _, _, err := owner.SendPayment(owner.Payment(w.s, 1, scrip.ToBank, nil)); !errors.Is(err, scrip.EarnedShort) {
		t.Errorf("a payout of what was refunded: %v, want %v", err, scrip.EarnedShort)
	}
	again := refundOf(w, w.r.ID(), scrip.RefundReport{Vendor: w.s.Vendor(), Purchase: w.paid.Tx, Amount: 1})
	if _, err := rig.Send[scrip.Refunded](w.c, w.r.Broker.Refund, again); !errors.Is(err, scrip.AmountOutOfBounds) {
		t.Errorf("a second refund of it all: %v, want %v", err, scrip.AmountOutOfBounds)
	}
	if after := owner.Balance() + w.c.Balance(); after != before+12_50 {
		t.Errorf("together they have %d at the bank, want %d", after, before+12_50)
	}
	w.books(0, 5_00)
}

// A revoked stall can give its buyers their money.
func TestRefundAtRevokedStall(t *testing.T) {
	w := sold(t, 12_50, true)
	revoke(w.r, w.s)
	w.refund(12_50)
	w.deliver()
	w.c.Collect(w.s, 12_50)
}
