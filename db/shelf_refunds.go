package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// refund writes down what is taken back of an order, and queues its REFUND. With
// the last of an order that was not sent its goods are back on the shelf.
func refund(c change) error {
	r := c.Stall.Refund
	if r == nil {
		return nil
	}
	if err := c.addRefund(*r); err != nil {
		return fmt.Errorf("write down a refund: %w", err)
	}
	var there string
	if err := c.get(&there, `SELECT id FROM sale WHERE vendor = ? AND id = ?`, c.of, r.Sale); err != nil {
		if errors.Is(err, scrip.ErrAbsent) {
			return scrip.NotFound
		}
		return err
	}
	err := c.must(scrip.AmountOutOfBounds, `UPDATE sale SET refunded = refunded + ? WHERE vendor = ? AND id = ? AND refunded + ? <= price`,
		r.Amount, c.of, r.Sale, r.Amount)
	if err != nil {
		return err
	}
	return c.restock(r.Sale)
}

// overtaken is why a REFUND is set aside that came when less was left of its purchase: a decision, or its buyer, was faster.
const overtaken = string(scrip.AmountOutOfBounds)

// recount counts anew how much of an order is taken back once a refund of it is set aside as overtaken, so that its seller may take
// back what is left. Of what is no refund it changes nothing.
func (c change) recount(id scrip.ID) error {
	err := c.do(`UPDATE sale SET refunded = CASE WHEN price < back.amount THEN price ELSE back.amount END
		FROM (SELECT s.id, (SELECT coalesce(sum(r.amount), 0) FROM refund r WHERE r.vendor = s.vendor AND r.sale = s.id
				AND r.id NOT IN (SELECT id FROM aside WHERE vendor = ? AND reason = '`+overtaken+`'))
			+ coalesce((SELECT CASE state WHEN 'reclaimed' THEN s.price ELSE to_buyer END FROM hold h WHERE h.vendor = s.vendor AND h.sale = s.id), 0) AS amount
			FROM sale s WHERE s.vendor = ? AND s.id = (SELECT sale FROM refund WHERE vendor = ? AND id = ?)) back
		WHERE sale.vendor = ? AND sale.id = back.id`, c.of, c.of, c.of, id, c.of)
	if err != nil {
		return fmt.Errorf("count what is taken back: %w", err)
	}
	return nil
}

// restock puts the goods of an order back that was taken back whole and never sent:
// they are where they were. It happens once: an order can be whole again, after a refund of
// it was overtaken. What is no longer there, its seller takes off the listing.
func (c change) restock(sale scrip.ID) error {
	n, err := c.exec(`UPDATE sale SET restocked = 1 WHERE vendor = ? AND id = ? AND sent_at = 0 AND refunded = price AND restocked = 0`, c.of, sale)
	if err != nil {
		return fmt.Errorf("note that goods are back on the shelf: %w", err)
	}
	if n == 0 {
		return nil
	}
	err = c.do(`UPDATE listing SET stock = stock + l.quantity
		FROM (SELECT coalesce(sold.source, sold.offer) AS offer, SUM(quantity) AS quantity FROM sale_line
			JOIN listing sold ON sold.vendor = sale_line.vendor AND sold.offer = sale_line.offer WHERE sale_line.vendor = ? AND sale = ? GROUP BY 1) l
		WHERE listing.vendor = ? AND listing.offer = l.offer AND listing.stock + l.quantity <= ?`, c.of, sale, c.of, scrip.MaxQuantity)
	if err != nil {
		return fmt.Errorf("put goods back on the shelf: %w", err)
	}
	return nil
}

func (c change) addRefund(r scrip.Refund) error {
	place, err := c.send(scrip.Outgoing{Request: r.Request, RequestKey: r.RequestKey})
	if err != nil {
		return err
	}
	err = c.do(`INSERT INTO refund (vendor, id, sale, amount, made_at, covered_at, collected, collected_at, outbox)
		VALUES (?, ?, ?, ?, ?, 0, '', 0, ?)`, c.of, r.ID, r.Sale, r.Amount, r.MadeAt, place)
	switch {
	case violated(err) != "":
		return scrip.TxConflict
	case orphaned(err):
		return scrip.NotFound
	}
	return err
}

// covered lets the broker's answer to REFUND count once.
func covered(c change) error {
	if c.Stall.Covered == "" {
		return nil
	}
	if err := c.strike(`SELECT outbox FROM refund WHERE vendor = ? AND id = ?`, c.of, c.Stall.Covered); err != nil {
		return err
	}
	err := c.do(`UPDATE refund SET covered_at = ? WHERE vendor = ? AND id = ?`, c.At, c.of, c.Stall.Covered)
	return err
}

