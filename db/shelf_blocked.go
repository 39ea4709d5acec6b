package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// block keeps that a pseudonym is blocked, once.
func block(c change) error {
	b := c.Stall.Block
	if b == nil {
		return nil
	}
	err := c.do(`INSERT INTO blocked (vendor, pseudonym, thread, talk, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		c.of, b.Pseudonym, b.Thread, flag(b.Talk), c.At)
	if err != nil {
		return fmt.Errorf("block a pseudonym: %w", err)
	}
	return c.atMost(scrip.MaxBlocked, `SELECT count(*) FROM blocked WHERE vendor = ?`, c.of)
}

// unblock forgets it.
func unblock(c change) error {
	if c.Stall.Unblock == "" {
		return nil
	}
	err := c.do(`DELETE FROM blocked WHERE vendor = ? AND pseudonym = ?`, c.of, c.Stall.Unblock)
	return err
}

const isBlocked = `SELECT EXISTS (SELECT 1 FROM blocked WHERE vendor = ? AND pseudonym = ?)`

// notBlocked is Blocked for a pseudonym that is.
func (c change) notBlocked(p scrip.Pseudonym) error {
	var is bool
	if err := c.get(&is, isBlocked, c.of, p); err != nil || !is {
		return err
	}
	return scrip.Blocked
}

// IsBlocked reports whether the seller has blocked a pseudonym.
func (s *Shelf) IsBlocked(ctx context.Context, p scrip.Pseudonym) (is bool, err error) {
	if err := s.db.get(ctx, &is, isBlocked, s.of, p); err != nil {
		return false, fmt.Errorf("look whether a pseudonym is blocked: %w", err)
	}
	return is, nil
}

type blockedRow struct {
	Pseudonym scrip.Pseudonym `db:"pseudonym"`
	Thread    scrip.ID        `db:"thread"`
	Talk      bool            `db:"talk"`
	At        int64           `db:"at"`
}

func (r blockedRow) blocking() (scrip.Blocking, error) { return scrip.Blocking(r), nil }

// Blocked lists the pseudonyms that the seller has blocked, the last one first.
func (s *Shelf) Blocked(ctx context.Context) ([]scrip.Blocking, error) {
	return many(ctx, s.db, "list blocked pseudonyms", blockedRow.blocking,
		`SELECT pseudonym, thread, talk, at FROM blocked WHERE vendor = ? ORDER BY at DESC, pseudonym`, s.of)
}
