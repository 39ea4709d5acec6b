package broker_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// A customer who is on the way between broker and stall keeps T18 from the
// broker, fetches T17 with the T16 it saw, and spends what that brings. T18
// stays true: the money is with the stall.
func TestExtendAnsweredAfterItsScripWasSpent(t *testing.T) {
	for _, rest := range []scrip.Money{0, 5_00} {
		g := grow(t)
		g.Wire.Set(rig.Mute)
		t15 := g.extension(12_50)
		if e, err := g.c.SendExtension(t15); err != nil || e.Noted == 0 {
			t.Fatalf("T15 whose T18 is lost: %+v, %v; want NOTED", e, err)
		}
		caught, err := g.s.Extend(t.Context(), g.Wire.Sent()[0])
		if err != nil {
			t.Fatal(err)
		}
		t17, err := scrip.OpenReply[scrip.Extended](caught.Order, t15.Order.Reply, t15.Order.From, t15.Order.Tx, g.s.Certificate.Signer())
		if err != nil {
			t.Fatal(err)
		}
		grown := scrip.Held{Scrip: *t17.Scrip, Secret: t17.Secret}
		g.c.Buy(g.s, grown, g.s.List(32_50-rest, 1))
		g.Wire.Set(rig.Open)
		if e, err := g.c.SendExtension(t15); err != nil || e.Change.Scrip.Value != 17_50 {
			t.Errorf("T15 once T18 arrives: change %d, %v; want 1750", e.Change.Scrip.Value, err)
		}
		if err := g.s.Deliver(t.Context()); err != nil {
			t.Errorf("T12: %v", err)
		}
	}
}

// Who has a stall that never answers has no more than a few T15s waiting for it:
// the broker asks about the oldest first, and everybody else's are behind them.
func TestExtendTooManyWaiting(t *testing.T) {
	g := grow(t)
	g.Wire.Set(rig.Cut)
	wait := func() error {
		t15 := g.extension(1)
		if _, err := g.c.SendExtension(t15); err != nil {
			return err
		}
		g.Clock.Advance(11 * time.Minute)
		e, err := g.c.SendExtension(t15)
		g.broker = e.Change
		return err
	}
	for n := range 10 {
		if err := wait(); err != nil {
			t.Fatalf("T15 with %d that wait: %v", n, err)
		}
	}
	before := g.broker
	if err := wait(); !errors.Is(err, scrip.TooMany) {
		t.Errorf("T15 with 10 that wait: %v, want %v", err, scrip.TooMany)
	}
	g.broker = before
	g.Wire.Set(rig.Open)
	if err := g.Broker.Deliver(t.Context()); err != nil { // the stall answers: expired
		t.Error(err)
	}
	if err := wait(); err != nil {
		t.Errorf("T15 when none waits: %v", err)
	}
}

// What the broker keeps and passes on unopened is not for a customer and its
// own stall to fill the disk with.
func TestExtendWithLongParts(t *testing.T) {
	long := strings.Repeat("A", scrip.MaxPassed+1)
	g := grow(t)
	t15 := g.extension(1)
	padded := t15
	padded.Sealed.Order = long
	if _, err := g.c.SendExtension(padded); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("T15 with an order part of %d bytes: %v, want %v", len(long), err, scrip.PartyMismatch)
	}
	if honest := max(len(t15.Sealed.Order), len(t15.Sealed.Payment)); honest > scrip.MaxPassed/4 {
		t.Errorf("an honest part has %d bytes, the bound is %d", honest, scrip.MaxPassed)
	}
	g.Broker.Merchants = padding{g.Wire, long}
	if e, err := g.c.SendExtension(t15); err != nil || e.Noted == 0 {
		t.Errorf("T15 whose T17 has %d bytes: %+v, %v; want NOTED", len(long), e, err)
	}
	g.Broker.Merchants = g.Wire
	g.Clock.Advance(2 * time.Second)
	if e, err := g.c.SendExtension(t15); err != nil || e.Vendor.Scrip.Value != 20_01 {
		t.Errorf("T15 with T17 as it was: %+v, %v", e, err)
	}
}

// padding answers T16 with a T17 of its own.
type padding struct {
	*rig.Wire
	order string
}

func (p padding) Send(ctx context.Context, s scrip.CertifiedStall, message string, in scrip.Sealed) (scrip.Sealed, error) {
	out, err := p.Wire.Send(ctx, s, message, in)
	out.Order = p.order
	return out, err
}
