package api

import (
	"net/http"
	"strings"

	"github.com/go-chi/cors"
)

// contentPolicy lets an answer do nothing in a browser; /docs needs the site's
// style sheets and no script at all.
const (
	contentPolicy     = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	docsContentPolicy = contentPolicy + "; style-src 'self'; img-src 'self' data:; font-src 'self'"
)

// guarded sets what every answer says to browsers and caches.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// shared answers CORS for what wallets on other sites need: the envelope
// endpoints, what brokers and stalls publish, and the sandbox bank, where a
// wallet's test money comes from. Everything there is public, sealed, or open
// to whoever knows a reference; credentials are never allowed.
func shared(next http.Handler) http.Handler {
	open := cors.Handler(cors.Options{
		AllowedOrigins:   []string{"*"},
		AllowedMethods:   []string{http.MethodGet, http.MethodPost},
		AllowedHeaders:   []string{"Accept", "Content-Type"},
		ExposedHeaders:   []string{requestIDHeader, "Retry-After"},
		AllowCredentials: false,
		MaxAge:           3600,
	})(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if crossOrigin(r.URL.Path) {
			open.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func crossOrigin(path string) bool {
	return path == "/.well-known/jwks.json" || path == "/v1/broker" ||
		strings.HasPrefix(path, "/v1/broker/") || strings.HasPrefix(path, "/v1/bank/") || strings.HasPrefix(path, "/v1/stalls/")
}
