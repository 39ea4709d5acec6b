package world_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// grudging is a stall that refuses to renew, while it says why.
type grudging struct {
	toStall
	liar
	why   scrip.Refusal
	asked int
}

func (g *grudging) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message != "T26" {
		return g.toStall.Send(ctx, message, in)
	}
	g.asked++
	if g.why == "" {
		return g.toStall.Send(ctx, message, in)
	}
	q := must(scrip.Open[scrip.Renew](in.Envelope, g.keys, g.name, nil))
	no := scrip.Compose(g.name, q.From, q.Tx, g.w.Clock.Now().Unix(), scrip.Refuse{Reason: g.why}, scrip.Attachments{})
	return scrip.Sealed{Envelope: must(jose.Reply(rand.Reader, no, g.signing, *q.ReplyKey))}, nil
}

// TestRenewalIsRefused: what a stall refuses to renew is not asked for again by
// itself, buys while it lives, and can be asked for by hand. A no that may pass
// leaves the same request to be asked again.
func TestRenewalIsRefused(t *testing.T) {
	w, ctx := newWorldOf(t, month), t.Context()
	g := &grudging{toStall: toStall{w}, liar: liar{name: string(w.vendor()), keys: []jose.EnvelopeKey{w.stall.Secret.Envelope}, signing: w.stall.Secret.Signing}}
	purse, ref := w.purse(), w.account(start)
	cfg := w.config(purse)
	cfg.Dial = func(scrip.Certificate) (wallet.Party, error) { return g, nil }
	c := customer{must(wallet.Make(ctx, cfg, ref, "")), purse, ref}
	want(t, "Load", c.Load(ctx, 30_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)

	w.pass(month - scrip.Margin*time.Second + time.Second)
	g.why = scrip.Unavailable
	for range 2 {
		want(t, "Resume while it may pass", c.Resume(ctx), wallet.ErrUnfinished)
	}
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 asked")
	g.why, g.asked = scrip.PartyMismatch, 0
	for range 3 {
		want(t, "Resume", c.Resume(ctx), nil)
	}
	if g.asked != 1 {
		t.Errorf("asked: got %d times, want once", g.asked)
	}
	w.wantState(c, 0, 30_00, 0)
	_, err := c.Buy(ctx, w.item(12_00, 1), 1, home)
	want(t, "Buy while it lives", err, nil)
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 refused, 6.3 done")

	w.pass(month)
	want(t, "Resume with what the purchase left", c.Resume(ctx), nil)
	if g.asked != 2 {
		t.Errorf("asked: got %d times, want twice: the change is another scrip", g.asked)
	}
	g.why = ""
	want(t, "Renew by hand", c.Renew(ctx), nil)
	w.wantState(c, 0, 18_00, 0)
	w.wantRan(c, "6.1 done, 6.2 done, 6.8 refused, 6.3 done, 6.8 refused, 6.8 done")
}
