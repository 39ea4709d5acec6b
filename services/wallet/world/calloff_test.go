package world_test

import (
	"context"
	"errors"
	"path"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// declines says no at the world's bank.
func (w *world) declines(ctx context.Context, link string) error {
	return w.Bank.Decline(ctx, scrip.ID(path.Base(link)))
}

// TestCallOff: a load that waits for a word at the bank is said to be what keeps
// others waiting, and is ended by the broker's signed no once it is called off: it
// can never be paid afterwards, and the money is free for something else.
func TestCallOff(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	none := must1(c.CallOff(ctx, w.declines))
	want(t, "CallOff with nothing that waits", none, wallet.ErrNoWaiting)
	var confirm *wallet.Confirm
	if err := c.Load(ctx, 250_00); !errors.As(err, &confirm) {
		t.Fatalf("Load of 250.00: got %v, want a confirmation", err)
	}
	behind := c.Load(ctx, 10_00)
	want(t, "Load behind it", behind, wallet.ErrBusy)
	if !errors.As(behind, &confirm) {
		t.Errorf("Load behind it: got %v, want it said what it waits for", behind)
	}
	off, err := c.CallOff(ctx, w.declines)
	if off != 1 || err != nil {
		t.Errorf("CallOff: got %d, %v, want 1", off, err)
	}
	want(t, "Confirm at the bank afterwards", w.Bank.Confirm(ctx, scrip.ID(path.Base(confirm.Link))), nil)
	want(t, "Load", c.Load(ctx, 10_00), nil)
	w.atBank(c, start-10_00)

	// 6.4, called off, leaves the money that was to grow.
	if err := c.Load(ctx, 300_00); !errors.As(err, &confirm) {
		t.Fatalf("Load of 300.00 more: got %v, want a confirmation", err)
	}
	off, err = c.CallOff(ctx, w.declines)
	if off != 1 || err != nil {
		t.Errorf("CallOff of more: got %d, %v, want 1", off, err)
	}
	want(t, "Withdraw", c.Withdraw(ctx), nil)
	w.atBank(c, start)
}

// TestCallOffTooLate: what was confirmed is loaded, and not called off.
func TestCallOffTooLate(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	var confirm *wallet.Confirm
	if err := c.Load(ctx, 250_00); !errors.As(err, &confirm) {
		t.Fatalf("Load of 250.00: got %v, want a confirmation", err)
	}
	off, err := c.CallOff(ctx, func(ctx context.Context, link string) error {
		return errors.Join(w.Bank.Confirm(ctx, scrip.ID(path.Base(link))), w.declines(ctx, link))
	})
	if off != 0 || err != nil {
		t.Errorf("CallOff after a confirmation: got %d, %v, want 0", off, err)
	}
	w.atBank(c, start-250_00)
}

// must1 is the error of a call that returns something else too.
func must1[T any](_ T, err error) error { return err }
