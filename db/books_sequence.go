package db

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"golang.org/x/mod/sumdb/tlog"
)

// The log is written in two steps, so that its tree, which is one for all, stands in
// nobody's way.
//
// A Change writes its records (record) and, as the last thing that it does, their
// places in the order (stage). Some moments later the sequencer (sequence) takes the
// staged records in that order, gives them their numbers, which are the tree's, and
// grows the tree, in a commit of its own. Nothing that a step answers has a number in
// it. After a crash in between, the records are staged still.
//
// Several processes may write. The database gives places one after another, commits
// come as they come, and the sequencer sees those alone that were committed. So a place
// may be taken up before a lower one is seen. That is no matter where the two know
// nothing of each other. Where one Change rests on what another did, its place is the
// higher one, and is seen later: it waited for the other's row, or read what the other
// had committed, and so the other had its place before it took its own, which it does
// when it has taken all its rows and read all that it reads. That is why the log
// replays without a balance below zero on the way.
//
// The sequencer of one process works at a time (dialect.sequences), and when that is
// killed, another's. Where there were two, seq's PRIMARY KEY would let one of them commit.

// sequenceBy is how many records the sequencer takes at a time.
const sequenceBy = 1000

const insertStaged = `INSERT INTO log_staged (record, entry)`

// stage gives records their places in the order. It is the last of the effects. With a
// pipe they get them after the sums of the transaction, which take rows, too.
func stage(c change) error {
	if c.pipe != nil {
		c.pipe.staging = append(c.pipe.staging, *c.recorded...)
		return nil
	}
	if err := c.insert(insertStaged, 2, *c.recorded); err != nil {
		return fmt.Errorf("stage records of the log: %w", err)
	}
	return nil
}

// stagedRow is a record that waits for its number.
type stagedRow struct {
	Record int64  `db:"record"`
	Entry  string `db:"entry"`
}

// messages are the digests of the signed messages that the record keeps.
func (r stagedRow) messages() []string {
	lines := strings.Split(strings.TrimSuffix(r.Entry, "\n"), "\n")
	return lines[min(4, len(lines)):]
}

// sequence gives staged records their numbers and grows the tree by them, up to
// sequenceBy of them, in one commit. It returns how many it took: fewer where no more
// are left.
func sequence(c change) (int, error) {
	var rows []stagedRow
	err := c.list(&rows, `SELECT record, entry FROM log_staged ORDER BY place LIMIT ?`, sequenceBy)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	size, err := sizeOf(c)
	if err != nil {
		return 0, err
	}
	numbered, err := sequenced(rows, size, hashReader(c.tx))
	if err != nil {
		return 0, fmt.Errorf("grow the log's tree: %w", err)
	}
	if err := numbered.keep(c); err != nil {
		return 0, err
	}
	if err := addDays(c, size); err != nil {
		return 0, err
	}
	err = c.do(`DELETE FROM log_staged WHERE record IN (SELECT record FROM log_seq WHERE seq >= ?)`, size)
	return len(rows), err
}

// sizeOf is how many records have their numbers.
func sizeOf(c change) (size int64, err error) {
	err = c.get(&size, `SELECT coalesce(max(seq) + 1, 0) FROM log_seq`)
	return size, err
}

// numbered are the rows that the sequencer writes, as arguments of their INSERTs.
type numbered struct{ seqs, hashes, messages []any }

// sequenced numbers records from size on. The tree's hashes are computed over those
// that stood there before: read once, for the rest are in memory.
func sequenced(rows []stagedRow, size int64, before tlog.HashReader) (numbered, error) {
	var all numbered
	type message struct {
		digest string
		seq    int64
	}
	var messages []message
	fresh := map[int64]tlog.Hash{}
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) { return overlaid(fresh, before, indexes) })
	for i, row := range rows {
		seq := size + int64(i)
		all.seqs = append(all.seqs, seq, row.Record)
		hashes, err := tlog.StoredHashes(seq, []byte(row.Entry), read)
		if err != nil {
			return numbered{}, err
		}
		first := tlog.StoredHashIndex(0, seq)
		for j, h := range hashes {
			fresh[first+int64(j)] = h
			all.hashes = append(all.hashes, first+int64(j), h[:])
		}
		for _, digest := range row.messages() {
			messages = append(messages, message{digest, seq})
		}
	}
	// In the order of their index, so that a page of it is written once.
	slices.SortFunc(messages, func(a, b message) int { return cmp.Compare(a.digest, b.digest) })
	for _, m := range messages {
		all.messages = append(all.messages, m.digest, m.seq)
	}
	return all, nil
}

