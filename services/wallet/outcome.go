package wallet

import (
	"errors"

	"peerscrip/services/scrip"
)

// outcome is what a transaction decided, at its beginning or on an answer. It
// is a value: nothing of it is true until the runner applies it, in one commit.
type outcome[K any] struct {
	item    Item        // as it is from now on; in another phase than before, or new, it is written down
	kept    K           // what the item keeps, sealed by the runner while it goes on
	changes PurseChange // what becomes true with it

	// An item that goes on does so at once, or waits: ErrUnfinished or *Confirm
	// says for what. One that ended without effect says why it stopped: *Refused,
	// ErrUndone, ErrDeclined or ErrNoAnswer.
	wait, stop error

	revive bool // earlier items with the same at stake may have been granted: see Wallet.revive
	doubt  bool // the stake is set aside, unless that explains where it went
	renew  bool // both stakes are renewed, which tells whose end it is (6.5): see Wallet.whichIsGone
}

// again goes on with the next message at once.
func again[K any](it Item, kept K) outcome[K] { return outcome[K]{item: it, kept: kept} }

// waits leaves the item where it is, to be asked for again later.
func waits[K any](it Item, kept K, why error) outcome[K] {
	return outcome[K]{item: it, kept: kept, wait: why}
}

// wrong waits for a better answer than one that was signed, and was not what
// was asked for. Nothing of it is kept.
func wrong[K any](it Item, kept K, message string, err error) outcome[K] {
	return waits(it, kept, unfinished("check "+message, err))
}

// half keeps one half of an answer, and waits for the other; or, with no reason
// to wait, asks for it at once.
func half[K any](it Item, kept K, c PurseChange, why error) outcome[K] {
	it.Phase = PhaseHalf
	return outcome[K]{item: it, kept: kept, changes: c, wait: why}
}

// done ends an item that did what it was for.
func done[K any](it Item, kept K, c PurseChange) outcome[K] {
	it.Phase = PhaseDone
	return outcome[K]{item: it, kept: kept, changes: c}
}

// undone ends an item whose time passed without effect: what is still at stake
// in it is free.
func undone[K any](it Item, kept K, c PurseChange, why error) outcome[K] {
	it.Phase, c.Release = PhaseUndone, it.Tx
	return outcome[K]{item: it, kept: kept, changes: c, stop: why}
}

// denied ends an item on a signed no, and frees what is at stake in it. A no
// that may pass it waits out: the same request can still be granted.
func denied[K any](w *Wallet, it Item, kept K, no *Refused) outcome[K] {
	if no.Reason.Transient() {
		return waits(it, kept, unfinished("ask for "+it.Transaction, no))
	}
	gone := no.Reason == scrip.ScripSpent || no.Reason == scrip.ScripInvalid
	it.Phase, it.Reason = PhaseRefused, no.Reason
	return outcome[K]{
		item: it, kept: kept, changes: PurseChange{Release: it.Tx}, stop: no,
		revive: gone || no.Reason == scrip.ScripHeld, doubt: gone && w.spends(it),
	}
}

// settled reports whether err says how an item ended.
func settled(err error) bool {
	refused := errors.As(err, new(*Refused)) && !errors.Is(err, ErrUnfinished)
	return refused || errors.Is(err, ErrUndone) || errors.Is(err, ErrDeclined) || errors.Is(err, ErrNoAnswer)
}
