package broker_test

import (
	"errors"
	"testing"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestSellersFriend: a seller whose friend put in a cent gets a cent out of what
// its customers put in, by T12 and by T23, and not one more.
func TestSellersFriend(t *testing.T) {
	r := rig.New(t)
	customer, friend, stranger := r.Customer(100_00), r.Customer(100_00), r.Customer(100_00)
	s := r.Stall("Attic")
	vendor, _ := customer.Trade(s, customer.Acquire(50_00), 40_00)
	cent, _ := friend.Trade(s, friend.Acquire(50_00), 1)
	bought := func(price scrip.Money) error { return report(s, invented(r, s, friend.Alias(s.Vendor()), price)) }
	taken := func(who *rig.Customer, value scrip.Money) error {
		return forgedReturn(s, who.GivingBack(s, scrip.Held{Scrip: vendor.Scrip, Secret: vendor.Secret}, func(o, p *rig.Message) {
			o.Body = scrip.GiveBackOrder{Vendor: s.Vendor(), Value: value}
			p.Body = scrip.GiveBackPayment{Account: who.Account, Vendor: s.Vendor(), Value: value, Pseudonym: scrip.Pseudonym(o.From)}
		}), value)
	}
	for what, err := range map[string]error{
		"T12 of all":             bought(40_01),
		"T12 of a cent too much": bought(2),
		"T23 of all":             taken(friend, 40_01),
		"T23 of a cent too much": taken(friend, 2),
	} {
		if !errors.Is(err, scrip.FloatShort) {
			t.Errorf("%s: got %v, want %v", what, err, scrip.FloatShort)
		}
	}
	if err := taken(stranger, 1); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("T23 by who never exchanged here: got %v, want %v", err, scrip.PartyMismatch)
	}
	friend.Buy(s, cent, s.List(1, 1))
	if err := s.Deliver(t.Context()); err != nil {
		t.Errorf("T12 of the cent that the friend put in: %v", err)
	}
	if err := taken(friend, 1); !errors.Is(err, scrip.FloatShort) {
		t.Errorf("T23 of the same cent: got %v, want %v", err, scrip.FloatShort)
	}
	if got := earned(r, s); got != 1 {
		t.Errorf("earned: got %d, want 1", got)
	}
	_, rest := customer.Buy(s, vendor, s.List(15_00, 1))
	customer.GiveBack(s, rest)
	wantBalance(t, customer, 75_00)
	wantBalance(t, friend, 50_00)
	wantBalance(t, stranger, 100_00)
}

// TestOnePurchaseOfATx: the tx of a purchase is one T12's at a stall, whoever
// else signs it, so that REFUND means one purchase.
func TestOnePurchaseOfATx(t *testing.T) {
	r := rig.New(t)
	c, friend, s := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic")
	vendor, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	mine, _ := friend.Trade(s, friend.Acquire(50_00), 20_00)
	paid, _ := c.Buy(s, vendor, s.List(5_00, 1))
	sale := s.Sold(paid.Tx)
	if err := report(s, scrip.Report{Price: 5_00, OrderDigest: sale.OrderDigest, Tx: sale.Tx, Mandate: sale.Mandate}); err != nil {
		t.Fatalf("T12: %v", err)
	}
	same := friend.Mandate(s, mine, s.List(6_00, 1), func(m *rig.Message) { m.Tx = paid.Tx })
	opened, err := scrip.Verify[scrip.Mandate](same.Signed.JWS, string(s.Vendor()), nil)
	if err != nil {
		t.Fatal(err)
	}
	err = report(s, scrip.Report{Price: 6_00, OrderDigest: opened.OrderDigest, Tx: paid.Tx, Mandate: same.Signed.JWS})
	if !errors.Is(err, scrip.TxConflict) {
		t.Errorf("T12 of another account under the tx: got %v, want %v", err, scrip.TxConflict)
	}
	if _, err := rig.Send[scrip.Paid](friend, s.Purchase, same); !errors.Is(err, scrip.TxConflict) {
		t.Errorf("T10 of another pseudonym under the tx: got %v, want %v", err, scrip.TxConflict)
	}
}
