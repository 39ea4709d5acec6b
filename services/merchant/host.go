package merchant

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// HostConfig is what a Host is made of.
type HostConfig struct {
	// Stall is what all hosted stalls have in common. Certificate,
	// CertificateJWS, About, Keys, Shelf and Changed are filled in for each.
	Stall Config
	// BrokerInfo says who certifies stalls; it is asked whenever that matters,
	// so that a new key of the broker's is seen. Nil is Stall.BrokerInfo for ever.
	BrokerInfo func() scrip.BrokerInfo
	// Directory lists the stalls the broker certified.
	Directory Directory
	// Store keeps the tenants.
	Store Hosted
	// MakeShelf makes the book of a stall before the store says that the stall is
	// open: what is open and has no book has lost it. Nil where OpenShelf makes it.
	MakeShelf func(ctx context.Context, vendor scrip.VendorID) error
	// OpenShelf opens the book of one stall, apart from every other's. The id is
	// its vendor ID.
	OpenShelf func(ctx context.Context, id string) (Shelf, io.Closer, error)
	// Operator is the key under which the stalls' keys are stored.
	Operator [32]byte
	// BaseURL is where customers reach the stalls.
	BaseURL string
	// MaxStalls is how many stalls there can be; 0 is 100.
	MaxStalls int
	// Changed is called after goods or stock of a stall changed, and when it was
	// opened; may be nil. It must not block.
	Changed func(scrip.VendorID)
}

// Bounds on drafts, beside those of Hosted.
const (
	draftLife       = 24 * time.Hour
	maxDrafts       = 1000          // of all accounts together
	draftsOfAccount = 3             // and open stalls
	draftSpared     = 2 * hostPause // what is certified by then, sweep has finished
	maxAbout        = 2000          // characters
)

// Host keeps many stalls for sellers without a node of their own. It holds
// their keys, so its operator could sell in their name: whoever minds runs a
// stall. It is safe for concurrent use.
type Host struct {
	HostConfig
	opened chan struct{} // a stall was opened: Run has to run it

	mu     sync.Mutex
	places map[scrip.VendorID]*place // under mu
	closed bool                      // under mu
}

// place is one open stall's. Its book is opened when it is first needed, and
// again if that failed.
type place struct {
	tenant Tenant
	keys   StallKeys

	mu    sync.Mutex
	stall *Stall    // under mu; nil until opened
	book  io.Closer // under mu
}

// OpenHost reads the tenants. It starts nothing: see Run. An operator's key
// that does not open their keys is an error.
func OpenHost(ctx context.Context, c HostConfig) (*Host, error) {
	if c.MaxStalls <= 0 {
		c.MaxStalls = 100
	}
	if c.Changed == nil {
		c.Changed = func(scrip.VendorID) {}
	}
	if c.Stall.Log == nil {
		c.Stall.Log = slog.Default()
	}
	if c.BrokerInfo == nil {
		c.BrokerInfo = func() scrip.BrokerInfo { return c.Stall.BrokerInfo }
	}
	h := &Host{HostConfig: c, opened: make(chan struct{}, 1), places: map[scrip.VendorID]*place{}}
	tenants, err := c.Store.Tenants(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the hosted stalls: %w", err)
	}
	for _, t := range tenants {
		if t.Vendor == "" {
			continue
		}
		if err := h.settle(t); err != nil {
			return nil, err
		}
	}
	return h, nil
}

// settle gives a tenant with a certificate its place.
func (h *Host) settle(t Tenant) error {
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
	h.mu.Lock()
	p, closed := h.places[vendor], h.closed
	h.mu.Unlock()
	switch {
	case closed:
		return nil, errHostClosed
	case p == nil:
		return nil, scrip.UnknownVendor
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

// open opens p's book and the stall on it. The caller holds p.mu.
func (h *Host) open(ctx context.Context, p *place) error {
	t, broker := p.tenant, h.BrokerInfo()
	cert, err := readCertificate(t.Signed, t.Vendor, broker)
	if err != nil {
		return fmt.Errorf("read its certificate: %w", err)
	}
	shelf, book, err := h.OpenShelf(ctx, string(t.Vendor))
	if err != nil {
		return fmt.Errorf("open its book: %w", err)
	}
	c := h.HostConfig.Stall
	c.Certificate, c.CertificateJWS, c.About, c.Keys, c.Shelf = cert, t.Signed, t.About, p.keys, shelf
	c.BrokerInfo, c.Changed = broker, func() { h.Changed(t.Vendor) }
	c.Certified = func(ctx context.Context, signed string) error { return h.Store.Recertify(ctx, t.Vendor, signed) }
	p.stall, p.book = Open(c), book
	return nil
}

// Has reports whether a stall is hosted here, without opening its book.
func (h *Host) Has(vendor scrip.VendorID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.places[vendor] != nil
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

// Close closes the books of all stalls: call it after Run has returned and the
// last request was answered.
func (h *Host) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.closed = true
	var failed error
	for v, p := range h.places {
		p.mu.Lock()
		if p.book != nil {
			if err := p.book.Close(); err != nil {
				failed = errors.Join(failed, fmt.Errorf("close stall %s: %w", v, err))
			}
			p.book = nil
		}
		p.mu.Unlock()
	}
	return failed
}
