package web

import (
	"net"
	"net/http"
	"time"

	"github.com/go-chi/httprate"
	"peerscrip/services/scrip"
)

// withRate bounds how often one client may change something. Reading is not counted.
func (s *server) withRate(next http.Handler) http.Handler {
	if s.PostsPerMinute <= 0 {
		return next
	}
	clientIP := s.ClientIP
	if clientIP == nil {
		clientIP = remoteIP
	}
	key := func(r *http.Request) (string, error) { return httprate.CanonicalizeIP(clientIP(r)), nil }
	refuse := s.serve(func(http.ResponseWriter, *http.Request) error { return scrip.TooMany })
	limited := httprate.LimitBy(s.PostsPerMinute, time.Minute, key, httprate.WithLimitHandler(refuse))(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost || r.URL.Path == challengePath { // whatever makes this program keep something
			limited.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// remoteIP is the address at the other end of the connection, which behind a proxy is the proxy's.
func remoteIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
