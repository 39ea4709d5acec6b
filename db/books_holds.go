package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// Hold is BrokerScrip that a transaction holds for a stall.
type Hold struct {
	Message string         `db:"message"` // T3, or T15, that holds it
	Tx      scrip.ID       `db:"tx"`
	Vendor  scrip.VendorID `db:"vendor"`
	Value   scrip.Money    `db:"value"`
	Until   int64          `db:"until"` // unix seconds; after it T3's is void, and the change of T15's is given
	Held    bool           `db:"held"`  // of a T15: false once its change was given and the reserve alone waits
	Aside   scrip.Refusal  `db:"aside"` // of a T15: why the customer's bank would not take it back
}

// Holds lists up to limit transactions that hold BrokerScrip or a reserve, the
// first to end first. at is the time now, in unix seconds: a T3 that is void by
// then holds nothing.
func (b *Books) Holds(ctx context.Context, at int64, limit int) ([]Hold, error) {
	var holds []Hold
	err := b.db.list(ctx, &holds, `SELECT 'T3' AS message, a.tx, a.vendor, a.value, a.deadline AS until, 1 AS held, '' AS aside
		FROM announced a JOIN scrip s ON s.scrip_id = a.scrip_id WHERE s.lock_tx = a.tx AND s.lock_until > ?
		UNION ALL SELECT 'T15', e.tx, e.vendor, e.value, e.valid_until, e.held, e.aside FROM extension e
		ORDER BY until LIMIT ?`, at, limit)
	if err != nil {
		return nil, fmt.Errorf("list holds: %w", err)
	}
	return holds, nil
}
