package services

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"peerscrip/services/audit"
)

// followEvery is how often a broker elsewhere is asked for its head; it signs one
// a minute at most.
const followEvery = 5 * time.Minute

// followed is what was found of the broker's log, for readiness.
type followed struct{ back atomic.Pointer[error] }

func (f *followed) check(context.Context) error {
	if err := f.back.Load(); err != nil {
		return *err
	}
	return nil
}

// follow follows the keys of a broker elsewhere, keeps the last signed head of a broker elsewhere, and says aloud when
// its log goes back behind it. The stalls of this process sell on: their money is
// in their own books.
func (h *house) follow(ctx context.Context) {
	for {
		if err := h.issuer.learn(ctx); err != nil && ctx.Err() == nil {
			h.Log.Debug("the broker's keys were not looked at", "err", err)
		}
		if err := h.followOnce(ctx); err != nil && ctx.Err() == nil {
			h.Log.Debug("the broker's log was not looked at", "err", err)
		}
		select {
		case <-time.After(followEvery):
		case <-ctx.Done():
			return
		}
	}
}

func (h *house) followOnce(ctx context.Context) error {
	kept, err := h.folder.KnownHead()
	if err != nil {
		return err
	}
	next, err := audit.Follow(ctx, h.broker, h.info().Chain, kept)
	if errors.Is(err, audit.ErrWentBack) {
		h.followed.back.Store(&err)
		h.Log.Error("the broker was put back to an older book, or signed two histories; the head in broker.head, which it signed, shows it. Ask its operator", "err", err)
		return nil
	}
	if err != nil {
		return err
	}
	h.followed.back.Store(nil)
	if next == kept {
		return nil
	}
	return h.folder.KeepHead(next)
}
