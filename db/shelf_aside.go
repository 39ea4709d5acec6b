package db

import (
	"context"
	"slices"

	"peerscrip/services/scrip"
)

// setAside keeps messages out of the lists of what is to be sent.
func setAside(c change) error {
	return each(c.Stall.SetAside, "set a message aside", func(a scrip.Aside) error {
		err := c.do(`INSERT INTO aside (vendor, id, message, amount, since, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (vendor, id) DO UPDATE SET reason = excluded.reason, at = excluded.at`,
			c.of, a.ID, a.Message, a.Amount, a.Since, a.Reason, a.At)
		if err != nil || a.Reason != overtaken {
			return err
		}
		return c.recount(a.ID)
	})
}

// again puts messages back among what is to be sent, and forgets that those were
// set aside which this Change settles.
func again(c change) error {
	ids := slices.Concat(c.Stall.Again, c.Stall.Recorded)
	for _, id := range []scrip.ID{c.Stall.Settle, c.Stall.GivenBack, c.Stall.Covered, c.Stall.Defended} {
		if id != "" {
			ids = append(ids, id)
		}
	}
	if c.Stall.Abandon != nil {
		ids = append(ids, c.Stall.Abandon.Tx)
	}
	return each(ids, "take up what was set aside", func(id scrip.ID) error {
		err := c.do(`DELETE FROM aside WHERE vendor = ? AND id = ?`, c.of, id)
		return err
	})
}

type asideRow struct {
	Message string      `db:"message"`
	ID      scrip.ID    `db:"id"`
	Amount  scrip.Money `db:"amount"`
	Since   int64       `db:"since"`
	Reason  string      `db:"reason"`
	At      int64       `db:"at"`
}

func (r asideRow) aside() (scrip.Aside, error) { return scrip.Aside(r), nil }

// Aside lists up to limit messages that are set aside, the first one first.
func (s *Shelf) Aside(ctx context.Context, limit int) ([]scrip.Aside, error) {
	return many(ctx, s.db, "list what is set aside", asideRow.aside,
		`SELECT message, id, amount, since, reason, at FROM aside WHERE vendor = ? ORDER BY at, id LIMIT ?`, s.of, limit)
}
