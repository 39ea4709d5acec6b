package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	begun := w.resumeOnly(ctx, func(it Item) bool { return it.Transaction == "6.8" })
	return errors.Join(begun, w.renewOld(ctx), w.renewDue(ctx, true))
}

// renewOld asks again for what was too old for its issuer and is not by the clock of
// this device. Each is asked for with the request that was refused, so that asking
// often leaves nothing behind. A crash in here leaves it under way, for Resume.
func (w *Wallet) renewOld(ctx context.Context) error {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return fmt.Errorf("look for what was too old: %w", err)
	}
	var errs []error
	for _, h := range holdings {
		if h.Tx != "" || !h.isTooOldElsewhere(w.now()) {
			continue
		}
		if err := w.renewOnceMore(ctx, h); err != nil && !settled(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// renewOnceMore takes up the last 6.8 of a holding that was refused or undone.
func (w *Wallet) renewOnceMore(ctx context.Context, h Holding) error {
	ended, err := w.cfg.Purse.Ended(ctx, h.ScripID)
	if err != nil {
		return fmt.Errorf("look up what was refused before: %w", err)
	}
	i := slices.IndexFunc(ended, func(it Item) bool { return it.Transaction == "6.8" })
	if i < 0 {
		return nil
	}
	if err := w.takeUp(ctx, &ended[i]); err != nil {
		return err
	}
	return w.finish(ctx, ended[i])
}

// renewDue renews what is due, or exposed, and free. By hand it tries again what was refused
// before, and says what is refused now; otherwise that is settled and no error.
func (w *Wallet) renewDue(ctx context.Context, byHand bool) error {
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return fmt.Errorf("look for what to renew: %w", err)
	}
	var errs []error
	for _, h := range holdings {
		if h.Doubt != "" || h.Tx != "" || (!byHand && h.leftAsItIs(w.earliest())) {
			continue
		}
		legs := renewals([]Piece{{h.ScripID, h.Value, h.Made, h.Expires}}, w.earliest())
		if h.Exposed {
			legs = []Leg{{"6.8", h.Value, h.ScripID}}
		}
		if _, err := w.follow(ctx, legs, purpose{}); err != nil && (byHand || !settled(err)) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// renewal is the 6.8 that has to go before a holding is spent, if one has to.
func (w *Wallet) renewal(h Holding) []Leg {
	return renewals([]Piece{h.piece(w.earliest())}, w.earliest())
}

// beginRenew signs T26 and puts the old scrip at stake.
func (w *Wallet) beginRenew(ctx context.Context, leg Leg, _ purpose) (outcome[presented], error) {
	h, err := w.named(ctx, leg.Scrip)
	if err != nil {
		return outcome[presented]{}, err
	}
	issuer, key, err := w.holder(ctx, h)
	if err != nil {
		return outcome[presented]{}, err
	}
	d := draft{from: key.Thumbprint(), to: issuer, body: scrip.Renew{ScripID: h.ScripID, Value: h.Value}}
	return w.present(Item{Transaction: "6.8", Vendor: h.Vendor, Amount: h.Value}, h, d, key)
}

// holder returns who issued a holding, and the key it was issued to: the
// account's or the pseudonym's.
func (w *Wallet) holder(ctx context.Context, h Holding) (string, jose.SigningKey, error) {
	if h.Vendor == "" {
		return string(w.brokerID()), w.Key(), nil
	}
	key, fresh, err := w.pseudonym(ctx, h.Vendor)
	if err == nil && fresh != nil {
		err = errNoPseudonym
	}
	return string(h.Vendor), key, err
}

func (w *Wallet) sendRenew(ctx context.Context, it Item, p presented) (answer[scrip.Renewed], error) {
	if it.Vendor == "" {
		return askBroker[scrip.Renewed](ctx, w, it, p.Request)
	}
	return askStall[scrip.Renewed](ctx, w, it, p.Request)
}

// settleRenew keeps what T27 brings in place of the old scrip. What its issuer
// says has expired is too old even for that, and is set aside (and asked for again
// while by the clock of this device it is not: see renewOld); after any other
// no that does not doubt the scrip, it is not renewed by itself any more.
func (w *Wallet) settleRenew(_ context.Context, it Item, p presented, got answer[scrip.Renewed]) outcome[presented] {
	if got.no == nil && got.said.Body.Value != it.Amount {
		return wrong(it, p, "T27", errAnswer)
	}
	if got.no == nil {
		return w.replaced(it, p, "T27", got.said.Attachments, got.said.At)
	}
	o := denied(w, it, p, got.no)
	said := &Doubt{it.Stake, got.no.Reason}
	switch {
	case o.stop == nil || o.doubt:
	case got.no.Reason == scrip.KeyReplaced && p.Request.From != w.Key().Thumbprint(): // by this wallet, meanwhile: the next T26 is by the new key
	case got.no.Reason == scrip.ScripExpired:
		o.changes.Doubt = said
	default:
		o.changes.Unrenewed = said
	}
	return o
}
