package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// defend writes down what a seller says to a dispute, and queues its DEFEND.
func defend(c change) error {
	d := c.Stall.Defend
	if d == nil {
		return nil
	}
	var state scrip.HoldState
	err := c.get(&state, `SELECT state FROM hold WHERE sale = ?`, d.Sale)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.NotFound
	case err != nil:
		return err
	case state != scrip.HoldDisputed:
		return scrip.OutOfTurn
	}
	place, err := c.send(scrip.Outgoing{Request: d.Request, RequestKey: d.RequestKey})
	if err != nil {
		return err
	}
	err = c.must(scrip.TooMany, `INSERT INTO defence (id, sale, text, shows, made_at, outbox)
		SELECT ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM defence WHERE sale = ?) < ?`,
		d.ID, d.Sale, d.Text, d.Shows, d.MadeAt, place, d.Sale, scrip.MaxShowings)
	if violated(err) != "" {
		return scrip.TxConflict
	}
	return err
}

// defended lets the broker's answer to DEFEND count once.
func defended(c change) error {
	if c.Stall.Defended == "" {
		return nil
	}
	return c.strike(`SELECT outbox FROM defence WHERE id = ?`, c.Stall.Defended)
}

type defenceRow struct {
	ID       scrip.ID `db:"id"`
	Sale     scrip.ID `db:"sale"`
	Purchase scrip.ID `db:"tx"`
	Text     string   `db:"text"`
	Shows    int      `db:"shows"`
	MadeAt   int64    `db:"made_at"`
	outgoingRow
}

func (r defenceRow) defence() (scrip.Defence, error) {
	out, err := r.fill(scrip.Outgoing{})
	return scrip.Defence{
		ID: r.ID, Sale: r.Sale, Purchase: r.Purchase, Text: r.Text, Shows: r.Shows, MadeAt: r.MadeAt,
		Request: out.Request, RequestKey: out.RequestKey, Told: !r.Request.Valid,
	}, err
}

const selectDefence = `SELECT x.id, x.sale, s.tx, x.text, x.shows, x.made_at, ` + outgoingColumns +
	` FROM defence x JOIN sale s ON s.id = x.sale` + outgoing

// Defences implements [merchant.Holds].
func (s *Shelf) Defences(ctx context.Context, sale scrip.ID) ([]scrip.Defence, error) {
	return many(ctx, s.db, "list what was said to a dispute", defenceRow.defence, selectDefence+`WHERE x.sale = ? ORDER BY x.seq`, sale)
}

// Undefended implements [merchant.Holds].
func (s *Shelf) Undefended(ctx context.Context, limit int) ([]scrip.Defence, error) {
	return many(ctx, s.db, "list what is to be said to disputes", defenceRow.defence,
		selectDefence+`WHERE x.outbox IS NOT NULL AND x.id NOT IN (SELECT id FROM aside) ORDER BY x.outbox LIMIT ?`, limit)
}

// Disputed implements [merchant.Holds].
func (s *Shelf) Disputed(ctx context.Context, limit int) ([]scrip.Sale, error) {
	list, err := s.sales(ctx, `WHERE h.state = 'disputed' ORDER BY h.since LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("list disputed sales: %w", err)
	}
	return list, nil
}
