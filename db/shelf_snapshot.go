package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// ShelfSnapshot is what there is to see of a stall's shelf at one instant.
type ShelfSnapshot struct {
	Live       Sum                      // VendorScrip
	Holders    map[scrip.Pseudonym]Debt // whose Live, Unsettled and Due are
	Locked     Sum                      // those of Live that a transaction holds, or held
	Unsettled  Sum                      // exchanges that wait for T7
	Unrecorded Sum                      // sales whose T12 was not acknowledged
	Waiting    []Unrecorded             // the sales Unrecorded counts; the broker may have their T12
	GivingBack []Owed                   // VendorScrip held until T24; the broker may have paid it out
	Uncovered  []Owed                   // refunds the broker was not heard to cover; it may have
	Due        Sum                      // refunds it covers and nobody has collected
	Unanchored Strays
}

// Snapshot looks at the shelf, at one instant.
func (s *Shelf) Snapshot(ctx context.Context) (ShelfSnapshot, error) {
	var snap ShelfSnapshot
	err := s.db.read(ctx, func(tx *sqlx.Tx) error {
		l := look{tx: tx, of: s.of}
		snap.Live, snap.Locked = l.live()
		snap.Holders = l.holders()
		snap.Unsettled = l.sum(`SELECT count(*) AS count, coalesce(sum(value), 0) AS amount FROM exchange WHERE vendor = ? AND outbox IS NOT NULL`, s.of)
		snap.Unrecorded = l.sum(`SELECT count(*) AS count, coalesce(sum(price), 0) AS amount FROM sale WHERE vendor = ? AND recorded = 0`, s.of)
		snap.Waiting = l.waiting()
		snap.GivingBack = l.owed(`SELECT tx, pseudonym, value FROM giveback WHERE vendor = ? ORDER BY outbox`)
		snap.Uncovered = l.owed(`SELECT r.id AS tx, s.pseudonym, r.amount AS value FROM refund r JOIN sale s ON s.vendor = r.vendor AND s.id = r.sale
			WHERE r.vendor = ? AND r.outbox IS NOT NULL ORDER BY r.outbox`)
		snap.Due = l.sum(`SELECT count(*) AS count, coalesce(sum(amount), 0) AS amount FROM refund
			WHERE vendor = ? AND covered_at > 0 AND collected_at = 0`, s.of)
		snap.Unanchored = l.strays(`SELECT slot FROM outbox WHERE vendor = ? AND place IN (SELECT outbox FROM exchange WHERE vendor = ?
			UNION ALL SELECT outbox FROM giveback WHERE vendor = ? UNION ALL SELECT outbox FROM refund WHERE vendor = ?
			UNION ALL SELECT outbox FROM defence WHERE vendor = ?)
			UNION ALL SELECT slot FROM webhook_secret WHERE vendor = ?`, s.of, s.of, s.of, s.of, s.of, s.of)
		return l.err
	})
	if err != nil {
		return ShelfSnapshot{}, fmt.Errorf("look at the shelf: %w", err)
	}
	return snap, nil
}

// Debt is what a shelf owes one pseudonym.
type Debt struct {
	Live      scrip.Money
	Unsettled scrip.Money
	Due       scrip.Money
}

// Unrecorded is a sale whose T12 was not acknowledged.
type Unrecorded struct {
	scrip.Report
	Pseudonym scrip.Pseudonym
}

// holders sums what a shelf owes, by pseudonym.
func (l *look) holders() map[scrip.Pseudonym]Debt {
	all := map[scrip.Pseudonym]Debt{}
	for _, part := range []struct {
		query string
		add   func(*Debt, scrip.Money)
	}{
		{`SELECT holder AS pseudonym, sum(value) AS value FROM scrip WHERE vendor = ? GROUP BY holder`,
			func(h *Debt, m scrip.Money) { h.Live = m }},
		{`SELECT pseudonym, sum(value) AS value FROM exchange WHERE vendor = ? AND outbox IS NOT NULL GROUP BY pseudonym`,
			func(h *Debt, m scrip.Money) { h.Unsettled = m }},
		{`SELECT s.pseudonym, sum(r.amount) AS value FROM refund r JOIN sale s ON s.vendor = r.vendor AND s.id = r.sale
			WHERE r.vendor = ? AND r.covered_at > 0 AND r.collected_at = 0 GROUP BY s.pseudonym`,
			func(h *Debt, m scrip.Money) { h.Due = m }},
	} {
		for _, of := range l.owed(part.query) {
			h := all[of.Pseudonym]
			part.add(&h, of.Value)
			all[of.Pseudonym] = h
		}
	}
	return all
}

// waiting lists the sales whose T12 was not acknowledged.
func (l *look) waiting() []Unrecorded {
	var rows []saleRow
	if l.err == nil {
		l.err = l.tx.Select(&rows, l.tx.Rebind(selectSale+`AND recorded = 0 ORDER BY seq`), l.of)
	}
	var sales []Unrecorded
	for _, r := range rows {
		sales = append(sales, Unrecorded{
			scrip.Report{Price: r.Price, OrderDigest: r.OrderDigest, Tx: r.Tx, Mandate: r.Mandate}, r.Pseudonym,
		})
	}
	return sales
}

// owed lists what a shelf waits for.
func (l *look) owed(query string) (list []Owed) {
	if l.err == nil {
		l.err = l.tx.Select(&list, l.tx.Rebind(query), l.of)
	}
	return list
}
