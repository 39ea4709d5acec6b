package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// beginTopUp writes T13 down and puts the BrokerScrip at stake. For a purchase
// it is the earlier T13 that waits for the bank, if that brings enough.
func (w *Wallet) beginTopUp(ctx context.Context, leg Leg, e purpose) (Item, error) {
	h, err := w.brokerHolding(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		return Item{}, ErrConflict
	}
	if err != nil {
		return Item{}, err
	}
	if h.Tx != "" {
		waiting, err := w.cfg.Purse.Item(ctx, h.Tx)
		switch {
		case err != nil:
			return Item{}, fmt.Errorf("look up what BrokerScrip is at stake in: %w", err)
		case e.price > 0 && waiting.Transaction == "6.4" && waiting.Amount >= leg.Amount:
			return waiting, nil
		}
		return Item{}, ErrBusy
	}
	more, limit := leg.Amount-h.Value, w.brokerInfo(ctx).MaxCharge
	if !leg.Amount.Positive() || !more.Positive() || (limit > 0 && more > limit) {
		return Item{}, scrip.AmountOutOfBounds
	}
	return w.presentBroker(ctx, leg, h, scrip.TopUp{Account: w.account, Total: leg.Amount})
}

// finishTopUp sends T13 and keeps what T14 brings.
func (w *Wallet) finishTopUp(ctx context.Context, r Item) error {
	var p presented
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &p); err != nil {
		return err
	}
	e := r.event()
	envelope, err := w.ask(ctx, talk{p.Request, w.brokerInfo(ctx).Envelope, w.cfg.Broker.TopUp, e})
	if err != nil {
		return err
	}
	t14, pending, err := takeEither[scrip.ToppedUp, scrip.Pending](w, envelope, p.Request, e, w.brokerKeys(ctx))
	if err != nil {
		return w.settleOn(ctx, r, err)
	}
	if pending != nil {
		return &Confirm{r.Tx, r.Amount - p.Had, pending.Body.Link}
	}
	if t14.Body.Value != r.Amount {
		return unfinished("check T14", errAnswer)
	}
	return w.replaced(ctx, r, t14.Attachments, t14.At)
}
