package wallet

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// settleExtend keeps what is new of T17 and T19. With both the item is done;
// with one it waits for the other, and the same T15 asks for it.
//
//	NOTED      the merchant has not answered; the broker goes on asking it
//	T19 alone  its time is over: the change is back, and what was to be added
//	           stays reserved until the merchant's word is there, which brings T17
//	           after all, or says that the value went back to the bank
func (w *Wallet) settleExtend(_ context.Context, it Item, x extension, a extendAnswer) outcome[extension] {
	if a.no != nil {
		return w.extendDenied(it, x, a.no)
	}
	var c PurseChange
	before := x
	bad := errors.Join(w.takeT17(it, &x, &c, a), w.takeT19(it, &x, &c, a))
	if !before.T17 && !before.T19 && (x.T17 || x.T19) {
		c.Drop = append(c.Drop, Hold{it.Stake, it.Tx}) // the broker kills it for either
	}
	why := unfinished("extend", errors.Join(bad, a.silent, errSilent))
	switch {
	case x.T17 && x.T19:
		return done(it, x, c)
	case bad == nil && a.t19 != nil && a.t19.Body.Returned > 0:
		c.Forget = []scrip.ID{it.Stake} // T15 can never be granted any more
		return undone(it, x, c, ErrDeclined)
	case x.T17 != before.T17 || x.T19 != before.T19:
		return half(it, x, c, why)
	}
	return waits(it, x, why)
}

// takeT17 keeps the VendorScrip that T17 brings.
func (w *Wallet) takeT17(it Item, x *extension, c *PurseChange, a extendAnswer) error {
	if a.t17 == nil || x.T17 {
		return nil
	}
	total := x.Grows + it.Amount
	if a.t17.Body.Value != total {
		return unfinished("check T17", errAnswer)
	}
	h, err := w.received(a.t17.Attachments, it.Vendor, total, a.t17.At)
	if err != nil {
		return unfinished("check T17", err)
	}
	x.T17, x.T19 = true, x.T19 || x.rest(it) == 0
	c.Drop, c.Keep = append(c.Drop, Hold{it.Beside, it.Tx}), append(c.Keep, h)
	return nil
}

// takeT19 keeps the change that T19 brings. Where nothing is left of the
// BrokerScrip there is none, and a NOTED that the broker signed after its own
// deadline says that it is gone.
func (w *Wallet) takeT19(it Item, x *extension, c *PurseChange, a extendAnswer) error {
	if a.noted != nil && x.rest(it) == 0 && a.noted.At >= a.noted.Body.Deadline {
		x.T19 = true
	}
	if a.t19 == nil {
		return nil
	}
	said := a.t19.Body
	if said.Value != x.rest(it) || (said.Returned != 0 && said.Returned != it.Amount) {
		return unfinished("check T19", errAnswer)
	}
	h, err := w.received(a.t19.Attachments, "", said.Value, a.t19.At)
	if err != nil {
		return unfinished("check T19", err)
	}
	if !x.T19 {
		x.T19, c.Keep = true, append(c.Keep, h)
	}
	return nil
}

// extendDenied ends a 6.5 on the broker's REFUSE. Once T19 is here, any that is
// final says that the merchant declined, late. While T17 is here and T19 is not,
// none can be true.
func (w *Wallet) extendDenied(it Item, x extension, no *Refused) outcome[extension] {
	switch {
	case x.T17 || no.Reason.Transient():
		return waits(it, x, unfinished("extend", no))
	case x.T19:
		return undone(it, x, PurseChange{Forget: []scrip.ID{it.Stake}}, ErrDeclined)
	}
	o := denied(w, it, x, no)
	o.renew, o.doubt = o.doubt, false // it does not say which of the two it means
	return o
}
