package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
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
	Witness  Kind = "witness"
)

var kinds = []Kind{Broker, Merchant, Market, Wallet, Witness}

// CheckpointEvery is how long erased bytes may stay in the write-ahead log.
const CheckpointEvery = 5 * time.Second

// ErrClosed is returned by what is called after Close.
var ErrClosed = errors.New("database is closed")

// DB is an open database. It is safe for concurrent use.
//
// Of a SQLite file it has one connection that writes and several that read. One
// process should write to a file: a second one is correct but waits, up to 5
// seconds, for each commit of the first. Any number may look with OpenReadOnly.
// Any number of processes may write to a PostgreSQL database.
type DB struct {
	kind    Kind
	dialect dialect
	readers *sqlx.DB
	queue   *queue // nil when opened read-only
	watch   Watch
	broken  atomic.Pointer[error] // what was found damaged, once it was

	sequencer *sequencer // nil unless a broker's books are written
	unlook    func()     // ends looking for damage; nil unless that is done while it is used
}

// Open opens the database of a kind at a place and brings its tables up to date. It
// refuses one of another kind or of a newer program.
//
// A place is the path of a SQLite file, made with mode 0600 in a folder of mode 0700
// where they are missing; or the URL of a PostgreSQL database (postgres://...), in
// which each kind has a schema of its own by its name, made where it is missing.
func Open(ctx context.Context, place string, kind Kind, with ...Option) (*DB, error) {
	return openWith(ctx, place, kind, migrations, with)
}

// openWith is Open with the tables that some migrations make.
func openWith(ctx context.Context, place string, kind Kind, from fs.FS, with []Option) (*DB, error) {
	d, err := dialectAt(place, kind, with)
	if err != nil {
		return nil, err
	}
	writer, err := d.connect(writes)
	if err != nil {
		return nil, err
	}
	if err := d.make(ctx, writer); err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	if err := migrate(ctx, d, writer, kind, from); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate %s: %w", Shown(place), err), writer.Close())
	}
	if err := d.opened(ctx, writer, writes); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", Shown(place), err), writer.Close())
	}
	if err := d.checkpoint(ctx, writer); err != nil && !errors.Is(err, errBusy) {
		return nil, errors.Join(err, writer.Close())
	}
	readers, err := d.connect(reads)
	if err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	db := &DB{kind: kind, dialect: d, readers: readers, queue: newQueue(writer, d)}
	if kind == Broker {
		db.startSequencer()
	}
	return db, nil
}

// OpenReadOnly opens a database to look at it: beside a running program, or
// after a crash, or a copy of its files. It changes no table and needs the
// tables to be of this program's version.
func OpenReadOnly(ctx context.Context, place string, kind Kind, with ...Option) (*DB, error) {
	d, err := dialectAt(place, kind, with)
	if err != nil {
		return nil, err
	}
	readers, err := d.connect(looks)
	if err != nil {
		return nil, err
	}
	err = current(ctx, d, readers, kind)
	if err == nil {
		err = d.opened(ctx, readers, looks)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", Shown(place), err), readers.Close())
	}
	return &DB{kind: kind, dialect: d, readers: readers}, nil
}

// Kind is what the database holds.
func (db *DB) Kind() Kind { return db.kind }

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
// closes the file. Who else has that open at the time, such as an audit, keeps the log
// until it closes too, or until it is opened again. Calls after the first do nothing.
func (db *DB) Close() error {
	if db.unlook != nil {
		db.unlook()
	}
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
// sync, or a connection lost during a commit, after which only reading tells.
//
// f runs alone, in a savepoint, with other callers' changes before and after it in
// the same commit; with PostgreSQL again, from its beginning, where the database
// found that it cannot stand beside what another process did meanwhile. It must
// neither commit, nor roll back, nor use a context that can end (write tx.Exec, not
// tx.ExecContext), nor wait for anything. It may read through tx.
func (db *DB) commit(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	return db.enqueue(ctx, &job{apply: func(tx *sqlx.Tx, p *pipe) error {
		if err := p.settle(); err != nil {
			return err
		}
		return f(tx)
	}})
}

// enqueue is commit of a job.
func (db *DB) enqueue(ctx context.Context, j *job) error {
	if db.queue == nil {
		return errReadOnly
	}
	if db.watch.Room != nil {
		if err := db.watch.Room(); err != nil {
			return err
		}
	}
	return db.noticed(db.queue.do(ctx, j))
}

// read runs f in a read-only transaction: all it reads is of one instant,
// which is after every commit that returned before.
func (db *DB) read(ctx context.Context, f func(tx *sqlx.Tx) error) error {
	tx, err := db.readers.BeginTxx(ctx, db.dialect.reading())
	if err != nil {
		return db.noticed(fmt.Errorf("begin reading: %w", err))
	}
	defer func() { _ = tx.Rollback() }() // read-only: nothing is lost
	return db.noticed(f(tx))
}

// get reads the one row of a query into dest, a struct with db tags or a
// single value: scrip.ErrAbsent when there is none.
func (db *DB) get(ctx context.Context, dest any, query string, args ...any) error {
	return db.noticed(absent(db.again(ctx, func() error { return db.readers.GetContext(ctx, dest, query, args...) })))
}

// list reads all rows of a query into dest, a pointer to a slice.
func (db *DB) list(ctx context.Context, dest any, query string, args ...any) error {
	return db.noticed(db.again(ctx, func() error {
		reflect.ValueOf(dest).Elem().SetLen(0)
		return db.readers.SelectContext(ctx, dest, query, args...)
	}))
}

// again reads once more, and once more, where the database says that it may: its
// connections are gone, as after its restart, or what was read could not stand beside
// what others wrote.
func (db *DB) again(ctx context.Context, read func() error) error {
	err := read()
	for try := range triesToRead {
		if !transient(err) && !lost(err) || !sleep(ctx, pause(try)) {
			break
		}
		err = read()
	}
	return err
}

// one reads the one row of a query as a value: scrip.ErrAbsent when there is
// none. what says what was attempted, for the error.
func one[R, V any](ctx context.Context, db *DB, what string, value func(R) (V, error), query string, args ...any) (V, error) {
	var row R
	err := db.get(ctx, &row, query, args...)
	if err == nil {
		err = db.unseal(&row)
	}
	if err != nil {
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
	for i := range rows {
		if err := db.unseal(&rows[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
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
