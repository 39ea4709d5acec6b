package world_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// longer is more than the time a merchant has to answer T16.
const longer = 11 * time.Minute

// TestBuyExtends: a purchase for which the stall's scrip is short adds what is
// missing, whether something is left at the broker, nothing, or too little.
func TestBuyExtends(t *testing.T) {
	for name, x := range map[string]struct {
		price, broker scrip.Money
		ran           string
	}{
		"with change":     {45_00, 5_00, "6.5 done, 6.3 done"},
		"without change":  {50_00, 0, "6.5 done, 6.3 done"},
		"with more money": {60_00, 0, "6.4 done, 6.5 done, 6.3 done"},
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			c := w.stocked()
			_, err := c.Buy(ctx, w.item(x.price, 1), 1, home)
			want(t, "Buy", err, nil)
			w.wantState(c, x.broker, 0, 0)
			w.wantRan(c, "6.1 done, 6.2 done, "+x.ran)
		})
	}
}

// TestBuyExtendsFromTheBank: VendorScrip, but no BrokerScrip.
func TestBuyExtendsFromTheBank(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 30_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)
	_, err := c.BuyAhead(ctx, wallet.Just(w.item(45_00, 1), 1, home), 50_00)
	want(t, "Buy", err, nil)
	w.wantState(c, 0, 35_00, 0)
	w.wantRan(c, "6.1 done, 6.2 done, 6.1 done, 6.5 done, 6.3 done")
}

func TestExtendRefuses(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Extend nothing", c.Extend(ctx, w.vendor(), 10_00), scrip.InsufficientScrip)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)
	want(t, "Extend with more than there is", c.Extend(ctx, w.vendor(), 20_01), scrip.InsufficientScrip)
	want(t, "Extend by nothing", c.Extend(ctx, w.vendor(), 0), scrip.AmountOutOfBounds)
	want(t, "Extend by less", c.Extend(ctx, w.vendor(), -1), scrip.AmountOutOfBounds)
	w.wantState(c, 20_00, 30_00, 0)
	if got := must(c.purse.Unfinished(ctx)); len(got) != 0 {
		t.Errorf("unfinished: got %+v, want none", got)
	}
}

// TestExtendWaits: while the stall does not answer, both scrip are at stake and
// the same T15 is sent again. In time, the stall's answer ends it.
func TestExtendWaits(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, offer := w.stocked(), w.item(45_00, 1)
	w.Wire.Set(rig.Mute) // the stall issues at once, and nobody hears of it
	for range 2 {
		_, err := c.Buy(ctx, offer, 1, home)
		if !errors.Is(err, wallet.ErrUnfinished) && !errors.Is(err, wallet.ErrBusy) {
			t.Fatalf("Buy: got %v, want it to wait", err)
		}
	}
	want(t, "Resume", c.Resume(ctx), wallet.ErrUnfinished)
	if b := must(c.Balance(ctx)); b.AtStake != 50_00 || b.Owed != 0 {
		t.Errorf("at stake, owed: got %d, %d, want 5000 and none", b.AtStake, b.Owed)
	}
	w.Wire.Set(rig.Open)
	_, err := c.Buy(ctx, offer, 1, home)
	want(t, "Buy once it answers", err, nil)
	w.wantState(c, 5_00, 0, 0)
	w.wantRan(c, "6.1 done, 6.2 done, 6.5 done, 6.3 done")
}

// TestExtendLosesAnswers: every answer on the way to the wallet is lost once.
func TestExtendLosesAnswers(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	w.brokerMute.Store(true)
	for range 2 {
		want(t, "Extend", c.Extend(ctx, w.vendor(), 15_00), wallet.ErrUnfinished)
	}
	w.brokerMute.Store(false)
	want(t, "Extend again", c.Extend(ctx, w.vendor(), 15_00), nil)
	w.wantState(c, 5_00, 45_00, 0)
}

