package broker_test

import (
	"errors"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestSquatting: no account has a customer's pseudonym tied to it, whatever the
// stall helps with: not without the pseudonym's word, nor with a word that it gave
// for another account, another stall or another exchange. The customer's money is
// then its own: it exchanges, buys, and T12 finds its float.
func TestSquatting(t *testing.T) {
	r := rig.New(t)
	victim, thief, s, other := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic"), r.Stall("Barn")
	name := scrip.Pseudonym(victim.Alias(s.Vendor()).Thumbprint())
	till := thief.Acquire(50_00)
	var tx scrip.ID
	for _, test := range []struct {
		what  string
		proof func() string
		want  error
	}{
		{"no word", func() string { return "a.b.c" }, scrip.Unreadable},
		{"its own pseudonym's word", func() string { return thief.Possession(s, tx) }, scrip.PartyMismatch},
		{"the customer's word for itself", func() string { return victim.Possession(s, tx) }, scrip.PartyMismatch},
		{"the customer's word to another party", func() string {
			return victim.Possession(s, tx, func(m *rig.Message) { m.To, m.Body = string(s.Vendor()), ofAccount(thief, s) })
		}, scrip.Unreadable},
		{"a word for another stall", func() string {
			return victim.Possession(s, tx, func(m *rig.Message) { m.Body = ofAccount(thief, other) })
		}, scrip.PartyMismatch},
		{"a word for another exchange", func() string {
			return victim.Possession(s, r.ID(), func(m *rig.Message) { m.Body = ofAccount(thief, s) })
		}, scrip.PartyMismatch},
	} {
		x := thief.Exchange(s, till, 10_00, func(x *rig.Exchange) {
			tx = x.Tx
			body := x.T3.Body.(scrip.Announcement)
			body.Pseudonym = name
			x.T3.Body, x.T3.Attach.Possession = body, test.proof()
		})
		if _, err := rig.Send[scrip.Noted](thief, r.Broker.Announce, x.T3); !errors.Is(err, test.want) {
			t.Errorf("T3 with %s: got %v, want %v", test.what, err, test.want)
		}
	}
	vendor, _ := victim.Trade(s, victim.Acquire(50_00), 20_00)
	victim.Buy(s, vendor, s.List(5_00, 1))
	if err := s.Deliver(t.Context()); err != nil || earned(r, s) != 5_00 {
		t.Errorf("the customer's purchase: %v, earned %d, want 500", err, earned(r, s))
	}
	// What is the customer's by now, it stays, even by the pseudonym's own word.
	late := thief.Exchange(s, till, 10_00, func(x *rig.Exchange) {
		body := x.T3.Body.(scrip.Announcement)
		body.Pseudonym = name
		x.T3.Body = body
		x.T3.Attach.Possession = victim.Possession(s, x.Tx, func(m *rig.Message) { m.Body = ofAccount(thief, s) })
	})
	if _, err := rig.Send[scrip.Noted](thief, r.Broker.Announce, late.T3); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("T3 for a pseudonym that is another's: got %v, want %v", err, scrip.PartyMismatch)
	}
}

func ofAccount(c *rig.Customer, s *rig.Stall) scrip.AliasPossession {
	return scrip.AliasPossession{Account: c.Account, Vendor: s.Vendor(), Nonce: c.Rig.ID()}
}

// TestReceiptNamesItsProof: however T6 is asked for, its receipt has the digest of
// the possession that the exchange was announced under, and no word of the account.
func TestReceiptNamesItsProof(t *testing.T) {
	r := rig.New(t)
	for _, value := range []scrip.Money{20_00, 50_00} { // with change, and without
		c, s := r.Customer(100_00), r.Stall("Attic "+string(r.ID()))
		x := c.Exchange(s, c.Acquire(50_00), value)
		if _, err := rig.Send[scrip.Noted](c, r.Broker.Announce, x.T3); err != nil {
			t.Fatal(err)
		}
		answer, err := s.Exchange(t.Context(), x.T4)
		if err != nil {
			t.Fatal(err)
		}
		t6, _, err := c.OpenT6(x, answer)
		if err != nil {
			t.Fatal(err)
		}
		again, err := rig.Send[scrip.Exchanged](c, r.Broker.Announce, x.T3)
		if err != nil {
			t.Fatalf("T3 again: %v", err)
		}
		want := scrip.Receipt{
			Vendor: s.Vendor(), Value: value, Pseudonym: scrip.Pseudonym(x.Order.From), Possession: jose.Signed{JWS: x.T3.Attach.Possession}.Digest(),
		}
		for what, jws := range map[string]string{"T6": t6.Body.Receipt, "T6 for T3": again.Body.Receipt} {
			receipt, err := scrip.Verify[scrip.Receipt](jws, string(s.Vendor()), r.Info.Signer())
			if err != nil || receipt.Body != want {
				t.Errorf("the receipt of %s: got %+v, %v, want %+v", what, receipt.Body, err, want)
			}
		}
	}
}

// TestScripOfAnother: money of one account neither grows nor pays out VendorScrip
// of another, whose float would not cover it: the merchant would sell for it and
// never be paid.
func TestScripOfAnother(t *testing.T) {
	r := rig.New(t)
	ada, bob, s := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic")
	adas, till := ada.Trade(s, ada.Acquire(50_00), 10_00)
	bobs, _ := bob.Trade(s, bob.Acquire(50_00), 10_00)
	byBob := func(o *rig.Message) {
		o.By = bob.Alias(s.Vendor())
		o.From, o.Attach.Scrip, o.Attach.Secret = o.By.Thumbprint(), &bobs.Scrip, bobs.Secret
	}
	for what, name := range map[string]string{"its own": ada.Alias(s.Vendor()).Thumbprint(), "the other's": bob.Alias(s.Vendor()).Thumbprint()} {
		extension := ada.Extension(s, till, adas, 5_00, func(o, p *rig.Message) {
			byBob(o)
			body := p.Body.(scrip.ExtendPayment)
			body.Pseudonym = scrip.Pseudonym(name)
			p.Body = body
		})
		if _, err := ada.SendExtension(extension); !errors.Is(err, scrip.PartyMismatch) {
			t.Errorf("T15 into another's VendorScrip, naming %s pseudonym: got %v, want %v", what, err, scrip.PartyMismatch)
		}
		giveback := ada.GivingBack(s, adas, func(o, p *rig.Message) {
			byBob(o)
			body := p.Body.(scrip.GiveBackPayment)
			body.Pseudonym = scrip.Pseudonym(name)
			p.Body = body
		})
		if _, err := ada.SendGivingBack(s, giveback); !errors.Is(err, scrip.PartyMismatch) {
			t.Errorf("T22 of another's VendorScrip, naming %s pseudonym: got %v, want %v", what, err, scrip.PartyMismatch)
		}
	}
	ada.GiveBack(s, adas)
	bob.GiveBack(s, bobs)
	wantBalance(t, ada, 60_00)
	wantBalance(t, bob, 60_00)
}
