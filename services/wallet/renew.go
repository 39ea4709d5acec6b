package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Renew has everything renewed that has expired or soon will (6.8). The error
// joins what could not be. Scrip that its issuer will not renew any more is set
// aside.
func (w *Wallet) Renew(ctx context.Context) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	begun := w.resumeOnly(ctx, func(r Item) bool { return r.Transaction == "6.8" })
	return errors.Join(begun, w.renewDue(ctx, true))
}

// renewDue renews what is due and free. By hand it tries again what was refused
// before, and says what is refused now; otherwise that is settled and no error.
func (w *Wallet) renewDue(ctx context.Context, byHand bool) error {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return fmt.Errorf("look for what to renew: %w", err)
	}
	var errs []error
	for _, h := range holdings {
		if h.Doubt != "" || h.Tx != "" || (h.Refused != "" && !byHand) {
			continue
		}
		legs := renewals([]Piece{{h.ScripID, h.Value, h.Made, h.Expires}}, w.now())
		if _, err := w.follow(ctx, legs, purpose{}); err != nil && (byHand || !settled(err)) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// renewal is the 6.8 that has to go before a holding is spent, if one has to.
func (w *Wallet) renewal(h Holding) []Leg { return renewals([]Piece{h.piece(w.now())}, w.now()) }

// beginRenew writes T26 down and puts the old scrip at stake.
func (w *Wallet) beginRenew(ctx context.Context, leg Leg, _ purpose) (Item, error) {
	h, err := w.named(ctx, leg.Scrip)
	if err != nil {
		return Item{}, err
	}
	issuer, key, err := w.holder(ctx, h)
	if err != nil {
		return Item{}, err
	}
	d := draft{from: key.Thumbprint(), to: issuer, body: scrip.Renew{ScripID: h.ScripID, Value: h.Value}}
	return w.present(ctx, Item{Transaction: leg.Transaction, Vendor: h.Vendor, Amount: h.Value}, h, d, key)
}

// holder returns who issued a holding, and the key it was issued to: the
// account's or the pseudonym's.
func (w *Wallet) holder(ctx context.Context, h Holding) (string, jose.SigningKey, error) {
	if h.Vendor == "" {
		return string(w.brokerID()), w.key, nil
	}
	key, fresh, err := w.pseudonym(ctx, h.Vendor)
	if err == nil && fresh != nil {
		err = errNoPseudonym
	}
	return string(h.Vendor), key, err
}

// finishRenew sends T26 and keeps what T27 brings.
func (w *Wallet) finishRenew(ctx context.Context, r Item) error {
	var p presented
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &p); err != nil {
		return err
	}
	t := talk{request: p.Request, tell: r.event()}
	senders := w.brokerKeys(ctx)
	if r.Vendor == "" {
		t.to, t.send = w.brokerInfo(ctx).Envelope, w.cfg.Broker.Renew
	} else {
		stall, c, err := w.reach(ctx, r.Vendor)
		if err != nil {
			return err
		}
		t.to, t.send, senders = c.Envelope, stall.Renew, w.merchantKeys(ctx, c)
	}
	envelope, err := w.ask(ctx, t)
	if err != nil {
		return err
	}
	t27, err := take[scrip.Renewed](w, envelope, p.Request, t.tell, senders)
	if err != nil {
		return w.settleOn(ctx, r, err)
	}
	if t27.Body.Value != r.Amount {
		return unfinished("check T27", errAnswer)
	}
	return w.replaced(ctx, r, t27.Attachments, t27.At)
}
