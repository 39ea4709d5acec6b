package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// Underway is something the broker has yet to answer.
type Underway struct {
	Message string // its protocol name: "T5", "T12", "T23", "REFUND", "SENT", "DEFEND"
	ID      scrip.ID
	Amount  scrip.Money
	Since   int64 // unix seconds
	Attempt Attempt
	// Aside is when it was set aside, for Attempt.Why (unix seconds): it waits to be
	// told Again. 0: it is tried by itself.
	Aside int64
}

func exchangeUnderway(x scrip.Exchange) Underway {
	return Underway{Message: scrip.ExchangeRequest{}.Type(), ID: x.Tx, Amount: x.Value, Since: x.Since}
}

func saleUnderway(sale scrip.Sale) Underway {
	return Underway{Message: scrip.Records{}.Type(), ID: sale.ID, Amount: sale.Price, Since: sale.PaidAt}
}

func givebackUnderway(g scrip.GiveBack) Underway {
	return Underway{Message: scrip.GiveBackRequest{}.Type(), ID: g.Tx, Amount: g.Value, Since: g.Since}
}

func refundUnderway(r scrip.Refund) Underway {
	return Underway{Message: scrip.RefundReport{}.Type(), ID: r.ID, Amount: r.Amount, Since: r.MadeAt}
}

func sentUnderway(sale scrip.Sale) Underway {
	return Underway{Message: scrip.SentReport{}.Type(), ID: sale.Tx, Amount: sale.Price, Since: sale.SentAt}
}

func defenceUnderway(d scrip.Defence) Underway {
	return Underway{Message: scrip.Defend{}.Type(), ID: d.ID, Since: d.MadeAt}
}

// Underway lists what the broker has yet to answer, at most limit of each kind,
// oldest first; before them what is set aside, at most limit.
func (s *Stall) Underway(ctx context.Context, limit int) ([]Underway, error) {
	aside, err := s.Shelf.Aside(ctx, limit)
	if err != nil {
		return nil, err
	}
	var list []Underway
	for _, a := range aside {
		list = append(list, Underway{a.Message, a.ID, a.Amount, a.Since, Attempt{Why: a.Reason}, a.At})
	}
	exchanges, err := s.Shelf.Unsettled(ctx, limit)
	if err != nil {
		return nil, err
	}
	list = addUnderway(s, list, exchanges, exchangeUnderway)
	sales, err := s.Shelf.Unrecorded(ctx, limit)
	if err != nil {
		return nil, err
	}
	list = addUnderway(s, list, sales, saleUnderway)
	givebacks, err := s.Shelf.GiveBacks(ctx, limit)
	if err != nil {
		return nil, err
	}
	list = addUnderway(s, list, givebacks, givebackUnderway)
	refunds, err := s.Shelf.Uncovered(ctx, limit)
	if err != nil {
		return nil, err
	}
	list = addUnderway(s, list, refunds, refundUnderway)
	untold, err := s.Shelf.Untold(ctx, limit)
	if err != nil {
		return nil, err
	}
	list = addUnderway(s, list, untold, sentUnderway)
	undefended, err := s.Shelf.Undefended(ctx, limit)
	return addUnderway(s, list, undefended, defenceUnderway), err
}

// addUnderway adds items of one queue, each with what became of it.
func addUnderway[T any](s *Stall, list []Underway, items []T, of func(T) Underway) []Underway {
	for _, item := range items {
		u := of(item)
		u.Attempt = s.attempts.at(u.ID)
		list = append(list, u)
	}
	return list
}

// Again has messages told again that were set aside, as they are, and wakes Run.
// What is not set aside is passed over.
func (s *Stall) Again(ctx context.Context, ids ...scrip.ID) error {
	err := s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{Again: ids}})
	s.wakeUp()
	return err
}
