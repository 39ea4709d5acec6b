package merchant

import (
	"context"
	"fmt"
	"time"

	"peerscrip/services/scrip"
)

// What one stall may take up at its host. Pages name these numbers.
const (
	MaxForSale    = 500       // listings that can be bought now
	MaxSoldOut    = 500       // listings shown beside them though they are sold out: the newest
	MaxPhotoBytes = 256 << 20 // of all photos kept, both sizes
)

// How long things are kept that nobody looks for.
const (
	photoSpared = 24 * time.Hour      // a photo no listing shows, as of a form not finished
	endedSpared = 90 * 24 * time.Hour // a listing that ended unsold, after its offer ran out
	sweepEvery  = time.Hour
)

// sweep erases what is kept for nothing: photos that no listing shows, and
// listings that ended long ago and were never bought.
func (s *Stall) sweep(ctx context.Context) error {
	now := s.Clock()
	err := s.Shelf.Apply(ctx, scrip.Change{At: now.Unix(), Stall: &scrip.StallChange{Sweep: &scrip.Sweep{
		Photos: now.Add(-photoSpared).Unix(), Listings: now.Add(-endedSpared).Unix(),
	}}})
	if err != nil {
		return fmt.Errorf("sweep the shelf: %w", err)
	}
	return nil
}
