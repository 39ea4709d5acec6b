package world_test

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

// TestOtherBooksBetweenParts: what is proven between two parts of a loading stops the next one, and what came is there; once its person
// has settled that, it goes on.
func TestOtherBooksBetweenParts(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	for range 2 {
		must(w.Bank.Deposit(ctx, c.ref, 1000_00, must(scrip.NewID(rand.Reader))))
	}
	offer := w.item(2500_00, 1)
	buys := func() (confirmed bool, err error) {
		_, err = c.Buy(ctx, offer, 1, home)
		var confirm *wallet.Confirm
		if confirmed = errors.As(err, &confirm); confirmed {
			err = w.Bank.Confirm(ctx, scrip.ID(path.Base(confirm.Link)))
		}
		return confirmed, err
	}
	if confirmed, err := buys(); !confirmed || err != nil {
		t.Fatalf("the first part: got %v, %v, want that the bank asks", confirmed, err)
	}
	vectorBooks{Name: "found meanwhile", Forks: []vectorFork{{Seen: "seen", Proven: true}}}.keep(t, c.purse)
	for range 2 {
		_, err := buys()
		want(t, "the second part", err, wallet.ErrOtherBooks)
	}
	w.atBank(c, 2000_00)
	want(t, "SettleForks", c.SettleForks(ctx, must(c.Forks(ctx))...), nil)
	for range 2 {
		if confirmed, err := buys(); !confirmed || err != nil {
			t.Fatalf("a part, settled: got %v, %v, want that the bank asks", confirmed, err)
		}
	}
	_, err := buys()
	want(t, "Buy", err, nil)
	w.atBank(c, 500_00)
}
