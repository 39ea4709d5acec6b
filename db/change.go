package db

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// change is a scrip.Change being applied in a transaction.
type change struct {
	scrip.Change
	tx       *sqlx.Tx
	dialect  dialect // of those that keep secrets
	of       whose
	pipe     *pipe    // nil where statements are done one after another
	recorded *[]any   // what record wrote into the log, for stage: id and entry of each
	left     *[]*left // what takeStock left of listings, for tellSeller: known once the pipe is settled
}

// effect applies one field of a Change. The zero value of the field does nothing.
type effect func(change) error

// apply runs the effects in their order inside one commit.
func (db *DB) apply(ctx context.Context, effects []effect, of whose, c scrip.Change) error {
	return db.enqueue(ctx, &job{order: orderOf(of, c), apply: func(tx *sqlx.Tx, p *pipe) error {
		err := change{c, tx, db.dialect, of, p, new([]any), new([]*left)}.apply(effects)
		if err != nil && p.flies() && broken(err) == nil {
			return errOtherwise
		}
		return err
	}})
}

func (c change) apply(effects []effect) error {
	for _, do := range effects {
		if err := do(c); err != nil {
			return err
		}
	}
	return c.pipe.settle()
}

// orderOf is what the Changes of a transaction are put in order by, so that two processes
// take the rows of two stalls in the same order.
func orderOf(of whose, c scrip.Change) string {
	if of != "" || c.Broker == nil || len(c.Broker.Log) == 0 {
		return string(of)
	}
	return string(c.Broker.Log[0].Vendor)
}

// do runs a statement, of which it says nothing how many rows it changed: it may not be run
// before the next one is.
func (c change) do(query string, args ...any) error {
	if c.pipe.flies() {
		return c.pipe.note(false, query, args...)
	}
	_, err := c.exec(query, args...)
	return err
}

// sure is exec of a statement that changes a row nearly always, and is taken to until the
// next one is run.
func (c change) sure(query string, args ...any) (int64, error) {
	if c.pipe.flies() {
		return 1, c.pipe.note(true, query, args...)
	}
	return c.exec(query, args...)
}

// exec runs a statement and returns how many rows it changed.
func (c change) exec(query string, args ...any) (int64, error) {
	if err := c.pipe.settle(); err != nil {
		return 0, err
	}
	result, err := c.tx.Exec(c.tx.Rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// get reads one row into dest, or returns scrip.ErrAbsent.
func (c change) get(dest any, query string, args ...any) error {
	if err := c.pipe.settle(); err != nil {
		return err
	}
	return absent(c.tx.Get(dest, c.tx.Rebind(query), args...))
}

// given is get of one value that a statement gives nearly always: dest has it when the pipe
// is settled at the latest.
func (c change) given(dest any, query string, args ...any) error {
	if c.pipe.flies() {
		return c.pipe.noteFor(dest, query, args...)
	}
	return c.get(dest, query, args...)
}

// list reads all rows of a query into dest, a pointer to a slice.
func (c change) list(dest any, query string, args ...any) error {
	if err := c.pipe.settle(); err != nil {
		return err
	}
	return c.tx.Select(dest, c.tx.Rebind(query), args...)
}

// insert puts rows, of so many values each, into a table, many with a statement. So
// many are 64, 8 or 1, so that few statements are prepared.
func (c change) insert(into string, width int, values []any) error {
	row := "(?" + strings.Repeat(", ?", width-1) + ")"
	for len(values) > 0 {
		n := 64
		for n*width > len(values) {
			n /= 8
		}
		if err := c.do(into+" VALUES "+row+strings.Repeat(", "+row, n-1), values[:n*width]...); err != nil {
			return err
		}
		values = values[n*width:]
	}
	return nil
}

// next returns the next of n numbers in a feed of a vendor's, or in one of the broker's own.
// The feed's row is this Change's from here to its commit: a number that somebody read
// has none below it that comes later.
func (c change) next(v scrip.VendorID, feed string, n int) (first int64, err error) {
	err = c.get(&first, `INSERT INTO feed (vendor, name, last) VALUES (?, ?, ?)
		ON CONFLICT (vendor, name) DO UPDATE SET last = feed.last + excluded.last RETURNING last`, v, feed, n)
	if err != nil {
		return 0, fmt.Errorf("take a number in a feed: %w", err)
	}
	return first - int64(n) + 1, nil
}

// must runs a statement that changes a row, or else refused is why not.
func (c change) must(refused error, query string, args ...any) error {
	n, err := c.sure(query, args...)
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
