package relay

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// world is a broker's key, a relay, and what it needs to carry to a stall.
type world struct {
	t      *testing.T
	relay  *Relay
	server *httptest.Server
	broker jose.SigningKey
	id     scrip.ID
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, broker: must(jose.NewSigningKey(rand.Reader))(t), id: must(scrip.NewID(rand.Reader))(t)}
	mux := http.NewServeMux()
	w.server = httptest.NewServer(mux)
	t.Cleanup(w.server.Close)
	w.relay = New(Config{
		BaseURL: w.server.URL, Broker: func() scrip.ID { return w.id }, Stalls: 2, Clock: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
		Keys: func(from, kid string, _ int64) (jose.VerifyKey, error) {
			if from != string(w.id) || kid != w.broker.Public().Thumbprint() {
				return jose.VerifyKey{}, jose.ErrUnknownKey
			}
			return w.broker.Public(), nil
		},
		Refuse: func(rw http.ResponseWriter, _ *http.Request, refusal scrip.Refusal) {
			http.Error(rw, string(refusal), map[scrip.Refusal]int{scrip.NotFound: 404, scrip.Unreadable: 400, scrip.Unavailable: 503}[refusal])
		},
	})
	mux.HandleFunc("GET "+Path, w.relay.Connect)
	mux.Handle("/v1/stalls/", w.relay)
	t.Cleanup(func() {
		if err := w.relay.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// node is a stall's node that answers with a handler, not connected yet.
type node struct {
	Node
	vendor      scrip.VendorID
	certificate scrip.Certificate
	signed      string
}

// node makes one; change changes its certificate before the broker signs it.
func (w *world) node(answers http.HandlerFunc, change func(*scrip.Certificate)) *node {
	w.t.Helper()
	n := &node{vendor: scrip.VendorID(must(scrip.NewID(rand.Reader))(w.t))}
	n.Node = Node{URL: w.server.URL, Signing: must(jose.NewSigningKey(rand.Reader))(w.t), Handler: answers, Clock: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler)}
	now := time.Now().Unix()
	n.certificate = scrip.Certificate{
		Vendor: n.vendor, Name: "The Attic", Signing: n.Signing.Public(), Envelope: must(jose.NewEnvelopeKey(rand.Reader))(w.t).Public(),
		BaseURL: w.server.URL, NotBefore: now - 60, NotAfter: now + 3600,
	}
	if change != nil {
		change(&n.certificate)
	}
	m := scrip.Compose(string(w.id), string(n.vendor), must(scrip.NewID(rand.Reader))(w.t), now, n.certificate, scrip.Attachments{})
	n.signed = must(jose.Sign(rand.Reader, m, w.broker))(w.t).JWS
	n.Certificate = func() (scrip.Certificate, string) { return n.certificate, n.signed }
	return n
}

// run keeps a node connected until the function that it returns is called.
func (w *world) run(n *node) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { n.Run(ctx) })
	stop = sync.OnceFunc(func() { cancel(); done.Wait() })
	w.t.Cleanup(stop)
	w.until("connected", func() bool { return !w.asleep(n) })
	return stop
}

func (w *world) asleep(n *node) bool {
	w.relay.mu.Lock()
	defer w.relay.mu.Unlock()
	s := w.relay.stalls[n.vendor]
	return s == nil || !s.asleep().IsZero()
}

