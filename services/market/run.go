package market

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// longestPause is the most a stall that does not answer is left alone, in
// seconds.
const longestPause = 60 * 60

// freshFree is how many listings that are new or signed anew a stall has at a reading
// without being left alone for them, and freshASecond for how many more it is so for a
// second: each costs a signature to check and rows to write.
const (
	freshFree    = 50
	freshASecond = 4
)

// Run reads the directory and the stalls again and again until ctx ends: those
// that answer every Config.Every, or after a rest if much of what they offer was new,
// the others after pauses that double up to an hour. It returns nil; what goes wrong
// is logged and tried again.
func (m *Market) Run(ctx context.Context) error {
	if err := m.spread(ctx); err != nil && ctx.Err() == nil {
		m.Log.Error("reading the stalls one after another", "err", err)
	}
	for {
		err := m.round(ctx, func(v scrip.VendorID) bool { return m.pauses.over(v, m.now()) })
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			m.Log.Error("reading the stalls failed", "err", err)
		}
		// A tenth of chance keeps many markets from asking in step.
		pause := m.Every + time.Duration(rand.Int64N(int64(m.Every)/10+1))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// spread has the near stalls that are in the catalogue read one after another: each has
// its book opened for it.
func (m *Market) spread(ctx context.Context) error {
	if m.Near == nil {
		return nil
	}
	stalls, err := m.Store.Certified(ctx)
	now, near := m.now(), int64(0)
	for _, s := range stalls {
		if m.Near(s.Vendor) {
			m.pauses.rest(s.Vendor, now, 0, near/nearFirst)
			near++
		}
	}
	return err
}

// pauses are the rests of stalls that do not answer.
type pauses struct {
	step int64 // seconds: the first pause

	mu   sync.Mutex
	list map[scrip.VendorID]pause // under mu
}

func newPauses(step int64) *pauses { return &pauses{step: step, list: map[scrip.VendorID]pause{}} }

type pause struct {
	long  int64 // seconds
	from  int64 // unix seconds
	until int64 // unix seconds
}

// grow begins a pause at now, twice as long as the one before.
func (p *pauses) grow(v scrip.VendorID, now int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	long := min(max(p.step, 1, 2*p.list[v].long), longestPause)
	p.list[v] = pause{long: long, from: now, until: now + long}
}

// end forgets the pauses of a stall that answered.
func (p *pauses) end(v scrip.VendorID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.list, v)
}

// rest ends the pauses of a stall that answered, and leaves it alone for as long as
// what it had fresh costs, and at least so many seconds.
func (p *pauses) rest(v scrip.VendorID, now int64, fresh int, least int64) {
	p.end(v)
	least = max(least, int64((fresh-freshFree)/freshASecond))
	if least <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list[v] = pause{from: now, until: now + least}
}

// over reports whether the stall may be asked: also before its pause, where the clock was
// ahead when that began.
func (p *pauses) over(v scrip.VendorID, now int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now < p.list[v].from || now >= p.list[v].until
}
