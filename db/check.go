package db

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"peerscrip/services/scrip"
)

// ErrDamaged is returned for a file that is not what was once written. Nothing of
// it was changed.
var ErrDamaged = errors.New("the database is damaged")

// Watch is told of what a database meets in its work.
type Watch struct {
	// Room says whether there is room to write; its error is the answer to every
	// change meanwhile. Nil is always room.
	Room func() error
	// Committed is told of each commit: how many changes shared it, and how long it took
	// from the first of them to its end. Nil: nobody is. It must not block.
	Committed func(changes int, took time.Duration)
}

// Guard has w watch the database from now on. It is called before any change.
func (db *DB) Guard(w Watch) {
	db.watch = w
	if db.queue != nil && w.Committed != nil {
		db.queue.committed.Store(&w.Committed)
	}
}

// Waiting is how many changes wait for the writer.
func (db *DB) Waiting() int {
	if db.queue == nil {
		return 0
	}
	return len(db.queue.jobs)
}

// Unchecked is how many bytes the write-ahead log of a SQLite file has, which is to be
// emptied into it: 0 where there is none.
func Unchecked(path string) int64 {
	if info, err := os.Stat(path + "-wal"); err == nil {
		return info.Size()
	}
	return 0
}

// OpenAlone is Open where no other process has the file, which is looked at
// first: ErrDamaged for pages that are not a database's, and for a write-ahead
// log that holds commits which SQLite would drop in silence. A PostgreSQL database may
// be others', too, and looks after itself.
func OpenAlone(ctx context.Context, place string, kind Kind, with ...Option) (*DB, error) {
	if !IsURL(place) {
		if err := checkLog(place + "-wal"); err != nil {
			return nil, fmt.Errorf("open %s: %w", place, err)
		}
	}
	db, err := Open(ctx, place, kind, with...)
	if err != nil {
		return nil, damaged(err)
	}
	var o options
	for _, set := range with {
		set(&o)
	}
	first := whole
	if o.behind && kind == Market {
		first = before
	}
	if err := db.dialect.check(ctx, db.readers, first); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", Shown(place), err), db.Close())
	}
	if first == before {
		db.checkBehind()
	}
	return db, nil
}

// extent is how much of a database is looked at for damage.
type extent int

const (
	whole  extent = iota
	before        // what cannot be made anew: before the database is used
	behind        // the rest
)

// againBehind is when a look that something kept from its end is taken again.
const againBehind = time.Minute

// checkBehind looks for damage in the rest of a database that is used already, until it is
// closed. Between tables it reads nothing, so that the write-ahead log can be emptied.
func (db *DB) checkBehind() {
	ctx, cancel := context.WithCancel(context.Background())
	looked := make(chan struct{})
	db.unlook = func() {
		cancel()
		<-looked
	}
	go func() {
		defer close(looked)
		for ctx.Err() == nil {
			err := db.dialect.check(ctx, db.readers, behind)
			if err == nil || errors.Is(db.noticed(err), ErrDamaged) { // which Probe tells
				return
			}
			select {
			case <-time.After(againBehind):
			case <-ctx.Done():
			}
		}
	}()
}

// Probe makes a small change and has it on disk when it returns nil. It returns
// what kept it from that, or the log from its numbers, or what was found damaged since
// the database was opened.
func (db *DB) Probe(ctx context.Context) error {
	if found := db.broken.Load(); found != nil {
		return *found
	}
	if db.sequencer != nil {
		if late := db.sequencer.failed.Load(); late != nil {
			return *late
		}
	}
	return db.commit(ctx, db.dialect.probe)
}

// noticed remembers that an error says the database is damaged, and says
// scrip.Unavailable of one that will pass.
func (db *DB) noticed(err error) error {
	if err := damaged(err); errors.Is(err, ErrDamaged) {
		db.broken.CompareAndSwap(nil, &err)
		return err
	}
	if transient(err) || lost(err) {
		return fmt.Errorf("%w: %w", scrip.Unavailable, err)
	}
	return err
}

// Forms of a write-ahead log (sqlite.org/fileformat2.html, 4).
const (
	logHeader   = 32
	frameHeader = 24
)

// checkLog refuses a write-ahead log in which commits come after a frame that
// does not hold: SQLite ends a log at the first such frame, and the money of the
// commits behind it would be gone in silence. What a crash leaves is not
// refused: the last transaction may be torn, and at most one commit of it stands
// after the tear. Damage within the last commit therefore looks like a crash; the
// heads that were signed tell.
func checkLog(path string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the write-ahead log: %w", err)
	}
	if len(bytes.TrimLeft(b, "\x00")) == 0 {
		return nil // made, and nothing was written
	}
	w, ok := parseLog(b)
	if !ok {
		return fmt.Errorf("%w: its write-ahead log does not begin as one; what was committed last may be in it", ErrDamaged)
	}
	if lost := w.lost(); lost > 1 {
		return fmt.Errorf("%w: its write-ahead log is broken in the middle, before %d commits that would be dropped", ErrDamaged, lost)
	}
	return nil
}

// writeAhead is a log as it is read from its beginning.
type writeAhead struct {
	order  binary.ByteOrder
	salts  []byte
	frames []byte
	size   int // of a frame
	a, b   uint32
}

// parseLog reads the header: false when it is none.
func parseLog(b []byte) (*writeAhead, bool) {
	if len(b) < logHeader {
		return nil, false
	}
	w := &writeAhead{salts: b[16:24], frames: b[logHeader:], size: frameHeader + int(binary.BigEndian.Uint32(b[8:]))}
	switch binary.BigEndian.Uint32(b) {
	case 0x377f0682:
		w.order = binary.LittleEndian
	case 0x377f0683:
		w.order = binary.BigEndian
	default:
		return nil, false
	}
	w.sum(b[:24])
	return w, w.at(b[24:]) && w.size > frameHeader
}

// sum adds to the running checksum.
func (w *writeAhead) sum(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		w.a += w.order.Uint32(b) + w.b
		w.b += w.order.Uint32(b[4:]) + w.a
	}
}

// at reports whether the checksum so far stands here.
func (w *writeAhead) at(b []byte) bool {
	return binary.BigEndian.Uint32(b) == w.a && binary.BigEndian.Uint32(b[4:]) == w.b
}

// lost counts the commits of this log that stand behind the first frame that
// does not hold.
func (w *writeAhead) lost() (commits int) {
	holds := true
	for b := w.frames; len(b) >= w.size; b = b[w.size:] {
		same := bytes.Equal(b[8:16], w.salts)
		if holds {
			w.sum(b[:8])
			w.sum(b[frameHeader:w.size])
			if holds = same && w.at(b[16:]); !holds {
				continue
			}
		}
		if !holds && same && binary.BigEndian.Uint32(b[4:]) != 0 {
			commits++
		}
	}
	return commits
}
