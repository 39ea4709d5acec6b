package api

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-chi/chi/v5"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Bounds on one envelope, in characters, as the document has them (Sealed).
const (
	leastSealed = 16
	mostSealed  = 262144
)

// stepped serves the sealed steps: a request for one that plainly fits the document is
// read once and answered. Any other goes on to next, which says what is wrong with it; so
// what fits is known here and there, and what does not is said there alone.
func (s *server) stepped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		served, vendor := s.steps.find(r)
		if served == nil || !plain(r) {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			unread(w, r, err)
			return
		}
		in, fits := served.step.fitting(body)
		if !fits {
			r.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(w, r)
			return
		}
		n := note(r)
		n.route, n.sealed = served.step.Path(), &in
		if vendor != "" {
			chi.RouteContext(r.Context()).URLParams.Add(vendorParam, vendor)
		}
		served.ServeHTTP(w, r)
	})
}

// plain reports whether a request with a body has nothing about it that has to be looked
// at more closely.
func plain(r *http.Request) bool {
	return r.Body != nil && r.ContentLength > 0 && r.ContentLength <= maxBody && r.URL.RawQuery == "" && !r.URL.ForceQuery &&
		r.Header.Get("Content-Type") == "application/json" && r.Header.Get("Content-Encoding") == ""
}

// fitting reads a body, and reports whether it is of the step's shape and form.
func (s Step) fitting(body []byte) (in scrip.Sealed, fits bool) {
	if jose.Decode(body, &in) != nil {
		return in, false
	}
	kept, whole := s.Takes.of(in)
	if !whole || kept != in {
		return in, false
	}
	for _, envelope := range []string{in.Envelope, in.Order, in.Payment} {
		if n := utf8.RuneCountInString(envelope); envelope != "" && (n < leastSealed || n > mostSealed) {
			return in, false
		}
	}
	return in, true
}

// served is a step with who serves it.
type served struct {
	step Step
	http.HandlerFunc
}

// servedSteps finds steps by their paths.
type servedSteps struct {
	broker map[string]*served // by path
	stalls map[string]*served // by resource
}

func (s *servedSteps) add(step Step, by http.HandlerFunc) {
	if s.broker == nil {
		s.broker, s.stalls = map[string]*served{}, map[string]*served{}
	}
	if step.To == M {
		s.stalls[step.Resource] = &served{step, by}
		return
	}
	s.broker[step.Path()] = &served{step, by}
}

// find returns nil for a request that is none for a step, or whose path is not written
// as it always is.
func (s *servedSteps) find(r *http.Request) (_ *served, vendor string) {
	if r.Method != http.MethodPost || r.URL.RawPath != "" {
		return nil, ""
	}
	rest, ofStall := strings.CutPrefix(r.URL.Path, "/v1/stalls/")
	if !ofStall {
		return s.broker[r.URL.Path], ""
	}
	vendor, resource, _ := strings.Cut(rest, "/")
	if !scrip.VendorID(vendor).Valid() {
		return nil, ""
	}
	return s.stalls[resource], vendor
}
