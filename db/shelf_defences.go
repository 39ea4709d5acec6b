package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// defend writes down what a seller says to a dispute, and queues its DEFENDs.
func defend(c change) error {
	return each(c.Stall.Defend, "answer a dispute", c.defendOnce)
}

func (c change) defendOnce(d scrip.Defence) error {
	var state scrip.HoldState
	err := c.get(&state, `SELECT state FROM hold WHERE vendor = ? AND sale = ?`, c.of, d.Sale)
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
	most := scrip.MaxShowings
	if d.Photo != "" {
		most = scrip.MaxExhibits
	}
	err = c.must(scrip.TooMany, `INSERT INTO defence (vendor, id, sale, text, shows, photo, made_at, outbox)
		SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE (SELECT count(*) FROM defence WHERE vendor = ? AND sale = ? AND (photo = '') = (? = '')) < ?`,
		c.of, d.ID, d.Sale, d.Text, d.Shows, d.Photo, d.MadeAt, place, c.of, d.Sale, d.Photo, most)
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
	return c.strike(`SELECT outbox FROM defence WHERE vendor = ? AND id = ?`, c.of, c.Stall.Defended)
}

type defenceRow struct {
	ID       scrip.ID `db:"id"`
	Sale     scrip.ID `db:"sale"`
	Purchase scrip.ID `db:"tx"`
	Text     string   `db:"text"`
	Shows    int      `db:"shows"`
	Photo    string   `db:"photo"`
	MadeAt   int64    `db:"made_at"`
	outgoingRow
}

func (r defenceRow) defence() (scrip.Defence, error) {
	out, err := r.fill(scrip.Outgoing{})
	return scrip.Defence{
		ID: r.ID, Sale: r.Sale, Purchase: r.Purchase, Text: r.Text, Shows: r.Shows, Photo: r.Photo, MadeAt: r.MadeAt,
		Request: out.Request, RequestKey: out.RequestKey, Told: !r.Request.Valid,
	}, err
}

var selectDefence = `SELECT x.id, x.sale, s.tx, x.text, x.shows, x.photo, x.made_at, ` + outgoingColumns +
	` FROM defence x JOIN sale s ON s.vendor = x.vendor AND s.id = x.sale` + outgoing.shelf

// Defences implements [merchant.Holds].
func (s *Shelf) Defences(ctx context.Context, sale scrip.ID) ([]scrip.Defence, error) {
	return many(ctx, s.db, "list what was said to a dispute", defenceRow.defence, selectDefence+`WHERE x.vendor = ? AND x.sale = ? ORDER BY x.seq`, s.of, sale)
}

// Undefended implements [merchant.Holds].
func (s *Shelf) Undefended(ctx context.Context, limit int) ([]scrip.Defence, error) {
	return many(ctx, s.db, "list what is to be said to disputes", defenceRow.defence,
		selectDefence+`WHERE x.vendor = ? AND x.outbox IS NOT NULL AND x.id NOT IN (SELECT id FROM aside WHERE vendor = ?)
			ORDER BY x.outbox LIMIT ?`, s.of, s.of, limit)
}

// Disputed implements [merchant.Holds].
func (s *Shelf) Disputed(ctx context.Context, limit int) ([]scrip.Sale, error) {
	list, err := s.sales(ctx, `AND h.state = 'disputed' ORDER BY h.since LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("list disputed sales: %w", err)
	}
	return list, nil
}
