package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// Lease makes a job owner's until then, and reports whether it is: it was nobody's, or owner's
// already, or its owner let it run out, as one does that was killed. at is now; both are unix
// seconds. Whoever does a job for longer takes it again in time.
func (db *DB) Lease(ctx context.Context, job, owner string, at, until int64) (bool, error) {
	err := db.commit(ctx, func(tx *sqlx.Tx) error {
		return change{tx: tx}.must(scrip.ErrAbsent, `INSERT INTO lease (job, owner, until) VALUES (?, ?, ?) ON CONFLICT (job)
			DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE lease.owner = excluded.owner OR lease.until <= ?`, job, owner, until, at)
	})
	if errors.Is(err, scrip.ErrAbsent) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("take %s: %w", job, err)
	}
	return true, nil
}

// GiveBack makes a job nobody's that is owner's; another's stays.
func (db *DB) GiveBack(ctx context.Context, job, owner string) error {
	err := db.commit(ctx, func(tx *sqlx.Tx) error {
		err := change{tx: tx}.do(`DELETE FROM lease WHERE job = ? AND owner = ?`, job, owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("give back %s: %w", job, err)
	}
	return nil
}
