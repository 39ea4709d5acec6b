package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// How long a peer that let a request wait until it was given up is left alone: the
// time grows between these while it stays silent. A peer that is frozen would
// otherwise cost everybody who asks the whole of their patience each time, and is
// worse than one that is gone.
const (
	shortestSilence = 2 * time.Second
	longestSilence  = time.Minute
	leastWait       = time.Second // who gives up sooner says nothing of the peer
	mostSilent      = 1000        // peers that are remembered: the addresses are anybody's word
)

var (
	errNotAsked = errors.New("it let an earlier request wait, and is asked again in a while")
	errNoWord   = errors.New("it does not answer")
)

// silences remembers which peers do not answer, by host. It is safe for concurrent
// use.
type silences struct {
	now func() time.Time

	mu    sync.Mutex
	peers map[string]silence // under mu
}

type silence struct {
	pause time.Duration
	until time.Time
}

// silent is what this process knows of all its peers, whoever asks them.
var silent = &silences{now: time.Now, peers: map[string]silence{}}

// mayAsk reports whether a peer may be asked now. Of a silent one the first who
// comes after the pause may, and the others wait for what that one hears.
func (s *silences) mayAsk(peer string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, quiet := s.peers[peer]
	if !quiet {
		return true
	}
	now := s.now()
	if now.Before(known.until) {
		return false
	}
	known.until = now.Add(known.pause)
	s.peers[peer] = known
	return true
}

// waited notes that a peer did not answer.
func (s *silences) waited(peer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if len(s.peers) >= mostSilent {
		for other, known := range s.peers {
			if now.After(known.until) {
				delete(s.peers, other)
			}
		}
	}
	known, quiet := s.peers[peer]
	if !quiet && len(s.peers) >= mostSilent {
		return
	}
	known.pause = min(max(2*known.pause, shortestSilence), longestSilence)
	known.until = now.Add(known.pause)
	s.peers[peer] = known
}

// heard notes that a peer has answered, whatever it said.
func (s *silences) heard(peer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.peers, peer)
}

// listening is a transport that gives up a peer whose answer has not begun after
// patience, and asks none that is silent.
type listening struct {
	next     http.RoundTripper
	patience time.Duration
	silences *silences
}

// RoundTrip implements [http.RoundTripper].
func (l listening) RoundTrip(r *http.Request) (*http.Response, error) {
	peer, start := r.URL.Host, l.silences.now()
	if !l.silences.mayAsk(peer) {
		if r.Body != nil {
			_ = r.Body.Close() // nothing was read of it
		}
		return nil, errNotAsked
	}
	ctx, cancel := context.WithCancelCause(r.Context())
	timer := time.AfterFunc(l.patience, func() { cancel(errNoWord) })
	resp, err := l.next.RoundTrip(r.WithContext(ctx))
	timer.Stop()
	if err == nil {
		l.silences.heard(peer)
		resp.Body = closing{resp.Body, func() { cancel(nil) }}
		return resp, nil
	}
	gaveUp := errors.Is(context.Cause(ctx), errNoWord)
	if gaveUp || errors.Is(r.Context().Err(), context.DeadlineExceeded) && l.silences.now().Sub(start) >= leastWait {
		l.silences.waited(peer)
	}
	if gaveUp {
		err = errNoWord
	}
	cancel(nil)
	return nil, err
}

// closing is a body that ends its request's context when it is closed.
type closing struct {
	io.ReadCloser
	end func()
}

// Close implements [io.Closer].
func (c closing) Close() error {
	defer c.end()
	return c.ReadCloser.Close()
}
