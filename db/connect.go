package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
)

const driver = "peerscrip-sqlite3"

func init() {
	sql.Register(driver, &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		// What savepoints and sorts put aside may hold secrets: not on disk.
		_, err := c.Exec("PRAGMA temp_store = MEMORY", nil)
		return err
	}})
}

// access is what a pool of connections may do.
type access int

const (
	writes access = iota // one connection, which holds the write lock from BEGIN on
	reads                // beside it, in the same process
	looks                // without a writer, perhaps a copy, perhaps after a crash
)

// connect opens a pool. Each setting has its reason:
//
//   - WAL: readers never wait for the writer, nor it for them.
//   - synchronous FULL: a commit that returned survives a power cut.
//   - immediate: a transaction takes the write lock before it reads, so it
//     never fails half-way for having read what another changed.
//   - secure_delete ON: deleted rows become zeros. See the package comment.
//   - mutex no: database/sql lets one goroutine at a time use a connection.
func connect(path string, a access) (*sqlx.DB, error) {
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
	}
	name, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", path, err)
	}
	uri := url.URL{Scheme: "file", Path: name, RawQuery: q.Encode()}
	db, err := sqlx.Open(driver, uri.String())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	if a == writes {
		db.SetMaxOpenConns(1)
	}
	return db, nil
}

// makeFile makes an empty database file that its owner alone can read, which
// SQLite's companion files (-wal, -shm) then inherit.
func makeFile(path string) error {
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
func checkpoint(ctx context.Context, writer *sqlx.DB) error {
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
