package web

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
)

func (s *server) photo(w http.ResponseWriter, r *http.Request) error { return s.image(w, r, false) }

func (s *server) thumb(w http.ResponseWriter, r *http.Request) error { return s.image(w, r, true) }

// image serves a picture for ever: its address is its digest. Its media type is the backend's, and nothing in it can
// run, whatever it holds.
func (s *server) image(w http.ResponseWriter, r *http.Request, thumb bool) error {
	body, mediaType, err := s.Photos.Image(r.Context(), chi.URLParam(r, "digest"), thumb)
	if err != nil {
		return fmt.Errorf("fetch a photo: %w", err)
	}
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if _, err := w.Write(body); err != nil {
		s.log.DebugContext(r.Context(), "the reader went away", "error", err)
	}
	return nil
}
