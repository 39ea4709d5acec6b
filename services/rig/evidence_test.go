package rig_test

import (
	"testing"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestEvidence is C5 and C29: from what is on disk afterwards, and public keys,
// a third party verifies who authorized what. The broker's log says that the
// account asked for the money; the stall's book holds the pseudonym's mandate,
// which the broker alone can trace to the account. With anybody else's key
// neither verifies.
func TestEvidence(t *testing.T) {
	r := rig.New(t)
	s, c, other := r.Stall("Attic"), r.Customer(100_00), r.Customer(0)
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	c.Buy(s, held, s.List(12_50, 1))
	asked := logged(t, r, c.Bank, scrip.Acquire{}.Type())
	t1, err := scrip.Verify[scrip.Acquire](asked, string(r.Info.ID), keyOf(c.Key.Public()))
	if err != nil || t1.Body.Account != c.Account || t1.Body.Amount != 50_00 {
		t.Errorf("T1 in the log: got %+v, %v, want 5000 asked for by %s", t1.Body, err, c.Account)
	}
	if _, err := scrip.Verify[scrip.Acquire](asked, string(r.Info.ID), keyOf(other.Key.Public())); err == nil {
		t.Error("T1 with another account's key: got no error")
	}
	sales, err := s.Shelf.Sales(t.Context(), 0, 10)
	if err != nil || len(sales) != 1 {
		t.Fatalf("sales: got %d, %v, want one", len(sales), err)
	}
	mandate, err := scrip.Verify[scrip.Mandate](sales[0].Mandate, string(s.Vendor()), nil)
	alias := c.Alias(s.Vendor()).Public()
	if err != nil || mandate.Body.Price != 12_50 || mandate.From != alias.Thumbprint() || !mandate.Key.Equal(alias) {
		t.Errorf("mandate: got %+v, %v, want 1250 by the pseudonym", mandate.Body, err)
	}
	known, err := r.Books.Alias(t.Context(), scrip.Pseudonym(mandate.From), s.Vendor())
	if err != nil || known.Account != c.Account {
		t.Errorf("the pseudonym's account: got %s, %v, want %s", known.Account, err, c.Account)
	}
}

// logged is the message of a kind that the log holds for a bank account.
func logged(t *testing.T, r *rig.Rig, bank, kind string) string {
	t.Helper()
	records, err := r.Books.BankMovements(t.Context(), bank, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		if record.Kind == kind && len(record.Evidence) == 1 {
			return record.Evidence[0]
		}
	}
	t.Fatalf("no %s in the log", kind)
	return ""
}

func keyOf(key jose.VerifyKey) scrip.Keys {
	return func(string, string, int64) (jose.VerifyKey, error) { return key, nil }
}