// collect lets a COLLECT count once, and every refund be collected once.
func collect(c change) error {
	k := c.Stall.Collect
	if k == nil {
		return nil
	}
	err := c.must(scrip.CounterStale, `INSERT INTO collector (vendor, pseudonym, counter) VALUES (?, ?, ?)
		ON CONFLICT (vendor, pseudonym) DO UPDATE SET counter = excluded.counter WHERE collector.counter < excluded.counter`,
		c.of, k.Pseudonym, k.Counter)
	if err != nil {
		return c.stale(err, `SELECT counter FROM collector WHERE vendor = ? AND pseudonym = ?`, c.of, k.Pseudonym)
	}
	return each(k.Refunds, "collect a refund", func(id scrip.ID) error {
		return c.must(scrip.Unavailable, `UPDATE refund SET collected = ?, collected_at = ?
			WHERE vendor = ? AND id = ? AND covered_at > 0 AND collected_at = 0`, k.Tx, c.At, c.of, id)
	})
}

// Collector implements [merchant.Refunds].
func (s *Shelf) Collector(ctx context.Context, p scrip.Pseudonym) (int64, error) {
	var counter int64
	err := s.db.get(ctx, &counter, `SELECT counter FROM collector WHERE vendor = ? AND pseudonym = ?`, s.of, p)
	if errors.Is(err, scrip.ErrAbsent) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look up a pseudonym's counter: %w", err)
	}
	return counter, nil
}

type refundRow struct {
	ID          scrip.ID        `db:"id"`
	Sale        scrip.ID        `db:"sale"`
	Purchase    scrip.ID        `db:"tx"`
	Pseudonym   scrip.Pseudonym `db:"pseudonym"`
	Amount      scrip.Money     `db:"amount"`
	MadeAt      int64           `db:"made_at"`
	CoveredAt   int64           `db:"covered_at"`
	Collected   scrip.ID        `db:"collected"`
	CollectedAt int64           `db:"collected_at"`
	Overtaken   bool            `db:"overtaken"`
	outgoingRow
}

func (r refundRow) refund() (scrip.Refund, error) {
	out, err := r.fill(scrip.Outgoing{})
	return scrip.Refund{
		ID: r.ID, Sale: r.Sale, Purchase: r.Purchase, Pseudonym: r.Pseudonym, Amount: r.Amount, MadeAt: r.MadeAt,
		Request: out.Request, RequestKey: out.RequestKey,
		CoveredAt: r.CoveredAt, Collected: r.Collected, CollectedAt: r.CollectedAt, Overtaken: r.Overtaken,
	}, err
}

var selectRefund = `SELECT x.id, x.sale, s.tx, s.pseudonym, x.amount, x.made_at, x.covered_at, x.collected, x.collected_at,
	EXISTS (SELECT 1 FROM aside a WHERE a.vendor = x.vendor AND a.id = x.id AND a.reason = '` + overtaken + `') AS overtaken, ` +
	outgoingColumns + ` FROM refund x JOIN sale s ON s.vendor = x.vendor AND s.id = x.sale` + outgoing.shelf + `WHERE x.vendor = ? `

// Refund returns a refund, or scrip.ErrAbsent.
func (s *Shelf) Refund(ctx context.Context, id scrip.ID) (scrip.Refund, error) {
	return one(ctx, s.db, "read a refund", refundRow.refund, selectRefund+`AND x.id = ?`, s.of, id)
}

// Refunds lists all refunds of the orders, oldest first.
func (s *Shelf) Refunds(ctx context.Context, orders []scrip.ID) ([]scrip.Refund, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	in, args := amongst(orders)
	return s.refunds(ctx, `AND x.sale IN (`+in+`) ORDER BY x.seq`, args...)
}

// Uncovered lists up to limit refunds the broker has yet to cover and that are not
// set aside, oldest first.
func (s *Shelf) Uncovered(ctx context.Context, limit int) ([]scrip.Refund, error) {
	return s.refunds(ctx, `AND x.outbox IS NOT NULL AND x.id NOT IN (SELECT id FROM aside WHERE vendor = ?) ORDER BY x.outbox LIMIT ?`, s.of, limit)
}

// Due lists up to limit refunds that a pseudonym may collect, oldest first.
func (s *Shelf) Due(ctx context.Context, p scrip.Pseudonym, limit int) ([]scrip.Refund, error) {
	return s.refunds(ctx, `AND s.pseudonym = ? AND x.covered_at > 0 AND x.collected_at = 0 ORDER BY x.seq LIMIT ?`, p, limit)
}

func (s *Shelf) refunds(ctx context.Context, rest string, args ...any) ([]scrip.Refund, error) {
	return many(ctx, s.db, "list refunds", refundRow.refund, selectRefund+rest, append([]any{s.of}, args...)...)
}
