package services

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/scrip"
)

// followEvery is how often a broker elsewhere is asked for its head; it signs one
// a minute at most.
const followEvery = 5 * time.Minute

// tellHeadsEvery is how often the head of a broker of this process is read, for stalls to tell it.
const tellHeadsEvery = 30 * time.Second

// followed is what was found of the broker's log, for readiness and for customers of stalls.
type followed struct {
	back atomic.Pointer[error]
	head atomic.Pointer[string] // the newest that is known to be the broker's; nil before the first
}

// newest is the head that stalls tell their customers; empty before the first. One of a log
// that went back stays: who hears of it sees that.
func (f *followed) newest() string {
	if head := f.head.Load(); head != nil {
		return *head
	}
	return ""
}

// tellHeads has the stalls of this process tell the heads of its own broker.
func (h *house) tellHeads(ctx context.Context) {
	for {
		head, err := h.books.SignedHead(ctx)
		if err == nil {
			h.followed.head.Store(&head.Note)
		} else if !errors.Is(err, scrip.ErrAbsent) && ctx.Err() == nil {
			h.Log.Warn("the log's head was not read", "err", err)
		}
		select {
		case <-time.After(tellHeadsEvery):
		case <-ctx.Done():
			return
		}
	}
}

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
	if kept != "" {
		h.followed.head.Store(&kept) // it was verified when it was kept
	}
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
	if err := h.folder.KeepHead(next); err != nil {
		return err
	}
	h.followed.head.Store(&next)
	return nil
}
