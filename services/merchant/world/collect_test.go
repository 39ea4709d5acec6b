package world_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// returned is a stall that took purchases back, one for each price.
func returned(t *testing.T, prices ...scrip.Money) (*rig.Stall, *rig.Customer) {
	t.Helper()
	r := rig.New(t)
	s, c := r.Stall("Attic"), r.Customer(500_00)
	held, _ := c.Trade(s, c.Acquire(150_00), 150_00)
	for _, price := range prices {
		var paid scrip.Opened[scrip.Paid]
		paid, held = c.Buy(s, held, s.List(price, 1))
		if err := s.Refund(t.Context(), r.ID(), s.Sold(paid.Tx).ID, price); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func TestCollect(t *testing.T) {
	s, c := returned(t, 12_50, 4_00)
	m := c.Collection(s)
	got, held, err := c.SendCollection(s, m)
	if err != nil || got.Amount != 16_50 || len(got.Refunds) != 2 || held.Scrip.Value != 16_50 {
		t.Fatalf("COLLECT: %+v, scrip of %d, %v; want 1650 of two refunds", got, held.Scrip.Value, err)
	}
	for range 2 {
		again, same, err := c.SendCollection(s, m)
		if err != nil || again.Amount != 16_50 || same != held {
			t.Errorf("the same COLLECT again: %+v, %v; want the same answer", again, err)
		}
	}
	c.Collect(s, 0)
	c.GiveBack(s, held)
	if _, _, err := c.SendCollection(s, m); !errors.Is(err, scrip.CounterStale) { // its scrip is dead
		t.Errorf("an old COLLECT: %v, want %v", err, scrip.CounterStale)
	}
}

// A COLLECT that was answered with nothing, sent again by somebody else, does
// not take what came later: its reply key may be forgotten by then.
func TestCollectReplayed(t *testing.T) {
	r := rig.New(t)
	s, c := r.Stall("Attic"), r.Customer(100_00)
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	early := c.Collection(s)
	if got, _, err := c.SendCollection(s, early); err != nil || got.Amount != 0 {
		t.Fatalf("COLLECT with nothing due: %+v, %v", got, err)
	}
	paid, _ := c.Buy(s, held, s.List(12_50, 1))
	if err := s.Refund(t.Context(), r.ID(), s.Sold(paid.Tx).ID, 12_50); err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.SendCollection(s, early); !errors.Is(err, scrip.CounterStale) {
		t.Errorf("the early COLLECT again: %v, want %v", err, scrip.CounterStale)
	}
	c.Collect(s, 12_50)
}

// Nobody collects what is another's: not another customer, nor the same one
// under another pseudonym; and they leave no trace.
func TestCollectByAnother(t *testing.T) {
	s, c := returned(t, 12_50)
	other := s.Rig.Customer(0)
	other.Collect(s, 0)
	elsewhere := c.Collection(s, func(m *rig.Message) {
		m.Body = scrip.Collect{Vendor: scrip.VendorID(s.Rig.ID()), Counter: 99}
	})
	if _, _, err := c.SendCollection(s, elsewhere); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("COLLECT for another stall: %v, want %v", err, scrip.PartyMismatch)
	}
	c.Collect(s, 12_50)
	c.Forget()
	c.Collect(s, 0)
}

// Many COLLECTs at once, each twice and in any order: every refund is collected
// once.
func TestCollectsRace(t *testing.T) {
	s, c := returned(t, 12_50, 4_00, 1_00)
	var mu sync.Mutex
	got := map[scrip.ID]scrip.Money{} // by the scrip that came
	var all sync.WaitGroup
	for range 8 {
		m := c.Collection(s)
		for range 2 {
			all.Go(func() {
				body, held, err := c.SendCollection(s, m)
				if err != nil && !errors.Is(err, scrip.Unavailable) && !errors.Is(err, scrip.CounterStale) {
					t.Errorf("COLLECT: %v", err)
				}
				if err == nil && body.Amount > 0 {
					mu.Lock()
					got[held.Scrip.ScripID] = held.Scrip.Value
					mu.Unlock()
				}
			})
		}
	}
	all.Wait()
	sum := scrip.Money(0)
	for _, value := range got {
		sum += value
	}
	if rest, _, err := c.SendCollection(s, c.Collection(s)); err != nil || sum+rest.Amount != 17_50 {
		t.Errorf("collected %d in %d pieces and then %d, %v; want 1750 in all", sum, len(got), rest.Amount, err)
	}
}

// More refunds than one COLLECTED holds come with the next.
func TestCollectMany(t *testing.T) {
	r := rig.New(t)
	s, c := r.Stall("Attic"), r.Customer(200_00)
	held, _ := c.Trade(s, c.Acquire(150_00), 150_00)
	paid, _ := c.Buy(s, held, s.List(100_00, 1))
	order := s.Sold(paid.Tx).ID
	for range scrip.MaxRefunds + 3 {
		if err := s.Refund(t.Context(), r.ID(), order, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Collect(s, scrip.MaxRefunds)
	c.Collect(s, 3)
	c.Collect(s, 0)
}

// A refund is not in the way of what the broker has yet to hear, and is tried
// with growing pauses.
func TestRefundPauses(t *testing.T) {
	s, c := returned(t, 12_50)
	r := s.Rig
	held, _ := c.Trade(s, c.Acquire(20_00), 20_00)
	paid, _ := c.Buy(s, held, s.List(12_50, 1))
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Owner.SendPayment(s.Owner.Payment(s, 12_50, scrip.ToScrip, nil)); err != nil {
		t.Fatal(err)
	}
	id := r.ID()
	if err := s.Refund(t.Context(), id, s.Sold(paid.Tx).ID, 12_50); err != nil {
		t.Fatal(err)
	}
	last := int64(0)
	for times := 1; times <= 8; times++ {
		for range 2 { // the second comes too early
			if err := s.Deliver(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		a := s.Attempt(id)
		if a.Times != times || a.Next-a.Last < last || a.Next-a.Last > 60 {
			t.Fatalf("after %d attempts: %+v; want a pause of %d to 60 s", times, a, last)
		}
		last = a.Next - a.Last
		r.Clock.Advance(time.Duration(last) * time.Second)
	}
	if last != 60 {
		t.Errorf("the pauses grew to %d s, want 60", last)
	}
}

// No COLLECT can take the numbers away that come after it, and who is refused is
// told which was answered last.
func TestCollectCounterLeap(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(50_00), r.Stall("Attic")
	c.Trade(s, c.Acquire(50_00), 20_00)
	limit := r.Clock.Now().Unix()*1000 + scrip.MaxLeap
	for _, test := range []struct {
		counter int64
		want    error
	}{
		{1<<53 - 1, scrip.Stale{At: r.Clock.Now().Unix()}}, {limit + 1, scrip.Stale{At: r.Clock.Now().Unix()}}, {limit, nil},
		{limit, scrip.Stale{Counter: limit, At: r.Clock.Now().Unix()}}, {limit + 1, scrip.Stale{Counter: limit, At: r.Clock.Now().Unix()}},
	} {
		m := c.Collection(s, func(m *rig.Message) { m.Body = scrip.Collect{Vendor: s.Vendor(), Counter: test.counter} })
		if _, _, err := c.SendCollection(s, m); !errors.Is(err, test.want) {
			t.Errorf("COLLECT with counter %d: got %v, want %v", test.counter, err, test.want)
		}
	}
}
