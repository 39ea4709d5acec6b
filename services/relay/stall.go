package relay

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/url"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/yamux"
	"golang.org/x/time/rate"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// What one stall may use of a relay, so that none is in the way of the others.
const (
	maxBody     = 327680           // bytes of a request: the API takes no more
	maxAnswer   = 32 << 20         // bytes of an answer
	maxStreams  = 32               // requests at a time; others wait, as long as their senders do
	maxAtOnce   = 128              // that wait or are carried
	perSecond   = 50               // requests
	burst       = 500              // of them
	bytesAHead  = 16 << 20         // carried at once; above it
	bytesPer    = 4 << 20          // a second
	answerBegun = 30 * time.Second // until an answer begins
	answerTaken = time.Minute      // until all of it is taken
)

// stall is one stall's place at a relay.
type stall struct {
	vendor scrip.VendorID
	asks   *rate.Limiter
	bytes  *rate.Limiter
	atOnce places
	kept   *atomic.Int64 // bytes of letters at the relay

	mu      sync.Mutex
	session *yamux.Session  // nil while the node is away
	proxy   *http.Transport // through session
	since   time.Time       // when the node went away
	waiting []letter        // the oldest first
	size    int             // bytes in waiting
	from    [2]int64        // NotBefore and NotAfter of the newest certificate that was shown
}

func newStall(vendor scrip.VendorID, kept *atomic.Int64) *stall {
	return &stall{
		vendor: vendor, asks: rate.NewLimiter(perSecond, burst), bytes: rate.NewLimiter(bytesPer, bytesAHead),
		atOnce: places{most: maxAtOnce, each: perClient}, kept: kept, since: time.Now(),
	}
}

// newest reports whether no newer certificate of the stall was shown here: who has an
// older one may have a key that is no longer the stall's.
func (s *stall) newest(notBefore, notAfter int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if notAfter < s.from[1] || notAfter == s.from[1] && notBefore < s.from[0] {
		return false
	}
	s.from = [2]int64{notBefore, notAfter}
	return true
}

// asleep is since when the node is away; zero while it is connected.
func (s *stall) asleep() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session != nil {
		return time.Time{}
	}
	return s.since
}

// wake has requests carried through a session from here on, and ends the one before.
func (s *stall) wake(session *yamux.Session) {
	s.mu.Lock()
	before, way := s.session, s.proxy
	s.session, s.proxy = session, &http.Transport{
		DialContext:     func(context.Context, string, string) (net.Conn, error) { return session.Open() },
		MaxConnsPerHost: maxStreams, MaxIdleConnsPerHost: maxStreams, IdleConnTimeout: 30 * time.Second,
		ResponseHeaderTimeout: answerBegun, MaxResponseHeaderBytes: 16 << 10, DisableCompression: true,
	}
	s.mu.Unlock()
	end(before, way)
}

// sleep notes that a session has ended, unless another took its place; nil ends the one
// there is.
func (s *stall) sleep(session *yamux.Session) {
	s.mu.Lock()
	var over *yamux.Session
	var way *http.Transport
	if session == nil || s.session == session {
		over, way = s.session, s.proxy
		s.session, s.proxy, s.since = nil, nil, time.Now()
	}
	s.mu.Unlock()
	end(over, way)
}

func end(session *yamux.Session, way *http.Transport) {
	if session != nil {
		_ = session.Close() // it may have ended by itself
		way.CloseIdleConnections()
	}
}

func (s *stall) way() *http.Transport {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.proxy
}

// carried are the headers of an answer that come through. A stall sets no cookie at an
// address that it shares with others, and says nothing else that would hold for all of it.
var carried = []string{"Content-Type", "Content-Length", "Content-Encoding", "Etag", "Cache-Control", "Retry-After", "Allow", "Last-Modified", "Peerscrip-Log-Head"}

// kinds are the types of content that come through: no browser runs any of them.
var kinds = []string{"application/json", "application/problem+json", "image/jpeg"}

var errKind = errors.New("not of a kind that stalls answer with")

// carry hands a request to the node and its answer back, and reports whether there was
// an answer. Where there was none, w is untouched.
func (s *stall) carry(w http.ResponseWriter, request *http.Request) (answered bool) {
	way := s.way()
	if way == nil || !s.asks.Allow() {
		return false
	}
	client := request.Header.Get(clientHeader)
	if !s.atOnce.take(client) {
		return false
	}
	defer s.atOnce.leave(client)
	answered = true
	proxy := httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: "stall"})
			p.Out.Header.Set(clientHeader, p.In.Header.Get(clientHeader))
			p.Out.Header.Del("Cookie")
			p.Out.Header.Del("Authorization")
		},
		Transport: finally{way},
		ModifyResponse: func(answer *http.Response) error {
			if kind, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); answer.ContentLength != 0 && (err != nil || !slices.Contains(kinds, kind)) {
				return errKind
			}
			for name := range answer.Header {
				if slices.Contains(carried, name) {
					w.Header().Del(name) // the stall's word in place of the relay's, and not beside it
				} else {
					delete(answer.Header, name)
				}
			}
			answer.Trailer = nil
			answer.Body = metered{answer.Body, request.Context(), s.bytes, &io.LimitedReader{R: answer.Body, N: maxAnswer}}
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { answered = false },
	}
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(answerTaken)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return false
	}
	if err := s.bytes.WaitN(request.Context(), int(request.ContentLength)); err != nil {
		return false
	}
	proxy.ServeHTTP(w, request)
	return answered
}

