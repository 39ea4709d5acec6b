package web

import (
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"peerscrip/services/scrip"
)

// answer is a handler for the wallet: it returns what is to be written as JSON.
type answer func(w http.ResponseWriter, r *http.Request) (any, error)

// serveJSON is the one adapter from an answer to HTTP.
func (s *server) serveJSON(a answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := a(w, r)
		if err != nil {
			s.failJSON(w, r, err)
			return
		}
		s.writeJSON(w, r, http.StatusOK, "application/json", v)
	}
}

func (s *server) writeJSON(w http.ResponseWriter, r *http.Request, status int, mediaType string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.log.ErrorContext(r.Context(), "answer cannot be written", "path", r.URL.Path, "error", err)
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		s.log.DebugContext(r.Context(), "the wallet went away", "error", err)
	}
}

// readJSON reads a body that is exactly one T: unknown or doubled members and anything after it are Unreadable.
func readJSON[T any](r *http.Request) (T, error) {
	var v T
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return v, fmt.Errorf("read a request: %w", err)
	}
	if err := json.Unmarshal(body, &v, json.RejectUnknownMembers(true)); err != nil {
		return v, scrip.Unreadable
	}
	return v, nil
}
