package web

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"
)

func (s *server) photo(w http.ResponseWriter, r *http.Request) error {
	return s.listedPhoto(w, r, false)
}

func (s *server) thumb(w http.ResponseWriter, r *http.Request) error {
	return s.listedPhoto(w, r, true)
}

// listedPhoto serves a photo that a listing names to anybody.
func (s *server) listedPhoto(w http.ResponseWriter, r *http.Request, thumb bool) error {
	body, err := s.Catalogue.Photo(r.Context(), chi.URLParam(r, "digest"), thumb)
	if err != nil {
		return fmt.Errorf("fetch a photo: %w", err)
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable") // its address is its digest
	return s.servePhoto(w, r, body)
}

// deskPhoto serves a photo of the stall to its seller: one that was just uploaded, too.
func (s *server) deskPhoto(w http.ResponseWriter, r *http.Request, d Desk) error {
	photo, err := d.Photo(r.Context(), chi.URLParam(r, "digest"))
	if err != nil {
		return fmt.Errorf("look up a photo of the stall: %w", err)
	}
	return s.servePhoto(w, r, photo.Full)
}

// deskThumb serves its small copy.
func (s *server) deskThumb(w http.ResponseWriter, r *http.Request, d Desk) error {
	photo, err := d.Photo(r.Context(), chi.URLParam(r, "digest"))
	if err != nil {
		return fmt.Errorf("look up a photo of the stall: %w", err)
	}
	return s.servePhoto(w, r, photo.Thumb)
}

// servePhoto serves a JPEG. Nothing in it can run, whatever it holds. What takes a session is not kept, as its pages are not: whoever
// uses the browser, or has its disk, after that has ended is shown nothing.
func (s *server) servePhoto(w http.ResponseWriter, r *http.Request, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", "image/jpeg")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return s.send(w, r, body)
}

func deskThumbPath(digest string) string { return "/desk/photos/" + digest + "/thumb" }
