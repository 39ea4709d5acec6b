package world_test

import (
	"path/filepath"
	"testing"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// copied is another wallet on a copy of a purse, as a thief has it, or a backup.
func (w *world) copied(c customer) customer {
	w.T.Helper()
	w.Unaudited = true // two purses of one account
	path := filepath.Join(w.T.TempDir(), "purse.db")
	want(w.T, "Copy", db.PutImage(path, must(c.purse.(*db.Purse).Image(w.T.Context()))), nil)
	purse := w.openPurse(path)
	return customer{must(wallet.Open(w.T.Context(), w.config(purse))), purse, c.ref}
}

// atStalls names the VendorScrip of a purse.
func atStalls(c customer, w *world) (list []scrip.ID) {
	for _, h := range must(c.purse.Holdings(w.T.Context())) {
		if h.Vendor != "" {
			list = append(list, h.ScripID)
		}
	}
	return list
}

// TestReplaceKey: the wallet spends on, also when the answer was lost, and its VendorScrip is new; a copy made
// before spends nothing more, at the broker or at the stall.
func TestReplaceKey(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 20_00), nil)
	thief, before := w.copied(c), atStalls(c, w)
	key := c.Key().Thumbprint()
	w.brokerMute.Store(true)
	for range 2 {
		want(t, "ReplaceKey, the answer lost", c.ReplaceKey(ctx), wallet.ErrUnfinished)
	}
	if got := must(c.purse.Owner(ctx)); len(got.Rekeying) == 0 || c.Key().Thumbprint() != key {
		t.Errorf("before NOTED: got %d bytes under way, the key replaced: %t, want some and not", len(got.Rekeying), c.Key().Thumbprint() != key)
	}
	w.brokerMute.Store(false)
	want(t, "Resume", c.Resume(ctx), nil)
	if got := must(c.purse.Owner(ctx)); len(got.Rekeying) != 0 || c.Key().Thumbprint() == key {
		t.Errorf("after NOTED: got %d bytes under way, the key replaced: %t, want none and so", len(got.Rekeying), c.Key().Thumbprint() != key)
	}
	if now := atStalls(c, w); len(now) != 1 || now[0] == before[0] || must(c.Exposed(ctx)) != 0 {
		t.Errorf("VendorScrip: got %v, %d exposed, want one other than %v and none", now, must(c.Exposed(ctx)), before)
	}
	w.wantState(c, 30_00, 20_00, 0)

	want(t, "the copy's Load", thief.Load(ctx, 10_00), scrip.KeyReplaced)
	want(t, "the copy's Withdraw", thief.Withdraw(ctx), scrip.KeyReplaced)
	want(t, "the copy's Exchange", thief.Exchange(ctx, w.vendor(), 5_00), scrip.KeyReplaced)
	want(t, "the copy's ReplaceKey", thief.ReplaceKey(ctx), scrip.KeyReplaced)
	if got := must(thief.purse.Owner(ctx)); len(got.Rekeying) != 0 {
		t.Errorf("the copy's REKEY: got %d bytes under way, want it over", len(got.Rekeying))
	}
	_, err := thief.Buy(ctx, w.item(5_00, 1), 1, home)
	want(t, "the copy's Buy, with what the stall has renewed and then with what is at the broker", err, scrip.KeyReplaced)

	_, err = c.Buy(ctx, w.item(25_00, 1), 1, home)
	want(t, "Buy", err, nil)
	want(t, "Deliver", c.Deliver(ctx), nil)
	want(t, "Leave", c.Leave(ctx), nil)
	w.atBank(c, start-25_00)
}

// TestReplaceKeyWhileStallIsAway: what a stall that is away has not renewed is told, and renewed when it is back.
func TestReplaceKeyWhileStallIsAway(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 20_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 20_00), nil)
	before := atStalls(c, w)
	w.stallDown.Store(true)
	want(t, "ReplaceKey", c.ReplaceKey(ctx), nil)
	if got := must(c.Exposed(ctx)); got != 20_00 {
		t.Errorf("exposed while the stall is away: got %d, want 2000", got)
	}
	w.stallDown.Store(false)
	want(t, "Resume", c.Resume(ctx), nil)
	if got := must(c.Exposed(ctx)); got != 0 || atStalls(c, w)[0] == before[0] {
		t.Errorf("exposed when it is back: got %d of %v, want none of others", got, atStalls(c, w))
	}
	w.wantState(c, 0, 20_00, 0)
}

// TestKeyOfAnotherProgram: a program whose purse another one has given a new key goes on with it.
func TestKeyOfAnotherProgram(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	other := must(wallet.Open(ctx, w.config(c.purse)))
	want(t, "ReplaceKey", other.ReplaceKey(ctx), nil)
	want(t, "Load", c.Load(ctx, 20_00), nil)
	if c.Key().Thumbprint() != other.Key().Thumbprint() {
		t.Error("the keys of both differ")
	}
	w.wantState(c, 20_00, 0, 0)
}
