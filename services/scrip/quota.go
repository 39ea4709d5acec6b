package scrip

import "sync"

// mostSeen bounds the requests that a Quota remembers in a minute; above it the same
// again is counted like another.
const mostSeen = 200_000

// Quota bounds how many requests each sender makes in a minute, by whose signature is
// under them. The same request again is not counted: else whoever recorded one could
// use up its sender's minute. It is kept in memory: a restart forgives. Safe for
// concurrent use.
type Quota struct {
	Most int // of each sender; 0 is no bound

	mu   sync.Mutex
	now  int64           // under mu: which minute is counted
	used map[string]int  // under mu, by sender
	seen map[string]bool // under mu, by the request's digest
}

// Take counts a request, or returns Unavailable when its sender has used up the
// minute.
func (q *Quota) Take(sender, digest string, at int64) error {
	if q.Most <= 0 {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.used == nil || q.now != at/60 {
		q.now, q.used, q.seen = at/60, map[string]int{}, map[string]bool{}
	}
	if q.seen[digest] {
		return nil
	}
	if q.used[sender] >= q.Most {
		return Unavailable
	}
	q.used[sender]++
	if len(q.seen) < mostSeen {
		q.seen[digest] = true
	}
	return nil
}
