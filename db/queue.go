package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// maxBatch bounds how many changes share a commit.
const maxBatch = 64

var errBusy = errors.New("a reader is in the way of the checkpoint")

// job is one caller's wish. Its claimed decides, once, between the writer that
// takes it and the caller that withdraws it.
type job struct {
	apply      func(tx *sqlx.Tx, p *pipe) error
	order      string // what the jobs of a transaction are put in order by, where others write at the same time
	careful    bool   // it flew, and did not go as it was taken to
	checkpoint bool   // instead of apply
	claimed    atomic.Bool
	err        error         // the writer's until done is closed
	done       chan struct{} // closed when err holds the outcome
}

// queue hands changes to the one goroutine that writes.
type queue struct {
	dialect dialect
	writer  *sqlx.DB // the writer goroutine's, but for close
	jobs    chan *job
	ended   chan struct{} // closed when the goroutine is gone

	mu     sync.RWMutex // held to read while sending on jobs
	closed bool         // under mu

	dirty   bool         // the goroutine's: something was committed since the checkpoint
	commits atomic.Int64 // how many there were, for tests

	committed atomic.Pointer[func(changes int, took time.Duration)] // Watch.Committed
}

func newQueue(writer *sqlx.DB, d dialect) *queue {
	q := &queue{dialect: d, writer: writer, jobs: make(chan *job, maxBatch), ended: make(chan struct{})}
	go q.run()
	return q
}

// do waits for j's outcome, or withdraws it if ctx ends before it was begun.
func (q *queue) do(ctx context.Context, j *job) error {
	j.done = make(chan struct{})
	if err := q.send(ctx, j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.claimed.CompareAndSwap(false, true) {
			return fmt.Errorf("withdrawn before it was applied: %w", ctx.Err())
		}
		<-j.done // begun: the outcome is moments away
	}
	return j.err
}

func (q *queue) send(ctx context.Context, j *job) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return ErrClosed
	}
	select {
	case q.jobs <- j:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait to be applied: %w", ctx.Err())
	}
}

// close lets what is queued finish, then checkpoints and closes the writer. Where somebody
// else reads the file just then, it is theirs to checkpoint, or that of who opens it next.
func (q *queue) close() error {
	q.mu.Lock()
	was := q.closed
	q.closed = true
	if !was {
		close(q.jobs)
	}
	q.mu.Unlock()
	<-q.ended
	if was {
		return nil
	}
	err := q.dialect.checkpoint(context.Background(), q.writer)
	if errors.Is(err, errBusy) {
		err = nil
	}
	return errors.Join(err, q.writer.Close())
}

// run is the writer: it ends when jobs is closed and empty.
func (q *queue) run() {
	defer close(q.ended)
	tick := time.NewTicker(CheckpointEvery)
	defer tick.Stop()
	for {
		select {
		case j, open := <-q.jobs:
			if !open {
				return
			}
			q.serve(q.gather(j))
		case <-tick.C:
			// What fails now is tried again at the next tick; a caller who
			// needs to know calls Checkpoint.
			_ = q.truncate()
		}
	}
}

// gather takes first and whatever else waits, up to maxBatch, and drops what
// was withdrawn.
func (q *queue) gather(first *job) []*job {
	var batch []*job
	for j := first; j != nil; j = q.next() {
		if j.claimed.CompareAndSwap(false, true) {
			batch = append(batch, j)
		}
		if len(batch) == maxBatch {
			break
		}
	}
	return batch
}

// next returns a waiting job, or nil when none waits.
func (q *queue) next() *job {
	select {
	case j := <-q.jobs:
		return j
	default:
		return nil
	}
}

// serve applies a batch in one commit, then does its checkpoints, then tells
// each caller its outcome.
func (q *queue) serve(batch []*job) {
	if err := q.insist(batch, triesTogether); err != nil {
		q.each(batch, err)
	}
	for _, j := range batch {
		if j.checkpoint {
			j.err = q.truncate()
		}
		close(j.done)
	}
}

// each applies a batch change by change where it could not be applied together for what
// others do at the same time, and tells each why not where it could not for another reason.
func (q *queue) each(batch []*job, err error) {
	for _, j := range batch {
		if j.err = err; !transient(err) || j.checkpoint {
			continue
		}
		if alone := q.insist([]*job{j}, triesAlone); alone != nil {
			j.err = alone
		}
	}
}

// insist commits a batch, and again where it was undone for what others do at the same
// time, or never reached the server. An error means that nothing of it was applied, or
// that nobody knows (errUnknown).
func (q *queue) insist(batch []*job, tries int) error {
	err := q.commit(batch)
	for try := range tries {
		switch {
		case errors.Is(err, errUnknown):
			return err
		case transient(err):
			time.Sleep(pause(try))
		case lost(err) && try < triesToConnect:
			time.Sleep(pauseForAServer << try)
		default:
			return err
		}
		err = q.commit(batch)
	}
	return err
}

