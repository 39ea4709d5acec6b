package merchant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// hostPause is how often a Host looks after drafts and stalls that would not
// open. A start with many stalls opens their books by and by, so that those which
// have nothing to do are closed again before all are open.
const (
	hostPause  = time.Minute
	startPause = 100 * time.Millisecond
	startFree  = 64 // stalls before there are many
	// sharedPause is hostPause where other processes open stalls, too, and may leave work.
	sharedPause = 10 * time.Second
)

func (h *Host) pause() time.Duration {
	if h.Waiting != nil {
		return sharedPause
	}
	return hostPause
}

// Run runs every stall, and those opened later, until ctx ends and all of them
// have stopped. It finishes drafts whose owner left after the broker certified
// them, and erases those that were not certified within a day.
func (h *Host) Run(ctx context.Context) {
	var stalls sync.WaitGroup
	defer stalls.Wait()
	running := map[scrip.VendorID]bool{}
	log := h.HostConfig.Stall.Log
	for {
		for _, v := range h.Stalls() {
			if running[v] {
				continue
			}
			stall, err := h.Stall(ctx, v)
			if err != nil {
				log.Error("a hosted stall does not open", "vendor", v, "err", err)
				continue
			}
			running[v] = true
			stalls.Go(func() { stall.Run(ctx) })
			if len(running) < startFree {
				continue
			}
			select {
			case <-time.After(startPause):
			case <-ctx.Done():
				return
			}
		}
		if err := h.sweep(ctx); err != nil && ctx.Err() == nil {
			log.Error("looking after drafts failed", "err", err)
		}
		if err := h.wakeWaiting(ctx); err != nil && ctx.Err() == nil {
			log.Error("looking after what waits at stalls failed", "err", err)
		}
		select {
		case <-h.opened:
		case <-time.After(h.pause()):
		case <-ctx.Done():
			return
		}
	}
}

// swept is how far sweep has come in the broker's directory, which it reads part by part.
type swept struct {
	next  scrip.VendorID // the next part begins after this one; empty: with the first
	since int64          // unix seconds: when the first part of this round was read
}

// sweep learns what other processes did. It finishes the drafts that are certified, as far
// as a part of the directory tells, and erases the old ones that are not once it has been
// through all of it since they were old. Without the directory it erases nothing: a draft's keys may be certified.
func (h *Host) sweep(ctx context.Context) error {
	drafts, err := h.learn(ctx)
	if err != nil || len(drafts) == 0 {
		return err
	}
	at := h.now()
	part, err := h.Directory.Stalls(ctx, h.swept.next)
	if err != nil {
		return fmt.Errorf("read the directory: %w", err)
	}
	if part.After == "" {
		h.swept.since = at
	}
	h.swept.next = part.Next
	var failed error
	var old []scrip.ID
	for _, t := range drafts {
		_, err := h.finish(ctx, t, part.Stalls)
		switch {
		case errors.Is(err, scrip.UnknownVendor):
			if part.Next == "" && t.DraftedAt < h.swept.since-int64(draftLife/time.Second) {
				old = append(old, t.ID)
			}
		case err != nil:
			failed = errors.Join(failed, err)
		}
	}
	if err := h.Store.Expire(ctx, old); err != nil {
		failed = errors.Join(failed, fmt.Errorf("erase old drafts: %w", err))
	}
	return failed
}
