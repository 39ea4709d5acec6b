package merchant

import (
	"context"
	"testing"
	"time"
)

// leases are Leases in memory.
type leases map[string]lease

type lease struct {
	owner string
	until int64
}

func (l leases) Lease(_ context.Context, job, owner string, at, until int64) (bool, error) {
	if has, taken := l[job]; taken && has.owner != owner && has.until > at {
		return false, nil
	}
	l[job] = lease{owner, until}
	return true, nil
}

func (l leases) GiveBack(_ context.Context, job, owner string) error {
	if l[job].owner == owner {
		delete(l, job)
	}
	return nil
}

// TestTurn: a stall's turn is one process's; it keeps it while it has something to do, gives
// it back before it rests for long, and loses it when it was not there for long.
func TestTurn(t *testing.T) {
	kept := leases{}
	a, b := turn{Process: Process{Leases: kept, Name: "a"}, job: "stall v"}, turn{Process: Process{Leases: kept, Name: "b"}, job: "stall v"}
	take := func(who *turn, at int64, want bool) {
		t.Helper()
		if got, err := who.take(t.Context(), at); err != nil || got != want {
			t.Errorf("%s takes the turn at %d: got %t, %v, want %t", who.Name, at, got, err, want)
		}
	}
	rests := func(who *turn, then, want time.Duration) {
		t.Helper()
		if got, err := who.rest(t.Context(), then); err != nil || got != want {
			t.Errorf("%s rests: got %v, %v, want %v", who.Name, got, err, want)
		}
	}
	take(&a, 100, true)
	take(&b, 101, false)
	rests(&a, time.Minute, turnPause) // something waits: it looks again soon, and b does not
	take(&a, 110, true)
	take(&b, 131, true) // a was not there for turnLasts
	take(&a, 131, false)
	rests(&b, idlePause, turnPause) // a sale of a's may have come meanwhile
	take(&a, 133, false)
	rests(&b, idlePause, idlePause)
	take(&a, 133, true)
	if err := a.giveBack(t.Context()); err != nil || len(kept) != 0 {
		t.Errorf("given back: got %v, %v, want no turn kept", kept, err)
	}
	looks := turn{Process: Process{Leases: kept, Name: "c", Look: 10 * time.Second}, job: "stall w"}
	take(&looks, 133, true)
	rests(&looks, idlePause, turnPause)
	rests(&looks, idlePause, looks.Look) // what a process that was killed left is found
	alone := turn{}
	take(&alone, 0, true)
	rests(&alone, idlePause, idlePause)
}
