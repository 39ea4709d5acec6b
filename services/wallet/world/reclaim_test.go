package world_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestReclaim: a purse is restored from a copy that was made while a T26, or a
// T13, was under way, and its owner finished that: the stored answer brings both
// the same scrip. The restored purse renews it once more, and only then says that
// copies elsewhere are worth nothing; while its issuer is away, it does not.
func TestReclaim(t *testing.T) {
	for name, ask := range map[string]func(c customer) error{
		"T26": func(c customer) error { return c.Renew(t.Context()) },
		"T13": func(c customer) error { return c.Load(t.Context(), 5_00) },
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorldOf(t, month), t.Context()
			w.Unaudited = true // the owner's purse holds what the restored one has made worthless
			c := w.customer()
			want(t, "Load", c.Load(ctx, 20_00), nil)
			w.pass(month - scrip.Margin*time.Second + time.Second) // it is due
			w.brokerMute.Store(true)
			want(t, name+" that is not answered", ask(c), wallet.ErrUnfinished)
			path := filepath.Join(t.TempDir(), "purse.db")
			want(t, "Copy", db.PutImage(path, must(c.purse.(*db.Purse).Image(ctx))), nil)
			w.brokerMute.Store(false)
			want(t, "Resume", c.Resume(ctx), nil)
			shared := must(c.purse.Holdings(ctx))[0]

			copied := w.openPurse(path)
			restored := must(wallet.Open(ctx, w.config(copied)))
			w.brokerDown.Store(true)
			if whole, err := restored.Reclaim(ctx); whole || err == nil {
				t.Errorf("Reclaim while the broker is away: got %v, %v, want false and an error", whole, err)
			}
			w.brokerDown.Store(false)
			if whole, err := restored.Reclaim(ctx); !whole || err != nil {
				t.Errorf("Reclaim: got %v, %v, want true", whole, err)
			}
			held := must(copied.Holdings(ctx))
			if len(held) != 1 || held[0].Value != shared.Value || held[0].ScripID == shared.ScripID {
				t.Errorf("got %+v, want one scrip of %d, and not the shared one", held, shared.Value)
			}
			want(t, "Withdraw from the copy elsewhere", c.Withdraw(ctx), wallet.ErrNothing) // it was spent, and is set aside
			want(t, "Withdraw from the restored one", restored.Withdraw(ctx), nil)
		})
	}
}

// TestReclaimAtAStall: the same for the change of a T10, and for what a COLLECT brings.
func TestReclaimAtAStall(t *testing.T) {
	for name, ask := range map[string]func(w *world, c customer) error{
		"T10": func(w *world, c customer) error {
			_, err := c.Buy(t.Context(), w.item(25_00, 1), 1, home)
			return err
		},
		"COLLECT": func(w *world, c customer) error {
			_, err := c.Collect(t.Context(), w.vendor())
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			w.Unaudited = true
			c := w.stocked()
			if name == "COLLECT" {
				_, err := c.Buy(ctx, w.item(30_00, 1), 1, home)
				want(t, "Buy", err, nil)
				w.takeBack(5_00)
			}
			w.stallMute.Store(true)
			want(t, name+" that is not answered", ask(w, c), wallet.ErrUnfinished)
			path := filepath.Join(t.TempDir(), "purse.db")
			want(t, "Copy", db.PutImage(path, must(c.purse.(*db.Purse).Image(ctx))), nil)
			w.stallMute.Store(false)
			want(t, "Resume", c.Resume(ctx), nil)
			must(c.CollectAll(ctx))
			shared := must(c.purse.Holdings(ctx))

			copied := w.openPurse(path)
			restored := must(wallet.Open(ctx, w.config(copied)))
			w.stallDown.Store(true)
			if whole, err := restored.Reclaim(ctx); whole || err == nil {
				t.Errorf("Reclaim while the stall is away: got %v, %v, want false and an error", whole, err)
			}
			w.stallDown.Store(false)
			if whole, err := restored.Reclaim(ctx); !whole || err != nil {
				t.Errorf("Reclaim: got %v, %v, want true", whole, err)
			}
			held := must(copied.Holdings(ctx))
			if b := must(restored.Balance(ctx)); b.Total != 25_00 || len(held) != 2 {
				t.Errorf("got %d in %d pieces, want 2500 in 2", b.Total, len(held))
			}
			for _, h := range held {
				if slices.ContainsFunc(shared, func(o wallet.Holding) bool { return o.ScripID == h.ScripID }) {
					t.Errorf("scrip of %d: got the one that the copy has too, want another", h.Value)
				}
			}
			want(t, "Leave by the restored one", restored.Leave(ctx), nil)
		})
	}
}
