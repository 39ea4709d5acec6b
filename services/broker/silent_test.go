package broker_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// deaf are merchants of which none answers; it notes who was asked, and for how long
// one would have been waited for.
type deaf struct {
	mu       sync.Mutex
	asked    []scrip.VendorID // under mu
	patience time.Duration    // under mu: the longest

	first scrip.VendorID // "" or whom the others keep their askers waiting for
	met   chan struct{}  // closed when it is asked
}

func (d *deaf) Send(ctx context.Context, stall scrip.CertifiedStall, _ string, _ scrip.Sealed) (scrip.Sealed, error) {
	switch d.first {
	case "":
	case stall.Vendor:
		close(d.met)
	default:
		select {
		case <-d.met:
		case <-ctx.Done():
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if ctx.Err() == nil {
		d.asked = append(d.asked, stall.Vendor)
	}
	if until, ok := ctx.Deadline(); ok {
		d.patience = max(d.patience, time.Until(until))
	}
	return scrip.Sealed{}, errors.New("no answer")
}

// take returns who was asked since the last call.
func (d *deaf) take() []scrip.VendorID {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.asked
	d.asked = nil
	return all
}

// crowd are books in which many merchants have not answered a T16 each.
type crowd struct {
	broker.Books
	waiting []scrip.Extension
}

func (c *crowd) Extensions(context.Context, int) ([]scrip.Extension, error) { return c.waiting, nil }
func (c *crowd) Stall(_ context.Context, v scrip.VendorID) (scrip.Stall, error) {
	return scrip.Stall{Certificate: scrip.Certificate{Vendor: v}}, nil
}

// TestSilentStallsAreAskedLast: a merchant that may answer is asked before those that
// were silent, of which one round asks 64, each in its turn and for two seconds.
func TestSilentStallsAreAskedLast(t *testing.T) {
	r := rig.New(t)
	books, none := &crowd{Books: r.Books}, &deaf{}
	add := func() scrip.VendorID {
		v := scrip.VendorID(fmt.Sprintf("vendor-%03d", len(books.waiting)))
		books.waiting = append(books.waiting, scrip.Extension{Outgoing: scrip.Outgoing{Tx: r.ID()}, Vendor: v})
		return v
	}
	for range 70 {
		add()
	}
	b := broker.New(broker.Config{Books: books, Merchants: none, Clock: r.Clock.Now, Random: rand.Reader, Bank: r.Bank})
	round := func() []scrip.VendorID {
		if err := b.Deliver(t.Context()); err == nil {
			t.Error("a round in which nobody answers: got no error")
		}
		return none.take()
	}
	if first := round(); len(first) != 70 || none.patience > 2*time.Second {
		t.Errorf("first round: got %d asked, for up to %s, want all 70, for 2s", len(first), none.patience)
	}
	none.first, none.met = add(), make(chan struct{})
	second := round()
	if len(second) != 65 || !slices.Contains(second, none.first) {
		t.Errorf("second round: got %d who did not wait for the new one in vain, want it and 64", len(second))
	}
	none.first = ""
	third := round()
	for v := range 70 {
		name := scrip.VendorID(fmt.Sprintf("vendor-%03d", v))
		if !slices.Contains(second, name) && !slices.Contains(third, name) {
			t.Errorf("%s was passed over twice", name)
		}
	}
}
