package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Stalls lists the merchants the broker certified, revoked ones marked, after one of them
// or from the first: as many as are read at once.
func (b *Broker) Stalls(ctx context.Context, after scrip.VendorID) (scrip.DirectoryPart, error) {
	return scrip.ReadDirectory(ctx, b.Directory, after)
}

// Directory returns a page of that list, after a merchant or from the first.
// scrip.UnknownVendor: it never certified the one that is named.
func (b *Broker) Directory(ctx context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error) {
	stalls, err := b.Books.Stalls(ctx, after, scrip.MaxStallsPage)
	if err != nil {
		return nil, err
	}
	if len(stalls) == 0 && after != "" {
		if _, err := b.known(ctx, after); err != nil {
			return nil, err
		}
	}
	list := make([]scrip.CertifiedStall, len(stalls))
	for i, stall := range stalls {
		if list[i], err = b.published(ctx, stall); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Stall returns one merchant of the directory, or scrip.UnknownVendor.
func (b *Broker) Stall(ctx context.Context, v scrip.VendorID) (scrip.CertifiedStall, error) {
	stall, err := b.known(ctx, v)
	if err != nil {
		return scrip.CertifiedStall{}, err
	}
	return b.published(ctx, stall)
}

// known returns a merchant that was certified, or scrip.UnknownVendor.
func (b *Broker) known(ctx context.Context, v scrip.VendorID) (scrip.Stall, error) {
	stall, err := b.Books.Stall(ctx, v)
	if errors.Is(err, scrip.ErrAbsent) {
		err = scrip.UnknownVendor
	}
	return stall, err
}

// published is the entry of a merchant in the directory, with its RECORD.
func (b *Broker) published(ctx context.Context, s scrip.Stall) (scrip.CertifiedStall, error) {
	said := b.entry(s)
	var err error
	said.Record, err = b.record(ctx, s)
	return said, err
}

// entry is the same without its RECORD, which takes a look into the books.
func (b *Broker) entry(s scrip.Stall) scrip.CertifiedStall {
	said := scrip.CertifiedStall{Vendor: s.Vendor, Name: s.Name, BaseURL: s.BaseURL, Certificate: s.JWS, Revoked: s.Revoked}
	if s.Silence.Gone(b.Clock().Unix()) {
		said.SilentSince = s.Silence.Since
	}
	return said
}
