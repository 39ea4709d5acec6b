package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Newer is the version that the first of OpenNewer's migrations makes.
const Newer = 100

// OpenNewer opens a database as a newer version of this program would, which has some migrations of the kind more.
func OpenNewer(ctx context.Context, place string, kind Kind, more []string, with ...Option) (*DB, error) {
	d, err := dialectAt(place, kind, with)
	if err != nil {
		return nil, err
	}
	database, _ := d.migrations()
	folder := path.Join("migrations", database, string(kind))
	all := fstest.MapFS{}
	for i, migration := range more {
		all[path.Join(folder, fmt.Sprintf("%05d_newer.sql", Newer+i))] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + migration)}
	}
	files, err := fs.ReadDir(migrations, folder)
	for _, f := range files {
		name := path.Join(folder, f.Name())
		text, failed := fs.ReadFile(migrations, name)
		all[name], err = &fstest.MapFile{Data: text}, errors.Join(err, failed)
	}
	if err != nil {
		return nil, err
	}
	return openWith(ctx, place, kind, all, with)
}

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

// Count is the one number that a query asks for.
func (db *DB) Count(query string) (n int) {
	if err := db.get(context.Background(), &n, query); err != nil {
		panic(err)
	}
	return n
}

// Read is read.
func (db *DB) Read(ctx context.Context, f func(tx *sqlx.Tx) error) error { return db.read(ctx, f) }

// LowerBounds gives shelves less room until the test ends.
func LowerBounds(t testing.TB, forSale, photoBytes int64) {
	t.Cleanup(func() {
		maxForSale, maxRequests, maxPhotoBytes = merchant.MaxForSale, merchant.MaxPaymentLinks, merchant.MaxPhotoBytes
	})
	maxForSale, maxRequests, maxPhotoBytes = forSale, forSale, photoBytes
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

// Unindexed tells how what listings are found by differs from what the listings themselves say.
func (c *Catalogue) Unindexed(ctx context.Context) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	err := c.db.read(ctx, func(tx *sqlx.Tx) error {
		var listings []storedTerms
		var terms []struct {
			termRow
			Weight int `db:"weight"`
		}
		if err := errors.Join(tx.Select(&listings, `SELECT id, terms FROM catalogue_listing`), tx.Select(&terms, `SELECT id, kind, name, label, weight FROM catalogue_term`)); err != nil {
			return err
		}
		want, got, weights, kinds := map[cell]bool{}, map[cell]bool{}, map[int64]int{}, map[int64]string{}
		for _, l := range listings {
			ids, err := unpacked(l.Terms)
			if err != nil {
				return err
			}
			for _, id := range ids {
				want[cell{int(l.ID), id}] = true
			}
		}
		take := func(id int64, chunk int, stored []byte) error {
			s := newSet(1)
			if weights[id] += weight(stored); len(stored) == 0 && !isChoice(kinds[id]) {
				say("an empty set of %d", id)
			}
			err := s.read(stored)
			for n := range s.all() {
				got[cell{chunk*chunkSize + int(n), id}] = true
			}
			return err
		}
		for _, t := range terms {
			kinds[t.ID] = t.Kind
		}
		for _, table := range []string{postings, choices} {
			rows, err := tx.QueryContext(ctx, `SELECT term, chunk, bits FROM `+table)
			if err == nil {
				err = scanSets(rows, take)
			}
			if err != nil {
				return err
			}
		}
		rows, err := tx.QueryContext(ctx, `SELECT kind, chunk, sets FROM catalogue_value`)
		if err == nil {
			err = scanSets(rows, func(kind string, chunk int, sets []byte) error {
				return eachValue(sets, func(id int64, bits []byte) error {
					if kinds[id] != kind {
						say("%d is of %s, among %s", id, kinds[id], kind)
					}
					return take(id, chunk, bits)
				})
			})
		}
		for at := range want {
			if !got[at] {
				say("listing %d is not found by %d (%s)", at.at, at.of, kinds[at.of])
			}
		}
		for at := range got {
			if !want[at] {
				say("listing %d is found by %d (%s)", at.at, at.of, kinds[at.of])
			}
		}
		for _, t := range terms {
			if t.Weight != weights[t.ID] || t.Weight == 0 && !isChoice(t.Kind) {
				say("%s %s weighs %d, not %d", t.Kind, t.Name, t.Weight, weights[t.ID])
			}
			delete(weights, t.ID)
		}
		for id := range weights {
			say("sets of %d, which is no term", id)
		}
		return err
	})
	if err != nil {
		say("%v", err)
	}
	return wrong
}
