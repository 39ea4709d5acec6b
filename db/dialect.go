package db

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
)

// dialect is what SQLite and PostgreSQL do not have in common. All else is one SQL
// text, whose "?" each of them understands.
type dialect interface {
	// make makes what the tables are in: a file, or a schema. Nothing else asks the pool
	// of connections before.
	make(ctx context.Context, writer *sqlx.DB) error
	// connect makes a pool, which connects when it is asked.
	connect(a access) (*sqlx.DB, error)

	// migrations are the folder of this dialect's, and how goose speaks to it.
	migrations() (folder string, d goose.Dialect)
	// alone runs f while no other process migrates.
	alone(ctx context.Context, db *sqlx.DB, f func() error) error
	// marked is nil where the database is of the kind, ErrEmpty where it is of none yet.
	marked(ctx context.Context, db *sqlx.DB, kind Kind) error
	// mark makes it of the kind.
	mark(ctx context.Context, db *sqlx.DB, kind Kind) error

	// opened makes sure, once the tables are there, that the vault's key is the right one.
	opened(ctx context.Context, db *sqlx.DB, a access) error

	// reading is a transaction all of whose reads are of one instant.
	reading() *sql.TxOptions
	// checkpoint erases for good what was erased, or returns errBusy.
	checkpoint(ctx context.Context, writer *sqlx.DB) error
	// check looks for damage, as far as this can be done before anything is read.
	check(ctx context.Context, readers *sqlx.DB, of extent) error
	// probe changes something that nobody reads.
	probe(tx *sqlx.Tx) error

	// keep puts a secret, which the caller clears, into the vault and returns its slot.
	keep(c change, secret []byte) (slot int64, err error)
	// unseal returns the secret of a slot as it was kept.
	unseal(slot int64, secret []byte) ([]byte, error)

	// sequences reports whether this transaction may number records of the log: no other
	// does, or numbers any, until it ends.
	sequences(tx *sqlx.Tx) (mine bool, err error)
	// logKey is the key of the next record of the log; 0 where the row gets it when it is made.
	logKey(c change) (int64, error)
	// pipe is what a transaction's Changes fly by; nil where each statement is done at once.
	pipe(tx *sqlx.Tx) *pipe
	// sharing and holding end a SELECT: its row stays as it is until the commit, for others
	// that want no more than that, or for this Change alone.
	sharing() string
	holding() string

	// columns is a query for the name of each table (tbl) and of its columns (col), and
	// length the bytes that a column's value takes.
	columns() string
	length(column string) string
}

// access is what a pool of connections may do.
type access int

const (
	writes access = iota
	reads         // beside writes, in the same process
	looks         // without a writer: perhaps at a copy, perhaps after a crash
)

// dialectAt tells by a place, as [Open] takes it, which database is there.
func dialectAt(place string, kind Kind, with []Option) (dialect, error) {
	var o options
	for _, set := range with {
		set(&o)
	}
	if !slices.Contains(kinds, kind) {
		return nil, fmt.Errorf("there is no kind %q", kind)
	}
	if IsURL(place) {
		return newPostgres(place, kind, o)
	}
	return sqlite{path: place}, nil
}

// IsURL reports whether a place is a PostgreSQL database's URL, not a file's path.
func IsURL(place string) bool {
	return strings.HasPrefix(place, "postgres://") || strings.HasPrefix(place, "postgresql://")
}

// Option is what opening a database can be told besides its place and kind.
type Option func(*options)

type options struct {
	key    *[32]byte
	behind bool
}

// SealedUnder has PostgreSQL's vault sealed under a key that is kept elsewhere.
// SQLite's needs none: there what is erased is overwritten.
func SealedUnder(key [32]byte) Option { return func(o *options) { o.key = &key } }

// CheckedBehind has OpenAlone look, of a market, at what cannot be made anew alone, and at its
// catalogue, a copy that may be very large, while the database is used already: Probe then
// tells what is found.
func CheckedBehind() Option { return func(o *options) { o.behind = true } }
