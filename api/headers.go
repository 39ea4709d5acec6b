package api

import (
	"net/http"

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

// shared answers CORS: everything here is public, sealed, or open to whoever
// knows a reference or a key, and wallets and tools on other sites read it. Credentials
// that a browser keeps are never allowed.
func shared(next http.Handler) http.Handler {
	return cors.Handler(cors.Options{
		AllowedOrigins:   []string{"*"},
		AllowedMethods:   []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut},
		AllowedHeaders:   []string{"Accept", "Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID"},
		ExposedHeaders:   []string{requestIDHeader, "Retry-After", "ETag", "Allow", headHeader, headerLimit, headerRemaining, headerReset},
		AllowCredentials: false,
		MaxAge:           3600,
	})(next)
}
