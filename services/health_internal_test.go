package services

import (
	"context"
	"log/slog"
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
