package world_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"peerscrip/services/merchant"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// counted counts the messages that a stall sends its broker.
type counted struct {
	merchant.Broker
	sent map[string]int
}

func (c *counted) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	c.sent[message]++
	return c.Broker.Send(ctx, message, in)
}

// A T4 that nobody announced, sent a hundred times, makes its stall ask the broker
// once: else anybody could have the broker shut the stall's address out. Announced,
// it is blessed a moment later.
func TestReplayedExchangeAsksOnce(t *testing.T) {
	r := rig.New(t)
	link := &counted{r.Broker, map[string]int{}}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	for i := range 100 {
		answer, err := s.Exchange(t.Context(), x.T4)
		if err != nil {
			t.Fatal(err)
		}
		want := scrip.Unavailable
		if i == 0 {
			want = scrip.NotAnnounced
		}
		if _, err := c.OpenT8(x, answer); !errors.Is(err, want) {
			t.Fatalf("T4 number %d, not announced: %v, want %v", i, err, want)
		}
	}
	if got := link.sent["T5"]; got != 1 {
		t.Errorf("T5: got %d, want 1", got)
	}
	announce(t, c, x)
	r.Clock.Advance(2 * time.Second)
	answer, err := s.Exchange(t.Context(), x.T4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.OpenT8(x, answer); err != nil {
		t.Errorf("T8, once it is announced: %v", err)
	}
}

// TestHostedStallLeavesRoom: a stall that is flooded sends the broker so many messages a
// minute and no more, so that its neighbours in one market are heard; what it has yet to
// send goes later.
func TestHostedStallLeavesRoom(t *testing.T) {
	r := rig.New(t)
	link := &counted{r.Broker, map[string]int{}}
	flooded := r.Stall("Attic", link)
	c := r.Customer(100_00)
	held, rest := c.Trade(flooded, c.Acquire(50_00), 20_00)
	listing := flooded.List(1_00, 20)
	for range 7 {
		_, held = c.Buy(flooded, held, listing)
	}
	flooded.Batch = 1
	flooded.Stall = bounded(flooded, 5)
	if err := flooded.Deliver(t.Context()); err == nil || link.sent["T12"] != 5 {
		t.Errorf("T12s of a minute: got %d, %v, want 5, and that others wait", link.sent["T12"], err)
	}
	neighbour := r.Stall("Cellar", link)
	if _, _ = c.Trade(neighbour, rest, 2_00); link.sent["T5"] != 2 {
		t.Errorf("T5s with the neighbour's: got %d, want 2", link.sent["T5"])
	}
	r.Clock.Advance(time.Minute)
	if err := flooded.Deliver(t.Context()); err != nil || link.sent["T12"] != 7 {
		t.Errorf("the next minute: got %d T12s, %v, want 7", link.sent["T12"], err)
	}
}

// TestStrangersLeaveRoom: T4s that nobody announces, each another, use up half of what
// their stall may send the broker a minute; a customer who has exchanged there exchanges,
// buys and gives back all the same, and is paid for. They are over with their minute, and
// leave nothing.
func TestStrangersLeaveRoom(t *testing.T) {
	r := rig.New(t)
	link := &counted{r.Broker, map[string]int{}}
	s := r.Stall("Attic", link)
	stranger, c := r.Customer(100_00), r.Customer(100_00)
	held, rest := c.Trade(s, c.Acquire(50_00), 20_00)
	listing := s.List(5_00, 1)
	s.Stall = bounded(s, 30)
	link.sent = map[string]int{}
	theirs := stranger.Acquire(50_00)
	flood := func() {
		t.Helper()
		for range 40 {
			if _, err := s.Exchange(t.Context(), stranger.Exchange(s, theirs, 1_00).T4); err != nil {
				t.Fatal(err)
			}
		}
	}
	flood()
	if got := link.sent["T5"]; got != 15 {
		t.Errorf("T5s for strangers: got %d, want 15", got)
	}
	more, _ := c.Trade(s, rest, 10_00)
	c.Buy(s, held, listing)
	if _, err := c.SendGivingBack(s, c.GivingBack(s, more)); err != nil {
		t.Errorf("T22 beside the flood: %v", err)
	}
	if err := s.Deliver(t.Context()); err != nil || link.sent["T12"] != 1 {
		t.Errorf("T12 beside the flood: got %d, %v, want 1", link.sent["T12"], err)
	}
	if left, err := s.Shelf.Unsettled(t.Context(), 1000); err != nil || len(left) != 0 {
		t.Errorf("exchanges that wait: got %d, %v, want none", len(left), err)
	}
	r.Clock.Advance(time.Minute)
	if err := s.Deliver(t.Context()); err != nil {
		t.Error(err)
	}
	newcomer := r.Customer(100_00)
	newcomer.Trade(s, newcomer.Acquire(50_00), 10_00)
}

// TestOneCustomerLeavesRoom: T22s of one pseudonym, which the broker refuses each time,
// use up a tenth of what their stall may send the broker a minute.
func TestOneCustomerLeavesRoom(t *testing.T) {
	r := rig.New(t)
	link := &counted{r.Broker, map[string]int{}}
	c, other, s := r.Customer(100_00), r.Customer(100_00), r.Stall("Attic", link)
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	good, _ := other.Trade(s, other.Acquire(50_00), 20_00)
	s.Stall = bounded(s, 20)
	for range 50 {
		g := c.GivingBack(s, held)
		g.Sealed.Payment = c.GivingBack(s, held).Sealed.Payment // of another T22
		if _, err := s.GiveBack(t.Context(), g.Sealed); err != nil {
			t.Fatal(err)
		}
	}
	if got := link.sent["T23"]; got != 2 {
		t.Errorf("T23s of one pseudonym: got %d, want 2", got)
	}
	if _, err := other.SendGivingBack(s, other.GivingBack(s, good)); err != nil {
		t.Errorf("another's T22: %v", err)
	}
}

// bounded opens a stall once more, with a bound on what it sends the broker.
func bounded(s *rig.Stall, requests int) *merchant.Stall {
	c := s.Config
	c.Requests = requests
	return merchant.Open(c)
}
