package world_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// moving is a stall that answers where it is and nowhere else, and a directory that counts.
type moving struct {
	toBroker
	at    string // base URL; empty: it answers nowhere
	asked int    // the directory, for its certificate
	heard []string
}

func (m *moving) Stall(ctx context.Context, v scrip.VendorID) (scrip.CertifiedStall, error) {
	m.asked++
	return m.toBroker.Stall(ctx, v)
}

// dial finds the stall at an address.
func (m *moving) dial(c scrip.Certificate) (wallet.Party, error) {
	return atAddress{toStall{m.w}, m, c.BaseURL}, nil
}

type atAddress struct {
	toStall
	of   *moving
	base string
}

func (a atAddress) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	a.of.heard = append(a.of.heard, message)
	if a.base != a.of.at {
		return scrip.Sealed{}, errDown
	}
	return a.toStall.Send(ctx, message, in)
}

// TestMovedStall: a stall that does not answer where its certificate says is asked where the directory has it by
// now, for each message that goes to stalls; and the directory is asked no more than once a minute.
func TestMovedStall(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	m := &moving{toBroker: toBroker{w}, at: w.stall.Current().BaseURL}
	cfg := w.config(c.purse)
	cfg.Directory, cfg.Dial = m, m.dial
	c.Wallet = must(wallet.Open(ctx, cfg))
	want(t, "Load", c.Load(ctx, 60_00), nil)
	want(t, "Exchange where it was", c.Exchange(ctx, w.vendor(), 10_00), nil)
	moves := func(to string) {
		t.Helper()
		w.pass(2 * time.Minute)
		want(t, "Move", w.stall.Move(ctx, to), nil)
		m.at, m.asked = to, 0
	}
	for _, step := range []struct {
		message string
		do      func() error
	}{
		{"T4", func() error { return c.Exchange(ctx, w.vendor(), 20_00) }},
		{"T10", func() error { _, err := c.Buy(ctx, w.item(5_00, 1), 1, home); return err }},
		{"TELL", func() error { _, err := c.Ask(ctx, w.item(5_00, 1), "Is it blue?"); return err }},
		{"COLLECT", func() error { _, err := c.Collect(ctx, w.vendor()); return err }},
		{"T22", func() error { return c.Leave(ctx) }},
	} {
		moves("https://" + step.message + ".example")
		m.heard = nil
		want(t, step.message+" after a move", step.do(), nil)
		if len(m.heard) < 2 || m.heard[0] != m.heard[1] || !slices.Contains(m.heard, step.message) || m.asked != 1 {
			t.Errorf("%s: got %v sent to it and the directory asked %d times, want it sent again at once and once", step.message, m.heard, m.asked)
		}
	}

	w.pass(2 * time.Minute)
	m.at, m.asked = "", 0
	want(t, "Load", c.Load(ctx, 10_00), nil)
	want(t, "Exchange where nobody answers", c.Exchange(ctx, w.vendor(), 5_00), wallet.ErrUnfinished)
	for range 3 {
		want(t, "Resume where nobody answers", c.Resume(ctx), wallet.ErrUnfinished)
	}
	if m.asked != 1 {
		t.Errorf("within a minute: got the directory asked %d times, want once", m.asked)
	}
}