// errUnknown is returned for a commit of which nobody knows whether it came about: the
// connection was lost meanwhile. Only reading tells.
var errUnknown = fmt.Errorf("%w: whether it was committed is not known", scrip.Unavailable)

// commit returns an error when nothing of the batch was applied, or errUnknown.
func (q *queue) commit(batch []*job) error {
	err := q.transact(batch)
	if errors.Is(err, errOtherwise) { // of one alone
		batch[0].careful = true
		err = q.transact(batch)
	}
	return err
}

func (q *queue) transact(batch []*job) error {
	began := time.Now()
	tx, err := q.writer.Beginx()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	applied, err := apply(tx, q.dialect.pipe(tx), batch)
	if err != nil || applied == 0 {
		return err
	}
	q.dirty = true
	switch err := tx.Commit(); {
	case err == nil:
		q.commits.Add(1)
		if told := q.committed.Load(); told != nil {
			(*told)(applied, time.Since(began))
		}
		return nil
	case lost(err):
		return fmt.Errorf("%w: %w", errUnknown, err)
	default:
		return fmt.Errorf("commit: %w", err)
	}
}

// apply runs the jobs of a batch one after another, each in a savepoint if there are
// several, and returns how many it applied: a refusal undoes one job alone. Its error
// means that the transaction is broken (disk full, interrupted, a connection lost, what
// others did), or its one job has to be done carefully, and that all of it is undone.
func apply(tx *sqlx.Tx, p *pipe, batch []*job) (applied int, err error) {
	if len(batch) == 1 && !batch[0].checkpoint {
		return applyOne(tx, p, batch[0])
	}
	if p != nil {
		slices.SortStableFunc(batch, func(a, b *job) int { return cmp.Compare(a.order, b.order) })
	}
	first, next := true, "SAVEPOINT change"
	for _, j := range batch {
		if j.checkpoint {
			continue
		}
		if p != nil {
			p.savepoint(first)
		} else if _, err := tx.Exec(next); err != nil {
			return 0, fmt.Errorf("go on in a savepoint: %w", err)
		}
		first, next = false, "RELEASE change; SAVEPOINT change"
		done, err := j.inSavepoint(tx, p)
		if err != nil {
			return 0, err
		}
		applied += done
	}
	if err := p.finish(); err != nil { // which Change it is for, each alone will tell
		return 0, errors.Join(errRaced, err)
	}
	return applied, nil
}

// applyOne runs a job that is alone in its transaction.
func applyOne(tx *sqlx.Tx, p *pipe, j *job) (applied int, err error) {
	if j.run(tx, p) != nil {
		if errors.Is(j.err, errOtherwise) {
			return 0, errOtherwise
		}
		return 0, broken(j.err)
	}
	p.keep()
	if j.err = p.finish(); j.err != nil {
		return 0, j.err
	}
	return 1, nil
}

// inSavepoint runs a job, again where it flew and has to be done carefully, and undoes it
// alone where it is refused.
func (j *job) inSavepoint(tx *sqlx.Tx, p *pipe) (applied int, err error) {
	for {
		if j.run(tx, p) == nil {
			p.keep()
			return 1, nil
		}
		p.forget()
		if err := broken(j.err); err != nil {
			return 0, err
		}
		if p == nil || len(p.before) == 0 { // it did something
			if _, err := tx.Exec("ROLLBACK TO change"); err != nil {
				return 0, fmt.Errorf("undo a change: %w (after %w)", err, j.err)
			}
		}
		if !errors.Is(j.err, errOtherwise) {
			return 0, nil
		}
		j.careful = true
	}
}

// broken is the error of a change after which its transaction is of no use, or nil.
func broken(err error) error {
	if transient(err) || lost(err) {
		return err
	}
	return nil
}

// run notes and returns how a job ends. It turns a panic into an error: it is one
// caller's, not the writer's.
func (j *job) run(tx *sqlx.Tx, p *pipe) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("apply a change: panic: %v", p)
		}
		j.err = err
	}()
	if p != nil {
		if p.careful = j.careful; p.careful {
			if err := p.settle(); err != nil {
				return err
			}
		}
	}
	return j.apply(tx, p)
}

func (q *queue) truncate() error {
	if !q.dirty {
		return nil
	}
	if err := q.dialect.checkpoint(context.Background(), q.writer); err != nil {
		return err
	}
	q.dirty = false
	return nil
}
