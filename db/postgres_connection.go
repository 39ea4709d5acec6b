package db

import (
	"context"
	"database/sql/driver"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// driverPostgres is what sqlx knows these connections by: as nothing of its own, so
// that it leaves "?" to them.
const driverPostgres = "peerscrip-postgres"

// connector makes connections to PostgreSQL that take the SQL of SQLite's: "?" for what
// is put in, and values as database/sql converts them for any driver. (pgx alone would
// write what a type's String says, which for secrets is nothing.)
type connector struct {
	config *pgx.ConnConfig
	faults *faults // nil for connections that read
}

func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := stdlib.GetConnector(*c.config).Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &connection{conn.(*stdlib.Conn), c.faults}, nil
}

func (c connector) Driver() driver.Driver { return stdlib.GetDefaultDriver() }

type connection struct {
	*stdlib.Conn
	faults *faults
}

func (c *connection) CheckNamedValue(v *driver.NamedValue) (err error) {
	if _, is := v.Value.(*flight); is {
		return nil
	}
	v.Value, err = driver.DefaultParameterConverter.ConvertValue(v.Value)
	return err
}

func (c *connection) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.PrepareContext(ctx, dollars(query))
}

func (c *connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if len(args) == 1 {
		if f, is := args[0].Value.(*flight); is {
			return driver.ResultNoRows, f.over(ctx, c.Conn.Conn(), c.faults)
		}
	}
	if err := c.faults.before(query); err != nil {
		return nil, err
	}
	return c.Conn.ExecContext(ctx, dollars(query), args)
}

func (c *connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.faults.before(query); err != nil {
		return nil, err
	}
	return c.Conn.QueryContext(ctx, dollars(query), args)
}

func (c *connection) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, opts)
	if err != nil {
		return nil, err
	}
	return transaction{tx, c}, nil
}

type transaction struct {
	driver.Tx
	on *connection
}

func (t transaction) Commit() error {
	if err := t.on.faults.before("COMMIT"); err != nil {
		return err
	}
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	return t.on.faults.before(committed)
}

// committed is how faults know a commit that came about.
const committed = "after COMMIT"

// faults are, for tests, what is to fail: before each statement, and around a commit.
type faults struct {
	of atomic.Pointer[func(statement string) error]
}

func (f *faults) before(statement string) error {
	if f == nil {
		return nil
	}
	if fail := f.of.Load(); fail != nil {
		return (*fail)(statement)
	}
	return nil
}
