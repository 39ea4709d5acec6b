package history_test

import (
	"testing"

	"peerscrip/db"
	"peerscrip/services/bench/history"
	"peerscrip/services/rig"
)

// TestGrow: what was grown is so long, and passes the audit that a rig ends with.
func TestGrow(t *testing.T) {
	r := rig.New(t)
	h := history.History{Books: r.Books}
	for _, n := range []int{300, 7} {
		if err := h.Grow(t.Context(), n); err != nil {
			t.Fatal(err)
		}
	}
	s, err := r.Books.Snapshot(t.Context(), db.Question{})
	if err != nil || s.Log.Size < 307 || s.Log.Size > 320 || len(s.Log.Faults) > 0 {
		t.Errorf("got %d records, %v, %v; want some 307", s.Log.Size, s.Log.Faults, err)
	}
}
