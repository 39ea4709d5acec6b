package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"peerscrip/services/scrip"
)

const requestHeader = "X-Request-Id"

// withRequestID gives each request the id that errors and the log speak of. One that middleware further out has already
// put on the answer is kept.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := w.Header().Get(requestHeader)
		if id == "" {
			id = rand.Text()[:12]
			w.Header().Set(requestHeader, id)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, id)))
	})
}

// withHeaders keeps every page from loading or sending anything but what it is made of: no inline script or style runs,
// no frame shows us, and the wallet's modules talk to the broker and to stalls only.
func withHeaders(site Site) func(http.Handler) http.Handler {
	policy := strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "font-src 'self'",
		"connect-src " + strings.Join(connectSources(site), " "),
		"manifest-src 'self'", "worker-src 'self'",
		"form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
	}, "; ")
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Security-Policy", policy)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "same-origin")
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
			next.ServeHTTP(w, r)
		})
	}
}

// connectSources lists where scripts may send requests: here, to the broker, and where the configuration says.
func connectSources(site Site) []string {
	sources := []string{"'self'"}
	if u, err := url.Parse(site.BrokerURL); err == nil && u.Host != "" {
		sources = append(sources, u.Scheme+"://"+u.Host)
	}
	return append(sources, site.Connect...)
}

// withOrigin refuses requests that change something and come from another site's page.
func (s *server) withOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(s.serve(func(http.ResponseWriter, *http.Request) error { return scrip.Unreadable }))
	return guard.Handler(next)
}

// withLimit caps the body of a request, in bytes: what reads beyond gets http.MaxBytesError (413).
func withLimit(bytes int64) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, bytes)
			next.ServeHTTP(w, r)
		})
	}
}
