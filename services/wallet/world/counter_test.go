package world_test

import (
	"path/filepath"
	"testing"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// behind is a wallet restored from a copy of its purse, after a clock that was
// decades ahead has left the broker a counter that the copy does not know.
func behind(w *world) *wallet.Wallet {
	ctx := w.T.Context()
	w.Unaudited = true // two purses of one account
	c := w.customer()
	path := filepath.Join(w.T.TempDir(), "purse.db")
	want(w.T, "Copy", db.PutImage(path, must(c.purse.(*db.Purse).Image(ctx))), nil)
	w.skew.Store(70 * 366 * 24 * 3600)
	want(w.T, "Load in years to come", c.Load(ctx, 10_00), nil)
	w.skew.Store(0)
	want(w.T, "Withdraw", c.Withdraw(ctx), nil)
	return must(wallet.Open(ctx, w.config(w.openPurse(path))))
}

// TestLoadAfterAWrongClock: a wallet that is behind is told the counter with the
// first refusal, and loads.
func TestLoadAfterAWrongClock(t *testing.T) {
	restored := behind(newWorld(t))
	want(t, "Load with the restored purse", restored.Load(t.Context(), 10_00), scrip.CounterStale)
	want(t, "Load from the counter that was told", restored.Load(t.Context(), 10_00), nil)
}

// TestChangeBankAfterAWrongClock: BANK goes on from the counter that it is told,
// as T1 does, of which it has the counter.
func TestChangeBankAfterAWrongClock(t *testing.T) {
	w := newWorld(t)
	restored, other := behind(w), must(w.Bank.OpenAccount(t.Context()))
	want(t, "ChangeBank with the restored purse", restored.ChangeBank(t.Context(), other), scrip.CounterStale)
	want(t, "ChangeBank from the counter that was told", restored.ChangeBank(t.Context(), other), nil)
}
