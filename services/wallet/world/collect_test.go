package world_test

import (
	"context"
	"crypto/rand"
	"sync/atomic"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// bought is a customer with a receipt for 20.00 and nothing else.
func (w *world) bought() customer {
	w.T.Helper()
	c := w.customer()
	_, err := c.Buy(context.Background(), w.item(20_00, 1), 1, home)
	want(w.T, "Buy", err, nil)
	return c
}

func (w *world) collects(c customer, amount scrip.Money) {
	w.T.Helper()
	got, err := c.Collect(context.Background(), w.vendor())
	if err != nil || got != amount {
		w.T.Errorf("Collect: got %d, %v, want %d", got, err, amount)
	}
}

// TestCollect: what the seller takes back comes as VendorScrip, once, and buys.
func TestCollect(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	stranger := w.customer()
	w.collects(stranger, 0)
	c := w.bought()
	w.collects(c, 0)
	w.takeBack(5_00)
	w.collects(c, 5_00)
	w.collects(c, 0)
	w.takeBack(7_00)
	w.takeBack(1_00)
	if got := must(c.CollectAll(ctx)); got != 8_00 {
		t.Errorf("CollectAll: got %d, want 800", got)
	}
	w.wantState(c, 0, 13_00, 0)
	receipt := must(c.Receipts(ctx, 0, 1))[0]
	if got := must(c.Refunded(ctx))[receipt.Tx]; got.Amount != 13_00 || len(got.Collected) != 2 {
		t.Errorf("taken back of the purchase: got %d with %d messages, want 1300 with 2", got.Amount, len(got.Collected))
	}
	_, err := c.Buy(ctx, w.item(8_00, 1), 1, home)
	want(t, "Buy", err, nil)
	w.wantState(c, 0, 5_00, 0)
	want(t, "Leave", c.Leave(ctx), nil)
	w.atBank(c, start-20_00-8_00+13_00)
}

// TestCollectToBank: what the seller takes back goes to the bank, by the buyer's choice,
// and nothing else does; what is cut off goes on.
func TestCollectToBank(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.bought()
	want(t, "Load", c.Load(ctx, 4_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 4_00), nil)
	had := must(w.Bank.Balance(ctx, c.ref))
	w.takeBack(5_00)
	if got := must(c.CollectToBank(ctx)); got != 5_00 {
		t.Errorf("CollectToBank: got %d, want 500", got)
	}
	w.atBank(c, had+5_00)
	w.wantState(c, 0, 4_00, 0)
	w.takeBack(2_00)
	w.wireCut.Store(true)
	if got, err := c.CollectToBank(ctx); err == nil || got != 0 {
		t.Errorf("CollectToBank while the stall does not reach the broker: got %d, %v, want an error", got, err)
	}
	w.wireCut.Store(false)
	want(t, "Resume", c.Resume(ctx), nil)
	w.atBank(c, had+7_00)
	w.wantState(c, 0, 4_00, 0)
}

// TestCollectLosesAnswers: however often answers are lost, all comes, once; and
// a stall that is away is no unfinished step.
func TestCollectLosesAnswers(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.bought()
	w.collects(c, 0)
	for _, wire := range []*atomic.Bool{&w.stallDown, &w.stallMute} {
		wire.Store(true)
		_, err := c.Collect(ctx, w.vendor())
		want(t, "Collect nothing", err, wallet.ErrUnfinished)
		w.takeBack(2_00)
		for range 2 {
			_, err := c.Collect(ctx, w.vendor())
			want(t, "Collect", err, wallet.ErrUnfinished)
		}
		want(t, "Resume", c.Resume(ctx), nil)
		wire.Store(false)
		w.collects(c, 2_00)
	}
	w.wantState(c, 0, 4_00, 0)
}

// TestCollectLies: the wallet keeps nothing of a COLLECTED that is not right,
// and the truth is still welcome.
func TestCollectLies(t *testing.T) {
	other := must(scrip.NewID(rand.Reader))
	for name, lie := range map[string]func(*scrip.Opened[scrip.CollectedRefunds]){
		"less scrip":     func(o *scrip.Opened[scrip.CollectedRefunds]) { o.Scrip.Value-- },
		"another issuer": func(o *scrip.Opened[scrip.CollectedRefunds]) { o.Scrip.Issuer = other },
		"another vendor": func(o *scrip.Opened[scrip.CollectedRefunds]) { o.Body.Vendor = scrip.VendorID(other) },
		"another sum":    func(o *scrip.Opened[scrip.CollectedRefunds]) { o.Body.Amount++ },
		"another tx":     func(o *scrip.Opened[scrip.CollectedRefunds]) { o.Tx = other },
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			l := &lies{}
			c := w.lyingTo(l)
			_, err := c.Buy(ctx, w.item(20_00, 1), 1, home)
			want(t, "Buy", err, nil)
			w.takeBack(5_00)
			l.bag = lie
			_, err = c.Collect(ctx, w.vendor())
			want(t, "Collect", err, wallet.ErrUnfinished)
			w.wantState(c, 0, 0, 0)
			l.bag = nil
			w.collects(c, 5_00)
			w.wantState(c, 0, 5_00, 0)
		})
	}
}

// TestCollectAfterAWrongClock: a clock that is years ahead counts where no stall
// follows; refunds come all the same, from where the stall says that it counts.
func TestCollectAfterAWrongClock(t *testing.T) {
	w := newWorld(t)
	c := w.bought()
	w.takeBack(5_00)
	w.skew.Store(3 * 366 * 24 * 3600)
	w.collects(c, 5_00)
	w.takeBack(1_00)
	w.collects(c, 1_00)
	w.skew.Store(0)
	w.takeBack(1_00)
	w.collects(c, 1_00)
}
