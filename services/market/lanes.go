package market

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"

	"peerscrip/services/scrip"
)

// How many photos are fetched at the same time. Those of one stall wait for
// each other before they wait for anybody else's, so that a stall which does not
// answer keeps at most its own places from the others.
const (
	fetches        = 32
	fetchesOfStall = 2
)

// lanes are the places in which photos are fetched.
type lanes struct {
	all *semaphore.Weighted

	mu sync.Mutex
	of map[scrip.VendorID]*lane // under mu; those in use
}

type lane struct {
	places *semaphore.Weighted
	users  int // under lanes.mu: in it, or waiting
}

func newLanes() *lanes {
	return &lanes{all: semaphore.NewWeighted(fetches), of: map[scrip.VendorID]*lane{}}
}

// enter waits for a place to ask the stall and returns what gives it back. The
// error is ctx's.
func (l *lanes) enter(ctx context.Context, v scrip.VendorID) (leave func(), err error) {
	own := l.join(v)
	if err := own.places.Acquire(ctx, 1); err != nil {
		l.part(v)
		return nil, err
	}
	if err := l.all.Acquire(ctx, 1); err != nil {
		own.places.Release(1)
		l.part(v)
		return nil, err
	}
	return func() {
		l.all.Release(1)
		own.places.Release(1)
		l.part(v)
	}, nil
}

func (l *lanes) join(v scrip.VendorID) *lane {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[v] == nil {
		l.of[v] = &lane{places: semaphore.NewWeighted(fetchesOfStall)}
	}
	l.of[v].users++
	return l.of[v]
}

func (l *lanes) part(v scrip.VendorID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[v].users--; l.of[v].users == 0 {
		delete(l.of, v)
	}
}
