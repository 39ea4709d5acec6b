package merchant

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"peerscrip/services/scrip"
)

// place is one open stall's. Its book is opened when it is first needed, and
// again if that failed.
type place struct {
	tenant Tenant // its Signed is under mu; which AccountKey it has now, the store says: see keptKey
	keys   StallKeys

	mu    sync.Mutex
	stall *Stall    // under mu; nil until opened
	book  io.Closer // under mu
}

// admit gives a tenant with a certificate its place, or the place that it has its
// certificate.
func (h *Host) admit(ctx context.Context, t Tenant) error {
	if p, err := h.placed(t.Vendor); err != nil {
		return err
	} else if p != nil {
		return h.follow(ctx, p, t.Signed)
	}
	keys, err := OpenKeys(h.Operator, string(t.ID), t.Keys)
	if err != nil {
		return fmt.Errorf("stall %s: %w", t.Vendor, err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.places[t.Vendor] == nil {
		h.places[t.Vendor] = &place{tenant: t, keys: keys}
	}
	return nil
}

var errHostClosed = errors.New("the host is closed")

// Stall returns a hosted stall, or scrip.UnknownVendor.
func (h *Host) Stall(ctx context.Context, vendor scrip.VendorID) (*Stall, error) {
	p, err := h.place(ctx, vendor)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stall != nil {
		return p.stall, nil
	}
	if err := h.open(ctx, p); err != nil {
		return nil, fmt.Errorf("open stall %s: %w", vendor, err)
	}
	return p.stall, nil
}

// place returns the place of a hosted stall, or scrip.UnknownVendor. One that another process opened since gets its place here.
func (h *Host) place(ctx context.Context, vendor scrip.VendorID) (*place, error) {
	p, err := h.placed(vendor)
	if p != nil || err != nil {
		return p, err
	}
	switch t, err := h.Store.Opened(ctx, vendor); {
	case errors.Is(err, scrip.ErrAbsent):
		return nil, scrip.UnknownVendor
	case err != nil:
		return nil, fmt.Errorf("look for stall %s: %w", vendor, err)
	default:
		if err := h.admit(ctx, t); err != nil {
			return nil, err
		}
	}
	return h.placed(vendor)
}

// placed returns the place of a stall that was met in this process, or nil.
func (h *Host) placed(vendor scrip.VendorID) (*place, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, errHostClosed
	}
	return h.places[vendor], nil
}

// open opens p's book and the stall on it. The caller holds p.mu.
func (h *Host) open(ctx context.Context, p *place) error {
	t := p.tenant
	cert, err := scrip.ReadCertificate(t.Signed, t.Vendor, h.HostConfig.Stall.BrokerKeys)
	if err != nil {
		return fmt.Errorf("read its certificate: %w", err)
	}
	shelf, book, err := h.OpenShelf(ctx, string(t.Vendor))
	if err != nil {
		return fmt.Errorf("open its book: %w", err)
	}
	c := h.HostConfig.Stall
	c.Certificate, c.CertificateJWS, c.About, c.Keys, c.Shelf = cert, t.Signed, t.About, p.keys, shelf
	c.Changed = func() { h.Changed(t.Vendor) }
	c.Bought = func(offers []scrip.ID) { h.Bought(t.Vendor, offers) }
	c.Certificates = tenancy{h.Store, t.Vendor}
	p.stall, p.book = Open(c), book
	return nil
}

// tenancy is where a hosted stall's certificate is kept.
type tenancy struct {
	store  Hosted
	vendor scrip.VendorID
}

// Kept implements Certificates.
func (t tenancy) Kept(ctx context.Context) (string, error) {
	kept, err := t.store.Opened(ctx, t.vendor)
	return kept.Signed, err
}

// Replace implements Certificates.
func (t tenancy) Replace(ctx context.Context, before, next string) error {
	return t.store.Recertify(ctx, t.vendor, before, next)
}

// Astray are those entries of the directory that are of stalls hosted here, and have another
// certificate than the stall keeps, or another address than the host's. It opens no book.
func (h *Host) Astray(listed []scrip.CertifiedStall) (list []scrip.CertifiedStall) {
	for _, s := range listed {
		p, err := h.placed(s.Vendor)
		if p == nil || err != nil || s.Revoked {
			continue
		}
		if s.BaseURL != h.BaseURL || s.Certificate != p.standing() {
			list = append(list, s)
		}
	}
	return list
}

// standing is the certificate that is kept, as the broker signed it.
func (p *place) standing() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stall != nil {
		return p.stall.Standing()
	}
	return p.tenant.Signed
}

// OpenedAs returns the name under which a hosted stall was opened, which may have
// another by now; empty where it is not hosted here.
func (h *Host) OpenedAs(vendor scrip.VendorID) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p := h.places[vendor]; p != nil {
		return p.tenant.Name
	}
	return ""
}

// Has reports whether a stall is hosted here, without opening its book. What another
// process opened a moment ago it may not know yet: see Hosts.
func (h *Host) Has(vendor scrip.VendorID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.places[vendor] != nil
}

// Hosts reports whether a stall is hosted here, by the store where this process does not
// know it. Where that does not answer, it may be.
func (h *Host) Hosts(ctx context.Context, vendor scrip.VendorID) bool {
	_, err := h.place(ctx, vendor)
	return !errors.Is(err, scrip.UnknownVendor)
}

// Stalls lists the hosted stalls by vendor ID.
func (h *Host) Stalls() []scrip.VendorID {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]scrip.VendorID, 0, len(h.places))
	for v := range h.places {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b scrip.VendorID) int { return strings.Compare(string(a), string(b)) })
	return list
}

// Busy lists the hosted stalls that may have something to tell the broker, by vendor
// ID: all but those that are idle. It opens no book.
func (h *Host) Busy() []scrip.VendorID {
	return slices.DeleteFunc(h.Stalls(), func(v scrip.VendorID) bool {
		h.mu.Lock()
		p := h.places[v]
		h.mu.Unlock()
		if p == nil || !p.mu.TryLock() {
			return p == nil // one that is being opened is busy
		}
		defer p.mu.Unlock()
		return p.stall != nil && p.stall.Idle()
	})
}