// TestExtendLate is what comes after the stall's time is over: the broker gives
// the change and keeps the rest, and the stall's word decides: it had issued, or
// it declines. With everything at the broker in it there is no change.
func TestExtendLate(t *testing.T) {
	for name, x := range map[string]struct {
		value  scrip.Money
		issued bool // the stall had issued in time
		looks  bool // the wallet asks while it is undecided
	}{
		"change, issued":                {value: 15_00, issued: true, looks: true},
		"change, declined":              {value: 15_00, looks: true},
		"no change, issued":             {value: 20_00, issued: true, looks: true},
		"no change, declined":           {value: 20_00, looks: true},
		"change, issued meanwhile":      {value: 15_00, issued: true},
		"change, declined meanwhile":    {value: 15_00},
		"no change, issued meanwhile":   {value: 20_00, issued: true},
		"no change, declined meanwhile": {value: 20_00},
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			c := w.stocked()
			line := rig.Cut
			if x.issued {
				line = rig.Mute
			}
			w.Wire.Set(line)
			want(t, "Extend", c.Extend(ctx, w.vendor(), x.value), wallet.ErrUnfinished)
			w.pass(longer)
			if x.looks {
				want(t, "Resume after its time", c.Resume(ctx), wallet.ErrUnfinished)
				w.wantState(c, 20_00-x.value, 30_00, x.value)
				want(t, "Load meanwhile", c.Load(ctx, 1_00), nil)
			}
			w.Broker.Deliver(ctx) // which gives the change, if it is not given; the stall is still away
			w.Wire.Set(rig.Open)
			want(t, "the broker's T16", w.Broker.Deliver(ctx), nil)
			ends, end, vendor := error(nil), "done", 30_00+x.value
			if !x.issued {
				ends, end, vendor = wallet.ErrDeclined, "undone", 30_00
			}
			err := c.Extend(ctx, w.vendor(), x.value)
			if !errors.Is(err, ends) || (ends == nil && err != nil) {
				t.Fatalf("Extend again: got %v, want %v", err, ends)
			}
			want(t, "Resume", c.Resume(ctx), nil)
			broker := 20_00 - x.value
			if x.looks {
				broker += 1_00
			}
			w.wantState(c, broker, vendor, 0)
			if got := must(c.History(ctx, 0, 10)); string(got[len(got)-3].Phase) != end && string(got[len(got)-3].Phase) != "refused" {
				t.Errorf("6.5: got %s, want %s", got[len(got)-3].Phase, end)
			}
			_, err = c.Buy(ctx, w.item(30_00, 1), 1, home)
			want(t, "Buy with what is there", err, nil)
		})
	}
}

// TestExtendLateChangeIsSpent: the stall declines when the change is gone
// already, so that no T19 can say so any more.
func TestExtendLateChangeIsSpent(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	w.Wire.Set(rig.Cut)
	want(t, "Extend", c.Extend(ctx, w.vendor(), 15_00), wallet.ErrUnfinished)
	w.pass(longer)
	want(t, "Resume", c.Resume(ctx), wallet.ErrUnfinished)
	want(t, "Withdraw the change", c.Withdraw(ctx), nil)
	w.Wire.Set(rig.Open)
	want(t, "the broker's T16", w.Broker.Deliver(ctx), nil)
	want(t, "Extend again", c.Extend(ctx, w.vendor(), 15_00), wallet.ErrDeclined)
	w.wantState(c, 0, 30_00, 0)
	w.wantRan(c, "6.1 done, 6.2 done, 6.5 undone, 6.6 done")
}

// halving is a broker that gives half of each answer to T15, the one that is
// wanted.
type halving struct {
	toBroker
	order, payment bool
}

func (h *halving) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	out, err := h.toBroker.Send(ctx, message, in)
	if message != "T15" {
		return out, err
	}
	if !h.order {
		out.Order = ""
	}
	if !h.payment {
		out.Payment = ""
	}
	return out, err
}

