package wallet

import (
	"context"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// Refund is what was collected of one purchase.
type Refund struct {
	Amount    scrip.Money
	Collected []string // the JWS of each COLLECTED it is in, for receipt bundles
}

// Refunded lists what was collected, for each purchase by its tx.
func (w *Wallet) Refunded(ctx context.Context) (map[scrip.ID]Refund, error) {
	const page = 500
	all := map[scrip.ID]Refund{}
	for offset := 0; ; offset += page {
		list, err := w.cfg.Purse.History(ctx, offset, page)
		if err != nil {
			return nil, fmt.Errorf("look for refunds: %w", err)
		}
		for _, r := range list {
			if r.Transaction != "COLLECT" {
				continue
			}
			var c collection
			if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &c); err != nil {
				return nil, err
			}
			for _, part := range c.Refunds {
				r := all[part.Purchase]
				r.Amount += part.Amount
				if !slices.Contains(r.Collected, c.Collected) {
					r.Collected = append(r.Collected, c.Collected)
				}
				all[part.Purchase] = r
			}
		}
		if len(list) < page {
			return all, nil
		}
	}
}
