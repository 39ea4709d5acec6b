package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// extended is what an answer to T15 brought.
type extended struct {
	grown    *Holding // T17's VendorScrip
	change   *Holding // T19's BrokerScrip
	spent    bool     // the BrokerScrip is gone, and what there is of T19 has come
	returned bool     // the value went back to the bank, for the merchant did not issue
}

// readExtended opens what an answer to T15 holds. The error says why something
// is missing; a signed REFUSE is *Refused.
func (w *Wallet) readExtended(ctx context.Context, r Item, x extension, answer scrip.Sealed, merchant scrip.Keys) (extended, error) {
	got, err := w.readChange(ctx, r, x, answer.Payment)
	if answer.Order == "" {
		return got, err
	}
	t17, noT17 := take[scrip.Extended](w, answer.Order, x.Order, r.event(), merchant)
	if noT17 == nil {
		got.grown, noT17 = w.grown(r, x, t17)
	}
	if noT17 != nil {
		return got, errors.Join(err, unfinished("check T17", noT17))
	}
	if x.rest(r) == 0 {
		got.spent = true
	}
	return got, err
}

// grown is the VendorScrip T17 brings.
func (w *Wallet) grown(r Item, x extension, t17 scrip.Opened[scrip.Extended]) (*Holding, error) {
	total := x.Grows + r.Amount
	held, err := w.money(t17.Attachments, scrip.ID(r.Vendor), total)
	if err != nil || t17.Body.Value != total {
		return nil, errAnswer
	}
	h, err := w.holding(held, r.Vendor, t17.At)
	return &h, err
}

// readChange opens the broker's part of an answer to T15: T19, or NOTED while
// the merchant has not answered. Where nothing is left of the BrokerScrip there
// is no T19, and a NOTED from after the deadline says that it is gone.
func (w *Wallet) readChange(ctx context.Context, r Item, x extension, envelope string) (extended, error) {
	if envelope == "" {
		return extended{}, nil
	}
	t19, noted, err := takeEither[scrip.ExtendChange, scrip.Noted](w, envelope, x.Payment, r.event(), w.brokerKeys(ctx))
	if err != nil {
		return extended{}, err
	}
	if noted != nil {
		return extended{spent: x.rest(r) == 0 && noted.At >= noted.Body.Deadline}, unfinished("T15", errSilent)
	}
	returned := t19.Body.Returned == r.Amount
	if t19.Body.Value != x.rest(r) || (t19.Body.Returned != 0 && !returned) {
		return extended{}, unfinished("check T19", errAnswer)
	}
	held, err := w.money(t19.Attachments, w.brokerID(), x.rest(r))
	if err != nil {
		return extended{}, unfinished("check T19", err)
	}
	h, err := w.holding(held, "", t19.At)
	return extended{change: &h, spent: true, returned: returned}, err
}

// keepExtended keeps what is new in an answer. With both halves the step is
// finished; with one it waits for the other, and why is the reason.
func (w *Wallet) keepExtended(ctx context.Context, r Item, x extension, got extended, why error) error {
	var c PurseChange
	grown, spent := got.grown != nil && !x.Extended, got.spent && !x.Changed
	if !x.Extended && !x.Changed && (grown || spent) {
		c.Drop = []Hold{{r.Stake, r.Tx}}
	}
	if grown {
		x.Extended = true
		c.Drop, c.Keep = append(c.Drop, Hold{r.Beside, r.Tx}), append(c.Keep, *got.grown)
	}
	if spent {
		x.Changed = true
		if got.change != nil {
			c.Keep = append(c.Keep, *got.change)
		}
	}
	switch {
	case x.Extended && x.Changed:
		return w.finished(ctx, r, c)
	case got.returned:
		return w.returned(ctx, r, c)
	case grown || spent:
		return w.half(ctx, r, x, c, why)
	}
	return unfinished("extend", errors.Join(why, errSilent))
}

// half keeps one half of the answer to T15.
func (w *Wallet) half(ctx context.Context, r Item, x extension, c PurseChange, why error) error {
	sealed, err := w.vault.put(placeOfItem(r.Tx), x)
	if err != nil {
		return err
	}
	c.Advance = &Advance{Tx: r.Tx, From: r.Phase, To: PhaseHalf, Sealed: sealed}
	if err := w.cfg.Purse.Apply(ctx, c); err != nil {
		return unfinished("keep half of a 6.5", err)
	}
	return unfinished("extend", errors.Join(why, errSilent))
}

// returned ends a 6.5 whose value went back to the bank: the VendorScrip is as
// it was. T15 can never be granted any more.
func (w *Wallet) returned(ctx context.Context, r Item, c PurseChange) error {
	c.Release, c.Forget = r.Tx, []scrip.ID{r.Stake}
	c.Advance = &Advance{Tx: r.Tx, From: r.Phase, To: PhaseUndone, At: w.now()}
	if err := w.cfg.Purse.Apply(ctx, c); err != nil {
		return unfinished("end a 6.5", err)
	}
	return ErrReturned
}

// notExtended ends a 6.5 on the broker's REFUSE. Once the BrokerScrip is known
// to be gone there is one that can come: the merchant declined, late.
func (w *Wallet) notExtended(ctx context.Context, r Item, x extension, no *Refused) error {
	switch {
	case r.Phase == PhaseAsked:
		return w.refused(ctx, r, no)
	case x.Changed && no.Reason == scrip.ScripSpent:
		return w.returned(ctx, r, PurseChange{})
	}
	return unfinished("extend", errAnswer)
}

// whose finds out which of the two scrip of a refused 6.5 the REFUSE is about,
// since the merchant's no and the broker's look alike: their issuers are asked
// to renew them, and what is gone is set aside. BrokerScrip that T15 alone can
// have used up, all of it, was reserved for the merchant and went back to the
// bank when the merchant declined.
func (w *Wallet) whose(ctx context.Context, r Item, no *Refused) error {
	if w.reviving {
		return no
	}
	errs := []error{no}
	for _, id := range r.stakes() {
		h, err := w.find(ctx, func(h Holding) bool { return h.ScripID == id && h.Tx == "" })
		if errors.Is(err, scrip.ErrAbsent) {
			continue
		}
		if err == nil {
			_, err = w.run(ctx, Leg{"6.8", h.Value, id}, purpose{})
		}
		if id == r.Stake && errors.Is(err, scrip.ScripSpent) && h.Value == r.Amount {
			if err = w.wentBack(ctx, r); !errors.Is(err, ErrConflict) {
				return err
			}
		}
		if err != nil && !settled(err) {
			errs = append(errs, fmt.Errorf("find out what was refused: %w", err))
		}
	}
	return errors.Join(errs...)
}

// wentBack takes the BrokerScrip of a 6.5 out of the purse: ErrConflict when
// something else turned out to have used it up.
func (w *Wallet) wentBack(ctx context.Context, r Item) error {
	gone := []Hold{{r.Stake, r.Tx}}
	if err := w.cfg.Purse.Apply(ctx, PurseChange{Hold: gone, Drop: gone, Forget: []scrip.ID{r.Stake}}); err != nil {
		return fmt.Errorf("end a 6.5: %w", err)
	}
	return ErrReturned
}
