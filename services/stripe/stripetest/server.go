// Package stripetest is for tests: a server that behaves as Stripe's API was seen to, as far as a broker uses it. It keeps what is
// made, answers an idempotency key as before, signs notices, shows a page where a payer pays or does not, and does on command what
// payers, banks and networks do.
package stripetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The keys that it takes.
const (
	Key     = "sk_test_51peerscrip"
	Webhook = "whsec_peerscrip"
)

type object = map[string]any

// Server is one account at Stripe.
type Server struct {
	URL   string
	Clock func() time.Time

	t        testing.TB
	mu       sync.Mutex
	sessions map[string]object
	intents  map[string]object // payment intents, each with its charge as latest_charge
	refunds  map[string]object
	moved    map[string]object // transfers
	disputed map[string]object // disputes
	keys     map[string]kept   // by idempotency key
	made     int
	calls    map[string]int // by method and path
	faults   []fault
	refunded func(r object) // decides how a new refund stands
}

// kept is the answer to a request with an idempotency key.
type kept struct {
	asked  string
	status int
	answer []byte
}

// fault is what happens to the next call of a path.
type fault struct {
	path   string
	before bool // nothing is done
	status int  // 0: the connection ends without an answer
	code   string
	until  chan struct{} // if it is there, the answer waits for it
}

// New returns a server that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{
		Clock: time.Now, t: t, sessions: map[string]object{}, intents: map[string]object{}, refunds: map[string]object{}, moved: map[string]object{}, disputed: map[string]object{},
		keys: map[string]kept{}, calls: map[string]int{}, refunded: func(r object) { r["status"] = "succeeded" },
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/", s.serve)
	mux.HandleFunc("/pay/{session}", s.page)
	served := httptest.NewServer(mux)
	s.URL = served.URL
	t.Cleanup(served.Close)
	return s
}

// Calls is how often a method and a path were asked, by whatever came of it; a path with an ID as it stands.
func (s *Server) Calls(call string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[call]
}

// Lose has the next call of a path be done and its answer lost; Break has it not be done, and end likewise; Refuse has it refused
// with a status and a code.
func (s *Server) Lose(path string)  { s.fault(fault{path: path}) }
func (s *Server) Break(path string) { s.fault(fault{path: path, before: true}) }
func (s *Server) Refuse(path string, status int, code string) {
	s.fault(fault{path: path, before: true, status: status, code: code})
}

// Hold has the next call of a path be done, and its answer wait until it is released; the one who asked may be gone by then.
func (s *Server) Hold(path string) (release func()) {
	until := make(chan struct{})
	s.fault(fault{path: path, until: until})
	return sync.OnceFunc(func() { close(until) })
}

func (s *Server) fault(f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
}

func (s *Server) nextFault(path string) (fault, bool) {
	for i, f := range s.faults {
		if f.path == path {
			s.faults = slices.Delete(s.faults, i, i+1)
			return f, true
		}
	}
	return fault{}, false
}

// Forget forgets all idempotency keys, as Stripe does after a day.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.keys)
}

// Refunds decides how new refunds stand: their status, and why they failed.
func (s *Server) Refunds(status, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refunded = func(r object) {
		if r["status"] = status; reason != "" {
			r["failure_reason"] = reason
		}
	}
}

func (s *Server) id(kind string) string {
	s.made++
	return fmt.Sprintf("%s_test_%06d", kind, s.made)
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[r.Method+" "+r.URL.Path]++
	if _, key, _ := strings.Cut(r.Header.Get("Authorization"), " "); key != Key {
		refuse(w, http.StatusUnauthorized, "invalid_request_error", "invalid_api_key")
		return
	}
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request_error", "parameter_invalid")
		return
	}
	f, faulty := s.nextFault(r.URL.Path)
	if faulty && f.before {
		if f.status == 0 {
			panic(http.ErrAbortHandler)
		}
		refuse(w, f.status, "invalid_request_error", f.code)
		return
	}
	status, answer := s.once(r)
	if faulty && f.until == nil {
		panic(http.ErrAbortHandler)
	}
	if faulty {
		s.mu.Unlock()
		select {
		case <-f.until:
		case <-r.Context().Done():
		}
		s.mu.Lock()
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", s.id("req"))
	w.WriteHeader(status)
	_, _ = w.Write(answer)
}

// once answers a request with an idempotency key as before; with other parameters it is an error, as Stripe's.
func (s *Server) once(r *http.Request) (int, []byte) {
	key := r.Header.Get("Idempotency-Key")
	asked := r.Method + " " + r.URL.Path + "?" + r.Form.Encode()
	if before, known := s.keys[key]; known && key != "" && r.Method == http.MethodPost {
		if before.asked != asked {
			return http.StatusBadRequest, failure("idempotency_error", "idempotency_key_in_use")
		}
		return before.status, before.answer
	}
	status, answer := s.answer(r)
	if key != "" && r.Method == http.MethodPost {
		s.keys[key] = kept{asked, status, answer}
	}
	return status, answer
}

func refuse(w http.ResponseWriter, status int, kind, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(failure(kind, code))
}

func failure(kind, code string) []byte {
	return encoded(object{"error": object{"type": kind, "code": code, "message": "It says why, with what was sent: " + Key}})
}

func encoded(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