func (w *world) until(what string, done func() bool) {
	w.t.Helper()
	for range 2000 {
		if done() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.t.Fatalf("after 10 s still not %s", what)
}

// ask sends a request for a stall.
func (w *world) ask(method string, n *node, path, body string) (*http.Response, string) {
	w.t.Helper()
	request := must(http.NewRequest(method, w.server.URL+"/v1/stalls/"+string(n.vendor)+path, strings.NewReader(body)))(w.t)
	request.Header.Set("Cookie", "a=b")
	request.Header.Set("Authorization", "Bearer c")
	request.Header.Set(clientHeader, "203.0.113.9") // which nobody believes
	answer := must(http.DefaultClient.Do(request))(w.t)
	defer answer.Body.Close()
	return answer, string(must(io.ReadAll(answer.Body))(w.t))
}

// TestCarried: requests and answers come through, and of headers what a wire needs.
func TestCarried(t *testing.T) {
	w := newWorld(t)
	var got http.Header
	var from string
	n := w.node(func(rw http.ResponseWriter, r *http.Request) {
		got, from = r.Header.Clone(), r.RemoteAddr
		body, _ := io.ReadAll(r.Body)
		rw.Header().Set("Content-Type", "application/json")
		rw.Header().Set("ETag", `"1"`)
		rw.Header().Set("Set-Cookie", "stall=1")
		rw.Header().Set("Strict-Transport-Security", "max-age=1")
		rw.WriteHeader(http.StatusConflict)
		fmt.Fprintf(rw, `"%s %s %s"`, r.Method, r.URL, body)
	}, nil)
	w.run(n)
	answer, body := w.ask(http.MethodPost, n, "/purchases?a=1", "sealed")
	if want := `"POST /v1/stalls/` + string(n.vendor) + `/purchases?a=1 sealed"`; body != want || answer.StatusCode != http.StatusConflict {
		t.Errorf("got %d %s, want 409 %s", answer.StatusCode, body, want)
	}
	for name, want := range map[string]string{"Etag": `"1"`, "Content-Type": "application/json", "Set-Cookie": "", "Strict-Transport-Security": ""} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("the answer's %s: got %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"Cookie", "Authorization", clientHeader} {
		if got.Get(name) != "" {
			t.Errorf("the request's %s came through", name)
		}
	}
	if want := "127.0.0.1:0"; from != want {
		t.Errorf("the client's address: got %s, want %s", from, want)
	}
}

// TestNothingRuns: no browser gets from a stall what it would run at the relay's address,
// and a node is asked for nothing but stalls.
func TestNothingRuns(t *testing.T) {
	w := newWorld(t)
	kind := ""
	n := w.node(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", kind)
		fmt.Fprint(rw, "<script>alert(1)</script>")
	}, nil)
	w.run(n)
	for of, want := range map[string]int{
		"text/html": 503, "image/svg+xml": 503, "nonsense": 503, "application/json": 200, "application/json; charset=utf-8": 200, "image/jpeg": 200,
	} {
		kind = of
		if answer, _ := w.ask(http.MethodGet, n, "", ""); answer.StatusCode != want {
			t.Errorf("%s: got %d, want %d", of, answer.StatusCode, want)
		}
	}
	if answer, _ := w.ask(http.MethodGet, n, "/../../../desk", ""); answer.StatusCode != http.StatusNotFound {
		t.Errorf("another path: got %d, want 404", answer.StatusCode)
	}
}

// TestAttendance: only a stall's own key, certified for this relay and in time, is taken for it.
func TestAttendance(t *testing.T) {
	w := newWorld(t)
	good := w.node(nil, nil)
	other := w.node(nil, nil)
	asked := challenge{must(scrip.NewID(rand.Reader))(t)}
	answer := must(good.prove(asked))(t)
	if got, err := w.relay.check(asked, answer); err != nil || got.Vendor != good.vendor {
		t.Fatalf("a good proof: got %s, %v, want %s", got.Vendor, err, good.vendor)
	}
	prove := func(n *node) proof { return must(n.prove(asked))(t) }
	elsewhere := w.node(nil, func(c *scrip.Certificate) { c.BaseURL = "https://other.example" })
	ended := w.node(nil, func(c *scrip.Certificate) { c.NotAfter = time.Now().Unix() - 1 })
	foreign := w.node(nil, nil)
	foreign.signed = must(jose.Sign(rand.Reader,
		scrip.Compose(string(w.id), string(foreign.vendor), asked.Challenge, 1, foreign.certificate, scrip.Attachments{}), other.Signing))(t).JWS
	for name, p := range map[string]proof{
		"another challenge":             must(good.prove(challenge{must(scrip.NewID(rand.Reader))(t)}))(t),
		"another stall's certificate":   {other.signed, answer.Possession},
		"certified elsewhere":           prove(elsewhere),
		"certified in the past":         prove(ended),
		"certified by somebody else":    prove(foreign),
		"no certificate":                {"", answer.Possession},
		"no proof":                      {good.signed, ""},
		"a proof for another relay":     {good.signed, prove(elsewhere).Possession},
		"the certificate for the proof": {good.signed, good.signed},
	} {
		if _, err := w.relay.check(asked, p); err == nil {
			t.Errorf("%s: got nil, want that it is refused", name)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := elsewhere.connect(ctx); err == nil || !strings.Contains(err.Error(), "not a stall of this relay") {
		t.Errorf("connect to another relay: got %v, want that it is told why not", err)
	}
}

// TestRoom: a relay has so many stalls; one that sleeps makes room.
func TestRoom(t *testing.T) {
	w := newWorld(t)
	first, second, third := w.node(nil, nil), w.node(nil, nil), w.node(nil, nil)
	end := w.run(first)
	w.run(second)
	if _, err := w.relay.admit(third.vendor); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("a third: got %v, want %v", err, scrip.Unavailable)
	}
	end()
	w.until("asleep", func() bool { return w.asleep(first) })
	w.run(third)
	if answer, _ := w.ask(http.MethodGet, first, "", ""); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a stall that made room: got %d, want 503", answer.StatusCode)
	}
}

