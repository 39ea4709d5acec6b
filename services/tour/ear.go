package tour

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"peerscrip/api"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// ear hears the messages of a tour: all of them where it stands in front of the
// parties, and the customer's own where it stands behind the customer.
//
// Envelopes are sealed, so that a REFUSE looks like what was asked for: the
// messages of an answer count once the customer's wallet has opened the one that
// shows them (opened).
type ear struct {
	began     time.Time
	customers bool // it hears the customer's alone
	mu        sync.Mutex
	heard     []sound // under mu
}

// sound is an envelope that went by, taken for a message.
type sound struct {
	Message
	shownBy string // what the customer has yet to open; "" when it is shown
}

// hear writes the messages of one body down.
func (e *ear) hear(body []byte, passages []passage) {
	var envelopes scrip.Sealed
	if json.Unmarshal(body, &envelopes) != nil {
		return // a problem, not a message
	}
	for _, l := range passages {
		if size := l.size(envelopes); size > 0 && (e.customers || !l.relayed) {
			e.add(l, size, true)
		}
	}
}

// add writes a message down. One like it that the customer never opened was not
// what it was taken for.
func (e *ear) add(l passage, size int, seen bool) {
	say, told := captions[l.name]
	if !told {
		return // not one of the tour
	}
	to := string(l.to)
	if l.through != "" {
		to += " (through " + string(l.through) + ")"
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = slices.DeleteFunc(e.heard, func(s sound) bool { return s.Number == l.name && s.shownBy != "" })
	e.heard = append(e.heard, sound{Message{
		Number: l.name, Transaction: say.transaction, From: string(l.from), To: to, Carries: say.carries,
		Bytes: size, At: time.Since(e.began).Milliseconds(), Seen: seen,
	}, l.shownBy})
}

// answered writes an answer down, and what must have passed for it.
func (e *ear) answered(s api.Step, status int, body []byte) {
	if status != http.StatusOK {
		return
	}
	if e.customers {
		for _, l := range behind(s) {
			e.add(l, 0, false)
		}
	}
	e.hear(body, given(s))
}

// opened is told of the messages that the customer's wallet sends and opens.
func (e *ear) opened(event wallet.Event) {
	if event.Direction != wallet.Received {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range e.heard {
		if e.heard[i].shownBy == event.Message {
			e.heard[i].shownBy = ""
		}
	}
}

// has reports whether a message went by.
func (e *ear) has(number string) bool {
	return slices.ContainsFunc(e.messages(), func(m Message) bool { return m.Number == number })
}

// messages lists what went by.
func (e *ear) messages() []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	shown := []Message{}
	for _, s := range e.heard {
		if s.shownBy == "" {
			shown = append(shown, s.Message)
		}
	}
	return shown
}

// RoundTrip hears what the customer sends.
func (e *ear) RoundTrip(r *http.Request) (*http.Response, error) {
	step, ok := stepAt(r.URL.Path)
	if !ok || r.Body == nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	e.hear(body, []passage{asked(step)})
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err = io.ReadAll(io.LimitReader(answer.Body, maxHeard))
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	e.answered(step, answer.StatusCode, body)
	return answer, nil
}

// maxHeard is more than any answer with messages in it has, in bytes.
const maxHeard = 4 << 20

// watch hears what a program is asked.
func (e *ear) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		step, ok := stepAt(r.URL.Path)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxHeard))
		if err != nil {
			return // the sender is gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		e.hear(body, []passage{asked(step)})
		kept := &keptAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(kept, r)
		e.answered(step, kept.status, kept.body.Bytes())
		w.WriteHeader(kept.status)
		_, _ = w.Write(kept.body.Bytes()) // whoever is gone asks again
	})
}

// keptAnswer holds an answer back until it is written down.
type keptAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (k *keptAnswer) WriteHeader(status int)      { k.status = status }
func (k *keptAnswer) Write(p []byte) (int, error) { return k.body.Write(p) }
