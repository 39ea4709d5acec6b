package services

import (
	"context"
	"slices"
	"testing"
	"time"
)

// TestInTurn: what is to be tried again holds up nothing behind it, and ends with the context.
func TestInTurn(t *testing.T) {
	var tried []string
	inTurn(t.Context(), []string{"stuck", "b", "c"}, time.Microsecond, func(name string) bool {
		tried = append(tried, name)
		return name == "stuck" && len(tried) < 6
	})
	if want := []string{"stuck", "b", "c", "stuck", "stuck", "stuck"}; !slices.Equal(tried, want) {
		t.Errorf("tried %q, want %q", tried, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	inTurn(ctx, []string{"stuck"}, time.Hour, func(string) bool { cancel(); return true })
}
