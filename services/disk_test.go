package services

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/api"
	"peerscrip/api/contract"
	"peerscrip/db"
	"peerscrip/services/scrip"
)

// TestFullDisk: below the threshold what would change something is answered 503
// with Retry-After, what only reads is not, the operator is told once a minute,
// and all goes on by itself when there is room again.
func TestFullDisk(t *testing.T) {
	document, err := contract.Read(api.Contract)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	now, free := time.Unix(1_800_000_000, 0), uint64(99)
	d := &disk{
		path: "data", least: 100, free: func(string) (uint64, error) { return free, nil }, clock: func() time.Time { return now },
		log: slog.New(slog.NewTextHandler(&log, nil)), ids: rand.Reader,
	}
	book, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "book.db"), db.Broker)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	book.Guard(db.Watch{Room: d.room})
	handler := d.guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	status := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	const path = "/v1/broker/acquisitions"
	for range 500 {
		w := status(http.MethodPost, path)
		a := contract.Answer{Status: w.Code, Header: w.Header(), Body: w.Body.Bytes()}
		if err := document.Misfit(httptest.NewRequest(http.MethodPost, path, nil), a); w.Code != http.StatusServiceUnavailable || err != nil {
			t.Fatalf("a POST: got %d, %v, want 503 as openapi.yaml has it", w.Code, err)
		}
		now = now.Add(200 * time.Millisecond) // 100 seconds in all
	}
	if got := status(http.MethodGet, "/v1/broker").Code; got != http.StatusNoContent {
		t.Errorf("a GET: got %d, want %d", got, http.StatusNoContent)
	}
	if err := book.Probe(t.Context()); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("a change: got %v, want %v", err, scrip.Unavailable)
	}
	if got := strings.Count(log.String(), "nearly full"); got != 2 {
		t.Errorf("told in 100 seconds: got %d times, want 2", got)
	}
	free, now = 100, now.Add(time.Second)
	if got := status(http.MethodPost, "/desk/x").Code; got != http.StatusNoContent {
		t.Errorf("a POST with room again: got %d, want %d", got, http.StatusNoContent)
	}
	if err := book.Probe(t.Context()); err != nil {
		t.Errorf("a change with room again: got %v, want no error", err)
	}
	if !strings.Contains(log.String(), "there is room on the disk again") {
		t.Errorf("log: got %q, want that there is room again", log.String())
	}
}

// TestHealth: parts that are not well are named; without a needed one the process
// is not ready. The same question again costs nothing for a while.
func TestHealth(t *testing.T) {
	now, asked := time.Unix(1_800_000_000, 0), 0
	var book, broker error
	var log strings.Builder
	h := &health{clock: func() time.Time { return now }, log: slog.New(slog.NewTextHandler(&log, nil)), parts: []part{
		{"broker/book.db", true, func(context.Context) error { asked++; return book }},
		{"broker", false, func(context.Context) error { return broker }},
	}}
	for _, tc := range []struct {
		book, broker error
		degraded     []string
		ready        bool
	}{
		{nil, nil, nil, true},
		{nil, errors.New("frozen"), []string{"broker"}, true},
		{errors.New("full"), nil, []string{"broker/book.db"}, false},
		{nil, nil, nil, true},
	} {
		book, broker, now = tc.book, tc.broker, now.Add(time.Minute)
		for range 3 {
			degraded, err := h.ready(t.Context())
			if !slices.Equal(degraded, tc.degraded) || (err == nil) != tc.ready {
				t.Errorf("%v, %v: got %v, %v, want %v, ready %v", tc.book, tc.broker, degraded, err, tc.degraded, tc.ready)
			}
		}
	}
	if asked != 4 {
		t.Errorf("the book was written to %d times, want 4", asked)
	}
	for _, once := range []string{"part=broker err=frozen", "part=broker/book.db err=full", "again\" part=broker\n", "again\" part=broker/book.db\n"} {
		if n := strings.Count(log.String(), once); n != 1 {
			t.Errorf("the log says %q %d times, want once\n%s", once, n, log.String())
		}
	}
}
