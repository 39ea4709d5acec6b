package world_test

import (
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestChangeBank: what the wallet loads and takes back goes by the bank account
// that it named last, also when the answer was lost; a no changes nothing.
func TestChangeBank(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	before, after := c.ref, w.account(40_00)
	want(t, "to a bank account that is not there", c.ChangeBank(ctx, "SBAAAAAAAAAAAAAAAAAAAAAAAA"), scrip.BankDeclined)
	want(t, "to nothing", c.ChangeBank(ctx, ""), scrip.BankDeclined)
	w.brokerMute.Store(true)
	for range 2 {
		want(t, "ChangeBank, the answer lost", c.ChangeBank(ctx, after), wallet.ErrUnfinished)
	}
	if got := must(c.purse.Owner(ctx)); got.Bank != before || len(got.Banking) == 0 {
		t.Errorf("the purse before NOTED: got %s, %d bytes under way, want %s and some", got.Bank, len(got.Banking), before)
	}
	w.brokerMute.Store(false)
	want(t, "Resume", c.Resume(ctx), nil)
	if got := must(c.purse.Owner(ctx)); got.Bank != after || len(got.Banking) != 0 {
		t.Errorf("the purse after NOTED: got %s, %d bytes under way, want %s and none", got.Bank, len(got.Banking), after)
	}
	want(t, "Load", c.Load(ctx, 40_00), nil)
	want(t, "ChangeBank back", c.ChangeBank(ctx, before), nil)
	had := must(w.Bank.Balance(ctx, before))
	want(t, "Withdraw", c.Withdraw(ctx), nil)
	for reference, want := range map[string]scrip.Money{before: had + 40_00, after: 0} {
		if got := must(w.Bank.Balance(ctx, reference)); got != want {
			t.Errorf("bank account %s: got %d, want %d", reference, got, want)
		}
	}
}
