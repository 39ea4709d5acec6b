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

// MarkSent notes that a sale is on its way, with a note to the buyer, whose
// wallet hears of it with COLLECTED. Marked again, the note is replaced and the
// time stays.
func (s *Stall) MarkSent(ctx context.Context, sale scrip.ID, note string) error {
	if err := scrip.ValidNote(note); err != nil {
		return err
	}
	return s.Shelf.Apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{Sent: &scrip.Sent{Sale: sale, Note: note}}})
}
