package wallet

import (
	"cmp"
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// allowance is how long, in seconds, after its deadline an exchange is undone: a
// T5 that came in time may be under way at the broker. Deadline and time are both
// the broker's; the device's clock has no say.
const allowance = 60

// settleExchange keeps whichever of T6 and T8 comes, and asks for the other in
// the way that still works:
//
//	nothing yet  T3 until it is noted, then T4, then T3 once more
//	T6 alone     CLAIM with the broker's receipt
//	T8 alone     T3, whose answer is T6
//
// NOTED after the deadline says that the exchange was not made and cannot be
// any more.
func (w *Wallet) settleExchange(ctx context.Context, it Item, x exchange, a exchangeAnswer) outcome[exchange] {
	switch {
	case a.no != nil && x.T6:
		return claimDenied(w, it, x, a.no)
	case a.no != nil && x.T8 && a.no.Reason != scrip.ScripSpent:
		return waits(it, x, unfinished("exchange", a.no))
	case a.no != nil:
		// A first T3 that was refused locked nothing, and one that was noted
		// before is never refused while the exchange can be made.
		return denied(w, it, x, a.no)
	case a.noted != nil:
		return w.noted(it, x, *a.noted)
	}
	return w.keepExchanged(ctx, it, x, a)
}

// claimDenied leaves the item as it is, for the receipt proves the debt; unless
// the merchant says that what it issued is spent, as it may to a wallet that was
// restored, when the one that lived on has spent it.
func claimDenied(w *Wallet, it Item, x exchange, no *Refused) outcome[exchange] {
	if no.Reason != scrip.ScripSpent {
		return waits(it, x, unfinished("claim", no))
	}
	o := denied(w, it, x, no)
	o.revive, o.doubt = false, false // its stake is gone, and known to be
	return o
}

// noted is what NOTED says to a T3: signed anew each time, it is over when its own
// time is.
func (w *Wallet) noted(it Item, x exchange, noted scrip.Opened[scrip.Noted]) outcome[exchange] {
	late := noted.At > noted.Body.Deadline+allowance
	switch {
	case late && x.T8:
		return done(it, x, PurseChange{Release: it.Tx})
	case late:
		return undone(it, x, PurseChange{}, ErrUndone)
	case x.T8 || x.tried != nil:
		return waits(it, x, unfinished("exchange", cmp.Or(x.tried, errSilent)))
	}
	x.noted = true
	return again(it, x)
}

// keepExchanged keeps what came of T6 and T8, each half judged alone: a stall
// that sends something wrong must not keep the wallet from its change, nor a
// broker from the VendorScrip.
func (w *Wallet) keepExchanged(ctx context.Context, it Item, x exchange, a exchangeAnswer) outcome[exchange] {
	var c PurseChange
	var bad []error
	if a.t6 != nil && !x.T6 {
		if kept, err := w.change(it, x, a); err != nil {
			bad = append(bad, unfinished("check T6", err))
		} else {
			x.T6, c.Drop, c.Keep = true, w.holds(it), kept
		}
	}
	if a.t8 != nil && !x.T8 {
		if issued, err := w.issued(it, *a.t8); err != nil {
			bad = append(bad, unfinished("check T8", err))
		} else {
			x.T8, c.Keep = true, append(c.Keep, issued)
		}
	}
	why := errors.Join(bad...)
	switch {
	case x.T6 && x.T8:
		return done(it, x, c)
	case x.T6 && x.Claim == nil:
		claim, err := w.signClaim(ctx, it, a.t6.Body.Receipt)
		if err != nil {
			return waits(it, x, unfinished("claim", err))
		}
		x.Claim = &claim
		return half(it, x, c, why)
	case len(c.Keep) > 0:
		x.tried = errSilent
		return half(it, x, c, why)
	case why != nil:
		return waits(it, x, why)
	}
	x.tried = a.silent
	return again(it, x)
}

// change is what T6 brings, if everything in it is right: nothing, where all of
// the BrokerScrip was exchanged.
func (w *Wallet) change(it Item, x exchange, a exchangeAnswer) ([]Holding, error) {
	t6, receipt := a.t6, a.receipt
	if t6.Body.Vendor != it.Vendor || t6.Body.Value != it.Amount || t6.Body.Change != x.Had-it.Amount {
		return nil, errAnswer
	}
	if receipt == nil || receipt.Tx != it.Tx ||
		receipt.Body != (scrip.Receipt{Vendor: it.Vendor, Value: it.Amount, Pseudonym: x.Pseudonym, Possession: x.Proof}) {
		return nil, errAnswer
	}
	if t6.Body.Change == 0 {
		return nil, nil
	}
	h, err := w.received(t6.Attachments, "", t6.Body.Change, t6.At)
	return []Holding{h}, err
}

// issued is the VendorScrip that T8 brings.
func (w *Wallet) issued(it Item, t8 scrip.Opened[scrip.Issued]) (Holding, error) {
	if t8.Body.Value != it.Amount {
		return Holding{}, errAnswer
	}
	return w.received(t8.Attachments, it.Vendor, it.Amount, t8.At)
}

// signClaim makes the CLAIM that shows the merchant the broker's receipt.
func (w *Wallet) signClaim(ctx context.Context, it Item, receipt string) (request, error) {
	key, fresh, err := w.pseudonym(ctx, it.Vendor)
	if err == nil && fresh != nil {
		err = errNoPseudonym
	}
	if err != nil {
		return request{}, err
	}
	return w.sign(draft{key.Thumbprint(), string(it.Vendor), it.Tx, scrip.Claim{
		Value: it.Amount, Receipt: receipt,
	}, scrip.Attachments{}}, key)
}
