package db

import (
	"context"
	"fmt"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// sell writes down an order, once for a purchase. A tx serves one order, even
// when pseudonyms differ: they may be of one account, and then the broker would
// take the second report of the tx for the first.
func sell(c change) error {
	s := c.Stall.Sale
	if s == nil {
		return nil
	}
	n, err := c.exec(`INSERT INTO sale (id, tx, pseudonym, offer, title, price, quantity, delivery, order_digest,
		mandate, paid_at, sent_at, note, recorded) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
		WHERE NOT EXISTS (SELECT 1 FROM sale WHERE tx = ?)`,
		s.ID, s.Tx, s.Pseudonym, s.Offer, s.Title, s.Price, s.Quantity, s.Delivery, s.OrderDigest,
		s.Mandate, s.PaidAt, s.SentAt, s.Note, flag(s.Recorded), s.Tx)
	if violated(err) != "" || (err == nil && n == 0) {
		return scrip.TxConflict
	}
	if err != nil {
		return fmt.Errorf("write down a sale: %w", err)
	}
	return nil
}

// recorded marks sales whose T12 was acknowledged. Once more changes nothing.
func recorded(c change) error {
	return each(c.Stall.Recorded, "mark a sale as recorded", func(id scrip.ID) error {
		return c.must(scrip.NotFound, `UPDATE sale SET recorded = 1 WHERE id = ?`, id)
	})
}

// sent marks a sale as on its way, with a note to the buyer. Once more leaves
// the first time and replaces the note.
func sent(c change) error {
	if c.Stall.Sent == nil {
		return nil
	}
	return c.must(scrip.NotFound, `UPDATE sale SET sent_at = CASE WHEN sent_at = 0 THEN ? ELSE sent_at END, note = ?
		WHERE id = ?`, c.At, c.Stall.Sent.Note, c.Stall.Sent.Sale)
}

type saleRow struct {
	ID          scrip.ID        `db:"id"`
	Tx          scrip.ID        `db:"tx"`
	Pseudonym   scrip.Pseudonym `db:"pseudonym"`
	Offer       scrip.ID        `db:"offer"`
	Title       string          `db:"title"`
	Price       scrip.Money     `db:"price"`
	Quantity    int             `db:"quantity"`
	Delivery    string          `db:"delivery"`
	OrderDigest string          `db:"order_digest"`
	Mandate     string          `db:"mandate"`
	PaidAt      int64           `db:"paid_at"`
	SentAt      int64           `db:"sent_at"`
	Note        string          `db:"note"`
	Recorded    bool            `db:"recorded"`
	Refunded    scrip.Money     `db:"refunded"`
}

func (r saleRow) sale() (scrip.Sale, error) { return scrip.Sale(r), nil }

const selectSale = `SELECT id, tx, pseudonym, offer, title, price, quantity, delivery, order_digest, mandate,
	paid_at, sent_at, note, recorded, refunded FROM sale `

// Sale returns an order by its ID, or scrip.ErrAbsent.
func (s *Shelf) Sale(ctx context.Context, id scrip.ID) (scrip.Sale, error) {
	return one(ctx, s.db, "read a sale", saleRow.sale, selectSale+`WHERE id = ?`, id)
}

// SaleOf returns the sale of a T10, or scrip.ErrAbsent.
func (s *Shelf) SaleOf(ctx context.Context, tx scrip.ID, p scrip.Pseudonym) (scrip.Sale, error) {
	return one(ctx, s.db, "read the sale of a T10", saleRow.sale, selectSale+`WHERE tx = ? AND pseudonym = ?`, tx, p)
}

// Sales lists up to limit orders from the offset on, newest first.
func (s *Shelf) Sales(ctx context.Context, offset, limit int) ([]scrip.Sale, error) {
	return s.sales(ctx, `ORDER BY seq DESC LIMIT ? OFFSET ?`, limit, offset)
}

// Tally adds up all orders.
func (s *Shelf) Tally(ctx context.Context) (merchant.Tally, error) {
	var rows []struct {
		Offer  scrip.ID    `db:"offer"`
		Orders int         `db:"orders"`
		ToSend int         `db:"to_send"`
		Sold   int         `db:"sold"`
		Taken  scrip.Money `db:"taken"`
	}
	err := s.db.list(ctx, &rows, `SELECT offer, COUNT(*) AS orders, SUM(quantity) AS sold, SUM(price - refunded) AS taken,
		SUM(CASE WHEN sent_at = 0 AND refunded < price THEN 1 ELSE 0 END) AS to_send FROM sale GROUP BY offer`)
	if err != nil {
		return merchant.Tally{}, fmt.Errorf("add up sales: %w", err)
	}
	tally := merchant.Tally{Sold: map[scrip.ID]int{}}
	for _, r := range rows {
		tally.Orders += r.Orders
		tally.ToSend += r.ToSend
		tally.Taken += r.Taken
		tally.Sold[r.Offer] = r.Sold
	}
	return tally, nil
}

// Unrecorded lists up to limit orders whose T12 was not acknowledged and is not
// set aside, oldest first.
func (s *Shelf) Unrecorded(ctx context.Context, limit int) ([]scrip.Sale, error) {
	return s.sales(ctx, `WHERE recorded = 0 AND id NOT IN (SELECT id FROM aside) ORDER BY seq LIMIT ?`, limit)
}

type sentRow struct {
	Purchase scrip.ID `db:"tx"`
	At       int64    `db:"sent_at"`
	Note     string   `db:"note"`
}

func (r sentRow) sent() (scrip.SentOrder, error) { return scrip.SentOrder(r), nil }

// Sent lists up to limit orders of a pseudonym that were marked as sent since
// then, the last one first.
func (s *Shelf) Sent(ctx context.Context, p scrip.Pseudonym, since int64, limit int) ([]scrip.SentOrder, error) {
	return many(ctx, s.db, "list what was sent", sentRow.sent, `SELECT tx, sent_at, note FROM sale
		WHERE pseudonym = ? AND sent_at > 0 AND sent_at >= ? ORDER BY sent_at DESC, seq DESC LIMIT ?`, p, since, limit)
}

func (s *Shelf) sales(ctx context.Context, rest string, args ...any) ([]scrip.Sale, error) {
	return many(ctx, s.db, "list sales", saleRow.sale, selectSale+rest, args...)
}
