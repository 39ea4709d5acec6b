package db

import (
	"context"
	"encoding/json"
	"errors"
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
	delivery, err := json.Marshal(s.Delivery)
	if err != nil {
		return fmt.Errorf("write down a sale: %w", err)
	}
	lines, err := json.Marshal(s.Lines)
	if err != nil {
		return fmt.Errorf("write down a sale: %w", err)
	}
	err = c.must(scrip.Blocked, `INSERT INTO sale (vendor, id, tx, pseudonym, lines, price, delivery, wish, order_digest,
		mandate, change_id, paid_at, sent_at, note, recorded) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
		WHERE NOT EXISTS (SELECT 1 FROM blocked WHERE vendor = ? AND pseudonym = ?)`,
		c.of, s.ID, s.Tx, s.Pseudonym, string(lines), s.Price, string(delivery), s.Wish, s.OrderDigest,
		s.Mandate, s.Change, s.PaidAt, s.SentAt, s.Note, flag(s.Recorded), c.of, s.Pseudonym)
	if violated(err) != "" {
		return scrip.TxConflict
	}
	if err != nil {
		return fmt.Errorf("write down a sale: %w", err)
	}
	if s.Hold != nil {
		err := c.do(`INSERT INTO hold (vendor, sale, state, send_by, due, word, since, remains, to_buyer, to_seller, said, telling)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]', 0)`,
			c.of, s.ID, s.Hold.State, s.Hold.SendBy, s.Hold.Due, s.Hold.Word, s.Hold.Since, s.Hold.Left, s.Hold.ToBuyer, s.Hold.ToSeller)
		if err != nil {
			return fmt.Errorf("write down a sale's hold: %w", err)
		}
	}
	for i, l := range s.Lines {
		if err := c.sellLine(s.ID, i, l); err != nil {
			return fmt.Errorf("write down a line of a sale: %w", err)
		}
	}
	return nil
}

// sellLine keeps with a line of a sale the version of the offer that it names.
func (c change) sellLine(sale scrip.ID, place int, l scrip.SaleLine) error {
	err := c.do(`INSERT INTO sold (vendor, version, offer, jws) SELECT vendor, version, offer, jws FROM listing WHERE vendor = ? AND version = ?
		ON CONFLICT (vendor, version) DO NOTHING`, c.of, l.Version)
	if err != nil {
		return err
	}
	err = c.do(`INSERT INTO sale_line (vendor, sale, place, offer, version, quantity) VALUES (?, ?, ?, ?, ?, ?)`,
		c.of, sale, place, l.Offer, l.Version, l.Quantity)
	return err
}

// recorded marks sales whose T12 was acknowledged. Once more changes nothing.
func recorded(c change) error {
	return each(c.Stall.Recorded, "mark a sale as recorded", func(id scrip.ID) error {
		return c.must(scrip.NotFound, `UPDATE sale SET recorded = 1 WHERE vendor = ? AND id = ?`, c.of, id)
	})
}

// sent marks a sale as on its way, with a note to the buyer. Once more leaves
// the first time and replaces the note.
func sent(c change) error {
	if c.Stall.Sent == nil {
		return nil
	}
	sale := c.Stall.Sent.Sale
	err := c.must(scrip.NotFound, `UPDATE sale SET sent_at = CASE WHEN sent_at = 0 THEN ? ELSE sent_at END, note = ?
		WHERE vendor = ? AND id = ?`, c.At, c.Stall.Sent.Note, c.of, sale)
	if err != nil {
		return err
	}
	var back int
	if err := c.get(&back, `SELECT count(*) FROM hold WHERE vendor = ? AND sale = ? AND state = 'reclaimed'`, c.of, sale); err != nil || back > 0 {
		return errors.Join(err, scrip.OutOfTurn)
	}
	err = c.do(`UPDATE hold SET telling = 1 WHERE vendor = ? AND sale = ? AND state = 'held'`, c.of, sale)
	return err
}

type saleRow struct {
	ID          scrip.ID        `db:"id"`
	Tx          scrip.ID        `db:"tx"`
	Pseudonym   scrip.Pseudonym `db:"pseudonym"`
	Lines       string          `db:"lines"`
	Price       scrip.Money     `db:"price"`
	Delivery    string          `db:"delivery"`
	Wish        string          `db:"wish"`
	OrderDigest string          `db:"order_digest"`
	Mandate     string          `db:"mandate"`
	Change      scrip.ID        `db:"change_id"`
	PaidAt      int64           `db:"paid_at"`
	SentAt      int64           `db:"sent_at"`
	Note        string          `db:"note"`
	Recorded    bool            `db:"recorded"`
	Refunded    scrip.Money     `db:"refunded"`
	State       scrip.HoldState `db:"state"` // of its hold; empty for none
	SendBy      int64           `db:"send_by"`
	Due         int64           `db:"due"`
	Word        string          `db:"word"`
	Since       int64           `db:"since"`
	Left        scrip.Money     `db:"remains"`
	ToBuyer     scrip.Money     `db:"to_buyer"`
	ToSeller    scrip.Money     `db:"to_seller"`
	Said        string          `db:"said"`
}

