package tour

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// part says which envelopes of a body are a message.
type part string

const (
	oneEnvelope part = "envelope"
	orderPart   part = "order"
	payPart     part = "payment"
	bothParts   part = "order and payment"
)

// leg is a message's way in a request or an answer.
type leg struct {
	number string
	part   part
	// relayed is the second half of a message's way through another party.
	relayed bool
}

// road is an endpoint, and what goes over it.
type road struct {
	asks    []leg
	answers []leg
	// behind are the messages that pass before the answer can be given.
	behind []string
	issuer string // who renews
}

// roads are all endpoints of the 27 messages. Acknowledgements (NOTED) are not
// among the messages.
var roads = map[string]road{
	"broker/acquisitions":  {asks: []leg{{"T1", oneEnvelope, false}}, answers: []leg{{"T2", oneEnvelope, false}}},
	"broker/announcements": {asks: []leg{{"T3", oneEnvelope, false}}},
	"broker/exchanges":     {asks: []leg{{"T5", oneEnvelope, false}}, answers: []leg{{"T6", payPart, false}, {"T7", oneEnvelope, false}}},
	"stall/exchanges":      {asks: []leg{{"T4", bothParts, false}}, behind: []string{"T5", "T7"}, answers: []leg{{"T6", payPart, true}, {"T8", orderPart, false}}},
	"broker/notices":       {asks: []leg{{"T9", oneEnvelope, false}}},
	"stall/purchases":      {asks: []leg{{"T10", oneEnvelope, false}}, answers: []leg{{"T11", oneEnvelope, false}}},
	"broker/records":       {asks: []leg{{"T12", oneEnvelope, false}}},
	"broker/top-ups":       {asks: []leg{{"T13", oneEnvelope, false}}, answers: []leg{{"T14", oneEnvelope, false}}},
	"broker/extensions":    {asks: []leg{{"T15", bothParts, false}}, behind: []string{"T16", "T18"}, answers: []leg{{"T17", orderPart, true}, {"T19", payPart, false}}},
	"stall/extensions":     {asks: []leg{{"T16", oneEnvelope, false}}, answers: []leg{{"T17", orderPart, false}, {"T18", oneEnvelope, false}}},
	"broker/withdrawals":   {asks: []leg{{"T20", oneEnvelope, false}}, answers: []leg{{"T21", oneEnvelope, false}}},
	"stall/givebacks":      {asks: []leg{{"T22", bothParts, false}}, behind: []string{"T23", "T24"}, answers: []leg{{"T25", payPart, true}}},
	"broker/givebacks":     {asks: []leg{{"T23", oneEnvelope, false}}, answers: []leg{{"T24", oneEnvelope, false}, {"T25", payPart, false}}},
	"broker/renewals":      {asks: []leg{{"T26", oneEnvelope, false}}, answers: []leg{{"T27", oneEnvelope, false}}, issuer: "B"},
	"stall/renewals":       {asks: []leg{{"T26", oneEnvelope, false}}, answers: []leg{{"T27", oneEnvelope, false}}, issuer: "M"},
}

// roadOf finds the road of a path like /v1/broker/notices.
func roadOf(path string) (road, bool) {
	words := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case len(words) == 3 && words[1] == "broker":
		r, ok := roads["broker/"+words[2]]
		return r, ok
	case len(words) == 4 && words[1] == "stalls":
		r, ok := roads["stall/"+words[3]]
		return r, ok
	}
	return road{}, false
}

// ear hears the messages of a tour: all of them where it stands in front of the
// parties, and the customer's own where it stands behind the customer.
type ear struct {
	began     time.Time
	customers bool // it hears the customer's alone
	mu        sync.Mutex
	heard     []Message // under mu
}

// hear writes the messages of one body down.
func (e *ear) hear(body []byte, legs []leg, issuer string) {
	var envelopes struct{ Envelope, Order, Payment string }
	if json.Unmarshal(body, &envelopes) != nil {
		return // a problem, not a message
	}
	sizes := map[part]int{
		oneEnvelope: len(envelopes.Envelope), orderPart: len(envelopes.Order), payPart: len(envelopes.Payment),
		bothParts: len(envelopes.Order) + len(envelopes.Payment),
	}
	for _, l := range legs {
		if sizes[l.part] > 0 && (e.customers || !l.relayed) {
			e.add(l.number, issuer, sizes[l.part], true)
		}
	}
}

func (e *ear) add(number, issuer string, size int, seen bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(messages27, func(m said) bool { return m.number == number })
	m := messages27[i]
	if m.to == itsIssuer {
		m.to = issuer
	}
	if m.from == itsIssuer {
		m.from = issuer
	}
	e.heard = append(e.heard, Message{
		Number: m.number, Transaction: m.transaction, From: m.from, To: m.to, Carries: m.carries,
		Bytes: size, At: time.Since(e.began).Milliseconds(), Seen: seen,
	})
}

// answered writes an answer down, and what must have passed for it.
func (e *ear) answered(r road, status int, body []byte) {
	if status != http.StatusOK {
		return
	}
	if e.customers {
		for _, number := range r.behind {
			e.add(number, "", 0, false)
		}
	}
	e.hear(body, r.answers, r.issuer)
}

// has reports whether a message went by.
func (e *ear) has(number string) bool {
	return slices.ContainsFunc(e.messages(), func(m Message) bool { return m.Number == number })
}

func (e *ear) messages() []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard)
}

// RoundTrip hears what the customer sends.
func (e *ear) RoundTrip(r *http.Request) (*http.Response, error) {
	way, ok := roadOf(r.URL.Path)
	if !ok || r.Body == nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(asked))
	e.hear(asked, way.asks, way.issuer)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxHeard))
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	e.answered(way, answer.StatusCode, body)
	return answer, nil
}

// maxHeard is more than any answer with messages in it has, in bytes.
const maxHeard = 4 << 20

// watch hears what a program is asked.
func (e *ear) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		way, ok := roadOf(r.URL.Path)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		asked, err := io.ReadAll(io.LimitReader(r.Body, maxHeard))
		if err != nil {
			return // the sender is gone
		}
		r.Body = io.NopCloser(bytes.NewReader(asked))
		e.hear(asked, way.asks, way.issuer)
		kept := &keptAnswer{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(kept, r)
		e.answered(way, kept.status, kept.body.Bytes())
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
