package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-json-experiment/json/jsontext"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// maxBody bounds the body of every request, in bytes (protocol section 3).
const maxBody = 327680

// maxBatch bounds that of many offers at once, and maxUpload a photo; uploadTime is what a
// photo has instead of the usual time.
const (
	maxBatch   = 1 << 20
	maxUpload  = merchant.MaxUpload
	uploadTime = 2 * time.Minute
)

// bodyOf bounds the body of a request.
func bodyOf(r *http.Request) int64 {
	switch r.URL.Path {
	case batchPath:
		return maxBatch
	case photoPath:
		return maxUpload
	}
	return maxBody
}

// timed gives a request its time, for reading as well as for working. A stream has no end.
func timed(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isStream(r) {
				next.ServeHTTP(w, r)
				return
			}
			limit := limit
			if r.URL.Path == photoPath {
				limit = max(limit, uploadTime)
			}
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			// Not every ResponseWriter has a connection; one without needs no deadline.
			err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit))
			if err != nil && !errors.Is(err, http.ErrNotSupported) {
				refuse(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// strict lets only bodies through that are one JSON value of bounded size which
// can be read in one way: no member twice, valid UTF-8, nothing after it.
func strict(routes chi.Routes) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength == 0 || r.Body == nil || !takesBody(routes, r) {
				if r.Body != nil { // whoever reads it after all, as the document's check does, reads no more than this
					r.Body = http.MaxBytesReader(w, r.Body, maxBody)
				}
				next.ServeHTTP(w, r)
				return
			}
			if word := unwelcome(r); word != "" {
				problem(w, r, word)
				return
			}
			bounded := http.MaxBytesReader(w, r.Body, bodyOf(r))
			if r.URL.Path == photoPath {
				r.Body = bounded
				next.ServeHTTP(w, r)
				return
			}
			body, err := io.ReadAll(bounded)
			if err != nil {
				unread(w, r, err)
				return
			}
			if !jsontext.Value(body).IsValid() {
				problem(w, r, string(scrip.Unreadable), ProblemField{Field: "", Rule: "json"})
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			r.ContentLength = int64(len(body))
			next.ServeHTTP(w, r)
		})
	}
}

// takesBody reports whether a body is anything to look at: one to a path that is
// not there, or that does not take the method, is answered as if there were none, and one
// with a GET is refused unread.
func takesBody(routes chi.Routes, r *http.Request) bool {
	return (r.Method == http.MethodPost || r.Method == http.MethodPut) && routes.Match(chi.NewRouteContext(), r.Method, r.URL.Path)
}

// unread answers a request whose body did not come whole.
func unread(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		problem(w, r, wordTooLarge)
	case errors.Is(err, os.ErrDeadlineExceeded):
		w.Header().Set("Connection", "close") // the rest of it may come yet
		problem(w, r, wordTooSlow)
	default:
		problem(w, r, string(scrip.Unreadable))
	}
}

// unwelcome judges a body by its headers alone.
func unwelcome(r *http.Request) string {
	if r.ContentLength > bodyOf(r) {
		return wordTooLarge
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.URL.Path == photoPath {
		if err != nil || !strings.HasPrefix(media, "image/") || r.Header.Get("Content-Encoding") != "" {
			return wordMediaType
		}
		return ""
	}
	charset := params["charset"]
	if err != nil || media != "application/json" || (charset != "" && charset != "utf-8") || r.Header.Get("Content-Encoding") != "" {
		return wordMediaType
	}
	return ""
}
