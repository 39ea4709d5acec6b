package merchant

import (
	"context"
	"fmt"
	"time"

	"peerscrip/services/scrip"
)

// How long things are kept that nobody looks for.
const (
	photoSpared  = 24 * time.Hour       // a photo no listing shows, as of a form not finished
	endedSpared  = 90 * 24 * time.Hour  // a listing that ended unsold, after its offer ran out
	talkSpared   = 180 * 24 * time.Hour // a conversation without an order, after its last word
	housekeeping = time.Hour
	renewal      = 7 * 24 * time.Hour // a listing is signed anew this long before it is over
)

// keepHouse signs anew what is about to run out and, an hour after kept, when it
// last did, sweeps the shelf and sees to the certificate. It returns when it did
// so last. What fails is tried again the next time: nothing waits for it.
func (s *Stall) keepHouse(ctx context.Context, kept time.Time) time.Time {
	if err := s.renewOffers(ctx); err != nil && ctx.Err() == nil {
		s.Log.Error("signing listings anew", "err", err)
	}
	if err := s.tellRatings(ctx); err != nil && ctx.Err() == nil {
		s.Log.Warn("new ratings are not told to the seller yet", "err", err)
	}
	now := s.Clock()
	if now.Sub(kept) < housekeeping {
		return kept
	}
	if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
		s.Log.Error("sweeping the shelf", "err", err)
	}
	if err := s.renewCertificate(ctx); err != nil && ctx.Err() == nil {
		s.Log.Warn("the certificate is not renewed yet", "err", err)
	}
	return now
}

// sweep erases what is kept for nothing: photos that no listing shows, listings
// that ended long ago and were never bought, and conversations that are long over.
func (s *Stall) sweep(ctx context.Context) error {
	now := s.Clock()
	err := s.apply(ctx, scrip.Change{At: now.Unix(), Stall: &scrip.StallChange{Sweep: &scrip.Sweep{
		Photos: now.Add(-photoSpared).Unix(), Listings: now.Add(-endedSpared).Unix(), Talks: now.Add(-talkSpared).Unix(),
	}}})
	if err != nil {
		return fmt.Errorf("sweep the shelf: %w", err)
	}
	return nil
}
