package db

import (
	"context"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// keepThread keeps what is known of a thread in the place of what was, if that is
// what it was made of.
func (c purseChange) keepThread() error {
	t := c.Thread
	if t == nil {
		return nil
	}
	if t.Version == 1 {
		return c.insert("keep a thread", `INSERT INTO thread (tx, vendor, version, at, sealed) VALUES (?, ?, ?, ?, ?)`,
			t.Tx, t.Vendor, t.Version, t.At, t.Sealed)
	}
	return c.move("keep a thread", `UPDATE thread SET version = ?, at = ?, sealed = ? WHERE tx = ? AND version = ?`,
		t.Version, t.At, t.Sealed, t.Tx, t.Version-1)
}

// unasked forgets a conversation that was refused.
func (c purseChange) unasked() error {
	t := c.Unasked
	if t == nil {
		return nil
	}
	return c.move("forget a conversation", `DELETE FROM thread WHERE tx = ? AND version = ?`, t.Tx, t.Version)
}

type purseThreadRow struct {
	Tx      scrip.ID       `db:"tx"`
	Vendor  scrip.VendorID `db:"vendor"`
	Version int            `db:"version"`
	At      int64          `db:"at"`
	Sealed  []byte         `db:"sealed"`
}

func (r purseThreadRow) thread() (wallet.SealedThread, error) { return wallet.SealedThread(r), nil }

const selectPurseThread = `SELECT tx, vendor, version, at, sealed FROM thread `

// Thread returns what is kept of a thread, or scrip.ErrAbsent.
func (p *Purse) Thread(ctx context.Context, tx scrip.ID) (wallet.SealedThread, error) {
	return one(ctx, p.db, "read a thread", purseThreadRow.thread, selectPurseThread+`WHERE tx = ?`, tx)
}

// Threads lists all that are kept, the last one first.
func (p *Purse) Threads(ctx context.Context) ([]wallet.SealedThread, error) {
	return many(ctx, p.db, "list threads", purseThreadRow.thread, selectPurseThread+`ORDER BY at DESC, tx`)
}
