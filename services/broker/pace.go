package broker

import (
	"sync"

	"peerscrip/services/scrip"
)

// paceHour is the window of a pace, in seconds.
const paceHour = 60 * 60

// pace bounds what one account may add to the log for nothing, an hour. It is
// kept in memory: a restart forgives. Whoever is counted holds an account's key,
// so the list is no longer than the accounts are many.
type pace struct {
	most int // an hour, for each account; 0 is no bound

	mu   sync.Mutex
	hour int64                   // under mu: which hour is counted
	used map[scrip.AccountID]int // under mu
}

// take counts one, or returns scrip.Unavailable when the account has used up its
// hour: the same message is welcome in the next.
func (p *pace) take(a scrip.AccountID, at int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used == nil || p.hour != at/paceHour {
		p.hour, p.used = at/paceHour, map[scrip.AccountID]int{}
	}
	if p.most > 0 && p.used[a] >= p.most {
		return scrip.Unavailable
	}
	p.used[a]++
	return nil
}
