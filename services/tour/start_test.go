package tour

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestNotReadyYet: a broker that is not ready is waited for, and that is said once, with why; one that is, or that says nothing of it,
// is not, nor is one whose disk is full.
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
		if err := tour.ready(t.Context(), time.Millisecond, time.Minute); err != nil || asked != of.asked || strings.Count(out.String(), "waits for it") != map[bool]int{true: 1}[of.says] {
			t.Errorf("%s: got %v after %d questions, and %q; want %d, and that it waits: %v", name, err, asked, out.String(), of.asked, of.says)
		}
		broker.Close()
	}
	for name, json := range map[string]bool{"with JSON": true, "without": false} {
		asked := 0
		broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
		var out, aside bytes.Buffer
		err := (&tour{Config: Config{BrokerURL: broker.URL, JSON: json, Out: &out, Err: &aside}}).ready(t.Context(), time.Millisecond, time.Minute)
		if err != nil || strings.Contains(out.String(), "waits for it") == json || strings.Contains(aside.String(), "waits for it") != json {
			t.Errorf("%s: got %v, %q and beside it %q, want to be told that it waits", name, err, out.String(), aside.String())
		}
		broker.Close()
	}
	for parts, of := range map[string]struct {
		want error
		says string
	}{
		`["samples"]`:        {nil, "people live their first weeks"},
		`["broker/book.db"]`: {nil, "wrong with broker/book.db"},
		`["broker","disk"]`:  {errFull, ""},
		`["\u001b[2Jbooks","b\nc"` + strings.Repeat(`,"`+strings.Repeat("x", 999)+`"`, 50) + `]`: {nil, "wrong with [2Jbooks, b c, " + strings.Repeat("x", 60) + ", " + strings.Repeat(strings.Repeat("x", 60)+", ", 4) + strings.Repeat("x", 60) + " and 44 more. "},
	} {
		asked := 0
		broker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				fmt.Fprintf(w, `{"type":"/problems/unavailable","title":"Not available now","status":503,"instance":"R_2y3N7PIkQMZsjQOFFoAQ","parts":%s}`, parts)
			}
		}))
		var out bytes.Buffer
		err := (&tour{Config: Config{BrokerURL: broker.URL, Out: &out}}).ready(t.Context(), time.Millisecond, time.Minute)
		if !errors.Is(err, of.want) || !strings.Contains(out.String(), of.says) || asked != map[bool]int{true: 2, false: 1}[of.want == nil] {
			t.Errorf("%s: got %v after %d questions, and %q; want %v, and %q", parts, err, asked, out.String(), of.want, of.says)
		}
		broker.Close()
	}
	held := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-held }))
	if err := (&tour{Config: Config{BrokerURL: silent.URL}}).ready(t.Context(), time.Millisecond, 50*time.Millisecond); !errors.Is(err, errSilent) {
		t.Errorf("a broker that does not answer: got %v, want %v", err, errSilent)
	}
	close(held)
	silent.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	if err := (&tour{Config: Config{BrokerURL: gone.URL}}).ready(t.Context(), time.Millisecond, time.Minute); err != nil {
		t.Errorf("nobody there: got %v, want that the tour finds it out", err)
	}
}
