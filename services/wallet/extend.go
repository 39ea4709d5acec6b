package wallet

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// extension is what a 6.5 step keeps while it is not finished.
type extension struct {
	pair                 // T15
	Had      scrip.Money `json:"had"`      // value of the BrokerScrip
	Grows    scrip.Money `json:"grows"`    // value of the VendorScrip
	Extended bool        `json:"extended"` // T17 is kept
	Changed  bool        `json:"changed"`  // T19 is kept, or it is known that there is none
}

// rest is what T19 is to bring.
func (x extension) rest(r Item) scrip.Money { return x.Had - r.Amount }

// Extend adds value of the BrokerScrip to the largest VendorScrip of vendor
// (6.5). Interrupted, the same call or Resume goes on. ErrUnfinished while the
// merchant has not answered; ErrReturned when it did not in time, and the value
// is back at the bank. scrip.InsufficientScrip when there is nothing to add to,
// or not enough to add.
func (w *Wallet) Extend(ctx context.Context, vendor scrip.VendorID, value scrip.Money) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	if r, err := w.begun(ctx, Item{Transaction: "6.5", Vendor: vendor, Amount: value}); err == nil {
		return w.finishExtend(ctx, r)
	} else if !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	w.tryUnfinished(ctx)
	_, err = w.run(ctx, Leg{"6.5", value, ""}, purpose{vendor: vendor})
	return err
}

// beginExtend writes both parts of T15 down, and puts the BrokerScrip and the
// largest VendorScrip at stake.
func (w *Wallet) beginExtend(ctx context.Context, leg Leg, e purpose) (Item, error) {
	if _, err := w.certificate(ctx, e.vendor); err != nil {
		return Item{}, err
	}
	grows, err := w.growing(ctx, leg, e)
	if err != nil {
		return Item{}, err
	}
	spent, err := w.brokerScrip(ctx, leg.Amount)
	if err != nil {
		return Item{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return Item{}, err
	}
	r := Item{
		Tx: tx, Transaction: "6.5", Vendor: e.vendor, Amount: leg.Amount, Stake: spent.Scrip.ScripID, Beside: grows.ScripID,
	}
	x, err := w.signExtension(ctx, r, spent, grows)
	if err != nil {
		return Item{}, err
	}
	return w.write(ctx, r, x, PurseChange{})
}

// growing is the largest free VendorScrip. If it would still not pay for what
// the plan is run for, the plan is an old one.
func (w *Wallet) growing(ctx context.Context, leg Leg, e purpose) (Holding, error) {
	free, _, err := w.usable(ctx, e.vendor)
	if err != nil {
		return Holding{}, err
	}
	most, there := chosen(free, scrip.MaxMoney+1, w.now())
	switch {
	case !there:
		return Holding{}, scrip.InsufficientScrip
	case most.Value+leg.Amount < e.price:
		return Holding{}, ErrConflict
	}
	return most, nil
}

func (w *Wallet) signExtension(ctx context.Context, r Item, spent scrip.Held, grows Holding) (extension, error) {
	held, err := w.unlock(grows)
	if err != nil {
		return extension{}, err
	}
	_, key, err := w.holder(ctx, grows)
	if err != nil {
		return extension{}, err
	}
	x := extension{Had: spent.Scrip.Value, Grows: grows.Value}
	x.pair, err = w.signPair(r, key, draft{
		body:   scrip.ExtendOrder{Value: r.Amount, Vendor: r.Vendor},
		attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
	}, draft{
		body:   scrip.ExtendPayment{Account: w.account, Value: r.Amount, Vendor: r.Vendor},
		attach: scrip.Attachments{Scrip: &spent.Scrip, Secret: spent.Secret},
	})
	return x, err
}

// finishExtend sends T15. T17 and T19 mostly come together; what comes alone is
// kept, and the same T15 is sent for the other.
func (w *Wallet) finishExtend(ctx context.Context, r Item) error {
	var x extension
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &x); err != nil {
		return err
	}
	c, err := w.anyCertificate(ctx, r.Vendor)
	if err != nil {
		return unfinished("look up the seller", err)
	}
	answer, err := w.askBoth(ctx, x.pair, talk{to: c.Envelope, send: w.cfg.Broker.Extend, tell: r.event()})
	if err != nil {
		return err
	}
	got, err := w.readExtended(ctx, r, x, answer, w.merchantKeys(ctx, c))
	var no *Refused
	if got.grown == nil && errors.As(err, &no) {
		return w.notExtended(ctx, r, x, no)
	}
	return w.keepExtended(ctx, r, x, got, err)
}
