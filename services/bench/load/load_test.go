package load

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"
	"time"
)

// TestUsed: a process's time grows with what it computes.
func TestUsed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	before, err := used(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for own := ownTime(); ownTime() < own+5*tick; {
		_ = own
	}
	after, err := used(os.Getpid())
	if err != nil || after < before+4*tick {
		t.Errorf("after %v of computing: got %v more, %v", 5*tick, after-before, err)
	}
}

// TestRun: so many operations are done as were asked for, whoever of the clients does
// them, and an error ends the run.
func TestRun(t *testing.T) {
	clients := []*Client{{}, {}, {}}
	r, err := Run(t.Context(), nil, clients, 10, func(_ context.Context, c *Client) error {
		c.orders++
		return nil
	}, nil)
	if n := clients[0].orders + clients[1].orders + clients[2].orders; err != nil || r.Count != 10 || n != 10 || len(r.Waits) != 10 {
		t.Errorf("got %d operations, %d done, %d waits, %v, want 10", r.Count, n, len(r.Waits), err)
	}
	failed := errors.New("refused")
	if _, err := Run(t.Context(), nil, clients, 10, func(context.Context, *Client) error { return failed }, nil); !errors.Is(err, failed) {
		t.Errorf("got %v, want %v", err, failed)
	}
}

// TestQuantile: half of the waits are no longer than the median.
func TestQuantile(t *testing.T) {
	r := Result{Count: 4, Took: 2 * time.Second, Waits: []time.Duration{1, 2, 3, 4}, Server: 8}
	if r.Quantile(0.5) != 3 || r.Quantile(0.99) != 4 || r.PerSecond() != 2 || r.ServerEach() != 2 {
		t.Errorf("got %v, %v, %v a second and %v each, want 3, 4, 2 and 2", r.Quantile(0.5), r.Quantile(0.99), r.PerSecond(), r.ServerEach())
	}
}

// TestFloor: what a purchase's messages cost is measured, and is more than the primitives
// they are made of.
func TestFloor(t *testing.T) {
	f, err := MeasureFloor(10 * time.Millisecond)
	if err != nil || f.Primitives <= 0 || f.Purchase() <= f.Primitives || f.Reported() <= f.Purchase() {
		t.Errorf("got %+v, %v", f, err)
	}
}
