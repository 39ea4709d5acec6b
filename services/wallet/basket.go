package wallet

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Thing is so many of one signed offer.
type Thing struct {
	Offer    string // as the seller signed it
	Quantity int
}

// Basket is what is bought together at one stall, in one purchase.
type Basket struct {
	Things   []Thing
	Delivery scrip.Delivery
	Note     string // what else the seller must know; may be empty
	Key      Key    // zero for none: then an unfinished purchase of the same is gone on with
}

// Just is a basket of one offer.
func Just(offer string, quantity int, delivery scrip.Delivery) Basket {
	return Basket{Things: []Thing{{offer, quantity}}, Delivery: delivery}
}

// order is the basket as T10 orders it, from its one seller: scrip.PartyMismatch
// where there are more. Nothing of the offers is verified.
func (b Basket) order() (scrip.VendorID, scrip.Order, error) {
	o, of := scrip.Order{Delivery: b.Delivery.Cleaned(), Note: scrip.Clean(b.Note)}, scrip.VendorID("")
	for i, t := range b.Things {
		named, err := unverified(t.Offer)
		if err != nil {
			return "", scrip.Order{}, err
		}
		if i > 0 && named.vendor != of {
			return "", scrip.Order{}, scrip.PartyMismatch
		}
		of = named.vendor
		o.Lines = append(o.Lines, scrip.OrderLine{Version: named.version, Digest: jose.Signed{JWS: t.Offer}.Digest(), Quantity: t.Quantity})
	}
	return of, o, o.Valid()
}

// sameOrder reports whether two orders are of the same things to the same place.
func sameOrder(a, b scrip.Order) bool {
	return reflect.DeepEqual(a, b)
}

// claimed is what an offer says of itself.
type claimed struct {
	vendor  scrip.VendorID
	offer   scrip.ID
	version scrip.ID
}

// unverified reads whom an offer names, its ID and its version, before anything of
// it is verified: to look up the key that must have signed it, and in receipts,
// which keep what was verified.
func unverified(offer string) (claimed, error) {
	parts := strings.Split(offer, ".")
	if len(parts) != 3 {
		return claimed{}, scrip.Unreadable
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claimed{}, scrip.Unreadable
	}
	var claims struct {
		Aud  scrip.VendorID `json:"aud"`
		Tx   scrip.ID       `json:"tx"`
		Body struct {
			Offer scrip.ID `json:"offer"`
		} `json:"body"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil || !claims.Aud.Valid() {
		return claimed{}, scrip.Unreadable
	}
	return claimed{claims.Aud, claims.Body.Offer, claims.Tx}, nil
}

// purposeOf is the purchase of a basket, at the price its seller signed.
func (w *Wallet) purposeOf(ctx context.Context, b Basket) (purpose, error) {
	vendor, order, err := b.order()
	if err != nil {
		return purpose{}, err
	}
	p := purpose{vendor: vendor, order: order}
	for _, t := range b.Things {
		offer, err := w.Offer(ctx, t.Offer)
		if err != nil {
			return purpose{}, err
		}
		p.portions = append(p.portions, scrip.Portion{Offer: offer, Quantity: t.Quantity})
		p.offers = append(p.offers, t.Offer)
	}
	p.price, err = scrip.Total(p.portions, order.Delivery)
	if err == nil && !p.price.Positive() {
		err = scrip.AmountOutOfBounds
	}
	return p, err
}
