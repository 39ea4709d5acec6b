package merchant

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// HostConfig is what a Host is made of.
type HostConfig struct {
	// Stall is what all hosted stalls have in common. Certificate,
	// CertificateJWS, About, Keys, Shelf and Changed are filled in for each.
	Stall Config
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
	// Bought is called instead after a purchase at a stall, with the offers of which less
	// is left; nil: Changed is. It must not block.
	Bought func(vendor scrip.VendorID, offers []scrip.ID)
	// Waiting lists the stalls that have something to tell the broker, of which another
	// process may know alone; nil where there is no other.
	Waiting func(ctx context.Context) ([]scrip.VendorID, error)
}

// Bounds on drafts, beside those of Hosted.
const (
	draftLife       = 24 * time.Hour
	maxDrafts       = 1000          // of all accounts together
	draftsOfAccount = 3             // and open stalls
	draftSpared     = 2 * hostPause // what is certified by then, sweep has finished
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

	listed  listed
	swept   swept
	learned learned
	asked   scrip.Pace // of the directory, by Finish
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
	if c.Bought == nil {
		c.Bought = func(v scrip.VendorID, _ []scrip.ID) { c.Changed(v) }
	}
	if c.Stall.Log == nil {
		c.Stall.Log = slog.Default()
	}
	c.Stall.BrokerKeys = c.Stall.brokerKeys()
	h := &Host{HostConfig: c, opened: make(chan struct{}, 1), places: map[scrip.VendorID]*place{}, asked: scrip.Pace{Most: listedEvery, Window: 60}}
	if _, err := h.learn(ctx); err != nil {
		return nil, err
	}
	return h, nil
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

func (h *Host) now() int64 { return h.HostConfig.Stall.Clock().Unix() }
