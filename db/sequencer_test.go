package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"peerscrip/db"
	"peerscrip/db/dbtest"
)

// TestSequencerKilled: while one process numbers records others leave it to that one, and
// when it is killed, they do it.
func TestSequencerKilled(t *testing.T) {
	place := dbtest.Postgres(t)
	first := newWorld(t, dbtest.Open(t, place, db.Broker))
	second := newWorld(t, dbtest.Open(t, place, db.Broker))
	var once sync.Once
	works, release, ended := make(chan int), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		_ = first.db.Commit(context.Background(), func(tx *sqlx.Tx) error { // again, once its connection is lost
			var pid int
			mine, err := first.db.Sequences(tx)
			if err = errors.Join(err, tx.Get(&pid, `SELECT pg_backend_pid()`)); err != nil {
				return err
			}
			once.Do(func() {
				if !mine {
					t.Error("the first may not number records")
				}
				works <- pid
				<-release
			})
			return nil
		})
	}()
	pid := <-works
	second.fill(3)
	sizes := make(chan int64)
	go func() {
		head, err := second.books.LogHead(context.Background())
		if err != nil {
			t.Errorf("LogHead: %v", err)
		}
		sizes <- head.Size
	}()
	select {
	case size := <-sizes:
		close(release)
		<-ended
		t.Fatalf("while the first works: got a head of %d records, want none", size)
	case <-time.After(50 * time.Millisecond):
	}
	if err := second.db.Exec(fmt.Sprintf(`SELECT pg_terminate_backend(%d)`, pid)); err != nil {
		t.Fatal(err)
	}
	if size := <-sizes; size != 3 {
		t.Errorf("after the first was killed: got a head of %d records, want 3", size)
	}
	close(release)
	<-ended
}
