package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

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
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", localeOf(r.Context()).Tag.String())
	h.Add("Vary", "Accept-Language, Cookie")
	if status == http.StatusOK {
		return s.send(w, r, body.Bytes())
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := body.WriteTo(w); err != nil {
		s.log.DebugContext(r.Context(), "the reader went away", "error", err)
	}
	return nil
}

// send answers 200 with a body and its ETag, or 304 to who has it. The tag is weak: the body may be compressed on its way.
// Unless the handler has said otherwise, it may be kept
// and is asked for again each time.
func (s *server) send(w http.ResponseWriter, r *http.Request, body []byte) error {
	h := w.Header()
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	if h.Get("Cache-Control") != "no-store" && h.Get("ETag") == "" {
		digest := sha256.Sum256(body)
		h.Set("ETag", `W/"`+base64.RawURLEncoding.EncodeToString(digest[:16])+`"`)
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return nil
}

type requestKey struct{}

// requestID returns the id withRequestID gave the request, or "".
func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}
