package world_test

import (
	"errors"
	"testing"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

var errNo = errors.New("no")

// TestAgree: a plan is agreed to before any of it is run, with what it takes
// from the bank, and again when the purse has changed meanwhile.
func TestAgree(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, order := w.customer(), wallet.Just(w.item(12_50, 3), 1, home)
	var loads []scrip.Money
	no := func(p wallet.Plan) error { loads = append(loads, p.Loads); return errNo }
	_, err := c.BuyAgreed(ctx, order, 0, no)
	want(t, "Buy by a plan that loads", err, errNo)
	w.wantState(c, 0, 0, 0)

	want(t, "Load", c.Load(ctx, 10_00), nil)
	_, err = c.BuyAgreed(ctx, order, 0, no)
	want(t, "Buy by a plan that loads more", err, errNo)
	w.wantState(c, 10_00, 0, 0)

	want(t, "Load", c.Load(ctx, 10_00), nil)
	other := must(wallet.Open(ctx, w.config(c.purse))) // a second program on the same purse
	asked := 0
	_, err = c.BuyAgreed(ctx, order, 0, func(p wallet.Plan) error {
		loads = append(loads, p.Loads)
		if asked++; asked == 1 {
			want(t, "Withdraw meanwhile", other.Withdraw(ctx), nil)
			return nil
		}
		return errNo
	})
	if err == nil {
		t.Error("Buy by a plan whose money went meanwhile: got nil, want an error")
	}
	w.wantState(c, 0, 0, 0)
	if history := must(c.Receipts(ctx, 0, 10)); len(history) != 0 {
		t.Errorf("got %d purchases, want none", len(history))
	}
	for i, want := range []scrip.Money{12_50, 2_50, 0} {
		if loads[i] != want {
			t.Errorf("plan %d loads %d, want %d", i, loads[i], want)
		}
	}
}

// TestBuyByKey: the same key gets the same purchase, whatever became of its answer; for
// another basket it is a conflict; and another key buys another.
func TestBuyByKey(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, lamp := w.customer(), w.item(12_50, 3)
	keyed := func(name, digest string) (wallet.Receipt, error) {
		b := wallet.Just(lamp, 1, home)
		b.Key = wallet.Key{Name: name, Digest: digest}
		return c.BuyAgreed(ctx, b, 0, func(wallet.Plan) error { return nil })
	}
	_, err := c.BoughtAs(ctx, wallet.Key{Name: "one", Digest: "lamp"})
	want(t, "before it was bought", err, scrip.ErrAbsent)
	first := must(keyed("one", "lamp"))
	if again := must(keyed("one", "lamp")); again.Tx != first.Tx {
		t.Errorf("the same key: got the purchase %s, want %s", again.Tx, first.Tx)
	}
	if again := must(c.BoughtAs(ctx, wallet.Key{Name: "one"})); again.Tx != first.Tx {
		t.Errorf("BoughtAs: got the purchase %s, want %s", again.Tx, first.Tx)
	}
	_, err = keyed("one", "vase")
	want(t, "the same key for something else", err, scrip.TxConflict)
	if other := must(keyed("two", "lamp")); other.Tx == first.Tx {
		t.Error("another key: got the same purchase, want another")
	}
	want(t, "Load", c.Load(ctx, 20_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 20_00), nil)
	w.stallMute.Store(true)
	_, err = keyed("three", "lamp")
	want(t, "a third, whose answer is lost", err, wallet.ErrUnfinished)
	w.stallMute.Store(false)
	third := must(keyed("three", "lamp"))
	for range 2 {
		_, err = keyed("four", "lamp")
		want(t, "a fourth, of three that there were", err, scrip.OutOfStock)
		_, err = c.BoughtAs(ctx, wallet.Key{Name: "four"})
		want(t, "what was refused", err, scrip.ErrAbsent)
	}
	if list := must(c.Receipts(ctx, 0, 10)); len(list) != 3 || list[0].Tx != third.Tx {
		t.Errorf("got %d purchases, want 3", len(list))
	}
}

// TestBoughtLately: what was bought in the last day is known, by the offer's ID
// in whatever version, and nothing else is.
func TestBoughtLately(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, lamp, vase := w.customer(), w.item(12_50, 3), w.item(12_50, 3)
	_, err := c.BoughtLately(ctx, lamp)
	want(t, "before it was bought", err, scrip.ErrAbsent)
	receipt := must(c.Buy(ctx, lamp, 1, home))
	if got := must(c.BoughtLately(ctx, lamp)); got.Tx != receipt.Tx {
		t.Errorf("got the purchase %s, want %s", got.Tx, receipt.Tx)
	}
	_, err = c.BoughtLately(ctx, vase)
	want(t, "of another offer", err, scrip.ErrAbsent)
	w.pass(24*time.Hour - time.Second)
	if got := must(c.BoughtLately(ctx, lamp)); got.Tx != receipt.Tx {
		t.Errorf("a second before a day is over: got the purchase %s, want %s", got.Tx, receipt.Tx)
	}
	w.pass(time.Second)
	_, err = c.BoughtLately(ctx, lamp)
	want(t, "a day later", err, scrip.ErrAbsent)
	if r, err := c.BoughtLately(ctx, "no offer"); err == nil {
		t.Errorf("of no offer: got %v, want an error", r)
	}
}
