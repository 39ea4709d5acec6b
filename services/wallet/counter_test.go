package wallet_test

import (
	"errors"
	"path/filepath"
	"testing"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestLoadAfterAWrongClock: a clock that was decades ahead once has left the
// broker a counter, and the purse that knew it is gone. The one restored from a
// copy made before counts past it after a refusal or two, and loads.
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
	refusals := 0
	var err error
	for ; refusals < 10; refusals++ {
		if err = restored.Load(ctx, 10_00); !errors.Is(err, scrip.CounterStale) {
			break
		}
	}
	want(t, "Load with the restored purse", err, nil)
	if refusals < 1 || refusals > 2 {
		t.Errorf("it took %d refusals, want 1 or 2", refusals)
	}
}
