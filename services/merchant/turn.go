package merchant

import (
	"context"
	"fmt"
	"time"
)

// Leases are jobs, each of which one process at a time does, where several share a
// database.
type Leases interface {
	// Lease makes a job owner's until then, and reports whether it is: it was nobody's, or
	// owner's already, or its owner let it run out, as one does that was killed. at is
	// now; both are unix seconds.
	Lease(ctx context.Context, job, owner string, at, until int64) (bool, error)
	// GiveBack makes a job nobody's that is owner's; another's stays.
	GiveBack(ctx context.Context, job, owner string) error
}

// Process is this process among those that share the shelves. Its zero value has none
// beside it.
type Process struct {
	Leases Leases // nil: no other has the shelves
	Name   string // drawn when it starts
	// Look is how often a stall that has nothing to do looks all the same for what another
	// process left, which sold and was killed; 0: somebody else looks, and wakes it.
	Look time.Duration
}

const (
	// delivering begins the name of the job of delivering to the broker, and of keeping
	// house; the vendor follows.
	delivering = "stall "
	// turnLasts is how long, in seconds, nobody delivers for a stall whose turn was that of a
	// process which was killed.
	turnLasts = 30
	// turnPause is how often the shelf is looked at by whose turn it is, since another
	// process may have sold something, and the turn asked for by whose it is not.
	turnPause = 2 * time.Second
)

// turn is whose it is to deliver for a stall, of the processes that have its shelf. Two
// deliver what one could if a clock is wrong, or one stands still for long: the broker
// takes everything once.
type turn struct {
	Process
	job   string
	until int64 // unix seconds: this process's until then
	quiet bool  // nothing was to do, when it was last looked
}

// take reports whether it is this process's turn.
func (t *turn) take(ctx context.Context, at int64) (bool, error) {
	if left := t.until - at; t.Leases == nil || left > turnLasts/2 && left <= turnLasts {
		return true, nil
	}
	mine, err := t.Leases.Lease(ctx, t.job, t.Name, at, at+turnLasts)
	if err != nil {
		return false, fmt.Errorf("take the turn to deliver: %w", err)
	}
	t.until = 0
	if mine {
		t.until = at + turnLasts
	}
	return mine, nil
}

// rest is how long to rest where nothing here needs the next delivery before then. Who
// has nothing to do twice gives the turn back before it rests for long.
func (t *turn) rest(ctx context.Context, then time.Duration) (time.Duration, error) {
	switch {
	case t.Leases == nil:
		return then, nil
	case then < idlePause:
		t.quiet = false
		return min(then, turnPause), nil
	case !t.quiet:
		t.quiet = true
		return turnPause, nil
	}
	t.quiet = false
	if t.Look > 0 {
		then = min(then, t.Look)
	}
	return then, t.giveBack(ctx)
}

// giveBack gives the turn back if it is this process's. If that fails, it runs out.
func (t *turn) giveBack(ctx context.Context) error {
	if t.Leases == nil || t.until == 0 {
		return nil
	}
	t.until = 0
	if err := t.Leases.GiveBack(ctx, t.job, t.Name); err != nil {
		return fmt.Errorf("give back the turn to deliver: %w", err)
	}
	return nil
}
