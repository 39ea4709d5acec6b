package world_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// A sale that the broker will never record is set aside with its reason. The other
// sales, and the refund of one, go; it goes again when somebody says so.
func TestOneBadItemBlocksNothing(t *testing.T) {
	for _, batch := range []int{1, 64} {
		r := rig.New(t)
		c, s := r.Customer(100_00), r.Stall("Attic")
		s.Batch = batch
		listing := s.List(5_00, 2)
		held, _ := c.Trade(s, c.Acquire(50_00), 10_00)
		first, held := c.Buy(s, held, listing)
		bad := scrip.Sale{
			ID: r.ID(), Tx: r.ID(), Pseudonym: scrip.Pseudonym(r.SigningKey().Thumbprint()), Lines: []scrip.SaleLine{listing.Sold(1)},
			Price: 5_00, OrderDigest: first.Digest, Mandate: "a.b.c",
		}
		if err := s.Shelf.Apply(t.Context(), scrip.Change{Stall: &scrip.StallChange{Sale: &bad}}); err != nil {
			t.Fatal(err)
		}
		c.Buy(s, held, listing)
		refund := r.ID()
		if err := s.Refund(t.Context(), refund, first.Body.OrderID, 1_00); err != nil {
			t.Fatal(err)
		}
		for _, told := range []string{"the first time", "again"} {
			if err := s.Deliver(t.Context()); err != nil {
				t.Errorf("batch %d, %s: delivery: %v", batch, told, err)
			}
			wantAside(t, s, bad.ID, string(scrip.MandateInvalid))
			if left, err := s.Shelf.Unrecorded(t.Context(), 10); err != nil || len(left) != 0 {
				t.Errorf("batch %d, %s: %d sales still to be reported, %v; want none", batch, told, len(left), err)
			}
			if err := s.Again(t.Context(), bad.ID); err != nil {
				t.Fatal(err)
			}
		}
		if known, err := s.Shelf.Refund(t.Context(), refund); err != nil || known.CoveredAt == 0 {
			t.Errorf("batch %d: the refund is covered at %d, %v; want it covered", batch, known.CoveredAt, err)
		}
		if left, _ := s.Shelf.Unrecorded(t.Context(), 10); len(left) != 1 || left[0].ID != bad.ID {
			t.Errorf("batch %d: told again: %d sales to be reported, want the one", batch, len(left))
		}
		// Nobody paid for it: the books are to close without it.
		if err := s.Shelf.Apply(t.Context(), scrip.Change{Stall: &scrip.StallChange{Recorded: []scrip.ID{bad.ID}}}); err != nil {
			t.Fatal(err)
		}
	}
}

func wantAside(t *testing.T, s *rig.Stall, id scrip.ID, reason string) {
	t.Helper()
	underway, err := s.Underway(t.Context(), 10)
	if err != nil || len(underway) != 1 || underway[0].ID != id || underway[0].Aside == 0 || underway[0].Attempt.Why != reason {
		t.Errorf("underway: %+v, %v; want %s alone, set aside for %s", underway, err, id, reason)
	}
}

// hanging is a broker that does not answer one request in a queue, whatever the
// others get.
type hanging struct {
	merchant.Broker
	on string
}

func (h *hanging) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message == h.on {
		return scrip.Sealed{}, errCut
	}
	return h.Broker.Send(ctx, message, in)
}

// What the broker never answers keeps no other queue waiting.
func TestSilenceHoldsUpNoOtherQueue(t *testing.T) {
	r := rig.New(t)
	link := &hanging{r.Broker, "T23"}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	listing := s.List(5_00, 1)
	held, change := c.Trade(s, c.Acquire(50_00), 5_00)
	other, _ := c.Trade(s, change, 5_00)
	if _, err := c.SendGivingBack(s, c.GivingBack(s, other)); !errors.Is(err, scrip.Unavailable) {
		t.Fatalf("T22 while the broker does not answer: %v, want unavailable", err)
	}
	c.Buy(s, held, listing)
	for range 2 {
		if err := s.Deliver(t.Context()); !errors.As(err, new(scrip.Unanswered)) {
			t.Errorf("delivery: %v, want it to say that the broker does not answer", err)
		}
	}
	if left, err := s.Shelf.Unrecorded(t.Context(), 10); err != nil || len(left) != 0 {
		t.Errorf("%d sales are not recorded, %v; want none", len(left), err)
	}
	link.on = ""
	if err := s.Deliver(t.Context()); err != nil {
		t.Error(err)
	}
}

