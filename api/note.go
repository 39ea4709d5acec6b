package api

import (
	"context"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"

	"peerscrip/services/scrip"
)

// requestIDHeader carries the id of a request to its sender.
const requestIDHeader = "X-Request-Id"

// noted is what one request leaves in the log. It belongs to the goroutine that
// serves the request.
type noted struct {
	id    string
	route string // pattern, never the path: paths hold bank references and keys
	word  string // the problem it was answered with, if any
	err   error  // for the operator only

	sealed *scrip.Sealed // a step's body, once it was read
	step   *Step         // nil for what takes no message
	trail  scrip.Trail   // the step's

	explains bool     // Config.Explains
	check    string   // at which the message was unreadable, if that is told
	parts    []string // of the instance that are not well, if that is why
}

type notedKey struct{}

// withNote returns the request with an empty note, and the note.
func withNote(r *http.Request) (*http.Request, *noted) {
	n := new(noted)
	return r.WithContext(scrip.WithTrail(context.WithValue(r.Context(), notedKey{}, n), &n.trail)), n
}

// note returns the request's note; outside the middleware an unused one.
func note(r *http.Request) *noted { return noteIn(r.Context()) }

func noteIn(ctx context.Context) *noted {
	if n, ok := ctx.Value(notedKey{}).(*noted); ok {
		return n
	}
	return new(noted)
}

// identify gives every request an id from random and tells it to the sender.
// An id that came with the request is not taken over: it could tie requests of
// one person together. It also notes whether what is unreadable is explained.
func identify(random io.Reader, explains bool) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, err := scrip.NewID(random)
			if err != nil {
				refuse(w, r, err)
				return
			}
			note(r).id, note(r).explains = string(id), explains
			w.Header().Set(requestIDHeader, string(id))
			next.ServeHTTP(w, r)
		})
	}
}

// pattern is the route of a served request as the document writes it.
func (n *noted) pattern(r *http.Request) string {
	if n.route != "" {
		return n.route
	}
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" && c.RoutePattern() != "/*" {
		return c.RoutePattern()
	}
	return "none"
}
