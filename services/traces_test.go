package services

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// TestTraces: where a collector is named it gets a span for each request, named by its route,
// and none of what the request brought; where none is named, nothing is measured.
func TestTraces(t *testing.T) {
	document, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if none, err := newTraces(t.Context(), Config{}); none != nil || err != nil {
		t.Errorf("without a collector: got %v, %v, want none", none, err)
	}
	var mu sync.Mutex
	var spans, texts []string // under mu
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var got v1.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &got)
		}
		if err != nil {
			t.Errorf("what the collector gets: %v", err)
		}
		mu.Lock()
		defer mu.Unlock()
		for _, of := range got.ResourceSpans {
			for _, scope := range of.ScopeSpans {
				for _, span := range scope.Spans {
					spans, texts = append(spans, span.Name), append(texts, span.String())
				}
			}
		}
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	p, err := Start(t.Context(), Config{Role: Serve, Listen: "127.0.0.1:0", Data: t.TempDir(), Document: document})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/v1/broker?hunter2=1", "/v1/bank/accounts/hunter2", "/v1/stalls/hunter2hunter2hunter2hu", "/search?q=hunter2", "/hunter2"} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("User-Agent", "hunter2")
		request.Header.Set("Cookie", "hunter2=hunter2")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	answer, err := http.Post(p.URL+"/v1/broker/acquisitions", "application/json", strings.NewReader(`{"envelope":"`+strings.Repeat("hunter2", 4)+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if err := p.Stop(); err != nil { // sends what is left
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	all := strings.Join(texts, "\n")
	for _, want := range []string{"T1", "/v1/broker", "/v1/bank/accounts/{reference}", "pages"} {
		if !strings.Contains("\n"+strings.Join(spans, "\n")+"\n", "\n"+want+"\n") {
			t.Errorf("got spans %q, want %q among them", spans, want)
		}
	}
	for _, private := range []string{"hunter2", "127.0.0.1"} {
		if strings.Contains(all, private) {
			t.Errorf("the collector was told %q:\n%s", private, all)
		}
	}
}
