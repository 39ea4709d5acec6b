package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

type movementRow struct {
	At     int64       `db:"at"`
	Kind   string      `db:"kind"`
	Rank   int         `db:"place"`
	ID     scrip.ID    `db:"id"`
	Order  scrip.ID    `db:"sale"`
	Amount scrip.Money `db:"amount"`
}

func (r movementRow) movement() (scrip.Movement, error) {
	return scrip.Movement{At: r.At, Kind: r.Kind, ID: r.ID, Order: r.Order, Amount: r.Amount}, nil
}

// movements are what was paid and what went back, each once: a refund that a decision, or
// its buyer, overtook never went. place is that of the kind among those of one second.
const movements = `SELECT paid_at AS at, 'sale' AS kind, 0 AS place, id, id AS sale, price AS amount FROM sale WHERE vendor = ?
	UNION ALL SELECT made_at, 'refund', 1, id, sale, -amount FROM refund r WHERE vendor = ?
		AND NOT EXISTS (SELECT 1 FROM aside a WHERE a.vendor = r.vendor AND a.id = r.id AND a.reason = '` + overtaken + `')
	UNION ALL SELECT h.since, h.state, CASE h.state WHEN 'reclaimed' THEN 2 ELSE 3 END, s.id, s.id,
		-(s.refunded - (SELECT coalesce(sum(r.amount), 0) FROM refund r WHERE r.vendor = s.vendor AND r.sale = s.id
			AND NOT EXISTS (SELECT 1 FROM aside a WHERE a.vendor = r.vendor AND a.id = r.id AND a.reason = '` + overtaken + `')))
		FROM hold h JOIN sale s ON s.vendor = h.vendor AND s.id = h.sale WHERE h.vendor = ? AND h.state IN ('reclaimed', 'decided')`

// Movements implements [merchant.Programs].
func (s *Shelf) Movements(ctx context.Context, after merchant.MovementAt, limit int) ([]scrip.Movement, error) {
	return many(ctx, s.db, "list movements", movementRow.movement, `SELECT at, kind, place, id, sale, CAST(amount AS BIGINT) AS amount FROM (`+movements+`) moved
		WHERE amount <> 0 AND (at > ? OR at = ? AND (place > ? OR place = ? AND id > ?)) ORDER BY at, place, id LIMIT ?`,
		s.of, s.of, s.of, after.At, after.At, after.Place(), after.Place(), after.ID, limit)
}

// ListingsAfter implements [merchant.Programs].
func (s *Shelf) ListingsAfter(ctx context.Context, after scrip.ID, limit int) ([]scrip.Listing, error) {
	return s.listed(ctx, `AND source IS NULL AND request = 0 `, after, limit)
}

// listed lists offers of a sort after one, the newest first; without one from the newest.
func (s *Shelf) listed(ctx context.Context, sort string, after scrip.ID, limit int) ([]scrip.Listing, error) {
	if after == "" {
		return many(ctx, s.db, "list offers", listingRow.listing, selectListing+sort+`ORDER BY listed_at DESC, offer LIMIT ?`, s.of, limit)
	}
	l, err := s.Listing(ctx, after)
	if err != nil {
		return nil, err
	}
	return many(ctx, s.db, "list offers", listingRow.listing, selectListing+sort+`AND (listed_at < ? OR listed_at = ? AND offer > ?)
		ORDER BY listed_at DESC, offer LIMIT ?`, s.of, l.ListedAt, l.ListedAt, after, limit)
}

// SalesAfter implements [merchant.Programs].
func (s *Shelf) SalesAfter(ctx context.Context, after scrip.ID, limit int) ([]scrip.Sale, error) {
	if after == "" {
		return s.Sales(ctx, 0, limit)
	}
	var seq int64
	err := s.db.get(ctx, &seq, `SELECT seq FROM sale WHERE vendor = ? AND id = ?`, s.of, after)
	if err != nil {
		if !errors.Is(err, scrip.ErrAbsent) {
			err = fmt.Errorf("look up an order: %w", err)
		}
		return nil, err
	}
	return s.sales(ctx, `AND seq < ? ORDER BY seq DESC LIMIT ?`, seq, limit)
}
