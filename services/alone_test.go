package services

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
)

// TestOneProcessAtATime: a job goes on in one of two processes; when that ends it, in the other; and a process whose lease was
// taken stops.
func TestOneProcessAtATime(t *testing.T) {
	d := dbtest.PostgreSQL("")(t, db.Broker)
	var at atomic.Int32
	began := make(chan string, 8)
	start := func(owner string) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		var done sync.WaitGroup
		l := lessee{d, owner, slog.New(slog.DiscardHandler), 700 * time.Millisecond}
		done.Go(func() {
			l.alone("reading", func(ctx context.Context) {
				if n := at.Add(1); n != 1 {
					t.Errorf("%s: got %d processes at the job, want 1", owner, n)
				}
				began <- owner
				<-ctx.Done()
				at.Add(-1)
			})(ctx)
		})
		return func() { cancel(); done.Wait() }
	}
	begins := func(want string) {
		t.Helper()
		select {
		case got := <-began:
			if got != want {
				t.Fatalf("the job: got it with %s, want %s", got, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("the job: got it nowhere, want it with %s", want)
		}
	}
	stopA := start("a")
	begins("a")
	stopB := start("b")
	stopA()
	begins("b")
	if err := d.GiveBack(t.Context(), "reading", "b"); err != nil { // as if it had run out
		t.Fatal(err)
	}
	if mine, err := d.Lease(t.Context(), "reading", "c", time.Now().Unix(), time.Now().Unix()+2); err != nil || !mine {
		t.Fatalf("c takes the job: got %t, %v, want it", mine, err)
	}
	begins("b") // once c let it run out
	stopB()
	if n := at.Load(); n != 0 {
		t.Errorf("at the end: got %d processes at the job, want none", n)
	}
}