// TestExtendByHalves: whatever comes of T17 and T19 is kept, the other is asked
// for again.
func TestExtendByHalves(t *testing.T) {
	for name, x := range map[string]struct {
		first          halving
		broker, vendor scrip.Money // after the first half
		owed           scrip.Money
	}{
		"T17 first": {halving{order: true}, 0, 45_00, 5_00},
		"T19 first": {halving{payment: true}, 5_00, 30_00, 15_00},
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			purse, ref := w.purse(), w.account(start)
			way, cfg := x.first, w.config(purse)
			way.toBroker = toBroker{w}
			cfg.Broker = &way
			c := customer{must(wallet.Make(ctx, cfg, ref, "")), purse, ref}
			want(t, "Load", c.Load(ctx, 50_00), nil)
			want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)
			for range 2 {
				want(t, "Extend", c.Extend(ctx, w.vendor(), 15_00), wallet.ErrUnfinished)
				w.wantState(c, x.broker, x.vendor, x.owed)
			}
			way.order, way.payment = true, true
			want(t, "Extend again", c.Extend(ctx, w.vendor(), 15_00), nil)
			w.wantState(c, 5_00, 45_00, 0)
		})
	}
}

// TestExtendOfDeadScrip: the stall does not know the VendorScrip any more. The
// wallet finds out which of the two was meant, and buys another way.
func TestExtendOfDeadScrip(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	w.Unaudited = true
	for _, h := range must(c.purse.Holdings(ctx)) {
		if h.Vendor != "" {
			want(t, "kill", w.shelf.Apply(ctx, scrip.Change{Kill: []scrip.Kill{{ScripID: h.ScripID}}}), nil)
		}
	}
	_, err := c.Buy(ctx, w.item(45_00, 1), 1, home)
	want(t, "Buy", err, nil)
	b := must(c.Balance(ctx))
	if b.Total != 0 || b.Doubtful != 30_00 {
		t.Errorf("balance: got %+v, want 30.00 doubtful and nothing else", b)
	}
}

// TestRefusedExtendIsReplayed: somebody kept a T15 that was refused and sends it
// again when it can be granted. Whichever of the two scrip is used next, the
// wallet finds out and gets its due.
func TestRefusedExtendIsReplayed(t *testing.T) {
	for name, next := range map[string]func(*world, customer) error{
		"VendorScrip next": func(w *world, c customer) error {
			_, err := c.Buy(w.T.Context(), w.item(5_00, 1), 1, home)
			return err
		},
		"BrokerScrip next": func(w *world, c customer) error {
			err := c.Exchange(w.T.Context(), w.vendor(), 5_00)
			if !errors.Is(err, scrip.ScripSpent) {
				return err
			}
			_, err = c.Buy(w.T.Context(), w.item(5_00, 1), 1, home)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			tape := &tape{}
			c := customer{ref: w.account(start)}
			c.Wallet, c.purse, c.ref = w.tapedWallet(c.ref, tape)
			want(t, "Load", c.Load(ctx, 50_00), nil)
			want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)
			books := w.Broker.Books
			w.Broker.Books = revoked{books}
			want(t, "Extend", c.Extend(ctx, w.vendor(), 15_00), scrip.StallRevoked)
			w.Broker.Books = books
			must(w.Broker.Extend(ctx, tape.extend))
			want(t, "what is next", next(w, c), nil)
			w.wantState(c, 5_00, 40_00, 0)
		})
	}
}

// TestExtendWaitsForALock: the BrokerScrip is locked by an exchange that the
// wallet gave up too early, while the broker's clock was ahead. That passes, and the same T15 is granted then.
func TestExtendWaitsForALock(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.stocked()
	w.wireCut.Store(true)
	want(t, "Exchange that locks", c.Exchange(ctx, w.vendor(), 1_00), wallet.ErrUnfinished)
	w.pass(time.Hour)
	want(t, "Resume too early", c.Resume(ctx), nil)
	w.pass(-time.Hour)
	for range 2 {
		err := c.Extend(ctx, w.vendor(), 15_00)
		want(t, "Extend", err, wallet.ErrUnfinished)
		want(t, "Extend", err, scrip.ScripLocked)
	}
	w.pass(longer) // the lock is over
	want(t, "Extend again", c.Extend(ctx, w.vendor(), 15_00), nil)
	w.wantState(c, 5_00, 45_00, 0)
	w.wantRan(c, "6.1 done, 6.2 done, 6.2 undone, 6.5 done")
}
