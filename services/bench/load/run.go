package load

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"peerscrip/services/scrip"
)

// Result is what a run measured.
type Result struct {
	Count  int             // operations that were done
	Took   time.Duration   // of the run
	Waits  []time.Duration // what each operation took its client, the shortest first
	Server time.Duration   // processor time that the servers used in it, what goes on behind it too
}

// PerSecond is how many operations were done in a second.
func (r Result) PerSecond() float64 { return float64(r.Count) / r.Took.Seconds() }

// Quantile is the wait that a share of the operations did not exceed.
func (r Result) Quantile(share float64) time.Duration {
	if len(r.Waits) == 0 {
		return 0
	}
	return r.Waits[min(int(share*float64(len(r.Waits))), len(r.Waits)-1)]
}

// ServerEach is the servers' processor time for one operation.
func (r Result) ServerEach() time.Duration {
	if r.Count == 0 {
		return 0
	}
	return r.Server / time.Duration(r.Count)
}

// String is the run in one line.
func (r Result) String() string {
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return fmt.Sprintf("%d in %.1f s: %.0f/s, p50 %.1f ms, p99 %.1f ms, server %.2f ms each",
		r.Count, r.Took.Seconds(), r.PerSecond(), ms(r.Quantile(0.5)), ms(r.Quantile(0.99)), ms(r.ServerEach()))
}

// Run has each client do something again and again until so many are done together, and
// then lets settle end what is behind it (nil: nothing waits), in the servers' time but
// not in the run's. The first error ends the run.
func Run(ctx context.Context, servers []*Server, clients []*Client, count int, do func(context.Context, *Client) error, settle func(context.Context) error) (Result, error) {
	before, err := usedBy(servers)
	if err != nil {
		return Result{}, err
	}
	running, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var begun atomic.Int64
	waits := make([][]time.Duration, len(clients))
	var all sync.WaitGroup
	start := time.Now()
	for i, c := range clients {
		all.Go(func() {
			for begun.Add(1) <= int64(count) && running.Err() == nil {
				began := time.Now()
				if err := do(running, c); err != nil {
					cancel(err)
					return
				}
				waits[i] = append(waits[i], time.Since(began))
			}
		})
	}
	all.Wait()
	r := Result{Took: time.Since(start), Waits: slices.Concat(waits...)}
	slices.Sort(r.Waits)
	r.Count = len(r.Waits)
	if err := context.Cause(running); err != nil {
		return r, err
	}
	if settle != nil {
		if err := settle(ctx); err != nil {
			return r, err
		}
	}
	after, err := usedBy(servers)
	r.Server = after - before
	return r, err
}

func usedBy(servers []*Server) (all time.Duration, failed error) {
	for _, s := range servers {
		used, err := s.Used()
		all, failed = all+used, errors.Join(failed, err)
	}
	return all, failed
}

// Purchases has clients that hold VendorScrip buy until so many things are bought (T10,
// T11, with their T12 behind them).
func Purchases(ctx context.Context, servers []*Server, clients []*Client, count int) (Result, error) {
	return Run(ctx, servers, clients, count, func(ctx context.Context, c *Client) error { return c.Buy(ctx) }, nil)
}

// Prepare makes clients that each hold VendorScrip for so many purchases: the first at the
// first stall, the second at the second, and so on around.
func Prepare(ctx context.Context, brokerURL string, stalls []*Stall, clients, purchases int) ([]*Client, error) {
	list := make([]*Client, clients)
	for i := range list {
		worth := Price * scrip.Money(purchases)
		c, err := Join(ctx, brokerURL, worth)
		if err == nil {
			err = c.Visit(stalls[i%len(stalls)])
		}
		if err == nil {
			err = c.Load(ctx, worth)
		}
		if err == nil {
			err = c.Exchange(ctx, worth)
		}
		if err != nil {
			return nil, fmt.Errorf("prepare client %d: %w", i, err)
		}
		list[i] = c
	}
	return list, nil
}

// quiet is how long servers that rest use no time worth counting.
const quiet = 500 * time.Millisecond

// Rest waits until what goes on behind requests is done: until the servers use next to no
// processor time. It is a settle for [Run]; a server that never rests ends with ctx.
func Rest(servers []*Server) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			before, err := usedBy(servers)
			if err != nil {
				return err
			}
			select {
			case <-time.After(quiet):
			case <-ctx.Done():
				return ctx.Err()
			}
			after, err := usedBy(servers)
			if err != nil || after-before <= 2*tick {
				return err
			}
		}
	}
}
