// Package metrics are the figures of a process for its operator's Prometheus: what it
// answered, how its databases commit, and how its books, queues and parts stand.
//
// What happens is counted as it happens ([Metrics.Served], [Metrics.Committed]); what
// stands is looked at when somebody asks ([Metrics.Look]), at most every few seconds. Each
// label has a closed list of values: a message of the protocol, a refusal, a part of the
// process, a kind of database, a witness that the operator named. Nothing in them is of an account, a stall or a payment.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"peerscrip/api"
	"peerscrip/services/scrip"
)

// Bounds of histograms: seconds of an answer, of a commit, and changes that share one.
var (
	answerSeconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20}
	commitSeconds = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}
	batchSizes    = []float64{1, 2, 4, 8, 16, 32, 64}
)

// Metrics are the figures of one process.
type Metrics struct {
	registry *prometheus.Registry

	messages *prometheus.CounterVec
	took     *prometheus.HistogramVec
	requests *prometheus.CounterVec
	waited   *prometheus.HistogramVec
	refusals *prometheus.CounterVec
	again    *prometheus.CounterVec
	inFlight *prometheus.GaugeVec
	pages    *prometheus.HistogramVec
	outgoing *prometheus.HistogramVec
	carried  *prometheus.CounterVec
	asked    *prometheus.CounterVec
	commits  *prometheus.HistogramVec
	batches  *prometheus.HistogramVec
}

// New returns figures that are all zero. Of what a process can answer and refuse, there is a
// zero from the beginning, so that a first refusal is seen as one.
func New(version, role string) *Metrics {
	r := prometheus.NewRegistry()
	m := &Metrics{
		registry: r,
		messages: counter(r, "peerscrip_messages_total", "Messages answered, by name, who takes them, and outcome: granted, refused (a sealed REFUSE) or failed (problem+json).", "message", "to", "outcome"),
		took:     histogram(r, "peerscrip_message_duration_seconds", "Time from a message's request to its answer.", answerSeconds, "message", "to"),
		requests: counter(r, "peerscrip_api_requests_total", "Requests to the API, by route of openapi.yaml and class of status.", "route", "code"),
		waited:   histogram(r, "peerscrip_api_request_duration_seconds", "Time that requests to the API took, by route of openapi.yaml.", answerSeconds, "route"),
		refusals: counter(r, "peerscrip_refusals_total", "Refusals by word, sealed or as problem+json.", "word"),
		again:    counter(r, "peerscrip_messages_again_total", "Messages that had been answered before and got the same answer.", "message"),
		inFlight: gauge(r, "peerscrip_requests_in_flight", "Requests that are being answered.", "part"),
		pages:    histogram(r, "peerscrip_page_duration_seconds", "Time that pages and forms took, by method and class of status.", answerSeconds, "method", "code"),
		outgoing: histogram(r, "peerscrip_outgoing_duration_seconds", "Time that requests to others took, by whom, and class of status; 0xx: no answer.", answerSeconds, "to", "code"),
		carried:  counter(r, "peerscrip_relay_requests_total", "Requests for stalls at a relay, by how they ended.", "outcome"),
		asked:    counter(r, "peerscrip_witnessed_requests_total", "Requests for cosignatures at a witness, by how they ended.", "outcome"),
		commits:  histogram(r, "peerscrip_commit_duration_seconds", "Time of a durable commit, by kind of database.", commitSeconds, "database"),
		batches:  histogram(r, "peerscrip_commit_changes", "Changes that shared a commit.", batchSizes, "database"),
	}
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gauge(r, "peerscrip_build_info", "1, with the version and role of the process.", "version", "role").WithLabelValues(version, role).Set(1)
	for _, word := range scrip.Refusals() {
		m.refusals.WithLabelValues(string(word))
	}
	for _, to := range []string{"broker", "stall"} {
		m.outgoing.WithLabelValues(to, "2xx")
	}
	m.pages.WithLabelValues("read", "2xx")
	return m
}

func counter(r *prometheus.Registry, name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	r.MustRegister(c)
	return c
}

func gauge(r *prometheus.Registry, name, help string, labels ...string) *prometheus.GaugeVec {
	g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	r.MustRegister(g)
	return g
}

func histogram(r *prometheus.Registry, name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	r.MustRegister(h)
	return h
}

