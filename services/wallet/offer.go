package wallet

import (
	"context"

	"peerscrip/services/scrip"
)

// Offer reads a signed offer: the seller's signature, under the broker's
// certificate for the seller. scrip.OfferExpired, scrip.StallRevoked,
// scrip.NotYetInForce, ErrClock and scrip.Unreadable say what is wrong with it, and
// scrip.PartyMismatch that it is another's, or for another.
func (w *Wallet) Offer(ctx context.Context, offer string) (scrip.Offer, error) {
	named, err := unverified(offer)
	if err != nil {
		return scrip.Offer{}, err
	}
	c, err := w.certificate(ctx, named.vendor)
	if err != nil {
		return scrip.Offer{}, err
	}
	o, err := scrip.Verify[scrip.Offer](offer, string(named.vendor), w.merchantKeys(ctx, c))
	switch {
	case err != nil:
		return scrip.Offer{}, err
	case o.Body.Vendor != named.vendor || o.Body.Currency != w.currency():
		return scrip.Offer{}, scrip.PartyMismatch
	}
	if o.Body.For != "" {
		me, _, err := w.pseudonym(ctx, named.vendor)
		if err != nil {
			return scrip.Offer{}, err
		}
		if err := scrip.CheckPrivate(o, scrip.Pseudonym(me.Thumbprint())); err != nil {
			return scrip.Offer{}, err
		}
	}
	return o.Body, w.inTime(ctx, offerTime(o.Body))
}
