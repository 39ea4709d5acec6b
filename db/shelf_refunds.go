package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// refund writes down what is taken back of an order, and queues its REFUND.
func refund(c change) error {
	r := c.Stall.Refund
	if r == nil {
		return nil
	}
	if err := c.addRefund(*r); err != nil {
		return fmt.Errorf("write down a refund: %w", err)
	}
	var there string
	if err := c.get(&there, `SELECT id FROM sale WHERE id = ?`, r.Sale); err != nil {
		if errors.Is(err, scrip.ErrAbsent) {
			return scrip.NotFound
		}
		return err
	}
	return c.must(scrip.AmountOutOfBounds, `UPDATE sale SET refunded = refunded + ? WHERE id = ? AND refunded + ? <= price`,
		r.Amount, r.Sale, r.Amount)
}

func (c change) addRefund(r scrip.Refund) error {
	request, err := json.Marshal(r.Request)
	if err != nil {
		return err
	}
	slot, err := c.keep(r.RequestKey[:], nil)
	if err != nil {
		return fmt.Errorf("keep its reply key: %w", err)
	}
	_, err = c.exec(`INSERT INTO refund (id, sale, amount, made_at, request, covered_at, collected, collected_at, slot)
		VALUES (?, ?, ?, ?, ?, 0, '', 0, ?)`, r.ID, r.Sale, r.Amount, r.MadeAt, string(request), slot)
	switch {
	case violated(err) != "":
		return scrip.TxConflict
	case orphaned(err):
		return scrip.NotFound
	}
	return err
}

// covered lets the broker's answer count once, and erases the reply key.
func covered(c change) error {
	if c.Stall.Covered == "" {
		return nil
	}
	return c.must(scrip.ErrAnswered, `UPDATE refund SET covered_at = ?, request = '{}', slot = NULL
		WHERE id = ? AND covered_at = 0`, c.At, c.Stall.Covered)
}

// collect lets a COLLECT count once, and every refund be collected once.
func collect(c change) error {
	k := c.Stall.Collect
	if k == nil {
		return nil
	}
	err := c.must(scrip.CounterStale, `INSERT INTO collector (pseudonym, counter) VALUES (?, ?)
		ON CONFLICT (pseudonym) DO UPDATE SET counter = excluded.counter WHERE collector.counter < excluded.counter`,
		k.Pseudonym, k.Counter)
	if err != nil {
		return err
	}
	return each(k.Refunds, "collect a refund", func(id scrip.ID) error {
		return c.must(scrip.Unavailable, `UPDATE refund SET collected = ?, collected_at = ?
			WHERE id = ? AND covered_at > 0 AND collected_at = 0`, k.Tx, c.At, id)
	})
}

type refundRow struct {
	ID          scrip.ID        `db:"id"`
	Sale        scrip.ID        `db:"sale"`
	Purchase    scrip.ID        `db:"tx"`
	Pseudonym   scrip.Pseudonym `db:"pseudonym"`
	Amount      scrip.Money     `db:"amount"`
	MadeAt      int64           `db:"made_at"`
	Request     string          `db:"request"`
	CoveredAt   int64           `db:"covered_at"`
	Collected   scrip.ID        `db:"collected"`
	CollectedAt int64           `db:"collected_at"`
	Secret      []byte          `db:"secret"` // nil once covered
}

func (r refundRow) refund() (scrip.Refund, error) {
	f := scrip.Refund{
		ID: r.ID, Sale: r.Sale, Purchase: r.Purchase, Pseudonym: r.Pseudonym, Amount: r.Amount, MadeAt: r.MadeAt,
		CoveredAt: r.CoveredAt, Collected: r.Collected, CollectedAt: r.CollectedAt,
	}
	if err := json.Unmarshal([]byte(r.Request), &f.Request); err != nil {
		return scrip.Refund{}, fmt.Errorf("decode a stored request: %w", err)
	}
	if r.Secret != nil {
		f.RequestKey = jose.ReplyKey(r.Secret[:secretSize])
	}
	return f, nil
}

const selectRefund = `SELECT r.id, r.sale, s.tx, s.pseudonym, r.amount, r.made_at, r.request, r.covered_at, r.collected,
	r.collected_at, v.secret FROM refund r JOIN sale s ON s.id = r.sale LEFT JOIN vault v ON v.slot = r.slot `

// Refund returns a refund, or scrip.ErrAbsent.
func (s *Shelf) Refund(ctx context.Context, id scrip.ID) (scrip.Refund, error) {
	var r refundRow
	if err := s.db.get(ctx, &r, selectRefund+`WHERE r.id = ?`, id); err != nil {
		return scrip.Refund{}, fmt.Errorf("read a refund: %w", err)
	}
	return r.refund()
}

// Refunds lists all refunds of the orders, oldest first.
func (s *Shelf) Refunds(ctx context.Context, orders []scrip.ID) ([]scrip.Refund, error) {
	if len(orders) == 0 {
		return nil, nil
	}
	args := make([]any, len(orders))
	for i, order := range orders {
		args[i] = order
	}
	in := strings.TrimSuffix(strings.Repeat("?, ", len(orders)), ", ")
	return s.refunds(ctx, `WHERE r.sale IN (`+in+`) ORDER BY r.seq`, args...)
}

// Uncovered lists up to limit refunds the broker has yet to cover, oldest first.
func (s *Shelf) Uncovered(ctx context.Context, limit int) ([]scrip.Refund, error) {
	return s.refunds(ctx, `WHERE r.covered_at = 0 ORDER BY r.seq LIMIT ?`, limit)
}

// Due lists up to limit refunds that a pseudonym may collect, oldest first.
func (s *Shelf) Due(ctx context.Context, p scrip.Pseudonym, limit int) ([]scrip.Refund, error) {
	return s.refunds(ctx, `WHERE s.pseudonym = ? AND r.covered_at > 0 AND r.collected_at = 0 ORDER BY r.seq LIMIT ?`, p, limit)
}

func (s *Shelf) refunds(ctx context.Context, rest string, args ...any) ([]scrip.Refund, error) {
	var rows []refundRow
	if err := s.db.list(ctx, &rows, selectRefund+rest, args...); err != nil {
		return nil, fmt.Errorf("list refunds: %w", err)
	}
	return convert(rows, refundRow.refund)
}

// Settled reports whether a pseudonym ever got VendorScrip in exchange.
func (s *Shelf) Settled(ctx context.Context, p scrip.Pseudonym) (bool, error) {
	var there int
	err := s.db.get(ctx, &there, `SELECT 1 FROM exchange WHERE pseudonym = ? AND settled = 1 LIMIT 1`, p)
	if errors.Is(err, scrip.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for a pseudonym's exchange: %w", err)
	}
	return true, nil
}
