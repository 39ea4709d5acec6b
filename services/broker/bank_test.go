package broker_test

import (
	"errors"
	"testing"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// banked sends a BANK: nil once it is noted.
func banked(c *rig.Customer, m rig.Sealed) error {
	got, err := rig.Send[scrip.Noted](c, c.Rig.Broker.ChangeBank, m)
	if err == nil && got.Body.Deadline != 0 {
		err = errors.New("NOTED has a deadline")
	}
	return err
}

// another opens a bank account with nothing in it.
func another(r *rig.Rig) string {
	r.T.Helper()
	reference, err := r.Bank.OpenAccount(r.T.Context())
	if err != nil {
		r.T.Fatal(err)
	}
	return reference
}

// TestChangeBank: after BANK the account is paid at its other bank account and
// loads from there; what waited for the one of before is over; and a BANK of
// before, sent again, is answered and changes nothing back.
func TestChangeBank(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(500_00)
	before, after, last := c.Bank, another(r), another(r)
	waiting := c.Acquisition(250_00)
	if _, err := rig.Send[scrip.Pending](c, r.Broker.Acquire, waiting); err != nil {
		t.Fatal(err)
	}
	first := c.Banking(after)
	for range 2 {
		if err := banked(c, first); err != nil {
			t.Fatalf("BANK: %v", err)
		}
	}
	if _, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, waiting); !errors.Is(err, scrip.CounterStale) {
		t.Errorf("T1 that waited for the bank account of before: got %v, want %v", err, scrip.CounterStale)
	}
	if _, err := r.Bank.Deposit(t.Context(), after, 30_00, r.ID()); err != nil {
		t.Fatal(err)
	}
	held := c.Acquire(30_00)
	if err := banked(c, c.Banking(last)); err != nil {
		t.Fatalf("a second BANK: %v", err)
	}
	if err := banked(c, first); err != nil {
		t.Errorf("the first BANK again: got %v, want NOTED", err)
	}
	if _, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, presenting(c, scrip.Withdraw{Account: c.Account, Value: 30_00}, held)); err != nil {
		t.Fatalf("T20: %v", err)
	}
	for reference, want := range map[string]scrip.Money{before: 500_00, after: 0, last: 30_00} {
		if got, err := r.Bank.Balance(t.Context(), reference); got != want || err != nil {
			t.Errorf("bank account %s: got %d, %v, want %d", reference, got, err, want)
		}
	}
}

func TestChangeBankRefusals(t *testing.T) {
	r := rig.New(t)
	c, other := r.Customer(0), r.Customer(0)
	good := another(r)
	c.Counter = 5
	if err := banked(c, c.Banking(c.Bank)); err != nil {
		t.Fatal(err)
	}
	body := func(edit func(*scrip.BankRequest)) rig.Message {
		b := scrip.BankRequest{Account: c.Account, Bank: good, Counter: 7}
		edit(&b)
		return rig.Message{Body: b}
	}
	for _, test := range []struct {
		name string
		m    rig.Message
		want error
	}{
		{"a bank account that is not there", body(func(b *scrip.BankRequest) { b.Bank = "SBAAAAAAAAAAAAAAAAAAAAAAAA" }), scrip.BankDeclined},
		{"in another's name", body(func(b *scrip.BankRequest) { b.Account = other.Account }), scrip.PartyMismatch},
		{"a counter that was used", body(func(b *scrip.BankRequest) { b.Counter = 6 }), scrip.Stale{Counter: 6, At: r.Clock.Now().Unix()}},
		{"a counter years ahead", body(func(b *scrip.BankRequest) { b.Counter = 1<<53 - 1 }), scrip.CounterStale},
		{"signed by another", rig.Message{Body: scrip.BankRequest{Account: c.Account, Bank: good, Counter: 7}, By: other.Key}, scrip.Unreadable},
	} {
		if err := banked(c, c.Seal(test.m)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	if got, err := r.Books.Account(t.Context(), c.Account); got.Bank != c.Bank || err != nil {
		t.Errorf("the account's reference: got %s, %v, want %s as before", got.Bank, err, c.Bank)
	}
}

// TestUnpayableSettlement: what goes back to a bank account that is gone is set
// aside with its reason; what comes after it does not wait for it; and it goes
// where BANK says.
func TestUnpayableSettlement(t *testing.T) {
	g := grow(t)
	_, e := late(t, g, rig.Cut, 12_50)
	err := g.Books.Apply(t.Context(), scrip.Change{Broker: &scrip.BrokerChange{
		Rebank: &scrip.Rebanked{Account: g.c.Account, Bank: "CLOSED"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	g.Wire.Set(rig.Open)
	for range 2 {
		if err := g.Broker.Deliver(t.Context()); err != nil {
			t.Errorf("Deliver: got %v, want nothing that waits", err)
		}
	}
	if waiting, err := g.Books.Extensions(t.Context(), 10); err != nil || len(waiting) != 0 {
		t.Errorf("T15s to be asked about: got %+v, %v, want none", waiting, err)
	}
	holds, err := g.Books.Holds(t.Context(), g.Clock.Now().Unix(), 10)
	if err != nil || len(holds) != 1 || holds[0].Value != 12_50 || holds[0].Aside != scrip.BankDeclined {
		t.Errorf("what the operator sees: got %+v, %v, want 1250 set aside: %v", holds, err, scrip.BankDeclined)
	}
	if err := banked(g.c, g.c.Banking(g.c.Bank)); err != nil {
		t.Fatalf("BANK: %v", err)
	}
	for range 2 {
		if err := g.Broker.Deliver(t.Context()); err != nil {
			t.Errorf("Deliver after BANK: %v", err)
		}
		wantBalance(t, g.c, 62_50)
	}
	g.spends(g.vendor, e.Change)
}

// TestRefundFromAnotherBankAccount: a REFUND that waits for its owner's bank goes on
// from the account that BANK names.
func TestRefundFromAnotherBankAccount(t *testing.T) {
	w := sold(t, 300_00, true)
	owner, other := w.s.Owner, another(w.r)
	id, before := w.refundAtTheBank(300_00, 250_00)
	if _, err := w.r.Bank.Deposit(t.Context(), other, 250_00, w.r.ID()); err != nil {
		t.Fatal(err)
	}
	if err := banked(owner, owner.Banking(other)); err != nil {
		t.Fatalf("BANK: %v", err)
	}
	w.deliver()
	after := w.s.Attempt(id).Link
	if before == "" || after == "" || before == after {
		t.Fatalf("links to confirm: got %q and, after BANK, %q, want two", before, after)
	}
	if err := w.r.Bank.Confirm(t.Context(), rig.Charge(after)); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.c.Collect(w.s, 250_00)
	for reference, want := range map[string]scrip.Money{owner.Bank: 300_00, other: 0} {
		if got, err := w.r.Bank.Balance(t.Context(), reference); got != want || err != nil {
			t.Errorf("bank account %s: got %d, %v, want %d", reference, got, err, want)
		}
	}
}

// TestRefundDeclinedAndOwed: a seller that declines the payment of a refund at its
// bank is asked again: the refund is owed.
func TestRefundDeclinedAndOwed(t *testing.T) {
	w := sold(t, 300_00, true)
	id, link := w.refundAtTheBank(300_00, 250_00)
	key := rig.Charge(link)
	if err := w.r.Bank.Decline(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	if w.s.Attempt(id).Link == "" {
		t.Error("a refund whose payment was declined: no link, want one again")
	}
	if err := w.r.Bank.Confirm(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.c.Collect(w.s, 250_00)
}
