package services

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"peerscrip/api"
	"peerscrip/services/broker"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// apiStall is a merchant as the API serves it.
type apiStall struct{ *merchant.Stall }

var _ api.Stall = apiStall{}

// About returns the stall with its certificate, and what it says of itself.
func (c apiStall) About(ctx context.Context) (scrip.CertifiedStall, scrip.StallPage, error) {
	page, err := c.Page(ctx)
	return scrip.CertifiedStall{
		Vendor: c.Vendor(), Name: c.Current().Name, BaseURL: c.Current().BaseURL, Certificate: c.Standing(),
	}, page, err
}

// hostedStalls are the stalls of this process's sellers.
type hostedStalls struct{ host *merchant.Host }

// Stall returns scrip.UnknownVendor for a stall that is not hosted here.
func (s hostedStalls) Stall(ctx context.Context, v scrip.VendorID) (api.Stall, error) {
	stall, err := s.host.Stall(ctx, v)
	if err != nil {
		return nil, err
	}
	return apiStall{stall}, nil
}

// Seller is the same in the hands of the seller's programs.
func (s hostedStalls) Seller(ctx context.Context, v scrip.VendorID) (api.Seller, error) {
	return s.host.Stall(ctx, v)
}

// soleStall is a stand-alone node's: all stalls there are.
type soleStall struct{ stall *merchant.Stall }

// Stall returns scrip.UnknownVendor for any other stall.
func (s soleStall) Stall(_ context.Context, v scrip.VendorID) (api.Stall, error) {
	if v != s.stall.Vendor() {
		return nil, scrip.UnknownVendor
	}
	return apiStall{s.stall}, nil
}

// Seller is the same in the hands of the seller's programs.
func (s soleStall) Seller(_ context.Context, v scrip.VendorID) (api.Seller, error) {
	if v != s.stall.Vendor() {
		return nil, scrip.UnknownVendor
	}
	return s.stall, nil
}

// soleDirectory is the whole directory of a stand-alone node's own pages. What the
// broker says of the stall (RECORD) stands in it as in the broker's own, as of a minute
// ago; while the broker does not answer, as it said last.
type soleDirectory struct {
	stall  *merchant.Stall
	broker interface {
		Stall(ctx context.Context, v scrip.VendorID) (scrip.CertifiedStall, error)
	}
	clock func() time.Time
	log   *slog.Logger

	mu     sync.Mutex
	record string
	asked  int64 // unix seconds
}

// How old, in seconds, what the broker says of a stall may be on the stall's own pages, and
// how long they wait for it.
const (
	recordAge  = 60
	recordWait = 2 * time.Second
)

// Stalls lists the one.
func (d *soleDirectory) Stalls(ctx context.Context, _ scrip.VendorID) (scrip.DirectoryPart, error) {
	about, err := d.about(ctx)
	return scrip.DirectoryPart{Stalls: []scrip.CertifiedStall{about}}, err
}

// Stall returns scrip.UnknownVendor for any other stall.
func (d *soleDirectory) Stall(ctx context.Context, v scrip.VendorID) (scrip.CertifiedStall, error) {
	if v != d.stall.Vendor() {
		return scrip.CertifiedStall{}, scrip.UnknownVendor
	}
	return d.about(ctx)
}

func (d *soleDirectory) about(ctx context.Context) (scrip.CertifiedStall, error) {
	about, _, err := apiStall{d.stall}.About(ctx)
	about.Record = d.recordNow(ctx)
	return about, err
}

// recordNow is the newest RECORD that the broker told; empty: none yet.
func (d *soleDirectory) recordNow(ctx context.Context) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock().Unix()
	if now >= d.asked && now < d.asked+recordAge {
		return d.record
	}
	d.asked = now
	asking, cancel := context.WithTimeout(ctx, recordWait)
	defer cancel()
	told, err := d.broker.Stall(asking, d.stall.Vendor())
	if err != nil {
		d.log.Info("the broker does not say what it knows of this stall", "err", err)
		return d.record
	}
	d.record = told.Record
	return d.record
}

// source reads stalls for the catalogue: those of this process directly, any
// other over HTTP.
type source struct {
	local     api.Stalls        // nil without stalls of its own
	transport http.RoundTripper // see outward
}

func (s source) stall(ctx context.Context, c scrip.Certificate) (api.Stall, error) {
	if s.local != nil {
		stall, err := s.local.Stall(ctx, c.Vendor)
		if !errors.Is(err, scrip.UnknownVendor) {
			return stall, err
		}
	}
	peer, err := api.Dial(api.DialConfig{BaseURL: c.BaseURL, HTTPClient: &http.Client{Transport: s.transport}})
	if err != nil {
		return nil, fmt.Errorf("dial a stall: %w", err)
	}
	return peer.Stall(c.Vendor), nil
}

// merchants carries T16 and CALL to stalls for the broker, by the catalogue's ways: to
// those of this process directly, to any other over HTTP at the address the
// broker certified.
type merchants struct {
	house     *house
	transport http.RoundTripper // see outward
}

var _ broker.Merchants = merchants{}

// Send returns an error unless the stall answered.
func (m merchants) Send(ctx context.Context, s scrip.CertifiedStall, message string, in scrip.Sealed) (scrip.Sealed, error) {
	stall, err := source{m.house.api.Stalls, m.transport}.stall(ctx, scrip.Certificate{Vendor: s.Vendor, BaseURL: s.BaseURL})
	if err != nil {
		return scrip.Sealed{}, err
	}
	return stall.Send(ctx, message, in)
}

// Page returns what a stall says of itself.
func (s source) Page(ctx context.Context, c scrip.Certificate) (scrip.StallPage, error) {
	stall, err := s.stall(ctx, c)
	if err != nil {
		return scrip.StallPage{}, err
	}
	_, page, err := stall.About(ctx)
	return page, err
}

// Offers returns what a stall offers now. One of this process has no tags: it tells of its
// changes.
func (s source) Offers(ctx context.Context, c scrip.Certificate, known string) ([]scrip.PublicOffer, string, error) {
	stall, err := s.stall(ctx, c)
	if err != nil {
		return nil, "", err
	}
	if far, is := stall.(api.StallClient); is {
		return far.OffersSince(ctx, known)
	}
	offers, err := stall.Offers(ctx)
	return offers, "", err
}

// Offer returns one offer of a stall.
func (s source) Offer(ctx context.Context, c scrip.Certificate, offer scrip.ID) (scrip.PublicOffer, error) {
	stall, err := s.stall(ctx, c)
	if err != nil {
		return scrip.PublicOffer{}, err
	}
	return stall.Offer(ctx, offer)
}

// Photo returns a photo of a stall.
func (s source) Photo(ctx context.Context, c scrip.Certificate, digest string) ([]byte, error) {
	stall, err := s.stall(ctx, c)
	if err != nil {
		return nil, err
	}
	photo, err := stall.Photo(ctx, digest)
	return photo.Full, err
}
