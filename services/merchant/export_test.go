package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// ReconcileLast has Reconcile look at so many orders, and returns what undoes it.
func ReconcileLast(orders int) (undo func()) {
	before := mostReconciled
	mostReconciled = orders
	return func() { mostReconciled = before }
}

// TellSeller has the seller told of something.
func (s *Stall) TellSeller(ctx context.Context, e scrip.SellerEvent) error {
	return s.apply(ctx, scrip.Change{At: s.Clock().Unix(), Stall: &scrip.StallChange{Rated: []scrip.SellerEvent{e}}})
}
