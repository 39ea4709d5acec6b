package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// Sale returns an order, or scrip.NotFound.
func (s *Stall) Sale(ctx context.Context, order scrip.ID) (scrip.Sale, error) {
	sale, err := s.Shelf.Sale(ctx, order)
	return sale, absent(err)
}
