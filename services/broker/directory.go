package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Stalls lists the merchants the broker certified, revoked ones marked.
func (b *Broker) Stalls(ctx context.Context) ([]scrip.CertifiedStall, error) {
	return scrip.ReadDirectory(ctx, b.Directory)
}

// Directory returns a page of that list, after a merchant or from the first.
// scrip.UnknownVendor: it never certified the one that is named.
func (b *Broker) Directory(ctx context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error) {
	stalls, err := b.Books.Stalls(ctx, after, scrip.MaxStallsPage)
	if err != nil {
		return nil, err
	}
	if len(stalls) == 0 && after != "" {
		if _, err := b.Stall(ctx, after); err != nil {
			return nil, err
		}
	}
	list := make([]scrip.CertifiedStall, len(stalls))
	for i, stall := range stalls {
		list[i] = b.published(stall)
	}
	return list, nil
}

// Stall returns one merchant of the directory, or scrip.UnknownVendor.
func (b *Broker) Stall(ctx context.Context, v scrip.VendorID) (scrip.CertifiedStall, error) {
	stall, err := b.Books.Stall(ctx, v)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.CertifiedStall{}, scrip.UnknownVendor
	}
	return b.published(stall), err
}

func (b *Broker) published(s scrip.Stall) scrip.CertifiedStall {
	said := scrip.CertifiedStall{Vendor: s.Vendor, Name: s.Name, BaseURL: s.BaseURL, Certificate: s.JWS, Revoked: s.Revoked}
	if s.Silence.Gone(b.Clock().Unix()) {
		said.SilentSince = s.Silence.Since
	}
	return said
}
