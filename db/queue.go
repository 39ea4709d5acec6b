package db

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

// maxBatch bounds how many changes share a commit.
const maxBatch = 64

var errBusy = errors.New("a reader is in the way of the checkpoint")

// job is one caller's wish. Its claimed decides, once, between the writer that
// takes it and the caller that withdraws it.
type job struct {
	apply      func(tx *sqlx.Tx) error
	checkpoint bool // instead of apply
	claimed    atomic.Bool
	err        error         // the writer's until done is closed
	done       chan struct{} // closed when err holds the outcome
}

// queue hands changes to the one goroutine that writes.
type queue struct {
	writer *sqlx.DB // the writer goroutine's, but for close
	jobs   chan *job
	ended  chan struct{} // closed when the goroutine is gone

	mu     sync.RWMutex // held to read while sending on jobs
	closed bool         // under mu

	dirty   bool         // the goroutine's: something was committed since the checkpoint
	commits atomic.Int64 // how many there were, for tests
}

func newQueue(writer *sqlx.DB) *queue {
	q := &queue{writer: writer, jobs: make(chan *job, maxBatch), ended: make(chan struct{})}
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

// close lets what is queued finish, then checkpoints and closes the writer.
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
	return errors.Join(checkpoint(context.Background(), q.writer), q.writer.Close())
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
	if err := q.commit(batch); err != nil {
		for _, j := range batch {
			j.err = err
		}
	}
	for _, j := range batch {
		if j.checkpoint {
			j.err = q.truncate()
		}
		close(j.done)
	}
}

// commit returns an error when nothing of the batch was applied.
func (q *queue) commit(batch []*job) error {
	tx, err := q.writer.Beginx()
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit this does nothing
	for _, j := range batch {
		if j.checkpoint {
			continue
		}
		if err := j.try(tx); err != nil {
			return err
		}
	}
	q.dirty = true
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	q.commits.Add(1)
	return nil
}

// try runs a job in a savepoint. A refusal undoes this job alone; try's own
// error means that the transaction is broken (disk full, interrupted) and
// SQLite has undone it all.
func (j *job) try(tx *sqlx.Tx) error {
	if _, err := tx.Exec("SAVEPOINT change"); err != nil {
		return fmt.Errorf("open a savepoint: %w", err)
	}
	if j.err = j.run(tx); j.err != nil {
		if _, err := tx.Exec("ROLLBACK TO change"); err != nil {
			return fmt.Errorf("undo a change: %w (after %w)", err, j.err)
		}
	}
	if _, err := tx.Exec("RELEASE change"); err != nil {
		return fmt.Errorf("release a savepoint: %w", err)
	}
	return nil
}

// run turns a panic into an error: it is one caller's, not the writer's.
func (j *job) run(tx *sqlx.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("apply a change: panic: %v", p)
		}
	}()
	return j.apply(tx)
}

func (q *queue) truncate() error {
	if !q.dirty {
		return nil
	}
	if err := checkpoint(context.Background(), q.writer); err != nil {
		return err
	}
	q.dirty = false
	return nil
}
