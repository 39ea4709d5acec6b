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

// Run reads the directory and the stalls again and again until ctx ends: those
// that answer every Config.Every, the others after pauses that double up to an
// hour. It returns nil; what goes wrong is logged and tried again.
func (m *Market) Run(ctx context.Context) error {
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

// pauses are the rests of stalls that do not answer.
type pauses struct {
	step int64 // seconds: the first pause

	mu   sync.Mutex
	list map[scrip.VendorID]pause // under mu
}

type pause struct {
	long  int64 // seconds
	until int64 // unix seconds
}

// grow begins a pause at now, twice as long as the one before.
func (p *pauses) grow(v scrip.VendorID, now int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.list == nil {
		p.list = map[scrip.VendorID]pause{}
	}
	long := min(max(p.step, 1, 2*p.list[v].long), longestPause)
	p.list[v] = pause{long: long, until: now + long}
}

// end forgets the pauses of a stall that answered.
func (p *pauses) end(v scrip.VendorID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.list, v)
}

// over reports whether the stall may be asked.
func (p *pauses) over(v scrip.VendorID, now int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return now >= p.list[v].until
}
