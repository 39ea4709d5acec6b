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
