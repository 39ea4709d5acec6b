package services

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"
)

// TestReadyForAll: who asks and goes away at once does not have all others told that the
// process is not ready.
func TestReadyForAll(t *testing.T) {
	t.Parallel()
	h := &health{clock: time.Now, log: slog.New(slog.DiscardHandler)}
	h.parts = []part{{name: "book", needed: true, check: func(ctx context.Context) error { return ctx.Err() }}}
	gone, leave := context.WithCancel(t.Context())
	leave()
	for who, ctx := range map[string]context.Context{"who went": gone, "who stays": t.Context()} {
		if degraded, err := h.ready(ctx); err != nil || len(degraded) > 0 {
			t.Errorf("%s: got %q, %v, want that all is well", who, degraded, err)
		}
	}
}

// TestSamplesAreMade: a demo is not ready while its clock is behind for its samples, and no other role has any.
func TestSamplesAreMade(t *testing.T) {
	for _, role := range []Role{Demo, Serve} {
		h := &house{Config: Config{Role: role}, parts: &parts{}}
		at := slices.IndexFunc(h.healthParts(), func(p part) bool { return p.name == "samples" })
		if got, want := at >= 0, role == Demo; got != want {
			t.Fatalf("%s: has the part: got %v, want %v", role, got, want)
		}
		if at < 0 {
			continue
		}
		h.past.behind.Store(1)
		if p := h.healthParts()[at]; !p.needed || p.check(t.Context()) == nil {
			t.Error("while the samples are made: got that it is ready")
		}
		h.past.behind.Store(0)
		if err := h.healthParts()[at].check(t.Context()); err != nil {
			t.Errorf("once they are made: got %v", err)
		}
	}
}
