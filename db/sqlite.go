package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"

	"peerscrip/services/scrip"
)

const driverSQLite = "peerscrip-sqlite3"

func init() {
	sql.Register(driverSQLite, &sqliteDriver{sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		// What savepoints and sorts put aside may hold secrets: not on disk. A page that many
		// commits write is copied from the write-ahead log once for all of them, so that is
		// done after some 30 MB, or by the clock (CheckpointEvery).
		_, err := c.Exec("PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000", nil)
		return err
	}}})
}

// sqlite is a file.
type sqlite struct{ path string }

var _ dialect = sqlite{}

// connect opens a pool: of one connection that writes, which holds the write lock
// from BEGIN on, or of some that read. Each setting has its reason:
//
//   - WAL: readers never wait for the writer, nor it for them.
//   - synchronous FULL: a commit that returned survives a power cut.
//   - immediate: a transaction takes the write lock before it reads, so it
//     never fails half-way for having read what another changed.
//   - secure_delete ON: deleted rows become zeros. See the package comment.
//   - mutex no: database/sql lets one goroutine at a time use a connection.
func (s sqlite) connect(a access) (*sqlx.DB, error) {
	q := url.Values{
		"_busy_timeout": {"5000"}, "_foreign_keys": {"on"}, "_secure_delete": {"on"},
		"_synchronous": {"full"}, "_mutex": {"no"}, "_stmt_cache_size": {"100"},
	}
	switch a {
	case writes:
		q.Set("_journal_mode", "WAL")
		q.Set("_txlock", "immediate")
		q.Set("_cache_size", "-16000") // KiB: the log's index is written all over
	case reads:
		q.Set("_query_only", "on")
	case looks:
		q.Set("_query_only", "on")
		q.Set("mode", "ro")
		q.Set("_cache_size", "-16000") // an audit looks into the log's indexes all over
	}
	name, err := filepath.Abs(s.path)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", s.path, err)
	}
	uri := url.URL{Scheme: "file", Path: name, RawQuery: q.Encode()}
	db, err := sqlx.Open(driverSQLite, uri.String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.path, err)
	}
	switch a {
	case writes:
		db.SetMaxOpenConns(1)
	case reads:
		most := max(4, runtime.NumCPU())
		db.SetMaxOpenConns(most)
		db.SetMaxIdleConns(most) // to open one takes as long as several readings
	}
	return db, nil
}

// make makes an empty database file that its owner alone can read, which
// SQLite's companion files (-wal, -shm) then inherit.
func (s sqlite) make(context.Context, *sqlx.DB) error {
	path := s.path
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("make %s: %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("protect %s: %w", path, err)
	}
	return nil
}

// checkpoint copies the write-ahead log into the database file and truncates
// it, or returns errBusy when a reader is in the way: then it is to be tried
// again. It waits for readers a moment only, because changes wait for it.
func (sqlite) checkpoint(ctx context.Context, writer *sqlx.DB) error {
	var r struct {
		Busy         int `db:"busy"`
		Log          int `db:"log"`
		Checkpointed int `db:"checkpointed"`
	}
	conn, err := writer.Connx(ctx)
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	defer func() { _ = conn.Close() }() // gives it back to the pool
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 100"); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	err = conn.GetContext(ctx, &r, "PRAGMA wal_checkpoint(TRUNCATE)")
	if _, again := conn.ExecContext(ctx, "PRAGMA busy_timeout = 5000"); again != nil {
		err = errors.Join(err, again)
	}
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	if r.Busy != 0 {
		return errBusy
	}
	return nil
}

func (sqlite) migrations() (string, goose.Dialect) { return "sqlite", goose.DialectSQLite3 }

// alone needs no more than SQLite's own lock: goose migrates in transactions.
func (sqlite) alone(_ context.Context, _ *sqlx.DB, f func() error) error { return f() }

