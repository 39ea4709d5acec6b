package e2e_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// toll is what killing did to those who were served: a row of the table in
// docs/reliability.md.
type toll struct {
	runs, kills          int
	requests, unanswered int // HTTP requests of the wallets; those without a whole answer
	cutOff, recovered    int // steps a wallet had to leave unfinished; those settled in the end
	orders               int
	lost                 int // orders without receipt, receipts without order, sums that are short
	doubled              int // orders with two receipts, or there twice
}

// tolls add up over all runs of a test in this process (-count).
var tolls = struct {
	sync.Mutex
	rows map[string]toll
}{rows: map[string]toll{}}

// pay adds a run's toll to its row and logs the table so far.
func (t toll) pay(test testing.TB, row string) {
	test.Helper()
	tolls.Lock()
	defer tolls.Unlock()
	sum := tolls.rows[row]
	sum.runs++
	for _, add := range []struct {
		to *int
		n  int
	}{
		{&sum.kills, t.kills}, {&sum.requests, t.requests}, {&sum.unanswered, t.unanswered}, {&sum.cutOff, t.cutOff},
		{&sum.recovered, t.recovered}, {&sum.orders, t.orders}, {&sum.lost, t.lost}, {&sum.doubled, t.doubled},
	} {
		*add.to += add.n
	}
	tolls.rows[row] = sum
	test.Logf("\n| killed | runs | kills | requests | unanswered | steps cut off | recovered | orders | lost | doubled |"+
		"\n| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d |",
		row, sum.runs, sum.kills, sum.requests, sum.unanswered, sum.cutOff, sum.recovered, sum.orders, sum.lost, sum.doubled)
}

// ear counts requests, and those whose answer did not come whole.
type ear struct {
	http.RoundTripper
	asked, silent atomic.Int64
}

// RoundTrip sends a request.
func (e *ear) RoundTrip(r *http.Request) (*http.Response, error) {
	e.asked.Add(1)
	answer, err := e.RoundTripper.RoundTrip(r)
	if err != nil {
		e.silent.Add(1)
		return answer, err
	}
	answer.Body = &listened{ReadCloser: answer.Body, ear: e}
	return answer, nil
}

// listened is an answer's body. One that breaks off counts once.
type listened struct {
	io.ReadCloser
	ear    *ear
	broken bool
}

func (l *listened) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !l.broken {
		l.broken = true
		l.ear.silent.Add(1)
	}
	return n, err
}

// left remembers the steps that a wallet had to leave unfinished.
func (s *shopper) left(ctx context.Context, err error) {
	if !errors.Is(err, wallet.ErrUnfinished) {
		return
	}
	history, err := s.History(context.WithoutCancel(ctx), 0, 8)
	if err != nil {
		s.t.Errorf("read a wallet's history: %v", err)
	}
	for _, r := range history {
		if !r.Phase.Ended() {
			s.cutOff[r.Tx] = true
		}
	}
}

// recovered counts those that are settled now.
func (s *shopper) recovered() (n int) {
	s.t.Helper()
	history, err := s.History(context.Background(), 0, 1_000_000)
	s.must("read a wallet's history", err)
	ended := map[scrip.ID]bool{}
	for _, r := range history {
		ended[r.Tx] = r.Phase.Ended()
	}
	for tx := range s.cutOff {
		if ended[tx] {
			n++
		}
	}
	return n
}

// reckon adds up what a run did to its wallets. They must be settled.
func (c *crowd) reckon(kills int) toll {
	c.t.Helper()
	sum := c.toll
	sum.kills = kills
	for _, s := range c.shoppers {
		sum.requests += int(s.ear.asked.Load())
		sum.unanswered += int(s.ear.silent.Load())
		sum.cutOff += len(s.cutOff)
		sum.recovered += s.recovered()
	}
	if sum.cutOff != sum.recovered {
		c.t.Errorf("steps cut off: got %d recovered, want %d", sum.recovered, sum.cutOff)
	}
	return sum
}
