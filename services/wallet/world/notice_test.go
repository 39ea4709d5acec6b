package world_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// damagedNotices is a purse with notices before all others that cannot be read.
type damagedNotices struct {
	wallet.Purse
	bad []scrip.ID
}

func (p *damagedNotices) Notices(ctx context.Context) ([]scrip.ID, error) {
	list, err := p.Purse.Notices(ctx)
	return append(slices.Clone(p.bad), list...), err
}

func (p *damagedNotices) Notice(ctx context.Context, tx scrip.ID) (wallet.Notice, error) {
	if slices.Contains(p.bad, tx) {
		return wallet.Notice{Tx: tx, Price: 1, Sealed: []byte("damaged")}, nil
	}
	return p.Purse.Notice(ctx, tx)
}

func (p *damagedNotices) Apply(ctx context.Context, c wallet.PurseChange) error {
	p.bad = slices.DeleteFunc(p.bad, func(tx scrip.ID) bool { return tx == c.Delivered })
	return p.Purse.Apply(ctx, c)
}

// deafTo is a broker that answers no T9 while deaf is above 0, and counts them.
type deafTo struct {
	wallet.Party
	deaf, asked int
}

func (d *deafTo) Send(ctx context.Context, typ string, m scrip.Sealed) (scrip.Sealed, error) {
	if typ == "T9" {
		if d.asked++; d.deaf > 0 {
			d.deaf--
			return scrip.Sealed{}, errors.New("connection reset")
		}
	}
	return d.Party.Send(ctx, typ, m)
}

// TestNoticesDoNotWaitForEachOther: what cannot be read ends, and what gets no answer stays; neither keeps others from the broker, and
// of a broker that is away no more is asked than it takes to see that.
func TestNoticesDoNotWaitForEachOther(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.customer()
	want(t, "Load", c.Load(ctx, 50_00), nil)
	want(t, "Exchange", c.Exchange(ctx, w.vendor(), 30_00), nil)
	const purchases = 10
	offer := w.item(1_00, purchases)
	w.brokerDown.Store(true)
	for range purchases {
		must(c.Buy(ctx, offer, 1, home))
	}
	w.brokerDown.Store(false)
	purse := &damagedNotices{Purse: c.purse}
	for range 100 {
		purse.bad = append(purse.bad, w.ID())
	}
	config := w.config(purse)
	broker := &deafTo{Party: config.Broker, deaf: 1000}
	config.Broker = broker
	again := must(wallet.Open(ctx, config))
	left := func() int { return len(must(c.purse.Notices(ctx))) }
	want(t, "Deliver to nobody", again.Deliver(ctx), wallet.ErrUnfinished)
	if broker.asked != 8 || left() != purchases {
		t.Errorf("a broker that is away: got asked %d times and %d left, want 8 and %d", broker.asked, left(), purchases)
	}
	broker.deaf = 5
	want(t, "Deliver", again.Deliver(ctx), wallet.ErrUnfinished)
	if got := left(); got != 5 || len(purse.bad) != 0 {
		t.Errorf("got %d left, and %d that cannot be read, want 5 and none", got, len(purse.bad))
	}
	want(t, "Deliver", again.Deliver(ctx), nil)
	if got := left(); got != 0 {
		t.Errorf("got %d left, want none", got)
	}
}