// keptHere is where a stall keeps its certificate; nobody else is there.
type keptHere struct{ signed atomic.Value }

func (k *keptHere) Kept(context.Context) (string, error) { return k.signed.Load().(string), nil }

func (k *keptHere) Replace(_ context.Context, _, next string) error {
	k.signed.Store(next)
	return nil
}

// forgetful is a broker that answers everything but R3.
type forgetful struct {
	merchant.Broker
	asked atomic.Int64
}

func (f *forgetful) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message == (scrip.StallRequest{}).Type() {
		f.asked.Add(1)
		return scrip.Sealed{}, errCut
	}
	return f.Broker.Send(ctx, message, in)
}

// TestLostCertificateHoldsUpNoSale: a certificate that is asked for again and again, at ever longer pauses, has no sale wait.
func TestLostCertificateHoldsUpNoSale(t *testing.T) {
	r := rig.New(t)
	link := &forgetful{Broker: r.Broker}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	config, kept := s.Config, &keptHere{}
	kept.signed.Store(s.Standing())
	config.Certificates = kept
	s.Stall = merchant.Open(config)
	listing := s.List(5_00, 1)
	held, _ := c.Trade(s, c.Acquire(50_00), 5_00)
	if err := s.CatchUp(t.Context(), "another"); !errors.Is(err, errCut) {
		t.Fatalf("CatchUp: got %v, want %v", err, errCut)
	}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() { s.Run(ctx); close(over) }()
	defer func() { stop(); <-over }()
	for begun := time.Now(); link.asked.Load() < 4; time.Sleep(time.Millisecond) { // the next is in four seconds
		if time.Since(begun) > time.Minute {
			t.Fatalf("a minute long: asked %d times, want it asked again", link.asked.Load())
		}
	}
	c.Buy(s, held, listing)
	for bought := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		left, err := s.Shelf.Unrecorded(t.Context(), 10)
		if err == nil && len(left) == 0 {
			break
		}
		if time.Since(bought) > 3*time.Second {
			t.Fatalf("%d sales wait for three seconds, %v, want none", len(left), err)
		}
	}
}

// full is a shelf whose disk takes no more.
type full struct {
	merchant.Shelf
	on bool
}

func (f *full) Apply(ctx context.Context, c scrip.Change) error {
	if f.on {
		return scrip.Unavailable
	}
	return f.Shelf.Apply(ctx, c)
}

// What the broker blessed and a full disk does not take is not delivered: it is
// taken up again.
func TestFullDiskIsNoAnswer(t *testing.T) {
	r := rig.New(t)
	link := &line{broker: r.Broker}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	config := s.Config
	disk := &full{Shelf: config.Shelf}
	config.Shelf = disk
	stall := merchant.Open(config)
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	announce(t, c, x)
	link.cut = true
	if _, err := stall.Exchange(t.Context(), x.T4); err != nil {
		t.Fatal(err)
	}
	link.cut, disk.on = false, true
	if err := stall.Deliver(t.Context()); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("delivery on a full disk: %v, want unavailable", err)
	}
	if a := stall.Attempt(x.Tx); a.Times == 0 {
		t.Error("it counts as delivered, want it to wait")
	}
	disk.on = false
	if err := stall.Deliver(t.Context()); err != nil {
		t.Error(err)
	}
	answer, err := stall.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenT8(x, answer); err != nil {
		t.Errorf("T8: %v", err)
	}
}

// TestIdle: a stall at which nothing waits is idle once it has looked, and is not from
// the moment on at which it wakes for something that the broker does not take.
func TestIdle(t *testing.T) {
	r := rig.New(t)
	link := &line{broker: r.Broker}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	listing := s.List(5_00, 2)
	link.cut = true
	if s.Idle() {
		t.Error("a stall that has not looked yet: got idle")
	}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	defer running.Wait()
	defer stop()
	until := func(want bool) {
		for s.Idle() != want {
			time.Sleep(time.Millisecond)
		}
	}
	until(true)
	c.Buy(s, held, listing)
	until(false)
	if waiting, err := s.Underway(t.Context(), 1); err != nil || len(waiting) != 1 {
		t.Errorf("got %d waiting, %v, want the T12", len(waiting), err)
	}
}
