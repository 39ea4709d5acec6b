package world_test

import (
	"context"
	"errors"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestBuyWithAWrongClock: however wrong the clock of a device is, it makes its
// first purchase, at a stall that has just opened. The wallet was opened when the
// clock was wrong already, and has heard nothing of the broker since.
func TestBuyWithAWrongClock(t *testing.T) {
	const day = 86_400
	for name, skew := range map[string]int64{
		"five minutes fast": 300, "five minutes slow": -300, "two days slow": -2 * day, "two days fast": 2 * day, "two months fast": 62 * day, "more than a year fast": 400 * day, "ten years slow": -3652 * day,
	} {
		t.Run(name, func(t *testing.T) {
			w, ctx := newWorld(t), t.Context()
			c := w.customer()
			w.skew.Store(skew)
			c.Wallet = must(wallet.Open(ctx, w.config(c.purse)))
			_, err := c.Buy(ctx, w.item(12_50, 1), 1, home)
			want(t, "Buy", err, nil)
			w.check(c)
		})
	}
}

// mute is a broker that tells nobody its time.
type mute struct{ wallet.Party }

func (m mute) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message == "STATEMENT" {
		return scrip.Sealed{}, errDown
	}
	return m.Party.Send(ctx, message, in)
}

// TestClockIsNamed: a device's clock that is wrong is told as such where the broker
// cannot be asked; that the broker's own was set back, in its own word.
func TestClockIsNamed(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, offer := w.customer(), w.item(12_50, 1)
	w.skew.Store(-2 * 86_400)
	cfg := w.config(c.purse)
	cfg.Broker = mute{cfg.Broker}
	_, err := must(wallet.Open(ctx, cfg)).Buy(ctx, offer, 1, home)
	want(t, "Buy two days in the past", err, wallet.ErrClock)
	if got := wallet.Sentence(err); got == "" || errors.Is(err, scrip.StallRevoked) {
		t.Errorf("got %q for %v, want a sentence about the clock", got, err)
	}
	w.skew.Store(0)
	w.pass(-24 * 60 * 60 * 1e9)
	_, err = must(wallet.Open(ctx, w.config(c.purse))).Buy(ctx, offer, 1, home)
	want(t, "Buy while everybody's clock is a day back", err, scrip.NotYetInForce)
}
