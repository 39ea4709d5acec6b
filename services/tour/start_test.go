package tour

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestNotReadyYet: a broker that is not ready is waited for, and that is said once; one that is, or that says nothing of it, is not.
func TestNotReadyYet(t *testing.T) {
	for name, of := range map[string]struct {
		statuses []int
		asked    int
		says     bool
	}{
		"ready":             {[]int{http.StatusOK}, 1, false},
		"says nothing":      {[]int{http.StatusNotFound}, 1, false},
		"makes its samples": {[]int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusOK}, 3, true},
	} {
		asked := 0
		broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/readyz" {
				t.Errorf("%s: asked for %s, want /readyz", name, r.URL.Path)
			}
			w.WriteHeader(of.statuses[min(asked, len(of.statuses)-1)])
			asked++
		}))
		var out bytes.Buffer
		tour := &tour{Config: Config{BrokerURL: broker.URL, Out: &out}}
		if err := tour.ready(t.Context(), time.Millisecond); err != nil || asked != of.asked || strings.Count(out.String(), "waits for it") != map[bool]int{true: 1}[of.says] {
			t.Errorf("%s: got %v after %d questions, and %q; want %d, and that it waits: %v", name, err, asked, out.String(), of.asked, of.says)
		}
		broker.Close()
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	if err := (&tour{Config: Config{BrokerURL: gone.URL}}).ready(t.Context(), time.Millisecond); err != nil {
		t.Errorf("nobody there: got %v, want that the tour finds it out", err)
	}
}