// overlaid reads hashes that were computed, and others from where they stand, which are
// read once.
func overlaid(fresh map[int64]tlog.Hash, before tlog.HashReader, indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := fresh[index]
		if !ok {
			read, err := before.ReadHashes([]int64{index})
			if err != nil {
				return nil, err
			}
			h = read[0]
			fresh[index] = h
		}
		hashes[i] = h
	}
	return hashes, nil
}

// keep writes the rows.
func (n numbered) keep(c change) error {
	if err := c.insert(`INSERT INTO log_seq (seq, record)`, 2, n.seqs); err != nil {
		return fmt.Errorf("number records of the log: %w", err)
	}
	if err := c.insert(`INSERT INTO log_hash (idx, hash)`, 2, n.hashes); err != nil {
		return fmt.Errorf("keep hashes of the log's tree: %w", err)
	}
	if err := c.insert(`INSERT INTO log_message (digest, seq)`, 2, n.messages); err != nil {
		return fmt.Errorf("keep where messages are in the log: %w", err)
	}
	return nil
}

// sequence numbers every record that was committed before it is called. What is only
// looked at stays as it is.
func (b *Books) sequence(ctx context.Context) error {
	if b.db.sequencer == nil {
		return nil
	}
	return b.db.sequenceAll(ctx)
}

// sequenceAll has the sequencer work until no record waits. Each time that it is called
// costs at most one commit for each commit that staged something.
func (db *DB) sequenceAll(ctx context.Context) error {
	for {
		var waits bool
		if err := db.get(ctx, &waits, `SELECT EXISTS (SELECT 1 FROM log_staged)`); err != nil || !waits {
			return err
		}
		mine := true
		err := db.commit(ctx, func(tx *sqlx.Tx) (err error) {
			if mine, err = db.dialect.sequences(tx); err == nil && mine {
				_, err = sequence(change{tx: tx, dialect: db.dialect})
			}
			return err
		})
		switch {
		case violated(err) != "": // begun before another process was done, and looked at what was then
			mine = false
		case err != nil:
			return fmt.Errorf("number records of the log: %w", err)
		}
		if !mine && !sleep(ctx, sequenceElsewhere) {
			return ctx.Err()
		}
	}
}

// How soon records have their numbers, and how soon it is tried again where that failed.
const (
	sequenceSoon      = 100 * time.Millisecond
	sequenceAgain     = time.Second
	sequenceElsewhere = 5 * time.Millisecond // while another process does
)

// sequencer works behind the commits of a process.
type sequencer struct {
	wake   chan struct{} // something was staged
	stop   chan struct{}
	ended  chan struct{}
	failed atomic.Pointer[error] // why records are without numbers; nil while all is well
	soon   atomic.Int64          // sequenceSoon, but in tests
	once   sync.Once
}

// startSequencer takes up what a crash left staged, and then what is staged.
func (db *DB) startSequencer() {
	s := &sequencer{wake: make(chan struct{}, 1), stop: make(chan struct{}), ended: make(chan struct{})}
	s.soon.Store(int64(sequenceSoon))
	s.staged()
	db.sequencer = s
	go func() {
		defer close(s.ended)
		for {
			select {
			case <-s.wake:
			case <-s.stop:
				return
			}
			if !s.sleep(time.Duration(s.soon.Load())) {
				return
			}
			for !s.noted(db.sequenceAll(context.Background())) {
				if !s.sleep(sequenceAgain) {
					return
				}
			}
		}
	}()
}

// staged tells the sequencer that there is something to do.
func (s *sequencer) staged() {
	select {
	case s.wake <- struct{}{}:
	default: // it knows
	}
}

// noted keeps an error for who asks how the database is, and reports whether there is none.
func (s *sequencer) noted(err error) bool {
	if err == nil {
		s.failed.Store(nil)
	} else {
		s.failed.Store(&err)
	}
	return err == nil
}

// sleep reports whether the time has passed, and the sequencer is not to stop.
func (s *sequencer) sleep(d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-s.stop:
		return false
	}
}

// stopSequencer ends the sequencer with nothing staged, if that can be: else it is for the
// next start.
func (db *DB) stopSequencer() {
	if db.sequencer == nil {
		return
	}
	db.sequencer.once.Do(func() {
		close(db.sequencer.stop)
		<-db.sequencer.ended
		db.sequencer.noted(db.sequenceAll(context.Background()))
	})
}
