package relay

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/hashicorp/yamux"

	"peerscrip/services/scrip"
)

// Config is what a relay is told.
type Config struct {
	BaseURL  string                                                              // where everybody reaches it
	Broker   func() scrip.ID                                                     // whose stalls it carries to
	Keys     scrip.Keys                                                          // the broker's
	Stalls   int                                                                 // how many it has at a time, connected or asleep
	ClientIP func(*http.Request) string                                          // address of who asks; nil: the other end of the connection
	Refuse   func(w http.ResponseWriter, r *http.Request, refusal scrip.Refusal) // answers a request in the API's form
	Clock    func() time.Time
	Random   io.Reader
	Log      *slog.Logger
	Carried  func(outcome string) // told of each request for a stall, how it ended; nil: nobody is
}

// Outcomes of requests for stalls.
const (
	OutcomeAnswered = "answered" // by the stall's node
	OutcomeKept     = "kept"     // for a stall that is asleep
	OutcomeAway     = "away"     // the stall is not connected, or did not answer
	OutcomeRefused  = "refused"  // it is no request for a stall, or one too many
)

// Outcomes are all of them.
func Outcomes() []string { return []string{OutcomeAnswered, OutcomeKept, OutcomeAway, OutcomeRefused} }

// What a relay does for everybody together, who is nobody to it yet.
const (
	maxGreeting = 256 // connections whose nodes are not known yet
	perClient   = 8   // of them, and of requests that are carried to one stall, for one address
	maxReading  = 512 // requests whose bodies come in
	readClient  = 128 // of them, for one address: one that sends slowly keeps no others out
	maxKept     = 128 << 20
)

// Relay carries to the nodes that are connected. It is safe for concurrent use.
type Relay struct {
	Config
	greeting places
	reading  places
	kept     atomic.Int64 // bytes of letters

	mu     sync.Mutex
	stalls map[scrip.VendorID]*stall
	closed bool
}

// New returns a relay without a node yet.
func New(c Config) *Relay {
	if c.ClientIP == nil {
		c.ClientIP = otherEnd
	}
	if c.Carried == nil {
		c.Carried = func(string) {}
	}
	return &Relay{
		Config: c, stalls: map[scrip.VendorID]*stall{}, greeting: places{most: maxGreeting, each: perClient}, reading: places{most: maxReading, each: readClient},
	}
}

// otherEnd is the address at the other end of a request's connection.
func otherEnd(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// Close ends all connections. Nodes connect again to whatever has the relay's address next.
func (r *Relay) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for _, s := range r.stalls {
		s.sleep(nil)
	}
	return nil
}

// Connect takes a node's connection, which lasts as long as the call. A request for none is told what the relay is.
func (r *Relay) Connect(w http.ResponseWriter, request *http.Request) {
	if request.Header.Get("Upgrade") == "" {
		r.tell(w)
		return
	}
	client := r.ClientIP(request)
	if !r.greeting.take(client) {
		r.Refuse(w, request, scrip.Unavailable)
		return
	}
	greeted := sync.OnceFunc(func() { r.greeting.leave(client) })
	defer greeted()
	conn, err := websocket.Accept(w, request, nil)
	if err != nil {
		return // it was answered
	}
	defer conn.CloseNow() // after a good end this does nothing
	conn.SetReadLimit(maxHello)
	s, err := r.greet(request.Context(), conn)
	greeted()
	if err != nil {
		r.Log.Info("a node is not taken", "err", err)
		_ = conn.Close(websocket.StatusPolicyViolation, reason(err)) // who is gone already is gone
		return
	}
	r.serve(request.Context(), s, conn)
}

// reason is what a node that is not taken hears.
func reason(err error) string {
	if refusal, is := scrip.AsRefusal(err); is {
		return string(refusal)
	}
	return "not a stall of this relay"
}

