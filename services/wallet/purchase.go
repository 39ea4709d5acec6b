package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// purchase is what a 6.3 step keeps while it is not finished.
type purchase struct {
	T10         request     `json:"t10"`
	Order       scrip.Order `json:"order"`
	OrderDigest string      `json:"order_digest"`
	Title       string      `json:"title"`
	Had         scrip.Money `json:"had"` // value of the VendorScrip
}

// Buy pays for quantity of a signed offer: it plans, runs the plan, and
// returns the receipt once the seller has answered (T11). delivery is what the
// seller must know to deliver and may be empty.
//
// If a purchase of the same offer, quantity and delivery is unfinished, Buy
// finishes that one and starts no second. *Confirm, ErrUnfinished and ErrBusy
// say that it goes on by calling again; *Refused and ErrUndone that it was not
// bought, with the money in this wallet.
func (w *Wallet) Buy(ctx context.Context, offer string, quantity int, delivery string) (Receipt, error) {
	return w.BuyAhead(ctx, scrip.Order{Offer: offer, Quantity: quantity, Delivery: delivery}, 0)
}

// BuyAhead is Buy that keeps some money with the seller, so that the next
// purchase there needs no broker: exchange is how much is exchanged, if the plan
// has an exchange; scrip.AmountOutOfBounds when that is less than the price. 0
// is for the price. What an earlier call has begun goes on as it began.
func (w *Wallet) BuyAhead(ctx context.Context, order scrip.Order, exchange scrip.Money) (Receipt, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return Receipt{}, err
	}
	defer release()
	if r, err := w.begunPurchase(ctx, order); err == nil {
		if err := w.finishPurchase(ctx, r); err != nil {
			return Receipt{}, err
		}
		return w.Receipt(ctx, r.Tx)
	} else if !errors.Is(err, scrip.ErrAbsent) {
		return Receipt{}, err
	}
	e, err := w.purposeOf(ctx, order)
	if err != nil {
		return Receipt{}, fmt.Errorf("read the offer: %w", err)
	}
	e.ahead = exchange
	w.tryUnfinished(ctx)
	return w.buy(ctx, e)
}

// buy plans, and runs the plan.
func (w *Wallet) buy(ctx context.Context, e purpose) (Receipt, error) {
	var tx scrip.ID
	err := replanned(func() error {
		plan, err := w.planAhead(ctx, e.vendor, e.price, e.ahead)
		if err != nil {
			return err
		}
		tx, err = w.follow(ctx, plan.Legs, e)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return w.Receipt(ctx, tx)
}

// follow runs a plan; it returns the tx of the last step.
func (w *Wallet) follow(ctx context.Context, legs []Leg, e purpose) (scrip.ID, error) {
	var tx scrip.ID
	for _, step := range legs {
		var err error
		tx, err = w.run(ctx, step, e)
		if err != nil && step.Transaction == "6.8" && settled(err) {
			err = fmt.Errorf("%w: %w", ErrConflict, err) // set aside: there may be another way
		}
		if err != nil {
			return "", err
		}
	}
	return tx, nil
}

// beginPurchase writes T10 and T9 down in one commit and puts the
// VendorScrip that pays at stake.
func (w *Wallet) beginPurchase(ctx context.Context, leg Leg, e purpose) (Item, error) {
	held, err := w.paying(ctx, e.vendor, leg.Amount)
	if err != nil {
		return Item{}, err
	}
	key, fresh, err := w.pseudonym(ctx, e.vendor)
	if err != nil {
		return Item{}, err
	}
	if fresh != nil {
		return Item{}, errNoPseudonym
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return Item{}, err
	}
	r := Item{Tx: tx, Transaction: "6.3", Vendor: e.vendor, Amount: leg.Amount, Stake: held.Scrip.ScripID}
	p, err := w.signPurchase(r, held, key, e)
	if err != nil {
		return Item{}, err
	}
	notice, err := w.noticeOf(r, p)
	if err != nil {
		return Item{}, err
	}
	return w.write(ctx, r, p, PurseChange{Notice: &notice})
}

func (w *Wallet) signPurchase(r Item, held scrip.Held, key jose.SigningKey, e purpose) (purchase, error) {
	p := purchase{Order: e.order, Title: e.offer.Title, Had: held.Scrip.Value}
	var err error
	p.T10, err = w.sign(draft{key.Thumbprint(), string(r.Vendor), r.Tx, scrip.Mandate{
		Vendor: r.Vendor, Price: r.Amount,
	}, scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret, Order: &e.order}}, key)
	if err != nil {
		return purchase{}, err
	}
	mandate, err := scrip.Verify[scrip.Mandate](p.T10.Signed.JWS, string(r.Vendor), nil)
	p.OrderDigest = mandate.OrderDigest
	return p, err
}

// finishPurchase sends T10 and keeps what T11 says. It needs the merchant
// alone.
func (w *Wallet) finishPurchase(ctx context.Context, r Item) error {
	var p purchase
	if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &p); err != nil {
		return err
	}
	stall, c, err := w.reach(ctx, r.Vendor)
	if err != nil {
		return err
	}
	envelope, err := w.ask(ctx, talk{p.T10, c.Envelope, stall.Purchase, r.event()})
	if err != nil {
		return err
	}
	t11, err := take[scrip.Paid](w, envelope, p.T10, r.event(), w.merchantKeys(ctx, c))
	if err != nil {
		return w.settleOn(ctx, r, err)
	}
	return w.paid(ctx, r, p, t11)
}

// paid checks T11 and keeps its change and the receipt.
func (w *Wallet) paid(ctx context.Context, r Item, p purchase, t11 scrip.Opened[scrip.Paid]) error {
	if t11.Body.Price != r.Amount || t11.Body.OrderDigest != p.OrderDigest || t11.Body.Change != p.Had-r.Amount {
		return unfinished("check T11", errAnswer)
	}
	change := PurseChange{Drop: []Hold{{r.Stake, r.Tx}}}
	if t11.Body.Change > 0 {
		held, err := w.money(t11.Attachments, scrip.ID(r.Vendor), t11.Body.Change)
		if err != nil {
			return unfinished("check T11", err)
		}
		h, err := w.holding(held, r.Vendor, t11.At)
		if err != nil {
			return err
		}
		change.Keep = []Holding{h}
	}
	receipt, err := w.sealReceipt(ctx, r, p, t11)
	if err != nil {
		return err
	}
	change.Receipt = &receipt
	return w.finished(ctx, r, change)
}
