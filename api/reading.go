package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
)

// unslashed leads a reader of a path with a slash too many to the path without,
// if there is something to read.
func unslashed(routes chi.Routes) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path := strings.TrimRight(r.URL.Path, "/")
			if path == r.URL.Path || !reads(r) || !routes.Match(chi.NewRouteContext(), http.MethodGet, path) {
				next.ServeHTTP(w, r)
				return
			}
			to := *r.URL
			to.Path, to.RawPath, to.Scheme, to.Host = path, "", "", ""
			w.Header().Set("Location", to.String())
			w.WriteHeader(http.StatusMovedPermanently)
		})
	}
}

// tagged answers readers: HEAD as GET, without the body; what may be kept, with
// its ETag; and 304 to who has it. Such an answer is whole before it is sent.
func tagged(next http.Handler) http.Handler { return answered(next, isKept) }

// answered is tagged of the paths that isKept says may be kept.
func answered(next http.Handler, isKept func(path string) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !reads(r) || isStream(r) {
			next.ServeHTTP(w, r)
			return
		}
		asked := *r
		asked.Method = http.MethodGet
		a := &held{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(a, &asked)
		if a.status == http.StatusOK && isKept(r.URL.Path) && a.tag(r) {
			w.Header().Del("Content-Type")
			w.Header().Del("Content-Length")
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.WriteHeader(a.status)
		if r.Method == http.MethodHead {
			return
		}
		if _, err := w.Write(a.body.Bytes()); err != nil && note(r).err == nil {
			note(r).err = err
		}
	})
}

// reads reports whether a request changes nothing.
func reads(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// isKept reports whether an answer may be kept, and asked for again each time:
// not what is one person's, nor how the instance is just now.
func isKept(path string) bool {
	return !strings.HasPrefix(path, "/v1/bank/") && path != "/healthz" && path != "/readyz"
}

// held is an answer on its way that was not yet sent. Its headers are those of
// the ResponseWriter.
type held struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader keeps the status.
func (h *held) WriteHeader(status int) { h.status = status }

// Write keeps what there is of the body.
func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }

// tag gives the answer its ETag, weak since it may be compressed on its way, and reports whether the reader has it.
func (h *held) tag(r *http.Request) bool {
	header := h.Header()
	tag := header.Get("ETag") // its own, of what it is and not of how it is told
	if tag == "" {
		digest := sha256.Sum256(h.body.Bytes())
		tag = `"` + base64.RawURLEncoding.EncodeToString(digest[:16]) + `"`
		header.Set("ETag", "W/"+tag)
	}
	if header.Get("Cache-Control") == "no-store" {
		header.Set("Cache-Control", "no-cache")
	}
	given := strings.Split(strings.Join(r.Header.Values("If-None-Match"), ","), ",")
	return slices.ContainsFunc(given, func(one string) bool {
		one = strings.TrimPrefix(strings.TrimSpace(one), "W/")
		return one == tag || one == "*"
	})
}
