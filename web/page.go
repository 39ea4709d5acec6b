package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/a-h/templ"
)

// page is a handler that returns what went wrong. It has written nothing when it returns an error.
type page func(w http.ResponseWriter, r *http.Request) error

// serve is the one adapter from a page to HTTP.
func (s *server) serve(p page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := p(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// render writes a whole page or, when the template fails, nothing: the page is complete before its first byte is sent.
func (s *server) render(w http.ResponseWriter, r *http.Request, status int, view templ.Component) error {
	var body bytes.Buffer
	if err := view.Render(r.Context(), &body); err != nil {
		return fmt.Errorf("render %s: %w", r.URL.Path, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.WriteHeader(status)
	if _, err := body.WriteTo(w); err != nil {
		s.log.DebugContext(r.Context(), "the reader went away", "error", err)
	}
	return nil
}

type requestKey struct{}

// requestID returns the id withRequestID gave the request, or "".
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
