package api

import (
	"net"
	"net/http"
	"time"

	"github.com/go-chi/httprate"
)

// limited allows each client perMinute requests; zero is no limit. Health
// checks are not counted: a busy neighbour must not make an instance look dead.
func limited(perMinute int, clientIP func(*http.Request) string) func(http.Handler) http.Handler {
	if perMinute <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	if clientIP == nil {
		clientIP = remoteIP
	}
	key := func(r *http.Request) (string, error) { return httprate.CanonicalizeIP(clientIP(r)), nil }
	limiter := httprate.LimitBy(perMinute, time.Minute, key,
		httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}),
		httprate.WithLimitHandler(func(w http.ResponseWriter, r *http.Request) { problem(w, r, wordTooManyRequests) }),
		httprate.WithErrorHandler(refuse),
	)
	return func(next http.Handler) http.Handler {
		counted := limiter(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
				next.ServeHTTP(w, r)
				return
			}
			counted.ServeHTTP(w, r)
		})
	}
}

// remoteIP is the address at the other end of the connection.
func remoteIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
