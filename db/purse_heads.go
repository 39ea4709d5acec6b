package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// keepHeads keeps what was told of the broker's log, and what came of comparing it.
func (c purseChange) keepHeads() error {
	h := c.Heads
	if h == nil {
		return nil
	}
	for _, told := range h.Told {
		if err := c.do(`INSERT INTO head (told_by, note, at) VALUES (?, ?, ?) ON CONFLICT (told_by) DO UPDATE SET note = excluded.note`, told.By, told.Note, told.At); err != nil {
			return fmt.Errorf("keep a head: %w", err)
		}
	}
	if err := c.moveLine(h); err != nil {
		return err
	}
	if s := h.Settled; s != nil {
		if err := c.do(`DELETE FROM head WHERE told_by = ? AND note = ?`, s.By, s.Note); err != nil {
			return fmt.Errorf("forget a head: %w", err)
		}
	}
	if f := h.Fork; f != nil {
		err := c.do(`INSERT INTO fork (told_by, seen, before, told_at, at, proven) SELECT ?, ?, ?, ?, ?, ?
			WHERE EXISTS (SELECT 1 FROM head WHERE told_by = '' AND note = ?)
			AND NOT EXISTS (SELECT 1 FROM fork WHERE told_by = ? AND proven = ? AND settled = 0)
			AND (SELECT count(*) FROM fork WHERE proven = ? AND settled = 0) < ? ON CONFLICT (seen, proven) DO NOTHING`,
			f.Seen.By, f.Seen.Note, f.Before, f.Seen.At, f.At, f.Proven, f.Before, f.Seen.By, f.Proven, f.Proven, wallet.MaxForks)
		if err != nil {
			return fmt.Errorf("keep two heads: %w", err)
		}
	}
	if len(h.Explain) > 0 {
		if err := c.settleForks(h.Explain); err != nil {
			return err
		}
	}
	if m := h.Mended; m != nil {
		if err := c.do(`DELETE FROM fork WHERE told_by = ? AND seen = ? AND proven = 0`, m.By, m.Note); err != nil {
			return fmt.Errorf("forget two heads: %w", err)
		}
	}
	return nil
}

// settleForks has these contradictions be explained, and forgets the head that others are held against where one was not before.
func (c purseChange) settleForks(shown []wallet.Fork) error {
	settled := int64(0)
	for _, f := range shown {
		n, err := c.exec(`UPDATE fork SET settled = 1 WHERE seen = ? AND proven = ? AND settled = 0`, f.Seen.Note, f.Proven)
		if err != nil {
			return fmt.Errorf("settle what contradicts the broker: %w", err)
		}
		settled += n
	}
	if settled == 0 {
		return nil
	}
	if err := c.do(`DELETE FROM head WHERE told_by = ''`); err != nil {
		return fmt.Errorf("forget the broker's head: %w", err)
	}
	return nil
}

// moveLine has the head that others are held against be another.
func (c purseChange) moveLine(h *wallet.HeadChange) error {
	switch {
	case h.Line == "":
		return nil
	case h.Was == "":
		return c.insert("keep the broker's head", `INSERT INTO head (told_by, note, at) VALUES ('', ?, ?)`, h.Line, h.At)
	}
	return c.move("keep the broker's head", `UPDATE head SET note = ?, at = ? WHERE told_by = '' AND note = ?`, h.Line, h.At, h.Was)
}

type headToldRow struct {
	By   scrip.VendorID `db:"told_by"`
	Note string         `db:"note"`
	At   int64          `db:"at"`
}

func (r headToldRow) head() (wallet.ToldHead, error) { return wallet.ToldHead(r), nil }

// Heads lists the heads that are kept: the broker's, if there is one, and those of stalls.
func (p *Purse) Heads(ctx context.Context) ([]wallet.ToldHead, error) {
	return many(ctx, p.db, "list heads", headToldRow.head, `SELECT told_by, note, at FROM head ORDER BY told_by`)
}

type forkRow struct {
	By     scrip.VendorID `db:"told_by"`
	Seen   string         `db:"seen"`
	Before string         `db:"before"`
	ToldAt int64          `db:"told_at"`
	At     int64          `db:"at"`
	Proven bool           `db:"proven"`

	Settled bool `db:"settled"`
}

func (r forkRow) fork() (wallet.Fork, error) {
	return wallet.Fork{Seen: wallet.ToldHead{By: r.By, Note: r.Seen, At: r.ToldAt}, Before: r.Before, At: r.At, Proven: r.Proven, Settled: r.Settled}, nil
}

// Forks lists what contradicts the broker, the first first.
func (p *Purse) Forks(ctx context.Context) ([]wallet.Fork, error) {
	return many(ctx, p.db, "list forks", forkRow.fork, `SELECT told_by, seen, before, told_at, at, proven, settled FROM fork ORDER BY at, told_by, proven`)
}