// Carried counts a request for a stall at a relay, by how it ended. Nil figures count nothing.
func (m *Metrics) Carried(outcome string) {
	if m != nil {
		m.carried.WithLabelValues(outcome).Inc()
	}
}

// Carries says how requests for stalls may end, at a relay.
func (m *Metrics) Carries(outcomes []string) {
	for _, outcome := range outcomes {
		m.carried.WithLabelValues(outcome)
	}
}

// Cosigns counts a request for a cosignature at a witness, by how it ended. Nil figures count nothing.
func (m *Metrics) Cosigns(outcome string) {
	if m != nil {
		m.asked.WithLabelValues(outcome).Inc()
	}
}

// Witnesses says how requests for cosignatures may end, at a witness.
func (m *Metrics) Witnesses(outcomes []string) {
	for _, outcome := range outcomes {
		m.asked.WithLabelValues(outcome)
	}
}

// Takes says which messages this process answers, by who takes them.
func (m *Metrics) Takes(step api.Step) {
	for _, outcome := range []string{"granted", "refused", "failed"} {
		m.messages.WithLabelValues(step.Message(), takers[step.To], outcome)
	}
	m.took.WithLabelValues(step.Message(), takers[step.To])
	m.again.WithLabelValues(step.Message())
}

var takers = map[api.Party]string{api.B: "broker", api.M: "stall"}

// Served counts an answered request of the API.
func (m *Metrics) Served(s api.Served) {
	m.requests.WithLabelValues(s.Route, class(s.Status)).Inc()
	m.waited.WithLabelValues(s.Route).Observe(s.Took.Seconds())
	word := s.Problem
	if s.Step != nil {
		outcome := "granted"
		switch {
		case s.Problem != "":
			outcome = "failed"
		case s.Refused != "":
			outcome, word = "refused", s.Refused
		}
		m.messages.WithLabelValues(s.Step.Message(), takers[s.Step.To], outcome).Inc()
		m.took.WithLabelValues(s.Step.Message(), takers[s.Step.To]).Observe(s.Took.Seconds())
		if s.Again {
			m.again.WithLabelValues(s.Step.Message()).Inc()
		}
	}
	if word != "" {
		m.refusals.WithLabelValues(word).Inc()
	}
}

// class is the class of a status, as 2xx.
func class(status int) string { return strconv.Itoa(status/100) + "xx" }

// Committed counts a commit of a kind of database.
func (m *Metrics) Committed(database string, changes int, took time.Duration) {
	m.commits.WithLabelValues(database).Observe(took.Seconds())
	m.batches.WithLabelValues(database).Observe(float64(changes))
}

// API counts the requests in flight to the API.
func (m *Metrics) API(next http.Handler) http.Handler {
	return promhttp.InstrumentHandlerInFlight(m.inFlight.WithLabelValues("api"), next)
}

// Pages counts the requests for pages and times them.
func (m *Metrics) Pages(next http.Handler) http.Handler {
	flying := m.inFlight.WithLabelValues("pages")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flying.Inc()
		defer flying.Dec()
		method, began, status := "read", time.Now(), http.StatusOK
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			method = "change"
		}
		defer func() { m.pages.WithLabelValues(method, class(status)).Observe(time.Since(began).Seconds()) }()
		next.ServeHTTP(watched{w, &status}, r)
	})
}

// watched notes the status of an answer.
type watched struct {
	http.ResponseWriter
	status *int
}

// WriteHeader notes the status.
func (w watched) WriteHeader(status int) {
	*w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what is below.
func (w watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Outgoing times requests to others: the broker, or stalls.
func (m *Metrics) Outgoing(to string, by http.RoundTripper) http.RoundTripper {
	return timed{by, func(status int, took time.Duration) {
		m.outgoing.WithLabelValues(to, class(status)).Observe(took.Seconds())
	}}
}

type timed struct {
	http.RoundTripper
	tell func(status int, took time.Duration)
}

// RoundTrip implements http.RoundTripper.
func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	answer, err := t.RoundTripper.RoundTrip(r)
	status := 0
	if err == nil {
		status = answer.StatusCode
	}
	t.tell(status, time.Since(began))
	return answer, err
}

// Handler serves the figures.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 2, Timeout: lookTimeout + time.Second})
}
