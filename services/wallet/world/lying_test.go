package world_test

import (
	"context"
	"errors"
	"testing"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestStallSaysItIsSpent: a stall that says of all it owes that it is spent, which no
// wallet can tell from the truth, has it set aside. When the stall is gone, the broker is
// asked by itself, and what the stall lied about comes to the bank; and of what was the
// truth the broker is asked once.
func TestStallSaysItIsSpent(t *testing.T) {
	for name, state := range stallWalks {
		t.Run(name, func(t *testing.T) {
			if state.lifetime == 0 {
				state.lifetime = 365 * day
			}
			w, ctx := newWorldOf(t, state.lifetime), t.Context()
			c, stall := w.stubbornTo()
			state.comes(w, c)
			stall.way.Store(spent)
			w.stallDown.Store(false)
			w.stallMute.Store(false)
			w.Wire.Set(rig.Open)
			for range 3 {
				_ = w.Broker.Deliver(ctx)
				_ = c.Resume(ctx)
				_ = c.Leave(ctx)
				_ = c.Renew(ctx)
				w.pass(day)
			}
			w.shutDown()
			stall.way.Store(silence)
			_ = w.Broker.Deliver(ctx)
			want(t, "Resume", c.Resume(ctx), nil)
			if b := must(c.Balance(ctx)); b.Broker > 0 {
				want(t, "Withdraw", c.Withdraw(ctx), nil)
			}
			w.atBank(c, start+state.back)
			if list := must(c.purse.Disputed(ctx)); len(list) > 0 {
				t.Errorf("the broker is to be asked again: got %v, want nobody", list)
			}
		})
	}
}

// TestClaimThatIsSaidToBeSpent: all that is at a stall is what it owes for an exchange.
func TestClaimThatIsSaidToBeSpent(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	s := &stubborn{toStall: toStall{w}, keys: merchantKeys{w.vendor(), w.stall.Secret.Envelope, w.stall.Secret.Signing}, broker: w.Broker.Identity.Signer()}
	purse, ref := w.purse(), w.account(start)
	cfg := w.config(purse)
	cfg.Dial = func(scrip.Certificate) (wallet.Party, error) { return s, nil }
	c := customer{must(wallet.Make(context.Background(), cfg, ref, "")), purse, ref}
	want(t, "Load", c.Load(ctx, 30_00), nil)
	w.stallMute.Store(true)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), wallet.ErrUnfinished)
	w.stallMute.Store(false)
	s.way.Store(spent)
	if err := c.Resume(ctx); errors.Is(err, wallet.ErrUnfinished) {
		t.Errorf("Resume: got %v, want that the CLAIM has ended", err)
	}
	w.atBank(c, start-30_00)
	w.shutDown()
	want(t, "Resume", c.Resume(ctx), nil)
	w.atBank(c, start)
}