// applicationIDs mark the kinds in SQLite's file header: "psc" and a letter.
var applicationIDs = map[Kind]int64{
	Broker: 0x70736362, Merchant: 0x7073636d, Market: 0x7073636b, Wallet: 0x70736377, Witness: 0x70736378,
}

func (sqlite) marked(ctx context.Context, db *sqlx.DB, kind Kind) error {
	var have int64
	if err := db.GetContext(ctx, &have, "PRAGMA application_id"); err != nil {
		return fmt.Errorf("read the kind: %w", err)
	}
	switch have {
	case applicationIDs[kind]:
		return nil
	case 0:
		return ErrEmpty
	}
	return fmt.Errorf("%w than %s", errKind, kind)
}

func (sqlite) mark(ctx context.Context, db *sqlx.DB, kind Kind) error {
	var tables int
	if err := db.GetContext(ctx, &tables, "SELECT count(*) FROM sqlite_schema"); err != nil {
		return fmt.Errorf("look for tables: %w", err)
	}
	if tables > 0 {
		return errKind
	}
	_, err := db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationIDs[kind]))
	return err
}

// opened has nothing to do: there is no key.
func (sqlite) opened(context.Context, *sqlx.DB, access) error { return nil }

// reading is any transaction: it reads of the instant of its first read.
func (sqlite) reading() *sql.TxOptions { return nil }

// readAnew reports of a table whether its rows can be made anew: the catalogue's, without what
// the market's operator and its visitors said.
const readAnew = `(substr(name, 1, 10) = 'catalogue_' AND name NOT IN ('catalogue_hidden', 'catalogue_report'))`

// check looks at the form of every page, or of those of some tables, one after the other. It
// does not look at what they say.
func (sqlite) check(ctx context.Context, readers *sqlx.DB, of extent) error {
	looks := []string{"PRAGMA quick_check(1)"}
	if of != whole {
		looks = nil
		err := readers.SelectContext(ctx, &looks, `SELECT 'PRAGMA quick_check("' || name || '")' FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND `+readAnew+` = ?`, of == behind)
		if err != nil {
			return damaged(err)
		}
	}
	for _, look := range looks {
		var found []string
		if err := readers.SelectContext(ctx, &found, look); err != nil {
			return damaged(err)
		}
		if len(found) != 1 || found[0] != "ok" {
			return fmt.Errorf("%w: %.200s", ErrDamaged, found)
		}
	}
	return nil
}

func (sqlite) probe(tx *sqlx.Tx) error {
	var n int32
	if err := tx.Get(&n, "PRAGMA user_version"); err != nil {
		return err
	}
	_, err := tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", n&0xffff+1))
	return err
}

// keep takes a free slot if there is one. Triggers overwrite it when its owner dies.
func (sqlite) keep(c change, secret []byte) (slot int64, err error) {
	err = c.getBoth(&slot, reuseSlot, secret, c.of, c.of)
	if errors.Is(err, scrip.ErrAbsent) {
		err = c.getBoth(&slot, newSlot, c.of, secret)
	}
	return slot, err
}

// unseal has nothing to do: the file's mode protects it.
func (sqlite) unseal(_ int64, secret []byte) ([]byte, error) { return secret, nil }

func (sqlite) columns() string {
	return `SELECT s.name AS tbl, c.name AS col FROM sqlite_schema s, pragma_table_info(s.name) c
		WHERE s.type = 'table' AND s.name NOT LIKE 'sqlite%' AND s.name NOT LIKE 'goose%'`
}

func (sqlite) length(column string) string { return `length(CAST("` + column + `" AS BLOB))` }

// sequences is true for whoever has the one write lock; sharing and holding need no more
// than that either.
func (sqlite) sequences(*sqlx.Tx) (bool, error) { return true, nil }

func (sqlite) logKey(change) (int64, error) { return 0, nil }

// pipe: a statement costs nothing but itself, and nobody else writes.
func (sqlite) pipe(*sqlx.Tx) *pipe { return nil }

func (sqlite) sharing() string { return "" }
func (sqlite) holding() string { return "" }
