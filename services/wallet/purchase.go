package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// purchase is what a 6.3 item keeps.
type purchase struct {
	T10         request     `json:"t10"`
	Order       scrip.Order `json:"order"`
	OrderDigest string      `json:"order_digest"`
	Lines       []Line      `json:"lines"` // what it orders
	Had         scrip.Money `json:"had"`   // value of the VendorScrip

	Protect *scrip.Protect `json:"protect,omitempty"` // as T10 asks for it; nil for none
}

// Buy pays for quantity of a signed offer: it plans, runs the plan, and
// returns the receipt once the seller has answered (T11). delivery is what the
// seller must know to deliver and may be empty.
//
// If a purchase of the same offer, quantity and delivery is unfinished, Buy
// finishes that one and starts no second. *Confirm, ErrUnfinished and ErrBusy
// say that it goes on by calling again; *Refused and ErrUndone that it was not
// bought, with the money in this wallet.
func (w *Wallet) Buy(ctx context.Context, offer string, quantity int, delivery scrip.Delivery) (Receipt, error) {
	return w.BuyAhead(ctx, Just(offer, quantity, delivery), 0)
}

// BuyAhead is Buy of a basket, with one payment for all of it, that keeps some money with the seller, so that the next
// purchase there needs no broker: exchange is how much is exchanged, if the plan
// has an exchange; scrip.AmountOutOfBounds when that is less than the price. 0
// is for the price. What an earlier call has begun goes on as it began.
func (w *Wallet) BuyAhead(ctx context.Context, basket Basket, exchange scrip.Money) (Receipt, error) {
	return w.BuyAgreed(ctx, basket, exchange, agreed)
}

// BuyAgreed is BuyAhead by plans that somebody agrees to, each before any of it
// is run. What an earlier call has begun was agreed to then: with a Key, for that alone.
func (w *Wallet) BuyAgreed(ctx context.Context, basket Basket, exchange scrip.Money, agree Agree) (Receipt, error) {
	_, order, err := basket.order()
	if err != nil {
		return Receipt{}, err
	}
	release, err := w.takeTurn(ctx)
	if err != nil {
		return Receipt{}, err
	}
	defer release()
	if receipt, err := w.goneOn(ctx, basket.Key, order); !errors.Is(err, scrip.ErrAbsent) {
		return receipt, err
	}
	p, err := w.purposeOf(ctx, basket)
	if err != nil {
		return Receipt{}, fmt.Errorf("read the offer: %w", err)
	}
	p.ahead, p.agree, p.key = exchange, agree, basket.Key
	w.tryUnfinished(ctx)
	return w.buy(ctx, p)
}

// buy plans, and runs the plan.
func (w *Wallet) buy(ctx context.Context, p purpose) (Receipt, error) {
	var tx scrip.ID
	err := replanned(func() error {
		plan, err := w.planAhead(ctx, p.vendor, p.price, p.ahead)
		if err == nil {
			err = p.agree(plan)
		}
		if err != nil {
			return err
		}
		tx, err = w.follow(ctx, plan.Legs, p)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return w.Receipt(ctx, tx)
}

// beginPurchase signs T10 and T9, which are written down together, and puts the
// VendorScrip that pays at stake.
func (w *Wallet) beginPurchase(ctx context.Context, leg Leg, p purpose) (outcome[purchase], error) {
	held, err := w.paying(ctx, p.vendor, leg.Amount)
	if err != nil {
		return outcome[purchase]{}, err
	}
	key, fresh, err := w.pseudonym(ctx, p.vendor)
	if err != nil {
		return outcome[purchase]{}, err
	}
	if fresh != nil {
		return outcome[purchase]{}, errNoPseudonym
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return outcome[purchase]{}, err
	}
	it := Item{Tx: tx, Transaction: "6.3", Vendor: p.vendor, Amount: leg.Amount, Stake: held.Scrip.ScripID}
	t10, err := w.signPurchase(it, held, key, p)
	if err != nil {
		return outcome[purchase]{}, err
	}
	notice, err := w.noticeOf(it, t10)
	if err != nil {
		return outcome[purchase]{}, err
	}
	keyed, err := w.keyed(p.key, tx)
	return outcome[purchase]{item: it, kept: t10, changes: PurseChange{Notice: &notice, Keyed: keyed}}, err
}

func (w *Wallet) signPurchase(it Item, held scrip.Held, key jose.SigningKey, of purpose) (purchase, error) {
	p := purchase{Order: of.order, Lines: of.lines(), Had: held.Scrip.Value}
	var err error
	p.T10, err = w.sign(draft{key.Thumbprint(), string(it.Vendor), it.Tx, scrip.Mandate{
		Vendor: it.Vendor, Price: it.Amount, Protect: scrip.Promised(of.portions, of.order.Delivery).Protect(w.brokerTime()),
	}, scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret, Order: &of.order}}, key)
	if err != nil {
		return purchase{}, err
	}
	mandate, err := scrip.Verify[scrip.Mandate](p.T10.Signed.JWS, string(it.Vendor), nil)
	p.OrderDigest, p.Protect = mandate.OrderDigest, mandate.Body.Protect
	return p, err
}

// sendPurchase sends T10. It needs the merchant alone.
func (w *Wallet) sendPurchase(ctx context.Context, it Item, p purchase) (answer[scrip.Paid], error) {
	return askStall[scrip.Paid](ctx, w, it, p.T10)
}

// settlePurchase keeps T11's change and the receipt. The notice of a purchase
// that was refused is not sent any more: nothing takes place.
func (w *Wallet) settlePurchase(ctx context.Context, it Item, p purchase, got answer[scrip.Paid]) outcome[purchase] {
	if got.no != nil {
		o := denied(w, it, p, got.no)
		o.changes.Delivered = it.Tx
		return o
	}
	t11 := got.said
	if t11.Body.Price != it.Amount || t11.Body.OrderDigest != p.OrderDigest || t11.Body.Change != p.Had-it.Amount {
		return wrong(it, p, "T11", errAnswer)
	}
	c := PurseChange{Drop: w.holds(it)}
	if t11.Body.Change > 0 {
		h, err := w.received(t11.Attachments, it.Vendor, t11.Body.Change, t11.At)
		if err != nil {
			return wrong(it, p, "T11", err)
		}
		c.Keep = []Holding{h}
	}
	receipt, err := w.sealReceipt(ctx, it, p, *t11)
	if err != nil {
		return wrong(it, p, "T11", err)
	}
	c.Receipt = &receipt
	return done(it, p, c)
}