// finally carries nothing but final answers: what comes before one (1xx) would reach
// the client as it is.
type finally struct{ *http.Transport }

// RoundTrip implements http.RoundTripper.
func (f finally) RoundTrip(r *http.Request) (*http.Response, error) {
	return f.Transport.RoundTrip(r.WithContext(untraced{r.Context()}))
}

// untraced is a context without whom a transport tells of answers that are not final.
type untraced struct{ context.Context }

// Value implements context.Context.
func (u untraced) Value(key any) any {
	value := u.Context.Value(key)
	if _, is := value.(*httptrace.ClientTrace); is {
		return nil
	}
	return value
}

// metered is a body no faster than a stall may be.
type metered struct {
	io.Closer
	ctx     context.Context
	bytes   *rate.Limiter
	limited *io.LimitedReader
}

// Read implements io.Reader.
func (m metered) Read(p []byte) (int, error) {
	n, err := m.limited.Read(p[:min(len(p), bytesAHead)])
	if waited := m.bytes.WaitN(m.ctx, n); waited != nil {
		return n, waited
	}
	return n, err
}

// letter is a message that waits for its stall.
type letter struct {
	path  string
	body  []byte
	tries int // to hand it over
}

// same reports whether two letters are one, brought twice.
func (l letter) same(other letter) bool {
	return l.path == other.path && bytes.Equal(l.body, other.body)
}

// What may wait for one stall.
const (
	maxLetters  = 100
	maxWaiting  = 4 << 20         // bytes of all
	maxTries    = 5               // after which its sender brings it again, or nobody
	letterPause = 2 * time.Second // between two tries, where none succeeds
)

// waits reports whether what a request brings may reach its stall at any later time: TELL,
// COLLECT, T16. A purchase may not: nobody is to pay for what went meanwhile.
func waits(r *http.Request, body []byte) bool {
	var sealed scrip.Sealed
	return r.Method == http.MethodPost && jose.Decode(body, &sealed) == nil && sealed.Envelope != "" && slices.Contains([]string{"events", "collections", "extensions"}, path.Base(r.URL.Path))
}

// keep keeps a letter, once, while there is room. What there is no room for its sender
// brings again.
func (s *stall) keep(l letter) (kept bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.ContainsFunc(s.waiting, l.same) {
		return true
	}
	if len(s.waiting) >= maxLetters || s.size+len(l.body) > maxWaiting {
		return false
	}
	if s.kept.Add(int64(len(l.body))) > maxKept {
		s.kept.Add(-int64(len(l.body)))
		return false
	}
	s.waiting, s.size = append(s.waiting, l), s.size+len(l.body)
	return true
}

// letters is how many wait.
func (s *stall) letters() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.waiting)
}

// forget drops all letters, of a stall that loses its place.
func (s *stall) forget() {
	for _, is := s.take(); is; _, is = s.take() {
	}
}

// take takes the oldest letter out.
func (s *stall) take() (letter, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		return letter{}, false
	}
	l := s.waiting[0]
	s.waiting, s.size = s.waiting[1:], s.size-len(l.body)
	s.kept.Add(-int64(len(l.body)))
	return l, true
}

// deliver hands the letters over through a session, as long as it lives: one that cannot go now goes
// behind the others. Their answers are stored at the stall, where their senders ask for them.
func (s *stall) deliver(session *yamux.Session) {
	for !session.IsClosed() {
		l, is := s.take()
		if !is {
			return
		}
		if s.hand(l) {
			continue
		}
		if l.tries++; l.tries < maxTries || session.IsClosed() {
			s.keep(l)
		}
		select {
		case <-session.CloseChan():
		case <-time.After(letterPause):
		}
	}
}

// hand hands one letter over, and reports whether the node has answered it.
func (s *stall) hand(l letter) bool {
	way := s.way()
	if way == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerBegun)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, (&url.URL{Scheme: "http", Host: "stall", Path: l.path}).String(), bytes.NewReader(l.body))
	if err != nil {
		return true // it is no request, and never will be
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := way.RoundTrip(request)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	_ = answer.Body.Close() // all of it was read
	return err == nil && answer.StatusCode != http.StatusServiceUnavailable && answer.StatusCode != http.StatusTooManyRequests
}
