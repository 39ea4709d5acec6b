package market

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// PaymentLink reads a payment link (an offer of kind request) at its stall, as no catalogue
// has it, in whatever State: Live can be paid, SoldOut was. Nothing of it is kept here.
// scrip.NotFound: the stall has no such link, or it has ended, and ErrHidden, which is one,
// when the stall is hidden; scrip.StallRevoked: there is no such stall any more;
// scrip.Unavailable: the stall does not answer, or too much is asked of it.
func (m *Market) PaymentLink(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (Item, error) {
	if !vendor.Valid() || !offer.Valid() {
		return Item{}, scrip.NotFound
	}
	stall, err := m.stall(ctx, vendor)
	if err != nil {
		return Item{}, err
	}
	read := m.reading.DoChan(string(vendor)+"/"+string(offer), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.Timeout/2)
		defer cancel()
		return m.readLink(ctx, stall, offer)
	})
	select {
	case r := <-read:
		l, _ := r.Val.(scrip.Listing)
		return Item{Listing: l, Stall: stall}.as(m.now()), r.Err
	case <-ctx.Done():
		return Item{}, fmt.Errorf("wait for a payment link: %w", ctx.Err())
	}
}

// readLink asks the stall, when it is its turn, and believes what it signed.
func (m *Market) readLink(ctx context.Context, s Stall, offer scrip.ID) (scrip.Listing, error) {
	cert, err := scrip.ReadCertificate(s.Certificate, s.Vendor, m.Keys)
	if err != nil {
		return scrip.Listing{}, fmt.Errorf("check the certificate of stall %s: %w", s.Vendor, errors.Join(scrip.Unavailable, err))
	}
	leave, err := m.lanes.enter(ctx, s.Vendor)
	if err != nil {
		return scrip.Listing{}, scrip.Unavailable
	}
	defer leave()
	public, err := m.Source.Offer(ctx, cert, offer)
	if errors.Is(err, scrip.NotFound) || errors.Is(err, scrip.ErrAbsent) {
		return scrip.Listing{}, scrip.NotFound
	}
	if err != nil {
		m.Log.Info("stall does not answer for a payment link", "vendor", s.Vendor, "err", err)
		return scrip.Listing{}, scrip.Unavailable
	}
	o, err := scrip.Verify[scrip.Offer](public.Offer, string(s.Vendor), cert.Signer())
	if err != nil || o.Body.Vendor != s.Vendor || o.Body.Offer != offer || !o.Body.IsRequest() || o.Body.Currency != m.Broker().Currency.Code {
		return scrip.Listing{}, scrip.NotFound
	}
	return scrip.Listing{Offer: o.Body, Version: o.Tx, JWS: public.Offer, Stock: min(inStock(public), 1), ListedAt: min(o.At, m.now())}, nil
}
