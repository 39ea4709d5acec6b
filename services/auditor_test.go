package services

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"peerscrip/services/audit"
	"peerscrip/services/storage"
)

// TestAuditor: who asks has the newest audit that is over, and the one before while the
// next takes long; and hears why there is none.
func TestAuditor(t *testing.T) {
	reports := make(chan audit.Report)
	failure := errors.New("no books")
	a := newAuditor(storage.Config{Data: t.TempDir()}, slog.New(slog.DiscardHandler))
	fails := true
	a.look = func(ctx context.Context) (audit.Report, error) {
		if fails {
			fails = false
			return audit.Report{}, failure
		}
		select {
		case r := <-reports:
			return r, nil
		case <-ctx.Done():
			return audit.Report{}, ctx.Err()
		}
	}
	ended := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() { defer close(ended); a.run(ctx) }()
	if _, at, err := a.latest(t.Context()); !errors.Is(err, failure) || !at.IsZero() {
		t.Errorf("after one that failed: got one of %v, %v, want %v", at, err, failure)
	}
	for _, want := range []bool{true, false} { // each is there as soon as it is over, and while the next takes long
		reports <- audit.Report{Findings: []audit.Finding{{Invariant: "I1", OK: want}}}
		var got audit.Report
		for begun := time.Now(); got.Findings == nil || got.OK() != want; {
			var at time.Time
			var err error
			if got, at, err = a.latest(t.Context()); err != nil || time.Since(begun) > time.Minute {
				t.Fatalf("got %+v of %v, %v, want one that says %t", got, at, err, want)
			}
		}
	}
	stop()
	<-ended
}
