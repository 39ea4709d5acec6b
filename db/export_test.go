package db

import (
	"context"
	"testing"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/merchant"
)

// Exec runs SQL behind the back of everything, as somebody with the file may.
func (db *DB) Exec(query string) error {
	return db.commit(context.Background(), func(tx *sqlx.Tx) error {
		_, err := tx.Exec(query)
		return err
	})
}

// Commit is commit.
func (db *DB) Commit(ctx context.Context, f func(tx *sqlx.Tx) error) error { return db.commit(ctx, f) }

// Commits returns how many commits there were.
func (db *DB) Commits() int64 { return db.queue.commits.Load() }

// Queued returns how many changes wait.
func (db *DB) Queued() int { return len(db.queue.jobs) }

// Rows counts the rows of a table.
func (db *DB) Rows(table string) (n int) {
	if err := db.get(context.Background(), &n, "SELECT count(*) FROM "+table); err != nil {
		panic(err)
	}
	return n
}

// Read is read.
func (db *DB) Read(ctx context.Context, f func(tx *sqlx.Tx) error) error { return db.read(ctx, f) }

// LowerBounds gives shelves less room until the test ends.
func LowerBounds(t testing.TB, forSale, photoBytes int64) {
	t.Cleanup(func() { maxForSale, maxPhotoBytes = merchant.MaxForSale, merchant.MaxPhotoBytes })
	maxForSale, maxPhotoBytes = forSale, photoBytes
}
