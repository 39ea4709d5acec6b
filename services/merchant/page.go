package merchant

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Page is what the stall says of itself.
func (s *Stall) Page(ctx context.Context) (scrip.StallPage, error) {
	page, err := s.Shelf.Page(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.StallPage{About: scrip.Clean(s.About)}, nil
	}
	return page, err
}

// SetPage says another page. Its picture is one that AddPhoto kept: scrip.NotFound
// where it is not there. scrip.TooMany: a text that is too long, or away for longer
// than scrip.MaxAway.
func (s *Stall) SetPage(ctx context.Context, page scrip.StallPage) error {
	page.About, page.Place = scrip.Clean(page.About), scrip.CleanLine(page.Place)
	if err := page.Valid(); err != nil {
		return err
	}
	at := s.Clock().Unix()
	if page.AwayUntil > at+scrip.MaxAway {
		return scrip.TooMany
	}
	if err := s.apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{Page: &page}}); err != nil {
		return err
	}
	s.Changed()
	return nil
}

// takesOrders refuses what begins an order while the stall takes none (StallClosed).
func (s *Stall) takesOrders(ctx context.Context, at int64) error {
	page, err := s.Page(ctx)
	if err != nil {
		return err
	}
	return page.TakesOrders(at)
}
