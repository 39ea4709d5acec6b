package world_test

import (
	"bytes"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// signed lists which receipts of a purse, the newest first, have what was signed.
func signed(t *testing.T, c *wallet.Wallet) []bool {
	var list []bool
	for _, r := range must(c.Receipts(t.Context(), 0, 100)) {
		list = append(list, !r.IsBare())
	}
	return list
}

// TestThinnedBackup: a backup that would be too large is without what was signed of
// the oldest receipts. All else is in it, and the purse has all still.
func TestThinnedBackup(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 100_00), nil)
	offer := must(w.stall.Stall.List(ctx, merchant.Item{
		Title: "Kettle", Description: strings.Repeat("It boils. ", 400), Category: "Home", Condition: "good", Price: 5_00, Quantity: 20,
		Delivery: []scrip.Way{scrip.Posted(0)}, SendWithin: 5,
	})).JWS
	_, err := c.Buy(ctx, w.protectedItem(5_00), 1, to("1 Test Lane"))
	want(t, "Buy what is protected", err, nil)
	for range 11 {
		w.Clock.Advance(2 * 86_400 * time.Second) // each may be bought again without a word
		_, err := c.Buy(ctx, offer, 1, to("1 Test Lane"))
		want(t, "Buy", err, nil)
	}
	purse := c.purse.(*db.Purse)
	image := must(purse.Image(ctx))
	path := filepath.Join(t.TempDir(), "purse.db")
	want(t, "Copy", db.PutImage(path, image), nil)
	copied := w.openPurse(path)
	if got := must(c.Thin(ctx, copied, len(image))); len(got) != len(image) {
		t.Errorf("Thin where there is room: got %d bytes, want the %d there are", len(got), len(image))
	}

	most := len(image) - 30_000
	thinned := must(c.Thin(ctx, copied, most))
	if len(thinned) > most {
		t.Errorf("Thin: got %d bytes, want at most %d", len(thinned), most)
	}
	again := filepath.Join(t.TempDir(), "purse.db")
	want(t, "Restore", db.PutImage(again, thinned), nil)
	restored := must(wallet.Open(ctx, w.config(w.openPurse(again))))
	got := signed(t, restored)
	bare := slices.Index(got, false)
	if bare < 1 || slices.Contains(got[bare:11], true) || !got[11] || slices.Contains(signed(t, c.Wallet), false) {
		t.Errorf("signed receipts: got %v, want the newest, and the oldest, whose money is held; in the purse all", got)
	}
	had, has := must(c.Inventory(ctx)), must(restored.Inventory(ctx))
	if !had.Equal(has) || had.Bare != 0 || has.Bare != 11-bare {
		t.Errorf("inventory: got %+v, want %+v with %d bare", has, had, 11-bare)
	}
	oldest := must(restored.Receipts(ctx, 10, 1))[0]
	if oldest.Title() != "Kettle" || oldest.Price != 5_00 || oldest.OrderID == "" || !reflect.DeepEqual(oldest.Delivery, home) || oldest.Offers()[0] != "" {
		t.Errorf("the oldest receipt: got %+v, want all but what was signed", oldest)
	}
	if thread := must(restored.Conversation(ctx, oldest.Tx)); thread.Talk || thread.State != scrip.StatePaid {
		t.Errorf("its thread: got %+v, want that of a paid order", thread)
	}

	if _, err := c.Thin(ctx, copied, 1000); err == nil {
		t.Error("Thin to less than the rest takes: got nil, want an error")
	}
	if bytes.Contains(must(copied.Image(ctx)), []byte("It boils. It boils.")) {
		t.Error("the image: got words in the clear")
	}
}
