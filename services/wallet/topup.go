package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// beginTopUp signs T13 and puts the BrokerScrip at stake. For a purchase it is
// the earlier T13 that waits for the bank, if that brings enough.
func (w *Wallet) beginTopUp(ctx context.Context, leg Leg, p purpose) (outcome[presented], error) {
	h, err := w.brokerHolding(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		return outcome[presented]{}, ErrConflict
	}
	if err != nil {
		return outcome[presented]{}, err
	}
	if h.Tx != "" {
		waiting, err := w.cfg.Purse.Item(ctx, h.Tx)
		switch {
		case err != nil:
			return outcome[presented]{}, fmt.Errorf("look up what BrokerScrip is at stake in: %w", err)
		case p.price > 0 && waiting.Transaction == "6.4" && waiting.Amount >= leg.Amount:
			return outcome[presented]{item: waiting}, nil
		}
		return outcome[presented]{}, ErrBusy
	}
	more, limit := leg.Amount-h.Value, w.brokerInfo(ctx).MaxCharge
	if !leg.Amount.Positive() || !more.Positive() || (limit > 0 && more > limit) {
		return outcome[presented]{}, scrip.AmountOutOfBounds
	}
	if err := w.mayAdd(ctx); err != nil {
		return outcome[presented]{}, err
	}
	return w.presentBroker(leg, h, scrip.TopUp{Account: w.account, Total: leg.Amount})
}

func (w *Wallet) sendTopUp(ctx context.Context, it Item, p presented) (answer[scrip.ToppedUp], error) {
	return askBank[scrip.ToppedUp](ctx, w, it, p.Request)
}

// settleTopUp keeps what T14 brings in place of the BrokerScrip.
func (w *Wallet) settleTopUp(_ context.Context, it Item, p presented, got answer[scrip.ToppedUp]) outcome[presented] {
	switch {
	case got.no != nil:
		return denied(w, it, p, got.no)
	case got.pending != nil:
		return waits(it, p, &Confirm{it.Tx, it.Amount - p.Had, got.pending.Body.Link})
	case got.said.Body.Value != it.Amount:
		return wrong(it, p, "T14", errAnswer)
	}
	return w.replaced(it, p, "T14", got.said.Attachments, got.said.At)
}
