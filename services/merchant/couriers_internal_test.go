package merchant

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"peerscrip/services/scrip"
)

// hooks is a shelf of which nothing but its webhooks is asked.
type hooks struct {
	Shelf
	err error
}

func (h hooks) Webhooks(context.Context) ([]scrip.Webhook, error) { return nil, h.err }

// TestCouriersRest: who cannot read which webhooks there are looks again soon, and of those that there are no more nothing is kept.
func TestCouriersRest(t *testing.T) {
	for _, c := range []struct {
		err  error
		want time.Duration
		kept int
	}{{nil, restsWithout * time.Second, 1}, {errors.New("the disk is gone"), shortestRest * time.Second, 2}} {
		s := &Stall{Config: Config{Shelf: hooks{err: c.err}, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}}
		k := couriers{Stall: s, of: map[scrip.ID]*courier{"dropped": {}, "at work": {busy: true}}}
		if got := k.begin(t.Context()); got != c.want || len(k.of) != c.kept {
			t.Errorf("%v: got a rest of %v and %d couriers, want %v and %d", c.err, got, len(k.of), c.want, c.kept)
		}
	}
}
