package db

import (
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"github.com/mattn/go-sqlite3"

	"peerscrip/services/scrip"
)

// change is a scrip.Change being applied in a transaction.
type change struct {
	scrip.Change
	tx *sqlx.Tx
}

// effect applies one field of a Change. The zero value of the field does nothing.
type effect func(change) error

// apply runs the effects in their order inside one commit.
func (db *DB) apply(effects []effect, c scrip.Change) func(tx *sqlx.Tx) error {
	return func(tx *sqlx.Tx) error {
		for _, do := range effects {
			if err := do(change{c, tx}); err != nil {
				return err
			}
		}
		return nil
	}
}

// exec runs a statement and returns how many rows it changed.
func (c change) exec(query string, args ...any) (int64, error) {
	result, err := c.tx.Exec(c.tx.Rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// get reads one row into dest, or returns scrip.ErrAbsent.
func (c change) get(dest any, query string, args ...any) error {
	return absent(c.tx.Get(dest, c.tx.Rebind(query), args...))
}

// must runs a statement that changes a row, or else refused is why not.
func (c change) must(refused error, query string, args ...any) error {
	n, err := c.exec(query, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return refused
	}
	return nil
}

// stale says of a counter that was refused (scrip.CounterStale) where the count
// stands, which the query returns; any other error as it is.
func (c change) stale(refused error, query string, args ...any) error {
	if !errors.Is(refused, scrip.CounterStale) {
		return refused
	}
	var last int64
	switch err := c.get(&last, query, args...); {
	case errors.Is(err, scrip.ErrAbsent):
		return refused
	case err != nil:
		return fmt.Errorf("look up a counter: %w", err)
	}
	return scrip.Stale{Counter: last}
}

// each applies f to every item.
func each[T any](items []T, what string, f func(T) error) error {
	for _, item := range items {
		if err := f(item); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}

// violated returns which UNIQUE constraint err reports, by its columns
// ("scrip.holder"), or "" when it reports none.
func violated(err error) string {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return ""
	}
	switch e.ExtendedCode {
	case sqlite3.ErrConstraintUnique, sqlite3.ErrConstraintPrimaryKey:
		const prefix = "UNIQUE constraint failed: "
		if text := e.Error(); len(text) > len(prefix) {
			return text[len(prefix):]
		}
	}
	return ""
}

// orphaned reports whether err is a violated foreign key: a row that names one
// which is not there.
func orphaned(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && e.ExtendedCode == sqlite3.ErrConstraintForeignKey
}

// flag is a truth value as both databases keep it.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// null is s, or NULL for the empty string.
func null[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}
