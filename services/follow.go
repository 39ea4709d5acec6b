package services

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/web"
)

// followEvery is how often a broker elsewhere is asked for its head; it signs one
// a minute at most.
const followEvery = 5 * time.Minute

// tellHeadsEvery is how often the head of a broker of this process is read, for stalls to tell it.
const tellHeadsEvery = 30 * time.Second

// logPart is that of a process which is not well while what it saw of the broker's log is not of one log.
const logPart = "broker's log"

// followed is what was found of the broker's log, for readiness, for sellers, and for customers of stalls.
type followed struct {
	head  atomic.Pointer[string]         // the newest that is known to be the broker's; nil before the first
	other atomic.Pointer[web.OtherBooks] // what contradicts the broker; nil: nothing does

	unkept bool // other is not in the folder, whose disk did not take it; of who follows the broker alone
}

// newest is the head that stalls tell their customers; empty before the first. One of a log
// that went back stays: who hears of it sees that.
func (f *followed) newest() string {
	if head := f.head.Load(); head != nil {
		return *head
	}
	return ""
}

// otherBooks is what contradicts the broker, the zero value if nothing does.
func (f *followed) otherBooks() web.OtherBooks {
	if found := f.other.Load(); found != nil {
		return *found
	}
	return web.OtherBooks{}
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

var errOtherBooks = errors.New("the broker was put back to an older book, or signed two histories")

func (f *followed) check(context.Context) error {
	if f.other.Load() != nil {
		return errOtherBooks
	}
	return nil
}

// follow follows the keys of a broker elsewhere, keeps the last signed head of a broker elsewhere, and says aloud when
// its log goes back behind it. The stalls of this process sell on: their money is
// in their own books.
func (h *house) follow(ctx context.Context) {
	if err := h.recallContradiction(); err != nil {
		h.Log.Error("what contradicts the broker was not read", "err", err)
	}
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
	var back *audit.WentBack
	if errors.As(err, &back) {
		h.Log.Error("the broker was put back to an older book, or signed two histories. Ask its operator", "err", err)
		h.contradicted(back)
		return nil
	}
	if err != nil {
		return err
	}
	if next == kept {
		return h.mended()
	}
	if err := h.folder.KeepHead(next); err != nil {
		return err
	}
	h.followed.head.Store(&next)
	return h.mended()
}

// contradicted keeps what contradicts the broker: the first that is found, and in its place the
// first that is proven. It is shown also where the disk does not take it, which is tried again
// with the next look.
func (h *house) contradicted(back *audit.WentBack) {
	known := h.followed.otherBooks()
	if known.Evidence == "" || back.Proven && !known.Proven {
		known = web.OtherBooks{Evidence: evidenceOf(back, h.Clock()), Proven: back.Proven}
		h.followed.other.Store(&known)
		h.followed.unkept = true
	}
	if !h.followed.unkept { // the operator may be taking it away
		return
	}
	err := h.folder.KeepContradiction(known.Evidence)
	if h.followed.unkept = err != nil; err != nil {
		h.Log.Error("the heads that the broker signed were not kept in broker.contradiction", "err", err)
	}
}

// mended forgets what the broker had not proved, and has by now. What is proven stays, until the
// operator takes the file away.
func (h *house) mended() error {
	known := h.followed.otherBooks()
	if known.Evidence == "" {
		return nil
	}
	if kept, err := h.folder.Contradiction(); err != nil || known.Proven && kept != "" {
		return err
	}
	if err := h.folder.ForgetContradiction(); err != nil {
		return err
	}
	h.followed.other.Store(nil)
	return nil
}

// recallContradiction takes up what was found before.
func (h *house) recallContradiction() error {
	evidence, err := h.folder.Contradiction()
	if err != nil || evidence == "" {
		return err
	}
	found := tree.Heads(evidence)
	proven := len(found) == 2 && found[0] != found[1]
	var sizes [2]int64
	for i := 0; proven && i < len(found); i++ {
		head, err := tree.OpenHead(found[i], h.info().ID, h.info().Chain.Ever())
		sizes[i], proven = head.Size, err == nil
	}
	h.followed.other.Store(&web.OtherBooks{Evidence: evidence, Proven: proven && sizes[0] == sizes[1]})
	return nil
}

// evidenceOf is a text with the heads as they were signed, for "peerscrip verify", and for the
// broker's own audit.
func evidenceOf(back *audit.WentBack, at time.Time) string {
	shown := back.Shown
	if shown == "" {
		shown = "(none)\n"
	}
	return fmt.Sprintf("Found on %s: %v.\n\nKept of before:\n\n%s\nShown then:\n\n%s", at.UTC().Format(time.DateOnly), back, back.Kept, shown)
}
