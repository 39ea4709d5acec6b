package services

import (
	"crypto/subtle"
	"net/http"
	"net/http/pprof"
	"strings"
)

// tools serves, on the operator's address alone, what an operator's programs ask for, and
// all else by the console: /metrics and profiles to who shows the token of the data folder
// (Authorization: Bearer), /healthz and /readyz to everybody who can reach the address.
// What starts the process (its arguments may have a key in them) and the code that is
// running are no profiles, and not served.
func (p *Program) tools(console http.Handler) (http.Handler, error) {
	token, err := p.parts.folder.ScrapeToken(p.config.Random)
	if err != nil {
		return nil, err
	}
	behind := http.NewServeMux()
	behind.Handle("GET /metrics", p.parts.metrics.Handler())
	for _, kind := range []string{"allocs", "block", "goroutine", "heap", "mutex", "threadcreate"} {
		behind.Handle("GET /debug/pprof/"+kind, pprof.Handler(kind))
	}
	behind.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	behind.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	shown := withToken(token, behind)
	mux := http.NewServeMux()
	mux.Handle("/metrics", shown)
	mux.Handle("/debug/pprof/", shown)
	mux.Handle("/healthz", p.machine)
	mux.Handle("/readyz", p.machine)
	mux.Handle("/", console)
	return mux, nil
}

// withToken answers who shows the token as next does, and everybody else with 401.
func withToken(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(strings.TrimSpace(shown)), []byte(token)) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "This is for who shows the token in the file scrape.token of the data folder: Authorization: Bearer TOKEN", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
