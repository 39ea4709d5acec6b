package api

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"peerscrip/services/scrip"
)

// DefaultRate is a limit that no honest client meets: requests a minute for
// each client address.
const DefaultRate = 1200

// defaultTimeout bounds the work on one request. It is longer than a stall
// waits for its broker.
const defaultTimeout = 20 * time.Second

// Config is what a server needs. Roles that are nil are not played: their
// routes are not found.
type Config struct {
	// Document is the text of openapi.yaml, which is served. Required.
	Document []byte

	Broker  Broker  // role broker
	Bank    Bank    // beside a broker
	Notices Notices // of a payment provider, beside a broker of real money
	Stalls  Stalls  // one merchant's own stall, or the hosted ones
	Market  Market  // role market
	// Sellers lets the programs of the stalls' sellers in. Nil: no stalls, or none that is let in.
	Sellers Sellers
	// BaseURL is that of the pages of this instance, where payment links are paid.
	BaseURL string
	// Currency is the broker's; asked where there are Sellers.
	Currency func() scrip.Currency
	// Stopping is closed when the instance stops: streams end then. May be nil.
	Stopping <-chan struct{}
	// Clock tells the time of Sellers' limits; nil is time.Now.
	Clock func() time.Time

	// Ready returns the parts of the instance that are not well, and an error when
	// it cannot do its work. Nil is always ready.
	Ready func(ctx context.Context) (degraded []string, err error)
	// Stylesheets are the URLs of the site's style sheets, for /docs.
	Stylesheets []string
	// Rate is how many requests a minute one client address may make; zero is
	// no limit. Use DefaultRate.
	Rate int
	// ClientIP tells a request's client address for Rate. Nil is the other end
	// of the connection; behind a proxy give one that reads the proxy's header.
	ClientIP func(*http.Request) string
	// Timeout bounds the work on one request; zero is 20 seconds.
	Timeout time.Duration
	// Explains tells in a problem at which check a message was unreadable. It is for
	// who develops another implementation, where no money is real: elsewhere it would
	// tell who probes for keys how far a forgery came.
	Explains bool
	// Log takes one line for each request; nil drops them.
	Log *slog.Logger
	// Served is told of each request once it is answered; nil: nobody is. It must not
	// block.
	Served func(ctx context.Context, s Served)
	// Random is where request ids come from; nil is crypto/rand.
	Random io.Reader
}

// Patterns are the http.ServeMux patterns that New's handler answers.
func Patterns() []string {
	return []string{
		"/v1/", "/.well-known/jwks.json", "/.well-known/jwks.json/", "/healthz", "/healthz/", "/readyz", "/readyz/",
		"/openapi.yaml", "/openapi.yaml/", "/docs", "/docs/", "/problems/",
	}
}

// Answers reports whether a path is New's to answer, be there something or not: also one that is
// spelled in an odd way (//, /..), which an http.ServeMux would lead elsewhere.
func Answers(path string) bool {
	return slices.ContainsFunc(Patterns(), func(pattern string) bool {
		return path == pattern || strings.HasSuffix(pattern, "/") && strings.HasPrefix(path, pattern)
	})
}

// New returns the handler for every path of the contract, which is compiled in. The error
// says what is wrong with that.
func New(c Config) (http.Handler, error) {
	c.defaults()
	doc, err := loaded()
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	fitting, err := validated(c.guard(doc), r)
	if err != nil {
		return nil, err
	}
	s := &server{c: c, docs: sync.OnceValues(func() ([]byte, error) { return c.docsPage(doc) }), quota: keyQuota{clock: c.Clock, most: keyRate(c.Rate)}}
	r.Use(
		logged(c.Log, c.Served), recovered, identify(c.Random, c.Explains), guarded, shared,
		limited(c.Rate, c.ClientIP), timed(c.Timeout), unslashed(r), s.keyed(doc, r), s.stepped, strict(r), tagged, fitting,
	)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) { problem(w, r, string(scrip.NotFound)) })
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { problem(w, r, wordMethodNotAllowed) })
	s.mount(r)
	generated := NewStrictHandlerWithOptions(s, nil, StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  undecoded,
		ResponseErrorHandlerFunc: refuse,
	})
	return HandlerWithOptions(generated, ChiServerOptions{BaseRouter: r, ErrorHandlerFunc: undecoded}), nil
}

// Front stands before requests of a route that something else answers, as a relay and a witness
// do: it logs and limits them, and says what every answer says, as New does of its own.
func Front(c Config, route string, next http.Handler) http.Handler {
	c.defaults()
	named := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		note(r).route = route
		next.ServeHTTP(w, r)
	})
	return chi.Chain(
		logged(c.Log, c.Served), recovered, identify(c.Random, c.Explains), guarded, shared, limited(c.Rate, c.ClientIP), timed(c.Timeout),
	).Handler(named)
}

// Refuse answers a request behind Front with a refusal.
func Refuse(w http.ResponseWriter, r *http.Request, refusal scrip.Refusal) { refuse(w, r, refusal) }

func (c *Config) defaults() {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
}

// undecoded answers what passed the document's checks and still does not decode
// (an escape in a path, say). The error may quote the request, so it is dropped.
func undecoded(w http.ResponseWriter, r *http.Request, _ error) {
	problem(w, r, string(scrip.Unreadable))
}

// server is the generated interface over the services: it translates.
type server struct {
	c     Config
	docs  func() ([]byte, error) // the page, rendered when it is first asked for
	steps servedSteps
	quota keyQuota
}

var _ StrictServerInterface = (*server)(nil)
