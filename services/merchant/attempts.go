package merchant

import (
	"slices"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// Attempt is what became of attempts to deliver something to the broker. The
// zero value: none was made since the stall was opened, or it is delivered.
type Attempt struct {
	Times int
	Last  int64  // unix seconds
	Next  int64  // unix seconds; not before
	Why   string // a refusal's word, Unreachable or Unsendable
	Link  string // where the owner is to confirm first; empty for nowhere
}

// Attempt is what became of attempts to deliver an exchange, a giveback or a
// refund, by its tx, the T12 of an order, by its id, or its SENT, by the purchase's tx.
func (s *Stall) Attempt(id scrip.ID) Attempt { return s.attempts.at(id) }

// What is said of a broker whose answer did not come, and of a message that could
// not be made.
const (
	Unreachable = "unreachable"
	Unsendable  = "unsendable"
)

// attempts remembers, while the program runs, what could not be delivered. The
// zero value is ready.
type attempts struct {
	mu sync.Mutex
	of map[scrip.ID]Attempt // under mu
}

func (a *attempts) at(id scrip.ID) Attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.of[id]
}

// failed notes an attempt; a link, or else err, says why. It returns how often it
// was tried.
func (a *attempts) failed(id scrip.ID, at int64, err error, link string) (times int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.of == nil {
		a.of = map[scrip.ID]Attempt{}
	}
	was := a.of[id]
	why := reasonOf(err)
	if link != "" {
		why = ""
	}
	pause := min(shortestPause<<min(was.Times, 10), longestPause)
	a.of[id] = Attempt{Times: was.Times + 1, Last: at, Next: at + int64(pause/time.Second), Why: why, Link: link}
	return was.Times + 1
}

// forgotten is how long what was not tried again is remembered: it was settled in
// another way.
const forgotten = 24 * time.Hour

// pause is how long it is from at until the next attempt, longestPause at most. It
// forgets those that came to nothing: what still waits was tried since.
func (a *attempts) pause(at int64) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	soonest := longestPause
	for id, x := range a.of {
		if x.Next > at {
			soonest = min(soonest, time.Duration(x.Next-at)*time.Second)
		} else if at-x.Last > int64(forgotten/time.Second) {
			delete(a.of, id)
		}
	}
	return soonest
}

// due are the items of a queue whose time has come: those first that were tried
// least, so that one which keeps the broker hanging is in nobody's way.
func due[T any](a *attempts, at int64, items []T, id func(T) scrip.ID) []T {
	a.mu.Lock()
	defer a.mu.Unlock()
	items = slices.DeleteFunc(items, func(i T) bool { return a.of[id(i)].rests(at) })
	slices.SortStableFunc(items, func(i, j T) int { return a.of[id(i)].Times - a.of[id(j)].Times })
	return items
}

// rests reports whether it is not time for the next attempt: not for longer, where the
// clock was ahead when the last one was made.
func (a Attempt) rests(at int64) bool { return a.Last <= at && at < a.Next && a.declined() }

// declined reports whether the broker answered, and not as it was hoped: one that
// was not reached may be there the next moment.
func (a Attempt) declined() bool { return a.Why != Unreachable && a.Why != string(scrip.Unavailable) }

func (a *attempts) done(id scrip.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.of, id)
}
