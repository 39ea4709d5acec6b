package db

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/mattn/go-sqlite3"
)

// SQLSTATEs of PostgreSQL and of what speaks its protocol.
const (
	sqlUnique        = "23505"
	sqlForeignKey    = "23503"
	sqlSerialization = "40001"
	sqlDeadlock      = "40P01"
	sqlUnknown       = "40003" // whether a commit came about
	sqlLockTimeout   = "55P03"
	sqlCanceled      = "57014" // statement_timeout
	sqlUnsupported   = "0A000" // a statement that was prepared before its table changed
)

// violated returns which UNIQUE constraint err reports, by its columns
// ("scrip.holder", "alias.pseudonym, alias.vendor"), or "" when it reports none.
func violated(err error) string {
	var lite sqlite3.Error
	if errors.As(err, &lite) && (lite.ExtendedCode == sqlite3.ErrConstraintUnique || lite.ExtendedCode == sqlite3.ErrConstraintPrimaryKey) {
		columns, _ := strings.CutPrefix(lite.Error(), "UNIQUE constraint failed: ")
		return columns
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == sqlUnique {
		return pg.TableName + "." + strings.ReplaceAll(keyOf(pg.Detail), ", ", ", "+pg.TableName+".")
	}
	return ""
}

// keyOf are the columns of a key that PostgreSQL says is there already: "Key (a, b)=(1, 2) ...".
func keyOf(detail string) string {
	columns, _ := strings.CutPrefix(detail, "Key (")
	columns, _, _ = strings.Cut(columns, ")=(")
	return columns
}

// orphaned reports whether err is a violated foreign key: a row that names one
// which is not there.
func orphaned(err error) bool {
	var lite sqlite3.Error
	if errors.As(err, &lite) {
		return lite.ExtendedCode == sqlite3.ErrConstraintForeignKey
	}
	return sqlState(err) == sqlForeignKey
}

// sqlState is the SQLSTATE of an error of PostgreSQL's, or "".
func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// transient reports whether a transaction was undone, whole, for what others do at the
// same time: the same may be done again.
func transient(err error) bool {
	if errors.Is(err, errRaced) {
		return true
	}
	switch sqlState(err) {
	case sqlSerialization, sqlDeadlock, sqlLockTimeout, sqlCanceled:
		return true
	case sqlUnsupported:
		return strings.Contains(err.Error(), "cached plan")
	}
	return false
}

// errRaced is of a Change that counted what another process added to at the same time.
var errRaced = errors.New("another process came first")

// lost reports whether there is no connection to the server, or none any more. What a
// transaction did that was not committed is undone; whether a commit that was under way
// came about, only reading tells.
func lost(err error) bool {
	if err == nil {
		return false
	}
	if state := sqlState(err); state != "" {
		class := state[:2]
		// connection exceptions; too many connections; the operator ends or starts the server
		return class == "08" || state == "53300" || strings.HasPrefix(state, "57P") || state == sqlUnknown
	}
	var connecting *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connecting) || errors.As(err, &network) && !errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, driver.ErrBadConn) || strings.Contains(err.Error(), "conn closed")
}

// damaged turns what a database says of damaged files into ErrDamaged.
func damaged(err error) error {
	var lite sqlite3.Error
	bad := errors.As(err, &lite) && (lite.Code == sqlite3.ErrCorrupt || lite.Code == sqlite3.ErrNotADB)
	if bad = bad || strings.HasPrefix(sqlState(err), "XX00") && sqlState(err) != "XX000"; bad && !errors.Is(err, ErrDamaged) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// How often something is tried again.
const (
	triesToRead     = 4   // after the first
	triesToMigrate  = 300 // likewise: half a minute, as who upgrades would wait
	triesTogether   = 2   // of a batch, before each of it is tried alone
	triesAlone      = 40
	triesToConnect  = 4
	longestPause    = 100 * time.Millisecond
	shortestPause   = 5 * time.Millisecond
	pauseForAServer = 50 * time.Millisecond
)

// pause is how long to wait after a number of tries: anything up to what grows with them.
// Often it is next to nothing, since who was undone by another's commit has an even
// chance right behind it, and none while the other is on its way again.
func pause(tries int) time.Duration {
	return rand.N(min(shortestPause<<min(tries, 10), longestPause))
}

// sleep waits, and reports whether ctx let it.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
