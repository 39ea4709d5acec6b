package wallet

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// patience is how long, in seconds, an item waits for a merchant whose answers
// decide nothing: silence, nonsense, and a no that may pass.
const patience = 24 * 60 * 60

// minute is how long, in seconds, a renewal that is not due waits: it only asks
// whether scrip lives, and its answer may have got lost.
const minute = 60

// tooLong reports whether what was asked of an issuer has waited for so many
// seconds that it is not waited for any more. What a purchase, a giveback or a
// renewal would use up is free then; whether it was used up after all is found out
// by the next who spends it: see Wallet.revive. The end of an exchange (6.2, 6.5) is
// the broker's word, and so is all that the broker is asked. What began days from now
// did so by a clock that was ahead, and nobody knows for how long it has waited. Pure.
func tooLong(transaction string, ofMerchant, due bool, waited int64) bool {
	long := waited >= patience || waited < -patience
	switch transaction {
	case "6.3", "6.7":
		return long
	case "6.8":
		return !due && (long || waited >= minute) || ofMerchant && long
	}
	return false
}

// orGivenUp is an outcome, unless the item would wait, and has waited too long.
func orGivenUp[K any](ctx context.Context, w *Wallet, it Item, o outcome[K]) outcome[K] {
	undecided := o.item.Phase == it.Phase && errors.Is(o.wait, ErrUnfinished) && ctx.Err() == nil
	if !undecided || w.reviving {
		return o
	}
	due, err := w.isDue(ctx, it)
	if err != nil || !tooLong(it.Transaction, it.Vendor != "", due, w.now()-it.StartedAt) {
		return o
	}
	w.cfg.Log.Info("not waited for any more", "transaction", it.Transaction, "stall", it.Vendor, "err", o.wait)
	return givenUp(it, o.kept, due)
}

// isDue reports whether what a 6.8 renews is due.
func (w *Wallet) isDue(ctx context.Context, it Item) (bool, error) {
	if it.Transaction != "6.8" {
		return false, nil
	}
	h, err := w.find(ctx, func(h Holding) bool { return h.ScripID == it.Stake })
	return Piece{Made: h.Made, Expires: h.Expires}.due(w.earliest()), err
}

// givenUp ends an item that is not waited for any more. Its requests are kept, and
// its notice goes its way: the merchant may have been paid.
func givenUp[K any](it Item, kept K, due bool) outcome[K] {
	switch {
	case it.Transaction == "6.8" && due:
		return undone(it, kept, PurseChange{Unrenewed: &Doubt{it.Stake, scrip.Unavailable}}, errNotRenewed)
	case it.Transaction == "6.8":
		return undone(it, kept, PurseChange{}, errNotRenewed)
	}
	return undone(it, kept, PurseChange{}, ErrNoAnswer)
}

// askAfter asks the merchant of a purchase that was given up whether its VendorScrip
// lives (T26). T27 proves that the purchase did not happen, and that it cannot any
// more; that the scrip is spent has the purchase asked for again. It returns nil if
// that brought it, and else why.
func (w *Wallet) askAfter(ctx context.Context, it Item, why error) error {
	h, err := w.find(ctx, func(h Holding) bool { return h.ScripID == it.Stake && h.Tx == "" })
	if err != nil {
		return why
	}
	if _, err := w.run(ctx, Leg{"6.8", h.Value, h.ScripID}, purpose{}); err != nil {
		w.cfg.Log.Info("asked whether a purchase was made that was given up", "err", err)
	}
	if now, err := w.cfg.Purse.Item(ctx, it.Tx); err == nil && now.Phase == PhaseDone {
		return nil
	}
	return why
}
