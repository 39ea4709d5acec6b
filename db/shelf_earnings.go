package db

import (
	"context"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

type dayRow struct {
	Day    int64       `db:"day"`
	Earned scrip.Money `db:"earned"`
	Held   scrip.Money `db:"held"`
	Orders int         `db:"orders"`
}

func (r dayRow) day() (merchant.DayEarned, error) { return merchant.DayEarned(r), nil }

// Earned implements [merchant.Sales]. What is left of an order's price is its seller's
// once its purchase is recorded, or once its hold is over; until then it is held.
func (s *Shelf) Earned(ctx context.Context) ([]merchant.DayEarned, error) {
	return many(ctx, s.db, "add up what was earned", dayRow.day, `SELECT at / 86400 * 86400 AS day, sum(left * (1 - open)) AS earned,
		sum(left * open) AS held, count(*) AS orders FROM (
			SELECT price - refunded AS left, CASE WHEN h.since > 0 AND h.state NOT IN ('held', 'sent', 'disputed') THEN h.since ELSE paid_at END AS at,
			CASE WHEN h.sale IS NULL THEN recorded = 0 ELSE h.state IN ('held', 'sent', 'disputed') END AS open
			FROM sale LEFT JOIN hold h ON h.sale = sale.id)
		GROUP BY day ORDER BY day`)
}
