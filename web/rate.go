package web

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-chi/httprate"
)

// errTooOften is a request beyond a client's rate.
var errTooOften = errors.New("too many requests from one address")

// dayOfLasting is how many minutes' worth of forms one client may send in a day that leave something for ever.
const dayOfLasting = 10

// always and changes say which requests a rate counts.
func always(*http.Request) bool { return true }

// changes reports whether a request makes the program keep something.
func changes(r *http.Request) bool {
	return r.Method == http.MethodPost || r.URL.Path == challengePath || strings.HasPrefix(r.URL.Path, linkPath)
}

// withRate bounds how often in a window one client may send what counts, on all routes together that are given the same
// middleware; 0 does not bound it. A router applies it to each route, so the count is made here, once.
func (s *server) withRate(most int, window time.Duration, counts func(*http.Request) bool) func(http.Handler) http.Handler {
	if most <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	clientIP := s.ClientIP
	if clientIP == nil {
		clientIP = remoteIP
	}
	key := func(r *http.Request) (string, error) { return httprate.CanonicalizeIP(clientIP(r)), nil }
	refuse := s.serve(func(http.ResponseWriter, *http.Request) error { return errTooOften })
	limit := httprate.LimitBy(most, window, key, httprate.WithLimitHandler(refuse))
	return func(next http.Handler) http.Handler {
		limited := limit(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if counts(r) {
				limited.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// remoteIP is the address at the other end of the connection, which behind a proxy is the proxy's.
func remoteIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
