package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// spoken is one request and its answer as they went over a link.
type spoken struct {
	link            string // who talks to whom
	method, path    string // the path with its query
	asked, answered http.Header
	request, answer []byte
	status          int
}

// records are what proxies hear.
type records struct {
	mu   sync.Mutex
	list []spoken
}

func (r *records) add(s spoken) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, s)
}

func (r *records) all() []spoken {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]spoken(nil), r.list...)
}

// proxy stands in front of a process: its URL is what others are told.
type proxy struct {
	t      testing.TB
	url    string
	link   string
	heard  *records
	target atomic.Pointer[string] // base URL of the process
	meddle atomic.Pointer[meddling]
}

// meddling may see to it that a request, or its answer, gets lost; it returns
// if it lets the request pass.
type meddling func(s spoken, forward func() spoken)

func newProxy(t testing.TB, link string, heard *records) *proxy {
	t.Helper()
	p := &proxy{t: t, link: link, heard: heard}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// leadTo says where the process is; it must be said before the first request.
func (p *proxy) leadTo(url string) { p.target.Store(&url) }

// ServeHTTP passes a request on and its answer back, and writes both down.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	s := spoken{link: p.link, method: r.Method, path: r.URL.RequestURI(), asked: r.Header.Clone(), request: body}
	forward := func() spoken { return p.forward(s) }
	if meddle := p.meddle.Load(); meddle != nil {
		(*meddle)(s, forward)
	}
	s = forward()
	for name, values := range s.answered {
		w.Header()[name] = values
	}
	w.WriteHeader(s.status)
	_, _ = w.Write(s.answer) // the other side may be gone: it was killed
}

// forward asks the process. Where that is not there the connection is dropped,
// as it would be without a proxy.
func (p *proxy) forward(s spoken) spoken {
	request, err := http.NewRequest(s.method, *p.target.Load()+s.path, bytes.NewReader(s.request))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	request.Header = s.asked.Clone()
	answer, err := passing.Do(request)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	s.answered, s.status = answer.Header.Clone(), answer.StatusCode
	if s.answer, err = io.ReadAll(answer.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
	if p.heard != nil {
		p.heard.add(s)
	}
	return s
}

// passing follows no redirect and adds nothing of its own.
var passing = &http.Client{
	Transport:     &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}
