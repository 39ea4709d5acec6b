package db

import (
	"context"
	"database/sql/driver"
	"strings"
	"sync"

	"github.com/mattn/go-sqlite3"
)

// sqliteDriver opens connections on which a statement is planned once.
type sqliteDriver struct{ sqlite3.SQLiteDriver }

func (d *sqliteDriver) Open(name string) (driver.Conn, error) {
	conn, err := d.SQLiteDriver.Open(name)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{conn.(*sqlite3.SQLiteConn)}, nil
}

// sqliteConn has every "?" read as "+?", which is the same value. Where SQLite's planner sees a
// bare parameter in a condition it may look at what is bound to it, and has such a statement
// parsed and planned anew whenever its parameters are cleared: each time that it is run. That
// took more than to run it.
type sqliteConn struct{ *sqlite3.SQLiteConn }

func (c *sqliteConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.SQLiteConn.PrepareContext(ctx, planned(query))
}

func (c *sqliteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return c.SQLiteConn.ExecContext(ctx, planned(query), args)
}

func (c *sqliteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return c.SQLiteConn.QueryContext(ctx, planned(query), args)
}

// planned is a query with "+?" for each "?", made once for each.
func planned(query string) string {
	if made, is := plannedQueries.Load(query); is {
		return made.(string)
	}
	if !strings.Contains(query, "?") {
		return query
	}
	made := strings.ReplaceAll(query, "?", "+?")
	plannedQueries.Store(query, made)
	return made
}

var plannedQueries sync.Map
