package merchant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// learnEvery is how often the tenants are read at most for who was not found among them.
const learnEvery = time.Second

// learned is when the tenants were last read for that.
type learned struct {
	mu sync.Mutex
	at time.Time // by the machine's clock
}

// learn reads the tenants. It gives those a place that another process opened since, and
// takes up certificates that another asked for. It returns the drafts.
func (h *Host) learn(ctx context.Context) (drafts []Tenant, err error) {
	tenants, err := h.Store.Tenants(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the hosted stalls: %w", err)
	}
	for _, t := range tenants {
		if t.Vendor == "" {
			drafts = append(drafts, t)
			continue
		}
		if err := h.admit(ctx, t); err != nil {
			return nil, err
		}
	}
	return drafts, nil
}

// learnNow learns, unless that was done a moment ago: strangers ask.
func (h *Host) learnNow(ctx context.Context) error {
	h.learned.mu.Lock()
	defer h.learned.mu.Unlock()
	if time.Since(h.learned.at) < learnEvery {
		return nil
	}
	_, err := h.learn(ctx)
	h.learned.at = time.Now()
	return err
}

// follow takes up the certificate that is kept of a stall, which was signed when it was read.
func (h *Host) follow(ctx context.Context, p *place, signed string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tenant.Signed = signed
	if p.stall == nil || signed == p.stall.Standing() {
		return nil
	}
	if err := p.stall.Follow(ctx); err != nil {
		return fmt.Errorf("stall %s: %w", p.tenant.Vendor, err)
	}
	return nil
}

// wakeWaiting has the stalls look for work of which other processes may know alone: one
// that sold and was killed told nobody.
func (h *Host) wakeWaiting(ctx context.Context) error {
	if h.Waiting == nil {
		return nil
	}
	waiting, err := h.Waiting(ctx)
	if err != nil {
		return fmt.Errorf("look which stalls have something to tell the broker: %w", err)
	}
	for _, v := range waiting {
		stall, failed := h.Stall(ctx, v)
		if failed == nil {
			stall.wakeUp()
		} else if !errors.Is(failed, scrip.UnknownVendor) {
			err = errors.Join(err, failed)
		}
	}
	return err
}
