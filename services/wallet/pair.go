package wallet

import (
	"context"
	"strings"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// pair is a two-part message as it was written down: T4, T15 or T22. Each part
// is bound to the other.
type pair struct {
	Order   request `json:"order"`   // for the merchant, signed by the pseudonym
	Payment request `json:"payment"` // for the broker, signed by the account
}

// signPair makes the two parts of a message of one tx. What it needs to know of
// the order is its body and its attachments, and of the payment likewise.
func (w *Wallet) signPair(it Item, pseudonym jose.SigningKey, order, payment draft) (pair, error) {
	order.from, order.to, order.tx = pseudonym.Thumbprint(), string(it.Vendor), it.Tx
	payment.from, payment.to, payment.tx = string(w.account), string(w.brokerID()), it.Tx
	orderMessage, k1, err := w.message(order)
	if err != nil {
		return pair{}, err
	}
	paymentMessage, k2, err := w.message(payment)
	if err != nil {
		return pair{}, err
	}
	o, p, err := jose.SignPair(w.cfg.Random, orderMessage, paymentMessage, pseudonym, w.Key())
	return pair{
		request{order.body.Type(), it.Tx, order.from, o, k1}, request{payment.body.Type(), it.Tx, payment.from, p, k2},
	}, err
}

// askBoth sends both parts and gives the answer's envelopes, unopened. Of t it
// uses the merchant's key, the way, and what to say. Its error settles nothing.
func (w *Wallet) askBoth(ctx context.Context, p pair, t talk) (scrip.Sealed, error) {
	t.Typ, _, _ = strings.Cut(p.Order.Typ, "-")
	order, err := p.Order.Signed.Seal(t.to)
	if err != nil {
		return scrip.Sealed{}, unfinished("seal "+p.Order.Typ, err)
	}
	payment, err := p.Payment.Signed.Seal(w.brokerInfo(ctx).Envelope)
	if err != nil {
		return scrip.Sealed{}, unfinished("seal "+p.Payment.Typ, err)
	}
	w.tell(t.tell, t.Typ, Sent)
	answer, err := t.by.Send(ctx, t.Typ, scrip.Sealed{Order: order, Payment: payment})
	if err != nil {
		return scrip.Sealed{}, unfinished("send "+t.Typ, err)
	}
	return answer, nil
}
