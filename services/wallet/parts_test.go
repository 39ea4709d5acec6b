package wallet_test

import (
	"crypto/rand"
	"errors"
	"path"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestMoreThanOneLoading: a purchase above what the broker gives at once is loaded
// in several parts, each confirmed at the bank, and goes through; a plan that
// takes more of them than one may is said to.
func TestMoreThanOneLoading(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	for range 2 {
		must(w.Bank.Deposit(ctx, c.ref, 1000_00, must(scrip.NewID(rand.Reader))))
	}
	plan := must(c.Plan(ctx, w.vendor(), 2500_00))
	wanted := []wallet.Leg{
		{Transaction: "6.1", Amount: 1000_00}, {Transaction: "6.4", Amount: 2000_00}, {Transaction: "6.4", Amount: 2500_00},
		{Transaction: "6.2", Amount: 2500_00}, {Transaction: "6.3", Amount: 2500_00},
	}
	if len(plan.Legs) != len(wanted) {
		t.Fatalf("plan: got %+v, want %+v", plan.Legs, wanted)
	}
	for i, leg := range plan.Legs {
		if leg != wanted[i] {
			t.Errorf("leg %d: got %+v, want %+v", i+1, leg, wanted[i])
		}
	}
	offer, confirmed := w.item(2500_00, 1), 0
	for {
		_, err := c.Buy(ctx, offer, 1, home)
		var confirm *wallet.Confirm
		if !errors.As(err, &confirm) {
			want(t, "Buy", err, nil)
			break
		}
		confirmed++
		want(t, "Confirm", w.Bank.Confirm(ctx, scrip.ID(path.Base(confirm.Link))), nil)
	}
	if confirmed != 3 {
		t.Errorf("confirmations: got %d, want 3", confirmed)
	}
	w.atBank(c, 500_00)
	_, err := c.Plan(ctx, w.vendor(), 10_000_01)
	want(t, "a plan of eleven loadings", err, wallet.ErrTooMuch)
}
