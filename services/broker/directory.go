package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Stalls lists the merchants the broker certified, revoked ones marked.
func (b *Broker) Stalls(ctx context.Context) ([]scrip.CertifiedStall, error) {
	stalls, err := b.Books.Stalls(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]scrip.CertifiedStall, len(stalls))
	for i, stall := range stalls {
		list[i] = published(stall)
	}
	return list, nil
}

// Stall returns one merchant of the directory, or scrip.UnknownVendor.
func (b *Broker) Stall(ctx context.Context, v scrip.VendorID) (scrip.CertifiedStall, error) {
	stall, err := b.Books.Stall(ctx, v)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.CertifiedStall{}, scrip.UnknownVendor
	}
	return published(stall), err
}

func published(s scrip.Stall) scrip.CertifiedStall {
	return scrip.CertifiedStall{Vendor: s.Vendor, Name: s.Name, BaseURL: s.BaseURL, Certificate: s.JWS, Revoked: s.Revoked}
}
