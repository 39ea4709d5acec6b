package db

import (
	"context"
	"errors"
	"math"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

type silenceRow struct {
	Since int64 `db:"since"`
	Last  int64 `db:"last"`
	Days  int   `db:"days"`
}

func (r silenceRow) silence() scrip.Silence {
	return scrip.Silence{Since: r.Since, Last: r.Last, Days: r.Days}
}

// listen keeps what a record says of its stall's silence. A CALL has the stall's row for
// itself, and a word shares it with other words: so of a CALL and a word that come at the
// same time one is first, here and in the log.
func (c change) listen(r scrip.Record) error {
	called := r.Kind == scrip.Call{}.Type()
	if !called && !r.EndsSilence(math.MaxInt64) {
		return nil
	}
	lock := c.dialect.sharing()
	if called {
		lock = c.dialect.holding()
	}
	if lock != "" {
		if err := c.do(`SELECT number FROM stall WHERE vendor = ?`+lock, r.Vendor); err != nil {
			return err
		}
	}
	if !called && c.pipe.flies() { // there is none to end, nearly always
		_, err := c.sure(`SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM silence WHERE vendor = ?)`, r.Vendor)
		return err
	}
	var row silenceRow
	err := c.get(&row, `SELECT since, last, days FROM silence WHERE vendor = ?`, r.Vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		if err = nil; !called {
			return nil // there is none to end
		}
	}
	if err != nil {
		return err
	}
	var end int64
	if err := c.get(&end, `SELECT not_after * (1 - revoked) FROM stall WHERE vendor = ?`, r.Vendor); err != nil {
		return err
	}
	s := row.silence().After(r, end)
	if s == (scrip.Silence{}) {
		err := c.do(`DELETE FROM silence WHERE vendor = ?`, r.Vendor)
		return err
	}
	err = c.do(`INSERT INTO silence (vendor, since, last, days) VALUES (?, ?, ?, ?)
		ON CONFLICT (vendor) DO UPDATE SET since = excluded.since, last = excluded.last, days = excluded.days`,
		r.Vendor, s.Since, s.Last, s.Days)
	return err
}

// goneStill refuses unless a stall is gone, and keeps it so until the commit.
func (c change) goneStill(v scrip.VendorID, at int64) error {
	if lock := c.dialect.holding(); lock != "" {
		var number int64
		if err := c.get(&number, `SELECT number FROM stall WHERE vendor = ?`+lock, v); err != nil {
			return err
		}
	}
	var row struct {
		NotAfter int64 `db:"not_after"`
		Revoked  bool  `db:"revoked"`
		silenceRow
	}
	err := c.get(&row, `SELECT s.not_after, s.revoked, coalesce(since, 0) AS since, coalesce(last, 0) AS last, coalesce(days, 0) AS days
		FROM stall s LEFT JOIN silence q ON q.vendor = s.vendor WHERE s.vendor = ?`, v)
	if err != nil {
		return err
	}
	stall := scrip.Stall{Certificate: scrip.Certificate{NotAfter: row.NotAfter}, Revoked: row.Revoked, Silence: row.silence()}
	if !stall.Gone(at) {
		return scrip.Unavailable
	}
	return nil
}

// silences reads those of all stalls that do not answer.
func silences(tx *sqlx.Tx) (map[scrip.VendorID]scrip.Silence, error) {
	var rows []struct {
		Vendor scrip.VendorID `db:"vendor"`
		silenceRow
	}
	err := tx.Select(&rows, `SELECT vendor, since, last, days FROM silence`)
	all := make(map[scrip.VendorID]scrip.Silence, len(rows))
	for _, r := range rows {
		all[r.Vendor] = r.silence()
	}
	return all, err
}

// Callable lists stalls that hold what customers put in; only silent ones, if silent.
// A semicolon is what follows the colon that ends a stall's part of a ledger's name.
func (b *Books) Callable(ctx context.Context, silent bool, after scrip.VendorID, limit int) ([]scrip.Stall, error) {
	query := selectStall + `WHERE vendor > ? AND revoked = 0 AND (
		EXISTS (SELECT 1 FROM ledger WHERE account >= 'float:' || vendor || ':' AND account < 'float:' || vendor || ';') OR
		EXISTS (SELECT 1 FROM ledger WHERE account >= 'reserve:' || vendor || ':' AND account < 'reserve:' || vendor || ';'))`
	if silent {
		query += ` AND days > 0`
	}
	return many(ctx, b.db, "list stalls with money of customers", stallRow.stall, query+` ORDER BY vendor LIMIT ?`, after, limit)
}
