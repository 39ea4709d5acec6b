package scrip

import (
	"sync"
	"time"
)

// How often one request may cost its receiver a message elsewhere.
const (
	mostAsking  = 10_000      // requests that are remembered
	mostAtOnce  = 8           // messages under way for one request: a customer asks again while it waits
	longestWait = time.Minute // the longest pause between two of them
)

// Asking sees to it that a request which costs its receiver a message elsewhere (T4,
// T15, T22: T5, T16, T23) costs it once, whatever is repeated: once that was
// answered, and the request is not, the same request causes the next after a pause
// that doubles each time. It is kept in memory: a restart forgives. The zero value is
// ready, and safe for concurrent use.
type Asking struct {
	mu sync.Mutex
	of map[string]asking // under mu, by the request's digest
}

type asking struct {
	flying, times int
	next          int64 // unix seconds
}

// Begin reports whether a request may cause a message at that time; then End is to
// follow.
func (a *Asking) Begin(digest string, at int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil || len(a.of) >= mostAsking {
		a.of = map[string]asking{}
	}
	was := a.of[digest]
	if was.next > at || was.flying >= mostAtOnce {
		return false
	}
	was.flying++
	a.of[digest] = was
	return true
}

// End notes what became of it: whether the message was answered at all, and whether
// the request is, so that it need not be remembered.
func (a *Asking) End(digest string, at int64, answered, settled bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.of[digest]
	was.flying = max(0, was.flying-1)
	if answered && !settled {
		was.next = at + int64(min(time.Second<<min(was.times, 10), longestWait)/time.Second)
		was.times++
	}
	if settled || (was.flying == 0 && was.times == 0) {
		delete(a.of, digest)
		return
	}
	a.of[digest] = was
}
