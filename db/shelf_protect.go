package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// heldRank orders the states of a hold as they can follow each other: what the
// broker told later is never before what it told earlier, however it came.
const heldRank = `CASE %s WHEN 'held' THEN 0 WHEN 'sent' THEN 1 WHEN 'disputed' THEN 2 ELSE 3 END`

// heardOf takes up what the broker told of sales' money.
func heardOf(c change) error {
	return each(c.Stall.Held, "hear of a hold", c.heardOfHold)
}

func (c change) heardOfHold(w scrip.HeldWord) error {
	var said sql.NullString // null: it was not asked
	if w.Said != nil {
		b, err := json.Marshal(w.Said)
		if err != nil {
			return fmt.Errorf("encode what was said: %w", err)
		}
		said = sql.NullString{String: string(b), Valid: true}
	}
	var sale string
	err := c.get(&sale, `UPDATE hold SET state = ?, due = ?, word = ?, since = ?, remains = ?, to_buyer = ?, to_seller = ?,
		said = coalesce(CAST(? AS TEXT), said), telling = CASE ? WHEN 'held' THEN telling ELSE 0 END
		WHERE vendor = ? AND sale = (SELECT id FROM sale WHERE vendor = ? AND tx = ?) AND (`+fmt.Sprintf(heldRank, "state")+` < `+fmt.Sprintf(heldRank, "?")+`
		OR state = ? AND state IN ('held', 'sent', 'disputed')) RETURNING sale`,
		w.State, w.Due, w.Word, w.Since, w.Left, w.ToBuyer, w.ToSeller, said, w.State, c.of, c.of, w.Purchase, w.State, w.State)
	if err != nil {
		return passOver(err)
	}
	back := w.ToBuyer
	if w.State == scrip.HoldReclaimed {
		back = scrip.MaxMoney // the order is cancelled, whatever of it was covered
	}
	if back == 0 {
		return nil
	}
	n, err := c.exec(`UPDATE sale SET refunded = CASE WHEN price - refunded < ? THEN price ELSE refunded + ? END
		WHERE vendor = ? AND id = ? AND refunded < price`, back, back, c.of, sale)
	if err != nil || n == 0 {
		return err
	}
	return c.restock(scrip.ID(sale))
}

// passOver is err, unless it says that there is no such row.
func passOver(err error) error {
	if errors.Is(err, scrip.ErrAbsent) {
		return nil
	}
	return err
}

// watched moves on how far the broker's feed was heard.
func watched(c change) error {
	if c.Stall.Watched == 0 {
		return nil
	}
	err := c.do(`UPDATE shelf SET heard = ? WHERE vendor = ? AND heard < ?`, c.Stall.Watched, c.of, c.Stall.Watched)
	return err
}

// Untold implements [merchant.Holds].
func (s *Shelf) Untold(ctx context.Context, limit int) ([]scrip.Sale, error) {
	return s.sales(ctx, `AND h.telling = 1 AND sale.tx NOT IN (SELECT id FROM aside WHERE vendor = ?) ORDER BY sale.sent_at, seq LIMIT ?`, s.of, limit)
}

// Watching implements [merchant.Holds].
func (s *Shelf) Watching(ctx context.Context) (open, next int, err error) {
	var of struct {
		Open int `db:"open"`
		Next int `db:"next"`
	}
	err = s.db.get(ctx, &of, `SELECT (SELECT count(*) FROM hold WHERE vendor = ? AND state IN ('held', 'sent', 'disputed')) AS open,
		coalesce((SELECT heard FROM shelf WHERE vendor = ?), 0) AS next`, s.of, s.of)
	if err != nil {
		return 0, 0, fmt.Errorf("look what is held: %w", err)
	}
	return of.Open, of.Next, nil
}
