package db_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/scrip"
)

// added are migrations by the rules of docs/operations.md: each table has one column more, with a default, and there is another table.
func added(d *db.DB) (all []string) {
	tables := map[string]bool{}
	for _, column := range d.Columns() {
		table, _, _ := strings.Cut(column, ".")
		tables[table] = !strings.HasPrefix(table, "goose_")
	}
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		if tables[table] {
			all = append(all, "ALTER TABLE "+table+" ADD COLUMN newer INTEGER NOT NULL DEFAULT 7;")
		}
	}
	return append(all, "CREATE TABLE addition (id INTEGER PRIMARY KEY);")
}

// TestUpgrade: a newer version opens a book that this one made, with all that is in it; this one does not open it any more, and says why.
func TestUpgrade(t *testing.T) {
	place := filepath.Join(t.TempDir(), "book.db")
	before := newWorld(t, dbtest.Open(t, place, db.Broker))
	l := before.issued()
	if err := before.db.Close(); err != nil {
		t.Fatal(err)
	}
	newer := opensNewer(t, place, added(dbtest.SQLite(t, db.Broker)))
	newer.lives(l.ScripID)
	c, next := exchanged(l)
	newer.want(nil, c)
	newer.lives(next.ScripID)
	if _, err := db.Open(t.Context(), place, db.Broker); err == nil || !strings.Contains(err.Error(), "a newer version of this program has written it") {
		t.Errorf("opened by this version: got %v, want that a newer one has written it", err)
	}
}

// opensNewer opens a database as a newer version with more migrations.
func opensNewer(t *testing.T, place string, more []string) world {
	t.Helper()
	d, err := db.OpenNewer(t.Context(), place, db.Broker, more, db.SealedUnder(dbtest.Key))
	if err != nil {
		t.Fatalf("open as a newer version: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return newWorld(t, d)
}

// asBefore takes back what a newer version did, for the next test that has the database.
func asBefore(t *testing.T, url string, more []string) {
	t.Helper()
	d, err := db.OpenNewer(context.Background(), url, db.Broker, more, db.SealedUnder(dbtest.Key))
	if err != nil {
		t.Fatal(err)
	}
	undo := fmt.Sprintf("DROP TABLE addition; DELETE FROM goose_db_version WHERE version_id >= %d;", db.Newer)
	for _, column := range d.Columns() {
		if table, is := strings.CutSuffix(column, ".newer"); is {
			undo += "ALTER TABLE " + table + " DROP COLUMN newer;"
		}
	}
	if err := errors.Join(d.Exec(undo), d.Close()); err != nil {
		t.Errorf("as before: %v", err)
	}
}

// TestUpgradeUnderLoad: while processes of this version go on with a database, a newer one brings its tables up to date; nothing that they do
// fails, before, meanwhile or after, both see what either did, and the books close. A process of this version does not start on it any more.
func TestUpgradeUnderLoad(t *testing.T) {
	url := dbtest.Postgres(t)
	more := added(dbtest.Open(t, url, db.Broker))
	t.Cleanup(func() { asBefore(t, url, more) })
	older := []world{newWorld(t, dbtest.Open(t, url, db.Broker)), newWorld(t, dbtest.Open(t, url, db.Broker))}
	var all sync.WaitGroup
	var stop atomic.Bool
	var done [2]atomic.Int64
	upgraded := make(chan struct{})
	t.Cleanup(func() { // before the databases are closed, whatever failed
		stop.Store(true)
		all.Wait()
	})
	last := make([]scrip.Live, 6)
	for i := range last {
		w := older[i%2]
		last[i] = w.issued()
		all.Go(func() {
			for !stop.Load() {
				c, next := exchanged(last[i])
				if err := w.book.Apply(context.Background(), c); err != nil {
					t.Errorf("Apply beside a newer version: got %v, want nil", err)
					return
				}
				last[i] = next
				select {
				case <-upgraded:
					done[1].Add(1)
				default:
					done[0].Add(1)
				}
			}
		})
	}
	for done[0].Load() < 30 && !t.Failed() {
		if _, err := older[0].books.Suspended(t.Context(), 9); err != nil {
			t.Fatal(err)
		}
	}
	newer := opensNewer(t, url, more)
	close(upgraded)
	for done[1].Load() < 30 && !t.Failed() {
		newer.issued()
	}
	stop.Store(true)
	all.Wait()
	for i, l := range last {
		c, next := exchanged(newer.lives(l.ScripID))
		newer.want(nil, c)
		older[i%2].lives(next.ScripID)
	}
	bankings(older[0]) // rows of each table of real money, written and read
	s, err := newer.books.Snapshot(t.Context(), db.Question{})
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(s.Balances, func(_ scrip.Ledger, m scrip.Money) bool { return m == 0 })
	if want := done[0].Load() + done[1].Load() + int64(len(last)); s.Balances[scrip.FloatOf("m", "a")] != scrip.Money(want) || len(s.Log.Faults) > 0 || !maps.Equal(s.Balances, s.Logged.Balances) {
		t.Errorf("after %d Changes: got %v, by the log %v, faults %v, want the same", want, s.Balances, s.Logged.Balances, s.Log.Faults)
	}
	if d, err := db.Open(t.Context(), url, db.Broker, db.SealedUnder(dbtest.Key)); err == nil || !strings.Contains(err.Error(), "a newer version of this program has written it") {
		t.Errorf("started by this version: got %v, %v, want that a newer one has written it", d, err)
	}
}

// TestQueriesNameColumns: a query reads the columns that it knows, and writes what it names, so that a newer version may add some.
func TestQueriesNameColumns(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 50 {
		t.Fatalf("files: got %d, %v", len(files), err)
	}
	unnamed := regexp.MustCompile(`SELECT (\w+\.)?\* ?(FROM)?|RETURNING \*|INSERT INTO \w+ (VALUES|SELECT)`)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range unnamed.FindAllString(string(text), -1) {
			t.Errorf("%s: %q names no columns", file, found)
		}
	}
}
