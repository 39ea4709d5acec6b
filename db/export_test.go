package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
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

// SequenceAfter has records of the log wait so long for their numbers.
func (db *DB) SequenceAfter(d time.Duration) { db.sequencer.soon.Store(int64(d)) }

// Sequences has a transaction be the one that may number records.
func (db *DB) Sequences(tx *sqlx.Tx) (bool, error) { return db.dialect.sequences(tx) }

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

// Dump is every row of every table, for comparison.
func (db *DB) Dump() string {
	var tables, rows []string
	err := db.read(context.Background(), func(tx *sqlx.Tx) error {
		if err := tx.Select(&tables, `SELECT DISTINCT tbl FROM (`+db.dialect.columns()+`) c`); err != nil {
			return err
		}
		for _, table := range tables {
			all, err := tx.Queryx(`SELECT * FROM "` + table + `"`)
			if err != nil {
				return err
			}
			for all.Next() {
				row, err := all.SliceScan()
				if err != nil {
					return err
				}
				rows = append(rows, fmt.Sprintf("%s %v", table, row))
			}
			if err := errors.Join(all.Err(), all.Close()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	slices.Sort(rows)
	return strings.Join(rows, "\n")
}

// BoundAskPhotos bounds, for one test, the bytes of photos of conversations without an order.
func BoundAskPhotos(t testing.TB, most int) {
	t.Cleanup(func() { maxAskPhotos = scrip.MaxAskPhotos })
	maxAskPhotos = most
}

// Columns lists all tables' columns, as "table.column".
func (db *DB) Columns() (names []string) {
	var columns []struct{ Tbl, Col string }
	if err := db.list(context.Background(), &columns, db.dialect.columns()); err != nil {
		panic(err)
	}
	for _, c := range columns {
		names = append(names, c.Tbl+"."+c.Col)
	}
	slices.Sort(names)
	return names
}

// Committed is how Fail is told of a commit that came about.
const Committed = committed

// Fail has what is written to PostgreSQL fail as f says, from now on.
func (db *DB) Fail(f func(statement string) error) {
	of := &db.dialect.(postgres).faults.of
	if f == nil {
		of.Store(nil)
	} else {
		of.Store(&f)
	}
}
