package scrip

import "sync"

// Pace bounds what each of many may have in a window of time. It is kept in
// memory: a restart forgives. Whoever is counted has an account or holds scrip, so
// the list is no longer than these are many. Safe for concurrent use.
type Pace struct {
	Most   int   // for each, in a window; 0 is no bound
	Window int64 // seconds

	mu   sync.Mutex
	now  int64          // under mu: which window is counted
	used map[string]int // under mu
}

// Take counts n, or returns Unavailable when who has used up the window: the same
// is welcome in the next. What is begun within the bound is granted whole.
func (p *Pace) Take(who string, n int, at int64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used == nil || p.now != at/p.Window {
		p.now, p.used = at/p.Window, map[string]int{}
	}
	if p.Most > 0 && p.used[who] >= p.Most {
		return Unavailable
	}
	p.used[who] += n
	return nil
}

// Full reports whether who has used up the window.
func (p *Pace) Full(who string, at int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Most > 0 && p.now == at/p.Window && p.used[who] >= p.Most
}

// Return takes back what Take counted a moment ago and was not used.
func (p *Pace) Return(who string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used == nil {
		return
	}
	p.used[who] = max(0, p.used[who]-n)
}
