package services

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"

	ours "peerscrip/api"
)

// Traces are on where one of these says where they go, as OpenTelemetry's SDKs have it.
var tracesTo = []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"}

// tracesTimeout is how long the last spans may take to be sent when the process ends.
const tracesTimeout = 5 * time.Second

// traces sends spans of requests, answered and made, to a collector.
type traces struct{ provider *trace.TracerProvider }

// newTraces returns nil where the environment names no collector: then nothing is measured.
func newTraces(ctx context.Context, c Config) (*traces, error) {
	if !slices.ContainsFunc(tracesTo, func(name string) bool { return os.Getenv(name) != "" }) {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	about := resource.NewSchemaless(
		attribute.String("service.name", "peerscrip-"+string(c.Role)), attribute.String("service.version", Version()))
	if told, err := resource.New(ctx, resource.WithFromEnv()); err == nil {
		if about, err = resource.Merge(about, told); err != nil {
			return nil, fmt.Errorf("traces: %w", err)
		}
	}
	return &traces{trace.NewTracerProvider(trace.WithBatcher(lean{exporter}), trace.WithResource(about))}, nil
}

// Close sends what is left.
func (t *traces) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), tracesTimeout)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// answered has a handler's requests traced. A trace that a request says it is of is not taken
// up, only pointed to: strangers ask, and who follows one of their requests is not to follow
// all they make.
func (t *traces) answered(part string, next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return otelhttp.NewHandler(next, part, otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithPublicEndpointFn(func(*http.Request) bool { return true }),
		otelhttp.WithSpanNameFormatter(func(part string, _ *http.Request) string { return part }))
}

// made has the requests of a transport traced.
func (t *traces) made(to string, by http.RoundTripper) http.RoundTripper {
	if t == nil {
		return by
	}
	return otelhttp.NewTransport(by, otelhttp.WithTracerProvider(t.provider), otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithSpanNameFormatter(func(string, *http.Request) string { return "to the " + to }))
}

// served says of the span of a request what it was, in words of closed lists.
func (t *traces) served(ctx context.Context, s ours.Served) {
	span := api.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	if s.Step != nil {
		span.SetAttributes(attribute.String(messageKey, s.Step.Message()), attribute.Bool("peerscrip.again", s.Again))
	}
	span.SetAttributes(attribute.String(routeKey, s.Route))
	if s.Tx != "" {
		span.SetAttributes(attribute.String("peerscrip.tx", s.Tx))
	}
	if s.Refused != "" {
		span.SetAttributes(attribute.String("peerscrip.refused", s.Refused))
	}
	if s.Problem != "" {
		span.SetAttributes(attribute.String("peerscrip.problem", s.Problem))
	}
}

// What names a span: its message, or else its route.
const (
	messageKey = "peerscrip.message"
	routeKey   = "peerscrip.route"
)

// tellable are the attributes of spans that leave the process: none has a path, a query, a
// header, an address or a body.
var tellable = []attribute.Key{
	"http.request.method", "http.response.status_code", "error.type",
	messageKey, routeKey, "peerscrip.tx", "peerscrip.refused", "peerscrip.problem", "peerscrip.again",
}

// lean exports spans with the attributes of tellable alone, and without events, whose texts
// are errors'.
type lean struct{ trace.SpanExporter }

// ExportSpans implements trace.SpanExporter.
func (l lean) ExportSpans(ctx context.Context, spans []trace.ReadOnlySpan) error {
	told := make([]trace.ReadOnlySpan, len(spans))
	for i, s := range spans {
		told[i] = leanSpan{s}
	}
	return l.SpanExporter.ExportSpans(ctx, told)
}

type leanSpan struct{ trace.ReadOnlySpan }

// Attributes are those that may be told.
func (s leanSpan) Attributes() []attribute.KeyValue {
	return slices.DeleteFunc(slices.Clone(s.ReadOnlySpan.Attributes()), func(a attribute.KeyValue) bool {
		return !slices.Contains(tellable, a.Key)
	})
}

// Name is what was asked.
func (s leanSpan) Name() string {
	name := s.ReadOnlySpan.Name()
	for _, key := range []attribute.Key{routeKey, messageKey} {
		for _, a := range s.ReadOnlySpan.Attributes() {
			if a.Key == key {
				name = a.Value.AsString()
			}
		}
	}
	return name
}

// Events are none.
func (leanSpan) Events() []trace.Event { return nil }

// Status is without its text, which is an error's.
func (s leanSpan) Status() trace.Status { return trace.Status{Code: s.ReadOnlySpan.Status().Code} }
