package api

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// frozen is a peer that takes requests and says nothing, until it thaws.
type frozen struct {
	asked  int
	thawed bool
}

func (f *frozen) RoundTrip(r *http.Request) (*http.Response, error) {
	f.asked++
	if f.thawed {
		return httptest.NewRecorder().Result(), nil
	}
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// TestFrozenPeer: a peer that does not answer is given up, left alone for a while
// that grows, asked again by and by, and asked as ever once it has answered.
func TestFrozenPeer(t *testing.T) {
	now, peer := time.Unix(1_800_000_000, 0), &frozen{}
	l := listening{peer, time.Millisecond, &silences{now: func() time.Time { return now }, peers: map[string]silence{}}}
	ask := func(ctx context.Context, url string) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := l.RoundTrip(r)
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	}
	for i, step := range []struct {
		after  time.Duration
		thaws  bool
		want   error
		asked  int
		reason string
	}{
		{0, false, errNoWord, 1, "the first waits"},
		{0, false, errNotAsked, 1, "the next does not"},
		{shortestSilence, false, errNoWord, 2, "after a pause one asks"},
		{shortestSilence, false, errNotAsked, 2, "the pause has grown"},
		{shortestSilence, true, nil, 3, "it answers"},
		{0, true, nil, 4, "and is asked as ever"},
	} {
		now, peer.thawed = now.Add(step.after), step.thaws
		if err := ask(t.Context(), "http://frozen.test/"); !errors.Is(err, step.want) || peer.asked != step.asked {
			t.Errorf("%d, %s: got %v after %d requests, want %v after %d", i, step.reason, err, peer.asked, step.want, step.asked)
		}
	}
	peer.thawed = false
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	l.patience = time.Hour
	if err := ask(gone, "http://frozen.test/"); !errors.Is(err, context.Canceled) {
		t.Errorf("who gives up at once: got %v, want %v", err, context.Canceled)
	}
	l.patience, peer.asked = time.Millisecond, 0
	for range 2 {
		_ = ask(t.Context(), "http://frozen.test/")
		_ = ask(t.Context(), "http://another.test/")
	}
	if peer.asked != 2 {
		t.Errorf("two peers, asked twice each: got %d requests, want 2, for who gave up at once has said nothing of any", peer.asked)
	}
}
