package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-chi/chi/v5"

	"peerscrip/services/scrip"
)

// The words that only a local API needs, and how HTTP tells them.
const (
	WordUnauthorized = "unauthorized"
	WordWrongHost    = "wrong-host"
)

// Bounds on a local API. Its operations talk to brokers and stalls, which may be slow.
const (
	localTimeout  = time.Minute
	headerTimeout = 10 * time.Second
	closeTimeout  = 10 * time.Second
)

// LocalConfig is an API for the programs of one person on one machine: what its document
// describes, to who shows its token.
type LocalConfig struct {
	Document   []byte               // the text of its OpenAPI document; required
	Contract   []byte               // the same as JSON, as generated; required
	Listen     string               // address and port, of this machine alone
	Token      string               // that every request must show, but for the document
	Operations map[string]Operation // by the operationId of the document: every one
	Trouble    func(error) Trouble  // how an operation's error is told
	Watch      Middleware           // stands before all handlers; nil for nothing
	Log        *slog.Logger         // nil drops it
	Random     io.Reader            // where request ids come from; nil is crypto/rand
}

// Middleware stands before handlers.
type Middleware = func(http.Handler) http.Handler

// Operation does what a request asks that fits the document. What it returns is told as
// JSON, but for a File.
type Operation func(ctx context.Context, asked Asked) (any, error)

// Asked is what a request asks.
type Asked struct {
	Path  func(name string) string // of a parameter in the path
	Query url.Values
	Body  []byte // JSON that fits the document; empty for none
}

// File is an answer that is no JSON.
type File struct {
	Media string
	Bytes []byte
}

// Trouble is an error as it is told.
type Trouble struct {
	Word    string
	Status  int
	Title   string
	Detail  string         // a sentence
	Members map[string]any // more that the document says of the word
	Fault   error          // for the log: what nobody can do anything about
}

// StatusOf is how HTTP tells a word of this package: its status and title, 0 for none.
func StatusOf(word string) (int, string) { return statuses[word].Code, statuses[word].Title }

// ErrNotLocal is returned where a local API was to be reached from elsewhere.
var ErrNotLocal = errors.New("listen on an address of this machine alone, like 127.0.0.1:8787: whoever reaches it and has the token spends the money")

// ListenLocal listens on a loopback address.
func ListenLocal(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, ErrNotLocal
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, ErrNotLocal
	}
	return Listen(address, "--listen")
}

// ServeLocal serves until ctx ends, and lets what is under way finish.
func ServeLocal(ctx context.Context, listener net.Listener, c LocalConfig) error {
	c.Listen = listener.Addr().String()
	handler, err := NewLocal(c)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if c.Watch != nil {
		handler = c.Watch(handler)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: localTimeout, WriteTimeout: localTimeout + headerTimeout, IdleTimeout: 2 * localTimeout,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		closing, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		return server.Shutdown(closing)
	}
}

// NewLocal returns the handler of a local API. The error says what is wrong with the
// document, or which of its operations there is not.
func NewLocal(c LocalConfig) (http.Handler, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Random == nil {
		c.Random = rand.Reader
	}
	doc, err := load(c.Contract)
	if err != nil {
		return nil, err
	}
	r := chi.NewRouter()
	fitting, err := validated(doc, r)
	if err != nil {
		return nil, err
	}
	r.Use(
		logged(c.Log, nil), recovered, identify(c.Random, false), guarded, c.sameHost, c.authorized, timed(localTimeout), strict(r),
		func(next http.Handler) http.Handler {
			return answered(next, func(path string) bool { return path == documentPath })
		},
		fitting,
	)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) { problem(w, r, string(scrip.NotFound)) })
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) { problem(w, r, wordMethodNotAllowed) })
	return r, c.mount(r, doc)
}

// documentPath is where a local API serves its document.
const documentPath = "/openapi.yaml"

// mount mounts each operation of the document.
func (c LocalConfig) mount(r chi.Router, doc *openapi3.T) error {
	mounted := 0
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			do := c.Operations[op.OperationID]
			switch {
			case path == documentPath:
				do = func(context.Context, Asked) (any, error) { return File{"application/yaml", c.Document}, nil }
			case do == nil:
				return fmt.Errorf("there is no operation %s", op.OperationID)
			default:
				mounted++
			}
			r.Method(method, path, c.handler(do))
		}
	}
	if mounted != len(c.Operations) {
		return fmt.Errorf("the document has %d of %d operations", mounted, len(c.Operations))
	}
	return nil
}

// handler answers requests for one operation.
func (c LocalConfig) handler(do Operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked := Asked{Path: func(name string) string { return chi.URLParam(r, name) }, Query: r.URL.Query()}
		var err error
		if r.Body != nil {
			asked.Body, err = io.ReadAll(r.Body)
		}
		if err != nil {
			unread(w, r, err)
			return
		}
		said, err := do(r.Context(), asked)
		if err != nil {
			c.tell(w, r, err)
			return
		}
		file, is := said.(File)
		if !is {
			file.Media = "application/json"
			if file.Bytes, err = json.Marshal(said); err != nil {
				refuse(w, r, err)
				return
			}
		}
		w.Header().Set("Content-Type", file.Media)
		if _, err := w.Write(file.Bytes); err != nil {
			note(r).err = err
		}
	}
}

// tell answers with a problem.
func (c LocalConfig) tell(w http.ResponseWriter, r *http.Request, err error) {
	t := c.Trouble(err)
	note(r).err = t.Fault
	writeTrouble(w, r, t)
}

// writeTrouble answers with a problem (RFC 9457), and the members of its own.
func writeTrouble(w http.ResponseWriter, r *http.Request, t Trouble) {
	n := note(r)
	n.word = t.Word
	p := map[string]any{"type": problemBase + t.Word, "title": t.Title, "status": t.Status, "instance": n.id}
	if t.Detail != "" {
		p["detail"] = t.Detail
	}
	for name, value := range t.Members {
		p[name] = value
	}
	body, err := json.Marshal(p)
	if err != nil {
		n.err = err
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if t.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(t.Status)
	if r.Method == http.MethodHead {
		return
	}
	if _, err := w.Write(body); err != nil && n.err == nil {
		n.err = err
	}
}

// sameHost lets only requests through that name this machine: a page of another site
// whose name was led here (DNS rebinding) names that.
func (c LocalConfig) sameHost(next http.Handler) http.Handler {
	_, port, _ := net.SplitHostPort(c.Listen)
	ours := []string{c.Listen, net.JoinHostPort("localhost", port), net.JoinHostPort("127.0.0.1", port), net.JoinHostPort("::1", port)}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(ours, strings.ToLower(r.Host)) {
			writeTrouble(w, r, Trouble{Word: WordWrongHost, Status: http.StatusMisdirectedRequest, Title: "This is asked by an address of this machine alone"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// authorized lets only requests through that show the token, and who asks for the document.
func (c LocalConfig) authorized(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte("Bearer " + c.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(shown[:], want[:]) != 1 && r.URL.Path != documentPath {
			w.Header().Set("WWW-Authenticate", "Bearer")
			writeTrouble(w, r, Trouble{Word: WordUnauthorized, Status: http.StatusUnauthorized, Title: "Show the token: Authorization: Bearer ..."})
			return
		}
		next.ServeHTTP(w, r)
	})
}
