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
	return many(ctx, s.db, "add up what was earned", dayRow.day, `SELECT at / 86400 * 86400 AS day,
		CAST(sum(remains * (1 - held)) AS BIGINT) AS earned, CAST(sum(remains * held) AS BIGINT) AS held, count(*) AS orders FROM (
			SELECT price - refunded AS remains, CASE WHEN h.since > 0 AND h.state NOT IN ('held', 'sent', 'disputed') THEN h.since ELSE paid_at END AS at,
			CASE WHEN h.sale IS NULL THEN 1 - recorded WHEN h.state IN ('held', 'sent', 'disputed') THEN 1 ELSE 0 END AS held
			FROM sale LEFT JOIN hold h ON h.vendor = sale.vendor AND h.sale = sale.id WHERE sale.vendor = ?) orders
		GROUP BY day ORDER BY day`, s.of)
}