func (r saleRow) sale() (scrip.Sale, error) {
	s := scrip.Sale{
		ID: r.ID, Tx: r.Tx, Pseudonym: r.Pseudonym, Price: r.Price, Wish: r.Wish, OrderDigest: r.OrderDigest,
		Mandate: r.Mandate, Change: r.Change, PaidAt: r.PaidAt, SentAt: r.SentAt, Note: r.Note, Recorded: r.Recorded, Refunded: r.Refunded,
	}
	if err := json.Unmarshal([]byte(r.Lines), &s.Lines); err != nil {
		return scrip.Sale{}, fmt.Errorf("decode the lines of a sale: %w", err)
	}
	if err := json.Unmarshal([]byte(r.Delivery), &s.Delivery); err != nil {
		return scrip.Sale{}, fmt.Errorf("decode the delivery of a sale: %w", err)
	}
	if r.State != "" {
		s.Hold = &scrip.SaleHold{
			State: r.State, SendBy: r.SendBy, Due: r.Due, Word: r.Word, Since: r.Since, Left: r.Left, ToBuyer: r.ToBuyer, ToSeller: r.ToSeller,
		}
		if err := json.Unmarshal([]byte(r.Said), &s.Hold.Said); err != nil {
			return scrip.Sale{}, fmt.Errorf("decode what was said of a sale: %w", err)
		}
	}
	return s, nil
}

const selectSale = `SELECT id, tx, pseudonym, price, delivery, wish, order_digest, mandate, change_id, paid_at, sent_at, note, recorded, refunded,
	lines,
	coalesce(h.state, '') AS state, coalesce(h.send_by, 0) AS send_by, coalesce(h.due, 0) AS due, coalesce(h.word, '') AS word,
	coalesce(h.since, 0) AS since, coalesce(h.remains, 0) AS remains, coalesce(h.to_buyer, 0) AS to_buyer, coalesce(h.to_seller, 0) AS to_seller,
	coalesce(h.said, '[]') AS said
	FROM sale LEFT JOIN hold h ON h.vendor = sale.vendor AND h.sale = sale.id WHERE sale.vendor = ? `

// Sale returns an order by its ID, or scrip.ErrAbsent.
func (s *Shelf) Sale(ctx context.Context, id scrip.ID) (scrip.Sale, error) {
	return one(ctx, s.db, "read a sale", saleRow.sale, selectSale+`AND id = ?`, s.of, id)
}

// SaleOf returns the sale of a T10, or scrip.ErrAbsent.
func (s *Shelf) SaleOf(ctx context.Context, tx scrip.ID, p scrip.Pseudonym) (scrip.Sale, error) {
	return one(ctx, s.db, "read the sale of a T10", saleRow.sale, selectSale+`AND tx = ? AND pseudonym = ?`, s.of, tx, p)
}

// SaleBy returns the sale of a purchase, or scrip.ErrAbsent.
func (s *Shelf) SaleBy(ctx context.Context, tx scrip.ID) (scrip.Sale, error) {
	return one(ctx, s.db, "read the sale of a purchase", saleRow.sale, selectSale+`AND tx = ?`, s.of, tx)
}

// Sales lists up to limit orders from the offset on, newest first.
func (s *Shelf) Sales(ctx context.Context, offset, limit int) ([]scrip.Sale, error) {
	return s.sales(ctx, `ORDER BY seq DESC LIMIT ? OFFSET ?`, limit, offset)
}

// ToSend implements [merchant.Sales].
func (s *Shelf) ToSend(ctx context.Context, limit int) ([]scrip.Sale, error) {
	return s.sales(ctx, `AND sent_at = 0 AND refunded < price AND coalesce(h.state, 'held') IN ('held', 'sent', 'disputed') 
		ORDER BY coalesce(h.send_by, paid_at), seq LIMIT ?`, limit)
}

// Tally adds up all orders.
func (s *Shelf) Tally(ctx context.Context) (merchant.Tally, error) {
	var all struct {
		Orders int         `db:"orders"`
		ToSend int         `db:"to_send"`
		Taken  scrip.Money `db:"taken"`
	}
	var rows []struct {
		Offer scrip.ID `db:"offer"`
		Sold  int      `db:"sold"`
	}
	err := s.db.get(ctx, &all, `SELECT COUNT(*) AS orders, CAST(COALESCE(SUM(price - refunded), 0) AS BIGINT) AS taken,
		COUNT(*) FILTER (WHERE sent_at = 0 AND refunded < price AND coalesce(h.state, 'held') IN ('held', 'sent', 'disputed')) AS to_send
		FROM sale LEFT JOIN hold h ON h.vendor = sale.vendor AND h.sale = sale.id WHERE sale.vendor = ?`, s.of)
	if err == nil {
		err = s.db.list(ctx, &rows, `SELECT coalesce(listing.source, listing.offer) AS offer, SUM(quantity) AS sold
			FROM sale_line l JOIN sale ON sale.vendor = l.vendor AND sale.id = l.sale AND refunded < price
			JOIN listing ON listing.vendor = l.vendor AND listing.offer = l.offer WHERE l.vendor = ? GROUP BY 1`, s.of)
	}
	if err != nil {
		return merchant.Tally{}, fmt.Errorf("add up sales: %w", err)
	}
	tally := merchant.Tally{Orders: all.Orders, ToSend: all.ToSend, Taken: all.Taken, Sold: map[scrip.ID]int{}}
	for _, r := range rows {
		tally.Sold[r.Offer] = r.Sold
	}
	return tally, nil
}

// Unrecorded lists up to limit orders whose T12 was not acknowledged and is not
// set aside, oldest first.
func (s *Shelf) Unrecorded(ctx context.Context, limit int) ([]scrip.Sale, error) {
	return s.sales(ctx, `AND recorded = 0 AND id NOT IN (SELECT id FROM aside WHERE vendor = ?) ORDER BY seq LIMIT ?`, s.of, limit)
}

func (s *Shelf) sales(ctx context.Context, rest string, args ...any) ([]scrip.Sale, error) {
	return many(ctx, s.db, "list sales", saleRow.sale, selectSale+rest, append([]any{s.of}, args...)...)
}