// TestBackAgain: the newest connection of a stall is the one that is used.
func TestBackAgain(t *testing.T) {
	w := newWorld(t)
	says := func(word string) http.HandlerFunc {
		return func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(rw, "%q", word)
		}
	}
	old := w.node(says("old"), nil)
	w.run(old)
	renewed := *old
	renewed.Handler = says("new")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = renewed.connect(ctx) }() // until the test ends
	w.until("answered by the new one", func() bool { _, body := w.ask(http.MethodGet, old, "", ""); return body == `"new"` })
}

// TestLetters: what a stall can answer later waits for it, once, within bounds, and not
// behind one that it does not take; what it cannot does not.
func TestLetters(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	var heard []string
	n := w.node(func(rw http.ResponseWriter, r *http.Request) {
		var sealed scrip.Sealed
		body, _ := io.ReadAll(r.Body)
		if err := jose.Decode(body, &sealed); err != nil {
			t.Errorf("a letter: %v", err)
		}
		body = []byte(sealed.Envelope)
		mu.Lock()
		heard = append(heard, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]+" "+string(body))
		mu.Unlock()
		rw.Header().Set("Content-Type", "application/json")
		if string(body) == "stuck" {
			rw.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprint(rw, "{}")
	}, nil)
	end := w.run(n)
	end()
	w.until("asleep", func() bool { return w.asleep(n) })
	for _, l := range [][2]string{{"/extensions", "stuck"}, {"/events", "one"}, {"/events", "one"}, {"/purchases", "no"}, {"/collections", "two"}, {"/exchanges", "no"}, {"/events", ""}} {
		if answer, _ := w.ask(http.MethodPost, n, l[0], fmt.Sprintf("{\"envelope\":%q}", l[1])); answer.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s while the stall sleeps: got %d, want 503", l[0], answer.StatusCode)
		}
	}
	if answer, _ := w.ask(http.MethodGet, n, "/events", ""); answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a question while the stall sleeps: got %d, want 503", answer.StatusCode)
	}
	w.run(n)
	want := []string{"collections two", "events one", "extensions stuck"}
	w.until("delivered", func() bool {
		mu.Lock()
		defer mu.Unlock()
		got := slices.Compact(slices.Sorted(slices.Values(heard)))
		return slices.Equal(got, want)
	})
	mu.Lock()
	defer mu.Unlock()
	if times := len(heard); times < 3 || heard[0] != "extensions stuck" {
		t.Errorf("heard %q, want the oldest first", heard)
	}
}

// TestLettersAreBounded: one stall's letters take so much and no more.
func TestLettersAreBounded(t *testing.T) {
	var kept atomic.Int64
	s := newStall("v", &kept)
	for i := range 2 * maxLetters {
		s.keep(letter{path: "/p", body: fmt.Append(nil, i)})
	}
	if got := len(s.waiting); got != maxLetters {
		t.Errorf("got %d letters, want %d", got, maxLetters)
	}
	s.forget()
	for i := range 20 {
		s.keep(letter{path: fmt.Sprint(i), body: make([]byte, maxWaiting/4)})
	}
	if s.size != maxWaiting || len(s.waiting) != 4 || kept.Load() != maxWaiting {
		t.Errorf("got %d bytes in %d letters, want %d", s.size, len(s.waiting), maxWaiting)
	}
	s.forget()
	if s.size != 0 || kept.Load() != 0 {
		t.Errorf("after all were taken: got %d bytes, %d at the relay, want 0", s.size, kept.Load())
	}
	kept.Store(maxKept)
	if s.keep(letter{path: "/p", body: []byte("one")}); len(s.waiting) != 0 {
		t.Error("a letter beyond what the relay keeps: got it kept")
	}
}

// TestPlaces: one client takes no more than its share, and all no more than there is.
func TestPlaces(t *testing.T) {
	p := places{most: 3, each: 2}
	for i, c := range []struct {
		client string
		want   bool
	}{{"a", true}, {"a", true}, {"a", false}, {"b", true}, {"c", false}} {
		if got := p.take(c.client); got != c.want {
			t.Errorf("%d, %s: got %t, want %t", i, c.client, got, c.want)
		}
	}
	p.leave("a")
	if !p.take("c") {
		t.Error("after one left: got no place")
	}
}

// TestSlowSender: an address whose bodies come in slowly leaves room for others.
func TestSlowSender(t *testing.T) {
	r := New(Config{})
	taken := 0
	for range maxReading {
		if r.reading.take("slow") {
			taken++
		}
	}
	if !r.reading.take("another") || taken != readClient {
		t.Errorf("got %d places taken by one address and none left, want %d", taken, readClient)
	}
}
