package e2e_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// balancer is a load balancer as those of the trade are: it asks each process now and then
// whether it is ready, hands requests to those that are in turn, and turns to the next one
// where nobody listens. What breaks off later it does not ask again: who asked has to.
type balancer struct {
	url   string
	nodes []*backend
	turn  atomic.Int64

	broken atomic.Int64 // requests that broke off
	failed atomic.Int64 // answers of the processes' own, 500 and above
}

// backend is a process behind a balancer.
type backend struct {
	url   string
	ready atomic.Bool
}

const asksEvery = 50 * time.Millisecond

func newBalancer(t testing.TB) *balancer {
	t.Helper()
	b := &balancer{}
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	b.url = server.URL
	return b
}

// over has the balancer hand requests to processes, until the test ends.
func (b *balancer) over(t testing.TB, urls ...string) {
	for _, url := range urls {
		b.nodes = append(b.nodes, &backend{url: url})
	}
	stop := make(chan struct{})
	t.Cleanup(func() { close(stop) })
	for _, n := range b.nodes {
		go func() {
			for {
				n.ask()
				select {
				case <-time.After(asksEvery):
				case <-stop:
					return
				}
			}
		}()
	}
}

func (n *backend) ask() {
	answer, err := asking.Get(n.url + "/readyz")
	if err == nil {
		answer.Body.Close()
	}
	n.ready.Store(err == nil && answer.StatusCode == http.StatusOK)
}

// ServeHTTP hands a request to a process.
func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	for _, n := range b.inTurn() {
		request, err := http.NewRequest(r.Method, n.url+r.URL.RequestURI(), bytes.NewReader(body))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		request.Header = r.Header.Clone()
		request.GetBody = nil // nothing is asked twice
		answer, err := passing.Do(request)
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			continue
		}
		if err == nil {
			err = b.pass(w, answer)
		}
		if err != nil {
			b.broken.Add(1)
			panic(http.ErrAbortHandler)
		}
		return
	}
	b.failed.Add(1)
	w.WriteHeader(http.StatusServiceUnavailable)
}

// inTurn are the processes that are ready, or else all.
func (b *balancer) inTurn() (list []*backend) {
	at := int(b.turn.Add(1))
	for i := range b.nodes {
		if n := b.nodes[(at+i)%len(b.nodes)]; n.ready.Load() {
			list = append(list, n)
		}
	}
	if list == nil {
		return b.nodes
	}
	return list
}

func (b *balancer) pass(w http.ResponseWriter, answer *http.Response) error {
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusInternalServerError {
		b.failed.Add(1)
	}
	for name, values := range answer.Header {
		if name != "Connection" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = w.Write(content) // who asked may be gone
	return nil
}

var asking = &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
