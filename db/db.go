package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// Kind is what a database holds. Each kind has its own migrations.
type Kind string

// The kinds of database.
const (
	Broker   Kind = "broker"
	Merchant Kind = "merchant"
	Market   Kind = "market"
	Wallet   Kind = "wallet"
)

// CheckpointEvery is how long erased bytes may stay in the write-ahead log.
const CheckpointEvery = 5 * time.Second

// ErrClosed is returned by what is called after Close.
var ErrClosed = errors.New("database is closed")

// DB is an open database: one connection that writes, several that read. It is
// safe for concurrent use. One process should write to a file: a second one is
// correct but waits, up to 5 seconds, for each commit of the first. Any number
// may look with OpenReadOnly.
type DB struct {
	kind    Kind
	readers *sqlx.DB
	queue   *queue // nil when opened read-only
	watch   Watch
	broken  atomic.Pointer[error] // what was found damaged, once it was

	sequencer *sequencer // nil unless a broker's books are written
}

// Open opens the database file at path, made with mode 0600 in a folder of
// mode 0700 where they are missing, and brings its tables up to date. It
// refuses a file of another kind or of a newer program.
func Open(ctx context.Context, path string, kind Kind) (*DB, error) {
	if err := makeFile(path); err != nil {
		return nil, err
	}
	writer, err := connect(path, writes)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, writer, kind); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate %s: %w", path, err), writer.Close())
	}
	if err := checkpoint(ctx, writer); err != nil && !errors.Is(err, errBusy) {
		return nil, errors.Join(err, writer.Close())
	}
	readers, err := connect(path, reads)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	readers.SetMaxOpenConns(max(4, runtime.NumCPU()))
	db := &DB{kind: kind, readers: readers, queue: newQueue(writer)}
	if kind == Broker {
		db.startSequencer()
	}
	return db, nil
}

// OpenReadOnly opens a database to look at it: beside a running program, or
// after a crash, or a copy of its files. It changes no table and needs the
// tables to be of this program's version.
func OpenReadOnly(ctx context.Context, path string, kind Kind) (*DB, error) {
	readers, err := connect(path, looks)
	if err != nil {
		return nil, err
	}
	if err := current(ctx, readers, kind); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), readers.Close())
	}
	return &DB{kind: kind, readers: readers}, nil
}

// Rest has the database's files closed whenever nobody used them for so long. They are
// opened again when somebody does. Without connections its write-ahead log is empty, and
// gone.
func (db *DB) Rest(after time.Duration) {
	db.readers.SetConnMaxIdleTime(after)
	if db.queue != nil {
		db.queue.writer.SetConnMaxIdleTime(after)
	}
}

// Close waits for the commits under way, empties the write-ahead log, and
// closes the file. Calls after the first do nothing.
func (db *DB) Close() error {
	db.stopSequencer()
	err := db.readers.Close()
	if db.queue != nil {
		err = errors.Join(err, db.queue.close())
	}
	return err
}

// Checkpoint moves what was committed from the write-ahead log into the
// database file and empties the log, so that what was erased is gone now.
func (db *DB) Checkpoint(ctx context.Context) error {
	if db.queue == nil {
		return errReadOnly
	}
	return db.queue.do(ctx, &job{checkpoint: true})
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.readers.PingContext(ctx) }

// commit makes what f does true in one durable commit and returns nil, or
// changes nothing and returns f's error. A ctx that ends before f starts
// withdraws it: then the error is ctx's and nothing has changed. From then on
// commit waits for the outcome whatever ctx says, so a caller is never left
// not knowing; any error means that nothing has changed, except for a failed
// sync, after which only reading tells.
//
// f runs once, alone, in a savepoint, with other callers' changes before and
// after it in the same commit. It must neither commit, nor roll back, nor use
// a context that can end (write tx.Exec, not tx.ExecContext), nor wait for
// anything. It may read through tx.
func (db *DB) commit(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	if db.queue == nil {
		return errReadOnly
	}
	if db.watch.Room != nil {
		if err := db.watch.Room(); err != nil {
			return err
		}
	}
	return db.noticed(db.queue.do(ctx, &job{apply: f}))
}

// read runs f in a read-only transaction: all it reads is of one instant,
// which is after every commit that returned before.
func (db *DB) read(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	tx, err := db.readers.BeginTxx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin reading: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // read-only: nothing is lost
	return db.noticed(f(tx))
}

// get reads the one row of a query into dest, a struct with db tags or a
// single value: scrip.ErrAbsent when there is none.
func (db *DB) get(ctx context.Context, dest any, query string, args ...any) error {
	return db.noticed(absent(db.readers.GetContext(ctx, dest, query, args...)))
}

// list reads all rows of a query into dest, a pointer to a slice.
func (db *DB) list(ctx context.Context, dest any, query string, args ...any) error {
	return db.noticed(db.readers.SelectContext(ctx, dest, query, args...))
}

// one reads the one row of a query as a value: scrip.ErrAbsent when there is
// none. what says what was attempted, for the error.
func one[R, V any](ctx context.Context, db *DB, what string, value func(R) (V, error), query string, args ...any) (V, error) {
	var row R
	if err := db.get(ctx, &row, query, args...); err != nil {
		var none V
		return none, fmt.Errorf("%s: %w", what, err)
	}
	return value(row)
}

// many reads all rows of a query as values. Without any the list is empty, not
// nil.
func many[R, V any](ctx context.Context, db *DB, what string, value func(R) (V, error), query string, args ...any) ([]V, error) {
	var rows []R
	if err := db.list(ctx, &rows, query, args...); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return convert(rows, value)
}

// convert makes values of rows.
func convert[R, V any](rows []R, value func(R) (V, error)) ([]V, error) {
	values := make([]V, 0, len(rows))
	for _, r := range rows {
		v, err := value(r)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// absent turns "no rows" into scrip.ErrAbsent.
func absent(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return scrip.ErrAbsent
	}
	return err
}

var errReadOnly = errors.New("database was opened to be read only")