func (r *Relay) tell(w http.ResponseWriter) {
	body, err := json.Marshal(About{r.BaseURL, r.Broker()})
	if err != nil {
		r.Log.Error("tell what the relay is", "err", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // who is gone hears nothing
}

// greet finds out whose node is at the other end.
func (r *Relay) greet(ctx context.Context, conn *websocket.Conn) (*stall, error) {
	ctx, cancel := context.WithTimeout(ctx, helloTimeout)
	defer cancel()
	id, err := scrip.NewID(r.Random)
	if err != nil {
		return nil, err
	}
	asked := challenge{id}
	if err := say(ctx, conn, asked); err != nil {
		return nil, err
	}
	answer, err := hear[proof](ctx, conn)
	if err != nil {
		return nil, err
	}
	certificate, err := r.check(asked, answer)
	if err != nil {
		return nil, err
	}
	s, err := r.admit(certificate.Vendor)
	if err != nil {
		return nil, err
	}
	if !s.newest(certificate.NotBefore, certificate.NotAfter) {
		return nil, scrip.PartyMismatch
	}
	return s, say(ctx, conn, welcome{certificate.Vendor})
}

// admit returns a stall's place, and makes one: scrip.Unavailable where as many stalls
// are connected as may be. Else the one that has been asleep for longest makes room.
func (r *Relay) admit(vendor scrip.VendorID) (*stall, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.stalls[vendor]; s != nil {
		return s, nil
	}
	if len(r.stalls) >= r.Stalls {
		var oldest *stall
		for _, s := range r.stalls {
			if since := s.asleep(); !since.IsZero() && (oldest == nil || since.Before(oldest.asleep())) {
				oldest = s
			}
		}
		if oldest == nil {
			return nil, scrip.Unavailable
		}
		delete(r.stalls, oldest.vendor)
		oldest.forget()
	}
	s := newStall(vendor, &r.kept)
	r.stalls[vendor] = s
	return s, nil
}

// serve keeps a stall's connection until it ends. The newest of several is the one that
// is used: a node whose connection was lost is back before the relay knows.
func (r *Relay) serve(ctx context.Context, s *stall, conn *websocket.Conn) {
	session, err := yamux.Client(websocket.NetConn(ctx, conn, websocket.MessageBinary), wire())
	if err != nil {
		r.Log.Error("begin a connection", "vendor", s.vendor, "err", err)
		return
	}
	r.mu.Lock()
	if r.closed || r.stalls[s.vendor] != s {
		r.mu.Unlock()
		_ = session.Close() // the node connects again
		return
	}
	s.wake(session)
	r.mu.Unlock()
	r.Log.Info("a stall is connected", "vendor", s.vendor)
	go func() { // a node opens no streams
		if _, err := session.AcceptStream(); err == nil {
			_ = session.Close()
		}
	}()
	go s.deliver(session)
	<-session.CloseChan()
	s.sleep(session)
	r.Log.Info("a stall is no longer connected", "vendor", s.vendor)
}

// ServeHTTP carries a request to the stall it is for.
func (r *Relay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	outcome, refusal := r.bring(w, request)
	r.Carried(outcome)
	if refusal != "" {
		r.Refuse(w, request, refusal)
	}
}

// bring brings a request to the stall it is for. Where there was no answer, w is untouched, and refusal says what it is to be.
func (r *Relay) bring(w http.ResponseWriter, request *http.Request) (outcome string, refusal scrip.Refusal) {
	vendor := vendorIn(request.URL)
	if !vendor.Valid() {
		return OutcomeRefused, scrip.NotFound
	}
	r.mu.Lock()
	s := r.stalls[vendor]
	r.mu.Unlock()
	if s == nil { // it may be one whose node has not come back to a relay that was started anew
		return OutcomeAway, scrip.Unavailable
	}
	client := r.ClientIP(request)
	if !r.reading.take(client) {
		return OutcomeRefused, scrip.Unavailable
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody))
	r.reading.leave(client)
	if err != nil {
		return OutcomeRefused, scrip.Unreadable
	}
	request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	request.Header.Set(clientHeader, client)
	if s.carry(w, request) {
		return OutcomeAnswered, ""
	}
	if !s.asleep().IsZero() && waits(request, body) && s.keep(letter{path: request.URL.Path, body: body}) {
		return OutcomeKept, scrip.Unavailable
	}
	return OutcomeAway, scrip.Unavailable
}

// Standing is how many stalls have a place at a relay, and what waits for them.
type Standing struct {
	Connected, Asleep int
	Letters           int
	Bytes             int64 // of letters
}

// Stands looks at it now.
func (r *Relay) Stands() Standing {
	r.mu.Lock()
	stalls := slices.Collect(maps.Values(r.stalls))
	r.mu.Unlock()
	now := Standing{Bytes: r.kept.Load()}
	for _, s := range stalls {
		if s.asleep().IsZero() {
			now.Connected++
		} else {
			now.Asleep++
		}
		now.Letters += s.letters()
	}
	return now
}

// places bounds what is done at a time, for one client and for all. Safe for concurrent use.
type places struct {
	most, each int

	mu    sync.Mutex
	taken int
	of    map[string]int
}

// take takes a place, if there is one for this client.
func (p *places) take(client string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken >= p.most || p.of[client] >= p.each {
		return false
	}
	if p.of == nil {
		p.of = map[string]int{}
	}
	p.taken++
	p.of[client]++
	return true
}

// leave gives a place back.
func (p *places) leave(client string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.of[client]--; p.of[client] == 0 {
		delete(p.of, client)
	}
}
