package wallet

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"

	"peerscrip/services/scrip"
)

// Offer reads a signed offer: the seller's signature, under the broker's
// certificate for the seller. scrip.OfferExpired, scrip.StallRevoked,
// scrip.NotYetInForce, ErrClock and scrip.Unreadable say what is wrong with it.
func (w *Wallet) Offer(ctx context.Context, offer string) (scrip.Offer, error) {
	vendor, _, err := unverified(offer)
	if err != nil {
		return scrip.Offer{}, err
	}
	c, err := w.certificate(ctx, vendor)
	if err != nil {
		return scrip.Offer{}, err
	}
	o, err := scrip.Verify[scrip.Offer](offer, string(vendor), w.merchantKeys(ctx, c))
	switch {
	case err != nil:
		return scrip.Offer{}, err
	case o.Body.Vendor != vendor || o.Body.Currency != w.currency():
		return scrip.Offer{}, scrip.PartyMismatch
	}
	return o.Body, w.inTime(ctx, offerTime(o.Body))
}

// unverified reads whom an offer names, and its ID, before anything of it is
// verified: to look up the key that must have signed it, and in receipts, which
// keep what was verified.
func unverified(offer string) (scrip.VendorID, scrip.ID, error) {
	parts := strings.Split(offer, ".")
	if len(parts) != 3 {
		return "", "", scrip.Unreadable
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", "", scrip.Unreadable
	}
	var claims struct {
		Aud  scrip.VendorID `json:"aud"`
		Body struct {
			Offer scrip.ID `json:"offer"`
		} `json:"body"`
	}
	if err := json.Unmarshal(payload, &claims); err != nil || !claims.Aud.Valid() {
		return "", "", scrip.Unreadable
	}
	return claims.Aud, claims.Body.Offer, nil
}

// purposeOf is the purchase of quantity of an offer, at the price its seller
// signed.
func (w *Wallet) purposeOf(ctx context.Context, order scrip.Order) (purpose, error) {
	if err := order.Valid(); err != nil {
		return purpose{}, err
	}
	offer, err := w.Offer(ctx, order.Offer)
	if err != nil {
		return purpose{}, err
	}
	price, err := offer.Total(order.Quantity)
	if err == nil && !price.Positive() {
		err = scrip.AmountOutOfBounds
	}
	return purpose{vendor: offer.Vendor, offer: offer, order: order, price: price}, err
}
