package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"peerscrip/api"
	"peerscrip/services/scrip"
)

// safeBuffer takes log lines from many requests.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// panicky panics with what it was sent.
type panicky struct{ *fakeBroker }

func (p panicky) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	if message == "T12" {
		panic(in.Envelope)
	}
	return p.fakeBroker.Send(ctx, message, in)
}

// TestLog: one line for each request, with its id, and nothing that it brought.
func TestLog(t *testing.T) {
	var log safeBuffer
	c := everything(t)
	c.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	fake := c.Broker.(*fakeBroker)
	c.Broker = panicky{fake}
	url := serve(t, c)

	secret := strings.Repeat("hunter2-", 4)
	body := `{"envelope":"` + secret + `"}`
	requests := []struct{ method, path, body, route, problem string }{
		{"POST", "/v1/broker/accounts", body, "/v1/broker/accounts", ""},
		{"POST", "/v1/broker/records", body, "/v1/broker/records", "internal"},
		{"POST", "/v1/broker/notices", `{"hunter2":1}`, "/v1/broker/notices", "unreadable"},
		{"POST", "/v1/broker/notices", `hunter2`, "/v1/broker/notices", "unreadable"},
		{"GET", "/v1/market/listings?q=hunter2", "", "/v1/market/listings", ""},
		{"GET", "/v1/bank/accounts/hunter2", "", "/v1/bank/accounts/{reference}", "not-found"},
		{"GET", "/hunter2", "", "none", "not-found"},
		{"HUNTER2", "/v1/broker", "", "none", "method-not-allowed"},
	}
	for _, r := range requests {
		ask(t, r.method, url+r.path, r.body)
	}
	if strings.Contains(strings.ToLower(log.String()), "hunter2") {
		t.Errorf("the log holds what a request brought:\n%s", log.String())
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != len(requests) {
		t.Fatalf("got %d lines for %d requests:\n%s", len(lines), len(requests), log.String())
	}
	for i, r := range requests {
		var line struct{ Request, Method, Route, Problem, Error string }
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
			t.Fatalf("line %d: %v", i, err)
		}
		if !scrip.ID(line.Request).Valid() {
			t.Errorf("%s %s: got id %q", r.method, r.path, line.Request)
		}
		if line.Problem != r.problem {
			t.Errorf("%s %s: got problem %q, want %q", r.method, r.path, line.Problem, r.problem)
		}
		if line.Route != r.route && r.body != "hunter2" { // not JSON is refused before routing
			t.Errorf("%s %s: got route %q, want %q", r.method, r.path, line.Route, r.route)
		}
		if r.problem == "internal" && !strings.Contains(line.Error, "panic: string") {
			t.Errorf("got error %q, want the panic's type", line.Error)
		}
	}
}

// TestCORS: whatever is read may be read from other sites, never with credentials.
func TestCORS(t *testing.T) {
	url := serve(t, everything(t))
	for _, path := range []string{
		"/v1/broker", "/v1/broker/stalls", "/.well-known/jwks.json", "/v1/stalls/" + vendorID, "/v1/nothing",
		"/v1/bank/accounts/SB123", "/v1/market/categories", "/v1/market/feed", "/openapi.yaml", "/docs", "/healthz",
	} {
		req, _ := http.NewRequest("GET", url+path, nil)
		req.Header.Set("Origin", "https://wallet.example")
		resp, _ := send(t, req)
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "*" {
			t.Errorf("%s: got open to %q, want *", path, got)
		}
		if got := resp.Header.Get("Access-Control-Allow-Credentials"); got != "" {
			t.Errorf("%s: got credentials %q, want none", path, got)
		}
	}
	req, _ := http.NewRequest("OPTIONS", url+"/v1/stalls/"+vendorID+"/purchases", nil)
	req.Header.Set("Origin", "https://wallet.example")
	req.Header.Set("Access-Control-Request-Method", "POST")
	req.Header.Set("Access-Control-Request-Headers", "content-type")
	resp, _ := send(t, req)
	if resp.StatusCode != 200 || resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("preflight: got %d %v, want 200 and leave", resp.StatusCode, resp.Header)
	}
}

// TestHeaders: what caches and browsers are told.
func TestHeaders(t *testing.T) {
	url := serve(t, everything(t))
	for path, want := range map[string]string{
		"/v1/broker": "no-cache", "/v1/bank/accounts/SB123": "no-store", "/readyz": "no-store", "/v1/nothing": "no-store",
		"/v1/stalls/" + vendorID + "/photos/" + pictureDigest: "public, max-age=31536000, immutable",
		"/v1/stalls/" + vendorID + "/photos/" + keyDigest:     "no-store",
	} {
		resp, _ := ask(t, "GET", url+path, "")
		if got := resp.Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: got Cache-Control %q, want %q", path, got, want)
		}
		if resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: got headers %v", path, resp.Header)
		}
	}
	resp, _ := ask(t, "GET", url+"/problems/scrip-spent", "")
	if got := resp.Header.Get("Location"); resp.StatusCode != 303 || got != "/docs#problem-scrip-spent" {
		t.Errorf("got %d to %q, want 303 to the page", resp.StatusCode, got)
	}
}

// keyDigest is the digest of no picture.
const keyDigest = "cbS8-4NitzqkAuZr_F4R0liI3XqiJYYEWvahDcwYaXM"

// TestPatterns: the mux patterns lead every path of the document here.
func TestPatterns(t *testing.T) {
	handler, err := api.New(everything(t))
	if err != nil {
		t.Fatalf("make the server: %v", err)
	}
	mux := http.NewServeMux()
	for _, p := range api.Patterns() {
		mux.Handle(p, handler)
	}
	for path := range loaded(t).Paths.Map() {
		path = strings.NewReplacer("{", "", "}", "").Replace(path)
		req, _ := http.NewRequest("GET", path, nil)
		if _, pattern := mux.Handler(req); pattern == "" {
			t.Errorf("%s: no pattern leads here", path)
		}
	}
}
