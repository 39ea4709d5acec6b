package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// giveBack remembers T22, its T23 in the outbox. The same order part again is
// fine: the first one's T23 stands.
func giveBack(c change) error {
	g := c.Stall.GiveBack
	if g == nil {
		return nil
	}
	var digest string
	err := c.get(&digest, `SELECT digest FROM giveback WHERE vendor = ? AND tx = ?`, c.of, g.Tx)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return c.addGiveBack(*g)
	case err != nil:
		return fmt.Errorf("read a giveback: %w", err)
	case digest != g.Digest:
		return scrip.TxConflict
	}
	return nil
}

func (c change) addGiveBack(g scrip.GiveBack) error {
	place, err := c.send(g.Outgoing)
	if err != nil {
		return err
	}
	err = c.do(`INSERT INTO giveback (vendor, tx, scrip_id, pseudonym, value, digest, received, outbox) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		c.of, g.Tx, g.ScripID, g.From, g.Value, g.Digest, g.Since, place)
	if err != nil {
		return fmt.Errorf("remember a giveback: %w", err)
	}
	return nil
}

// givenBack lets the broker's answer to T23 count once, and forgets T22 with it.
func givenBack(c change) error {
	if c.Stall.GivenBack == "" {
		return nil
	}
	return c.strike(`SELECT outbox FROM giveback WHERE vendor = ? AND tx = ?`, c.of, c.Stall.GivenBack)
}

type giveBackRow struct {
	Tx        scrip.ID    `db:"tx"`
	ScripID   scrip.ID    `db:"scrip_id"`
	Pseudonym string      `db:"pseudonym"`
	Value     scrip.Money `db:"value"`
	Digest    string      `db:"digest"`
	Received  int64       `db:"received"`
	outgoingRow
}

func (r giveBackRow) giveBack() (scrip.GiveBack, error) {
	out, err := r.fill(scrip.Outgoing{Tx: r.Tx, From: r.Pseudonym, Digest: r.Digest, Since: r.Received})
	return scrip.GiveBack{Outgoing: out, ScripID: r.ScripID, Value: r.Value}, err
}

var selectGiveBack = `SELECT x.tx, x.scrip_id, x.pseudonym, x.value, x.digest, x.received, ` + outgoingColumns +
	` FROM giveback x` + outgoing.shelf

// GiveBack returns a T22 that waits for T24, or scrip.ErrAbsent.
func (s *Shelf) GiveBack(ctx context.Context, tx scrip.ID) (scrip.GiveBack, error) {
	return one(ctx, s.db, "read a giveback", giveBackRow.giveBack, selectGiveBack+`WHERE x.vendor = ? AND x.tx = ?`, s.of, tx)
}

// GiveBacks lists up to limit T22s that wait for T24 and are not set aside, oldest
// first.
func (s *Shelf) GiveBacks(ctx context.Context, limit int) ([]scrip.GiveBack, error) {
	return many(ctx, s.db, "list givebacks", giveBackRow.giveBack,
		selectGiveBack+`WHERE x.vendor = ? AND x.tx NOT IN (SELECT id FROM aside WHERE vendor = ?) ORDER BY x.outbox LIMIT ?`, s.of, s.of, limit)
}
