package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// ShelfSnapshot is what there is to see of a stall's shelf at one instant.
type ShelfSnapshot struct {
	Live       Sum            // VendorScrip
	Locked     Sum            // those of Live that a transaction holds, or held
	Unsettled  Sum            // exchanges that wait for T7
	Unrecorded Sum            // sales whose T12 was not acknowledged
	Waiting    []scrip.Report // the sales Unrecorded counts; the broker may have their T12
	GivingBack []Owed         // VendorScrip held until T24; the broker may have paid it out
	Uncovered  []Owed         // refunds the broker was not heard to cover; it may have
	Due        Sum            // refunds it covers and nobody has collected
	Unanchored Strays
}

// Snapshot looks at the shelf, at one instant.
func (s *Shelf) Snapshot(ctx context.Context) (ShelfSnapshot, error) {
	var snap ShelfSnapshot
	err := s.db.read(ctx, func(tx *sqlx.Tx) error {
		l := look{tx: tx}
		snap.Live, snap.Locked = l.live()
		snap.Unsettled = l.sum(`SELECT count(*) AS count, coalesce(sum(value), 0) AS amount FROM exchange WHERE outbox IS NOT NULL`)
		snap.Unrecorded = l.sum(`SELECT count(*) AS count, coalesce(sum(price), 0) AS amount FROM sale WHERE recorded = 0`)
		snap.Waiting = l.waiting()
		snap.GivingBack = l.owed(`SELECT tx, value FROM giveback ORDER BY outbox`)
		snap.Uncovered = l.owed(`SELECT id AS tx, amount AS value FROM refund WHERE outbox IS NOT NULL ORDER BY outbox`)
		snap.Due = l.sum(`SELECT count(*) AS count, coalesce(sum(amount), 0) AS amount FROM refund
			WHERE covered_at > 0 AND collected_at = 0`)
		snap.Unanchored = l.strays(`SELECT slot FROM outbox WHERE place IN (SELECT outbox FROM exchange UNION ALL SELECT outbox FROM giveback
			UNION ALL SELECT outbox FROM refund)`)
		return l.err
	})
	if err != nil {
		return ShelfSnapshot{}, fmt.Errorf("look at the shelf: %w", err)
	}
	return snap, nil
}

// waiting lists the sales whose T12 was not acknowledged.
func (l *look) waiting() []scrip.Report {
	var rows []saleRow
	if l.err == nil {
		l.err = l.tx.Select(&rows, selectSale+`WHERE recorded = 0 ORDER BY seq`)
	}
	var reports []scrip.Report
	for _, r := range rows {
		reports = append(reports, scrip.Report{Price: r.Price, OrderDigest: r.OrderDigest, Tx: r.Tx, Mandate: r.Mandate})
	}
	return reports
}

// owed lists what a shelf waits for.
func (l *look) owed(query string) (list []Owed) {
	if l.err == nil {
		l.err = l.tx.Select(&list, query)
	}
	return list
}
