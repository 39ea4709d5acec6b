package services

import (
	"errors"
	"testing"
)

// TestHandles: a process whose stalls need more files than it may open is told.
func TestHandles(t *testing.T) {
	for _, tc := range []struct {
		stalls int
		limit  uint64
		fails  error
		needed uint64
		enough bool
	}{
		{0, 256, nil, 256, true},
		{10, 256, nil, 336, false},
		{1000, 767, nil, 768, false},
		{1000, 1024, nil, 768, true},
		{1000, 0, errors.ErrUnsupported, 768, true},
	} {
		needed, enough := enoughHandles(tc.stalls, func() (uint64, error) { return tc.limit, tc.fails })
		if needed != tc.needed || enough != tc.enough {
			t.Errorf("%d stalls, %d files: got %d, %v, want %d, %v", tc.stalls, tc.limit, needed, enough, tc.needed, tc.enough)
		}
	}
}
