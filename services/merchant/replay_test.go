package merchant_test

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

// A T4 that nobody announced, sent a thousand times, makes its stall ask the broker
// once: else anybody could have the broker shut the stall's address out. Announced,
// it is blessed a moment later.
func TestReplayedExchangeAsksOnce(t *testing.T) {
	r := rig.New(t)
	link := &counted{r.Broker, map[string]int{}}
	c, s := r.Customer(100_00), r.Stall("Attic", link)
	x := c.Exchange(s, c.Acquire(50_00), 12_50)
	for i := range 1000 {
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

// TestHostedStallLeavesRoom: a stall that is flooded with T4s sends the broker so many
// messages a minute and no more, so that its neighbours in one market are heard; what it
// has yet to send goes later.
func TestHostedStallLeavesRoom(t *testing.T) {
	r := rig.New(t)
	link := &counted{r.Broker, map[string]int{}}
	flooded := r.Stall("Attic", link)
	flooded.Stall = bounded(flooded, 5)
	c := r.Customer(100_00)
	held := c.Acquire(50_00)
	for range 20 {
		x := c.Exchange(flooded, held, 1_00)
		if _, err := flooded.Exchange(t.Context(), x.T4); err != nil {
			t.Fatal(err)
		}
	}
	if got := link.sent["T5"]; got != 5 {
		t.Errorf("T5s of a minute: got %d, want 5", got)
	}
	neighbour := r.Stall("Cellar", link)
	if _, _ = c.Trade(neighbour, held, 2_00); link.sent["T5"] != 6 {
		t.Errorf("T5s with the neighbour's: got %d, want 6", link.sent["T5"])
	}
	r.Clock.Advance(time.Minute)
	if err := flooded.Deliver(t.Context()); err == nil || link.sent["T5"] != 11 {
		t.Errorf("the next minute: got %d T5s, %v, want 11, and that others wait", link.sent["T5"], err)
	}
}

// bounded opens a stall once more, with a bound on what it sends the broker.
func bounded(s *rig.Stall, requests int) *merchant.Stall {
	c := s.Config
	c.Requests = requests
	return merchant.Open(c)
}
