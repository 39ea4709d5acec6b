package market

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"peerscrip/services/scrip"
)

// Restock takes over what is left of some offers of a near stall: call it instead of
// RefreshStall when things were bought there and nothing else changed, so that a purchase
// costs the same however much the stall offers. Where the catalogue has one of them not as
// the stall signed it, the whole stall is read.
func (m *Market) Restock(ctx context.Context, vendor scrip.VendorID, offers []scrip.ID) error {
	err := m.restock(ctx, vendor, offers)
	if errors.Is(err, scrip.ErrAbsent) || errors.Is(err, scrip.NotFound) {
		return m.RefreshStall(ctx, vendor)
	}
	return err
}

// restock is in its turn with the readings of the stall, so that what was asked later is
// also stored later.
func (m *Market) restock(ctx context.Context, vendor scrip.VendorID, offers []scrip.ID) error {
	done, err := m.turn(ctx, vendor)
	if err != nil {
		return fmt.Errorf("wait to read stall %s: %w", vendor, err)
	}
	defer done()
	asking, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	left := make([]Left, len(offers))
	for i, offer := range offers {
		now, err := m.Source.Offer(asking, scrip.Certificate{Vendor: vendor}, offer)
		if err != nil {
			return fmt.Errorf("read what is left of an offer: %w", err)
		}
		left[i] = Left{offer, now.Offer, inStock(now)}
	}
	if err := m.Store.Restock(ctx, vendor, left); err != nil {
		return fmt.Errorf("store what is left at stall %s: %w", vendor, err)
	}
	return nil
}

// tags say what stalls offered when that was stored last. A stall that has none is read
// in full. The zero value is ready.
type tags struct {
	mu   sync.Mutex
	list map[scrip.VendorID]string // under mu
}

func (t *tags) of(v scrip.VendorID) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.list[v]
}

// maxTag bounds what is kept of a tag, which a stall may choose, in bytes.
const maxTag = 100

func (t *tags) keep(v scrip.VendorID, tag string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.list == nil {
		t.list = map[scrip.VendorID]string{}
	}
	if tag == "" || len(tag) > maxTag {
		delete(t.list, v)
		return
	}
	t.list[v] = tag
}
