package services

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// Bounds on how the disk is watched.
const (
	diskAge   = time.Second // so long an answer of the file system is believed
	tellEvery = time.Minute
)

// disk refuses changes while the disk that has the data folder is nearly full.
// What is left below the threshold is for what was begun: write-ahead logs need
// room to be emptied into their databases, so that a disk of which a little was
// cleared works again by itself.
type disk struct {
	path  string
	least uint64                            // bytes
	free  func(path string) (uint64, error) // bytes
	clock func() time.Time
	log   *slog.Logger
	ids   io.Reader // random; for the answers

	mu    sync.Mutex
	asked time.Time // under mu
	full  bool      // under mu
	told  time.Time // under mu
}

// room returns scrip.Unavailable while there is none.
func (d *disk) room() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock()
	if age := now.Sub(d.asked); age < 0 || age >= diskAge {
		d.ask(now)
	}
	if d.full {
		return scrip.Unavailable
	}
	return nil
}

// ask looks at the disk, and tells the operator once a minute while it is full,
// and when it is not any more. The caller holds mu. Where the file system does
// not say, there is room: the write itself will tell.
func (d *disk) ask(now time.Time) {
	free, err := d.free(d.path)
	was := d.full
	d.asked, d.full = now, err == nil && free < d.least
	switch {
	case d.full && (!was || now.Sub(d.told) >= tellEvery):
		d.told = now
		d.log.Error("the disk is nearly full: nothing new is taken until there is room again", "folder", d.path, "free", free, "least", d.least)
	case was && !d.full:
		d.log.Info("there is room on the disk again", "folder", d.path, "free", free)
	}
}

// guard answers requests that change something with 503 while there is no room.
func (d *disk) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions || d.room() == nil {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", "60")
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		text, media := "There is no room to write anything down here at the moment. Nothing was changed. Please try again in a few minutes.\n", "text/plain; charset=utf-8"
		if strings.HasPrefix(r.URL.Path, "/v1/") {
			text, media = d.problem(w.Header()), "application/problem+json"
		}
		w.Header().Set("Content-Type", media)
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(text)) // who has gone asks again
	})
}

// problem is the answer to a request of the API: what it would say itself, but
// for a line in the log for each.
func (d *disk) problem(h http.Header) string {
	id, err := scrip.NewID(d.ids)
	if err != nil {
		d.log.Error("draw the name of a request", "error", err)
	}
	h.Set("X-Request-Id", string(id))
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "X-Request-Id, Retry-After")
	return `{"type":"/problems/unavailable","title":"Not available now","status":503,"instance":"` + string(id) + `"}`
}
