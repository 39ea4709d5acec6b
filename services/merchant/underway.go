package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// Underway is something the broker has yet to answer.
type Underway struct {
	Message string // its protocol name: "T5", "T12", "T23", "REFUND"
	ID      scrip.ID
	Amount  scrip.Money
	Since   int64 // unix seconds
	Attempt Attempt
}

// Underway lists what the broker has yet to answer, at most limit of each kind,
// oldest first.
func (s *Stall) Underway(ctx context.Context, limit int) ([]Underway, error) {
	exchanges, err := s.Shelf.Unsettled(ctx, limit)
	if err != nil {
		return nil, err
	}
	var list []Underway
	add := func(message string, id scrip.ID, amount scrip.Money, since int64) {
		list = append(list, Underway{message, id, amount, since, s.attempts.at(id)})
	}
	for _, x := range exchanges {
		add(scrip.ExchangeRequest{}.Type(), x.Tx, x.Value, x.Since)
	}
	sales, err := s.Shelf.Unrecorded(ctx, limit)
	if err != nil {
		return nil, err
	}
	for _, sale := range sales {
		add(scrip.Records{}.Type(), sale.ID, sale.Price, sale.PaidAt)
	}
	givebacks, err := s.Shelf.GiveBacks(ctx, limit)
	if err != nil {
		return nil, err
	}
	for _, g := range givebacks {
		add(scrip.GiveBackRequest{}.Type(), g.Tx, g.Value, g.Since)
	}
	refunds, err := s.Shelf.Uncovered(ctx, limit)
	for _, r := range refunds {
		add(scrip.RefundReport{}.Type(), r.ID, r.Amount, r.MadeAt)
	}
	return list, err
}
