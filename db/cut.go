package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"
)

// Cut is several SQLite files at one instant, beside the programs that use them: what was
// committed before it is in it, in all of them, and nothing that was committed after. So a
// payment between two of them is on its way in it, as a crash of all at that instant would
// have left it.
type Cut struct {
	reading map[string]alone // in a transaction that reads of that instant
}

// alone is a file open with one connection.
type alone struct {
	db   *sqlx.DB
	conn *sql.Conn
}

// NewCut makes a cut through the files that list names. It holds all of them still, for as
// long as it takes to begin a transaction in each; before it lets them go it asks list again,
// and what came to be meanwhile is cut as well. Whoever writes waits so long. Close it.
func NewCut(ctx context.Context, list func() ([]string, error)) (_ *Cut, err error) {
	c := &Cut{reading: map[string]alone{}}
	held := map[string]alone{}
	defer func() {
		for _, h := range held {
			err = errors.Join(err, h.close())
		}
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	for range 2 {
		if err := c.hold(ctx, list, held); err != nil {
			return c, err
		}
	}
	for path, r := range c.reading {
		var tables int
		_, err := r.conn.ExecContext(ctx, "BEGIN")
		if err == nil { // which instant it is, is decided by the first reading
			err = r.conn.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema`).Scan(&tables)
		}
		if err != nil {
			return c, fmt.Errorf("read %s: %w", path, err)
		}
	}
	return c, nil
}

// hold opens what list names and is not open yet, and then takes the write lock of each.
func (c *Cut) hold(ctx context.Context, list func() ([]string, error), held map[string]alone) error {
	paths, err := list()
	if err != nil {
		return err
	}
	var fresh []string
	for _, path := range paths {
		if _, known := held[path]; known {
			continue
		}
		if held[path], err = openFile(ctx, path, writes); err != nil {
			return err
		}
		if c.reading[path], err = openFile(ctx, path, looks); err != nil {
			return err
		}
		fresh = append(fresh, path)
	}
	for _, path := range fresh {
		if _, err := held[path].conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
			return fmt.Errorf("hold %s still: %w", path, err)
		}
	}
	return nil
}

func openFile(ctx context.Context, path string, a access) (alone, error) {
	db, err := sqlite{path: path}.connect(a)
	if err != nil {
		return alone{}, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return alone{}, errors.Join(fmt.Errorf("open %s: %w", path, err), db.Close())
	}
	return alone{db, conn}, nil
}

// close closes the connection, and so ends its transaction with nothing changed.
func (a alone) close() error {
	if a.db == nil {
		return nil
	}
	return errors.Join(a.conn.Close(), a.db.Close())
}

// Close lets go of what was read.
func (c *Cut) Close() (err error) {
	for _, r := range c.reading {
		err = errors.Join(err, r.close())
	}
	c.reading = nil
	return err
}

// Paths are the files of the cut.
func (c *Cut) Paths() (paths []string) {
	for path := range c.reading {
		paths = append(paths, path)
	}
	return paths
}

// Copy copies a file as it was at the cut into one that is not there yet, durably.
func (c *Cut) Copy(ctx context.Context, path, to string) (err error) {
	from, known := c.reading[path]
	if !known {
		return fmt.Errorf("%s is not of the cut", path)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	made, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	name, err := filepath.Abs(to)
	if err = errors.Join(err, made.Close()); err != nil {
		return err
	}
	db, err := sqlx.Open(driverSQLite, "file:"+name+"?_synchronous=full")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return conn.Raw(func(into any) error {
		return from.conn.Raw(func(of any) error {
			return copyPages(into.(*sqliteConn).SQLiteConn, of.(*sqliteConn).SQLiteConn)
		})
	})
}

// copyPages copies all pages of a database that nobody else has open into another, in one
// step: the transaction that reads goes on.
func copyPages(into, of *sqlite3.SQLiteConn) error {
	b, err := into.Backup("main", of, "main")
	if err != nil {
		return err
	}
	done, err := b.Step(-1)
	if err == nil && !done {
		err = errors.New("the copy was not finished")
	}
	return errors.Join(err, b.Close())
}
