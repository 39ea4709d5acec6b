package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-chi/chi/v5"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// errNoAnswer is a service's fault: it has neither answered nor refused.
var errNoAnswer = errors.New("a step of the protocol gave no answer")

// receiver is who takes sealed messages.
type receiver interface {
	Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error)
}

// mount serves the sealed steps of the roles that are played.
func (s *server) mount(r chi.Router) {
	if s.c.Notices != nil {
		r.Post(noticePath, s.hear)
	}
	for _, step := range steps {
		if find := s.receivers()[step.To]; find != nil {
			by := s.serve(step, find)
			r.Post(step.Path(), by)
			s.steps.add(step, by)
		}
	}
}

// receivers are the ways from a request to who takes its message.
func (s *server) receivers() map[Party]func(*http.Request) (receiver, error) {
	found := map[Party]func(*http.Request) (receiver, error){}
	if s.c.Broker != nil {
		found[B] = func(*http.Request) (receiver, error) { return s.c.Broker, nil }
	}
	if s.c.Stalls != nil {
		found[M] = func(r *http.Request) (receiver, error) {
			return s.c.Stalls.Stall(r.Context(), scrip.VendorID(chi.URLParam(r, vendorParam)))
		}
	}
	return found
}

// serve answers one step's requests. That they fit the document was seen to
// before (stepping.go, validate.go). A crash on the way is the receiver's matter: the same
// request comes again and is answered as it would have been.
func (s *server) serve(step Step, find func(*http.Request) (receiver, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		note(r).step = &step
		out, err := taken(r, step, find)
		if err != nil {
			refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if out.Head != "" {
			w.Header().Set(headHeader, base64.RawURLEncoding.EncodeToString([]byte(out.Head)))
		}
		if err := json.NewEncoder(w).Encode(out); err != nil {
			note(r).err = err // the sender is gone and asks again
		}
	}
}

// taken has one request's message answered.
func taken(r *http.Request, step Step, find func(*http.Request) (receiver, error)) (scrip.Sealed, error) {
	in, err := readSealed(r)
	if err != nil {
		return scrip.Sealed{}, err
	}
	to, err := find(r)
	if err != nil {
		return scrip.Sealed{}, err
	}
	out, err := to.Send(r.Context(), step.Message(), in)
	if err != nil {
		return scrip.Sealed{}, err
	}
	kept, whole := step.Gives.of(out)
	if !whole {
		return scrip.Sealed{}, fmt.Errorf("%s: %w", step.Message(), errNoAnswer)
	}
	kept.Head = out.Head
	return kept, nil
}

// headHeader is where an answer of a stall tells the head of the broker's log, as base64url:
// who does not know it misses nothing.
const headHeader = "Peerscrip-Log-Head"

// headIn is the head that an answer tells; empty where it tells none.
func headIn(resp *http.Response) string {
	told := resp.Header.Get(headHeader)
	if len(told) > base64.RawURLEncoding.EncodedLen(tree.MaxHead) {
		return ""
	}
	head, err := base64.RawURLEncoding.DecodeString(told)
	if err != nil {
		return "" // nobody's word
	}
	return string(head)
}

// readSealed reads a request's body, bounded before (body.go), unless that is done
// (stepped).
func readSealed(r *http.Request) (in scrip.Sealed, err error) {
	if done := note(r).sealed; done != nil {
		return *done, nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return in, err
	}
	if err := jose.Decode(text, &in); err != nil {
		return in, scrip.Unreadable
	}
	return in, nil
}
