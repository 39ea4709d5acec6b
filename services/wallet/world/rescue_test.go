package world_test

import (
	"crypto/rand"
	"testing"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// shutDown takes the stall's certificate back; it answers nobody any more.
func (w *world) shutDown() {
	w.T.Helper()
	w.stallDown.Store(true)
	w.Wire.Set(rig.Cut)
	must(broker.Revoke(w.T.Context(), w.Books, w.vendor(), w.Clock.Now(), rand.Reader))
}

// TestEveryStateAtAGoneStall: whatever waits for a stall when it is gone for good,
// RESCUE brings the money back to the bank, and nothing waits any more. Of a purchase
// that the stall may have made that is after ninety days.
func TestEveryStateAtAGoneStall(t *testing.T) {
	for _, test := range []struct {
		name  string
		wait  func(w *world, c customer) // for the stall, with its money
		kept  scrip.Money                // for ninety days
		other scrip.Money                // not at the stall: BrokerScrip
	}{
		{"nothing", func(*world, customer) {}, 0, 20_00},
		{"T22", func(w *world, c customer) {
			w.stallDown.Store(true)
			want(w.T, "Leave", c.Leave(w.T.Context()), wallet.ErrUnfinished)
		}, 0, 0},
		{"T22 that the stall has", func(w *world, c customer) {
			w.wireCut.Store(true)
			want(w.T, "Leave", c.Leave(w.T.Context()), wallet.ErrUnfinished)
		}, 0, 0},
		{"T26", func(w *world, c customer) {
			w.stallDown.Store(true)
			w.pass(359 * 24 * time.Hour)
			want(w.T, "Renew", c.Renew(w.T.Context()), wallet.ErrUnfinished)
		}, 0, 20_00},
		{"T10", func(w *world, c customer) {
			offer := w.item(25_00, 1)
			w.stallDown.Store(true)
			_, err := c.Buy(w.T.Context(), offer, 1, home)
			want(w.T, "Buy", err, wallet.ErrUnfinished)
		}, 25_00, 20_00},
		{"CLAIM", func(w *world, c customer) {
			w.stallMute.Store(true)
			want(w.T, "Exchange", c.Exchange(w.T.Context(), w.vendor(), 5_00), wallet.ErrUnfinished)
		}, 0, 15_00},
		{"T4", func(w *world, c customer) {
			w.stallDown.Store(true)
			want(w.T, "Exchange", c.Exchange(w.T.Context(), w.vendor(), 5_00), wallet.ErrUnfinished)
			w.pass(5 * time.Minute)
		}, 0, 20_00},
		{"T15", func(w *world, c customer) {
			offer := w.item(40_00, 1)
			w.stallDown.Store(true)
			w.Wire.Set(rig.Cut)
			_, err := c.Buy(w.T.Context(), offer, 1, home)
			want(w.T, "Buy", err, wallet.ErrUnfinished)
		}, 0, 20_00},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			c := w.stocked()
			test.wait(w, c)
			w.shutDown()
			_ = w.Broker.Deliver(ctx)
			said, err := c.Rescue(ctx, w.vendor())
			want(t, "Rescue", err, nil)
			if said.Announced != test.kept {
				t.Errorf("kept for the stall: got %d, want %d", said.Announced, test.kept)
			}
			if test.kept > 0 {
				w.pass(91 * 24 * time.Hour)
				_, err = c.Rescue(ctx, w.vendor())
				want(t, "Rescue after ninety days", err, nil)
			}
			want(t, "Resume", c.Resume(ctx), nil)
			w.wantState(c, test.other, 0, 0)
			if test.other > 0 {
				want(t, "Withdraw", c.Withdraw(ctx), nil)
			}
			w.atBank(c, start)
		})
	}
}

// TestRescueOfWhatWasSold: of a purchase whose answer was lost, and that the stall
// reported before it was gone, the broker has nothing left. For 90 days it may be that
// it only keeps it; then the wallet counts the VendorScrip no more, and waits for nothing.
func TestRescueOfWhatWasSold(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	offer := w.item(30_00, 1)
	w.stallMute.Store(true)
	_, err := c.Buy(ctx, offer, 1, home)
	want(t, "Buy", err, wallet.ErrUnfinished)
	want(t, "T9", c.Deliver(ctx), nil)
	want(t, "T12", w.stall.Deliver(ctx), nil)
	w.shutDown()
	w.pass(2 * day)
	want(t, "Resume", c.Resume(ctx), nil)
	_, err = c.Rescue(ctx, w.vendor())
	want(t, "Rescue", err, scrip.FloatShort)
	if b := must(c.Balance(ctx)); b.Total != 50_00 {
		t.Errorf("while the broker may keep it: got %d in all, want 5000", b.Total)
	}
	w.pass(92 * day) // then it is asked for once more, by the wallet itself
	want(t, "Resume", c.Resume(ctx), nil)
	want(t, "Resume", c.Resume(ctx), nil)
	b := must(c.Balance(ctx))
	if b.Broker != 20_00 || b.Total != 20_00 || b.AtStake != 0 || b.Owed != 0 || b.Doubtful != 30_00 {
		t.Errorf("then: got %+v, want 2000 in all, and 3000 beside it in doubt", b)
	}
}

// TestRescueOfWhatWasAnnounced: what the broker kept for a purchase that the stall never
// reported comes to the bank once it keeps it no more, by itself, and is asked for once.
func TestRescueOfWhatWasAnnounced(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	offer := w.item(10_00, 1)
	w.stallDown.Store(true)
	_, err := c.Buy(ctx, offer, 1, home)
	want(t, "Buy", err, wallet.ErrUnfinished)
	want(t, "T9", c.Deliver(ctx), nil)
	w.shutDown()
	w.pass(2 * day)
	said, err := c.Rescue(ctx, w.vendor())
	want(t, "Rescue", err, nil)
	if said.Amount != 20_00 || said.Announced != 10_00 {
		t.Fatalf("got %+v, want 2000 back, and 1000 kept", said)
	}
	w.pass(60 * day)
	want(t, "Resume", c.Resume(ctx), nil)
	w.atBank(c, start-30_00)
	w.pass(31 * day)
	want(t, "Resume", c.Resume(ctx), nil)
	w.atBank(c, start-20_00)
	if due := must(c.purse.Rescues(ctx)); len(due) != 1 || due[0].Asked-due[0].Bought < 92*24*60*60 {
		t.Errorf("asked again: got %+v, want once, after 92 days", due)
	}
}

// TestRescueOfAStallInForce: it moves nothing, and the money is still good there.
func TestRescueOfAStallInForce(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	_, err := c.Rescue(ctx, w.vendor())
	want(t, "Rescue", err, scrip.StallInForce)
	w.wantState(c, 20_00, 30_00, 0)
	_, err = c.Buy(ctx, w.item(30_00, 1), 1, home)
	want(t, "Buy", err, nil)
}

// TestRescueLosesAnswers: asked again, or resumed, it is paid once; and one that was
// refused, and that somebody sent again when the stall was gone, is found.
func TestRescueLosesAnswers(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	w.shutDown()
	w.brokerMute.Store(true)
	for range 2 {
		_, err := c.Rescue(ctx, w.vendor())
		want(t, "Rescue", err, wallet.ErrUnfinished)
	}
	w.brokerMute.Store(false)
	want(t, "Resume", c.Resume(ctx), nil)
	w.wantState(c, 20_00, 0, 0)
	w.atBank(c, start-20_00)
	_, err := c.Rescue(ctx, w.vendor())
	want(t, "Rescue again", err, scrip.FloatShort)
	w.atBank(c, start-20_00)
}
