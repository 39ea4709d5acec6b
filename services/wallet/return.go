package wallet

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// beginReturn writes both parts of T22 down and puts the VendorScrip at stake.
func (w *Wallet) beginReturn(ctx context.Context, leg Leg, _ purpose) (Item, error) {
	h, err := w.named(ctx, leg.Scrip)
	if err != nil {
		return Item{}, err
	}
	_, key, err := w.holder(ctx, h)
	if err != nil {
		return Item{}, err
	}
	held, err := w.unlock(h)
	if err != nil {
		return Item{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return Item{}, err
	}
	r := Item{Tx: tx, Transaction: "6.7", Vendor: h.Vendor, Amount: h.Value, Stake: h.ScripID}
	t22, err := w.signPair(r, key, draft{
		body:   scrip.ReturnOrder{Vendor: h.Vendor, Value: h.Value},
		attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
	}, draft{
		body: scrip.ReturnPayment{Account: w.account, Vendor: h.Vendor, Value: h.Value},
	})
	if err != nil {
		return Item{}, err
	}
	return w.write(ctx, r, t22, PurseChange{})
}

// finishReturn sends T22 and, once T25 says that the bank has it, erases the
// scrip and its secret.
func (w *Wallet) finishReturn(ctx context.Context, r Item) error {
	var t22 pair
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &t22); err != nil {
		return err
	}
	stall, c, err := w.reach(ctx, r.Vendor)
	if err != nil {
		return err
	}
	answer, err := w.askBoth(ctx, t22, talk{to: c.Envelope, send: stall.GiveBack, tell: r.event()})
	if err != nil {
		return err
	}
	if answer.Payment == "" {
		_, err := take[scrip.Returned](w, answer.Order, t22.Order, r.event(), w.merchantKeys(ctx, c))
		return w.notReturned(ctx, r, err)
	}
	t25, err := take[scrip.Returned](w, answer.Payment, t22.Payment, r.event(), w.brokerKeys(ctx))
	if err != nil {
		return unfinished("give back", err)
	}
	if t25.Body.Vendor != r.Vendor || t25.Body.Value != r.Amount {
		return unfinished("check T25", errAnswer)
	}
	return w.finished(ctx, r, PurseChange{Drop: w.holds(r)})
}

// notReturned ends a 6.7 on the merchant's REFUSE, unless it is one for now: then
// the merchant holds the scrip, and the same T22 goes on.
func (w *Wallet) notReturned(ctx context.Context, r Item, err error) error {
	var no *Refused
	switch {
	case errors.As(err, &no) && no.Reason.Transient():
		return unfinished("give back", err)
	case err == nil:
		return unfinished("give back", errAnswer)
	}
	return w.settleOn(ctx, r, err)
}
