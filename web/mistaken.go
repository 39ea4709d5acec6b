package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// errNotAllowed is a request with a method that its page does not take.
var errNotAllowed = errors.New("method not allowed")

// notFound leads an address with a slash too many to its page, and is the page of every other that is none.
func (s *server) notFound(w http.ResponseWriter, r *http.Request) error {
	path := strings.TrimRight(r.URL.Path, "/")
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if path == r.URL.Path || !reads || strings.HasPrefix(path, "//") || !takes(r, http.MethodGet, path) {
		return scrip.NotFound
	}
	to := *r.URL
	to.Path, to.RawPath, to.Scheme, to.Host = path, "", "", ""
	http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
	return nil
}

// notAllowed says what a page takes.
func (s *server) notAllowed(w http.ResponseWriter, r *http.Request) error {
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
		of := method
		if method == http.MethodHead {
			of = http.MethodGet // see middleware.GetHead
		}
		if takes(r, of, r.URL.Path) {
			w.Header().Add("Allow", method)
		}
	}
	return errNotAllowed
}

// takes reports whether the site has a page of that path for a method.
func takes(r *http.Request, method, path string) bool {
	return chi.RouteContext(r.Context()).Routes.Match(chi.NewRouteContext(), method, path)
}
