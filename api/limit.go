package api

import (
	"net"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/httprate"
)

// isOpening reports whether a request is one of those of which a client has
// reason to make few: the steps that are Seldom, and at the sandbox bank what
// opens an account or pays in.
func isOpening(r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	account, ofBank := strings.CutPrefix(r.URL.Path, "/v1/bank/accounts")
	return ofBank && (account == "" || strings.HasSuffix(account, "/deposits")) ||
		slices.ContainsFunc(steps, func(s Step) bool { return s.Rate == Seldom && s.Path() == r.URL.Path })
}

// ofMerchant reports whether a request is a merchant's to the broker.
func ofMerchant(r *http.Request) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return s.From == M && s.To == B && s.Path() == r.URL.Path })
}

// atOneAddress is how many times as much merchants may ask of the broker from one
// address as others: a market speaks for all the stalls that it hosts. What each of
// them may, the broker counts by who signs.
const atOneAddress = 20

// costsElsewhere reports whether a request is one that is asked Less: of whichever
// merchant.
func costsElsewhere(r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	vendor, resource := path.Split(r.URL.Path)
	return slices.ContainsFunc(steps, func(s Step) bool {
		return s.Rate == Less && s.Resource == resource && s.at(path.Base(vendor)) == r.URL.Path
	})
}

// lessShare is which part of a client's requests may cost an instance a message
// elsewhere: of what its stalls may send a broker, one client is not to use up what is
// for newcomers.
const lessShare = 10

// openingsShare is which part of a client's requests may be openings; in a day
// it may make as many of those as it may make requests in a minute.
const openingsShare = 20

// limited allows each client perMinute requests, and a share of them for
// openings and for what costs a message elsewhere, and merchants many times as many; zero is no limit. Health checks are not counted: a busy neighbour
// must not make an instance look dead.
func limited(perMinute int, clientIP func(*http.Request) string) func(http.Handler) http.Handler {
	if perMinute <= 0 {
		return func(next http.Handler) http.Handler { return next }
	}
	if clientIP == nil {
		clientIP = remoteIP
	}
	key := func(r *http.Request) (string, error) { return httprate.CanonicalizeIP(clientIP(r)), nil }
	limiter := func(count int, window time.Duration) func(http.Handler) http.Handler {
		return httprate.LimitBy(count, window, key,
			httprate.WithResponseHeaders(httprate.ResponseHeaders{RetryAfter: "Retry-After"}),
			httprate.WithLimitHandler(func(w http.ResponseWriter, r *http.Request) { problem(w, r, wordTooManyRequests) }),
			httprate.WithErrorHandler(refuse),
		)
	}
	all, few := limiter(perMinute, time.Minute), limiter(max(perMinute/openingsShare, 1), time.Minute)
	daily := limiter(perMinute, 24*time.Hour)
	less := limiter(max(perMinute/lessShare, 1), time.Minute)
	merchants := limiter(perMinute*atOneAddress, time.Minute)
	return func(next http.Handler) http.Handler {
		scarce, costly := few(daily(next)), less(next)
		counted := all(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case isOpening(r):
				scarce.ServeHTTP(w, r)
			case costsElsewhere(r):
				costly.ServeHTTP(w, r)
			default:
				next.ServeHTTP(w, r)
			}
		}))
		many := merchants(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/healthz" || r.URL.Path == "/readyz":
				next.ServeHTTP(w, r)
			case ofMerchant(r):
				many.ServeHTTP(w, r)
			default:
				counted.ServeHTTP(w, r)
			}
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
