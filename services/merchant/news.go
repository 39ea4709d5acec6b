package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// News is how much waits for a seller, each up to what a list shows.
type News struct {
	ToSend     int `json:"to_send"`
	Disputed   int `json:"disputed"`   // that wait for the operator
	Unanswered int `json:"unanswered"` // orders and conversations whose last word is the buyer's
	Proposed   int `json:"proposed"`   // of these, in which a price is proposed
}

// Revision is another whenever something of the stall has changed, what the broker tells
// of holds included: it is asked as often as for a seller who looks at the desk.
func (s *Stall) Revision(ctx context.Context) (int64, error) {
	s.look(ctx)
	return s.Shelf.Revision(ctx)
}

// News counts what waits for the seller.
func (s *Stall) News(ctx context.Context) (News, error) {
	toSend, err := s.Shelf.ToSend(ctx, mostListed)
	if err != nil {
		return News{}, err
	}
	disputed, err := s.Shelf.Disputed(ctx, mostListed)
	if err != nil {
		return News{}, err
	}
	unanswered, err := s.Unanswered(ctx)
	n := News{ToSend: len(toSend), Disputed: len(disputed), Unanswered: len(unanswered)}
	for _, c := range unanswered {
		if c.Now == scrip.StateProposed {
			n.Proposed++
		}
	}
	return n, err
}
