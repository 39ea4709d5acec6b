package merchant

import (
	"errors"
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
	Why   string // a refusal's word, or Unreachable
	Link  string // where the owner is to confirm first; empty for nowhere
}

// Attempt is what became of attempts to deliver an exchange, a giveback or a
// refund, by its tx, or the T12 of an order, by its id.
func (s *Stall) Attempt(id scrip.ID) Attempt { return s.attempts.at(id) }

// Unreachable is said of a broker whose answer did not come.
const Unreachable = "unreachable"

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

// failed notes an attempt; a link, or else err, says why.
func (a *attempts) failed(id scrip.ID, at int64, err error, link string) {
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
}

func (a *attempts) done(id scrip.ID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.of, id)
}

// noting remembers how an attempt went, and returns err.
func (s *Stall) noting(id scrip.ID, err error) error {
	if err == nil {
		s.attempts.done(id)
	} else {
		s.attempts.failed(id, s.Clock().Unix(), err, "")
	}
	return err
}

// reasonOf is the word for what kept something from being delivered.
func reasonOf(err error) string {
	var u scrip.Unanswered
	if errors.As(err, &u) {
		err = u.Cause
	}
	if reason, ok := scrip.AsRefusal(err); ok && reason != scrip.Unreadable {
		return string(reason)
	}
	return Unreachable
}
