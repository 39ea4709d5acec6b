package wallet_test

import (
	"path/filepath"
	"testing"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestLoadAfterAWrongClock: a clock that was decades ahead once has left the
// broker a counter, and the purse that knew it is gone. The one restored from a
// copy made before is told that counter with the first refusal, and loads.
func TestLoadAfterAWrongClock(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	w.rigged = true // two purses of one account
	c := w.customer()
	path := filepath.Join(t.TempDir(), "purse.db")
	want(t, "Copy", db.PutImage(path, must(c.purse.(*db.Purse).Image(ctx))), nil)
	w.clock.skew.Store(70 * 366 * 24 * 3600)
	want(t, "Load in years to come", c.Load(ctx, 10_00), nil)
	w.clock.skew.Store(0)
	want(t, "Withdraw", c.Withdraw(ctx), nil)

	restored := must(wallet.Open(ctx, w.config(must(db.NewPurse(w.open(db.Wallet, path))))))
	want(t, "Load with the restored purse", restored.Load(ctx, 10_00), scrip.CounterStale)
	want(t, "Load from the counter that was told", restored.Load(ctx, 10_00), nil)
}

// TestChangeBankAfterAWrongClock: BANK goes on from the counter that it is told,
// as T1 does, of which it has the counter.
func TestChangeBankAfterAWrongClock(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	w.rigged = true // two purses of one account
	c := w.customer()
	path := filepath.Join(t.TempDir(), "purse.db")
	want(t, "Copy", db.PutImage(path, must(c.purse.(*db.Purse).Image(ctx))), nil)
	w.clock.skew.Store(70 * 366 * 24 * 3600)
	want(t, "Load in years to come", c.Load(ctx, 10_00), nil)
	w.clock.skew.Store(0)
	restored := must(wallet.Open(ctx, w.config(must(db.NewPurse(w.open(db.Wallet, path))))))
	other := must(w.bank.OpenAccount(ctx))
	want(t, "ChangeBank with the restored purse", restored.ChangeBank(ctx, other), scrip.CounterStale)
	want(t, "ChangeBank from the counter that was told", restored.ChangeBank(ctx, other), nil)
}
