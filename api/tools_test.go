package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5/middleware"

	"peerscrip/api"
	"peerscrip/services/scrip"
)

// TestHead: HEAD answers as GET does, without a body.
func TestHead(t *testing.T) {
	url := serve(t, everything(t))
	for _, path := range []string{
		"/v1/broker", "/v1/market/listings", "/v1/stalls/" + vendorID + "/photos/" + pictureDigest, "/v1/nothing",
		"/healthz", "/readyz", "/openapi.yaml", "/docs", "/v1/bank/accounts/SB123",
	} {
		read, _ := ask(t, "GET", url+path, "")
		head, body := ask(t, "HEAD", url+path, "")
		for _, name := range []string{"Content-Type", "ETag", "Cache-Control"} {
			if got, want := head.Header.Get(name), read.Header.Get(name); got != want {
				t.Errorf("HEAD %s: got %s %q, GET has %q", path, name, got, want)
			}
		}
		if head.StatusCode != read.StatusCode || body != "" {
			t.Errorf("HEAD %s: got %d and %d bytes, want %d and none", path, head.StatusCode, len(body), read.StatusCode)
		}
	}
}

// TestAllow: 405 says what the path takes.
func TestAllow(t *testing.T) {
	url := serve(t, everything(t))
	for path, want := range map[string]string{
		"/v1/broker": "GET, HEAD", "/v1/broker/stalls": "GET, HEAD, POST", "/v1/broker/records": "POST",
		"/v1/stalls/" + vendorID + "/purchases": "POST", "/v1/bank/accounts": "POST", "/v1/bank/accounts/a%2Fb/deposits": "POST", "/healthz": "GET, HEAD", "/docs": "GET, HEAD",
	} {
		resp, _ := ask(t, "DELETE", url+path, "")
		if got := resp.Header.Get("Allow"); resp.StatusCode != 405 || got != want {
			t.Errorf("DELETE %s: got %d, Allow %q, want 405, %q", path, resp.StatusCode, got, want)
		}
	}
	if resp, _ := ask(t, "HEAD", url+"/v1/broker/records", ""); resp.StatusCode != 405 || resp.Header.Get("Allow") != "POST" {
		t.Errorf("HEAD of what takes POST: got %d, Allow %q", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

// TestUnchangedIsNotSentAgain: who has an answer is told 304; what is one person's,
// or of this moment, has no tag.
func TestUnchangedIsNotSentAgain(t *testing.T) {
	url := serve(t, everything(t))
	again := func(path, tag string) (*http.Response, string) {
		req, _ := http.NewRequest("GET", url+path, nil)
		req.Header.Set("If-None-Match", tag)
		return send(t, req)
	}
	for _, path := range []string{
		"/v1/broker", "/v1/broker/stalls", "/v1/stalls/" + vendorID + "/offers", "/v1/market/listings?q=lamp", "/v1/market/feed?after=9-17-4", "/openapi.yaml", "/docs", "/v1/schemas/T1",
		"/v1/stalls/" + vendorID + "/photos/" + pictureDigest,
	} {
		first, _ := ask(t, "GET", url+path, "")
		tag := first.Header.Get("ETag")
		for _, given := range []string{tag, strings.TrimPrefix(tag, "W/"), `"another", ` + tag, "*"} {
			if resp, body := again(path, given); tag == "" || resp.StatusCode != 304 || body != "" || resp.Header.Get("ETag") != tag {
				t.Errorf("%s with %s: got %d and %d bytes, want 304", path, given, resp.StatusCode, len(body))
			}
		}
		if resp, body := again(path, `"another"`); resp.StatusCode != 200 || body == "" {
			t.Errorf("%s with another tag: got %d and %d bytes, want all of it", path, resp.StatusCode, len(body))
		}
	}
	for _, path := range []string{"/v1/bank/accounts/SB123", "/healthz", "/readyz", "/v1/stalls/" + unknownID} {
		if resp, _ := again(path, "*"); resp.StatusCode == 304 || resp.Header.Get("ETag") != "" {
			t.Errorf("%s: got %d with ETag %q, want none", path, resp.StatusCode, resp.Header.Get("ETag"))
		}
	}
}

// TestSlashes: a slash too many leads a reader to the path without it, and nobody
// to another host.
func TestSlashes(t *testing.T) {
	url := serve(t, everything(t))
	for _, tc := range []struct{ method, path, want string }{
		{"GET", "/v1/market/listings/?q=a", "/v1/market/listings?q=a"},
		{"HEAD", "/v1/broker//", "/v1/broker"},
		{"GET", "/docs/", "/docs"},
		{"POST", "/v1/broker/accounts/", ""},
		{"GET", "/v1/nothing/", ""},
		{"GET", "//evil.example/v1/broker/", ""},
	} {
		req, _ := http.NewRequest(tc.method, url+tc.path, nil)
		resp, _ := send(t, req)
		if got := resp.Header.Get("Location"); got != tc.want || (got != "") != (resp.StatusCode == 301) {
			t.Errorf("%s %s: got %d to %q, want %q", tc.method, tc.path, resp.StatusCode, got, tc.want)
		}
	}
}

// TestAllFaultsAreNamed: a request with several is declined once, with each of them,
// and without what stood there.
func TestAllFaultsAreNamed(t *testing.T) {
	url := serve(t, everything(t))
	for _, tc := range []struct {
		method, path, body string
		want               []api.ProblemField
	}{
		{"GET", "/v1/market/listings?sort=hunter2&page=hunter2&condition=hunter2&category=hunter2&hunter2=1", "", []api.ProblemField{
			{Field: "query", Rule: "additionalProperties"}, {Field: "category", Rule: "enum"}, {Field: "condition", Rule: "enum"},
			{Field: "sort", Rule: "enum"}, {Field: "page", Rule: "type"},
		}},
		{"GET", "/v1/market/listings?q=a&q=b", "", []api.ProblemField{{Field: "q", Rule: "type"}}},
		{"GET", "/v1/market/listings?sub=hunter2&attribute=hunter2:1&country=XX&to=XX", "", []api.ProblemField{
			{Field: "sub", Rule: "enum"}, {Field: "attribute", Rule: "enum"}, {Field: "country", Rule: "enum"}, {Field: "to", Rule: "enum"},
		}},
		{"GET", "/v1/market/listings?town=Halle", "", []api.ProblemField{{Field: "town", Rule: "enum"}}},
		{"GET", "/v1/market/listings?country=NL&town=-", "", []api.ProblemField{{Field: "town", Rule: "enum"}}},
		{"GET", "/v1/market/listings?category=Home&sub=Lamps&attribute=Size:M", "", []api.ProblemField{{Field: "sub", Rule: "enum"}, {Field: "attribute", Rule: "enum"}}},
		{"GET", "/v1/broker?hunter2", "", []api.ProblemField{{Field: "query", Rule: "additionalProperties"}}},
		{"GET", "/v1/broker/keys?aftr=1", "", []api.ProblemField{{Field: "query", Rule: "additionalProperties"}}},
		{"GET", "/v1/broker/keys?after=%zz", "", []api.ProblemField{{Field: "query", Rule: "request"}}},
		{"POST", "/v1/bank/accounts/SB123/deposits", `{"amount":-5,"key":"hunter2"}`, []api.ProblemField{
			{Field: "/amount", Rule: "minimum"}, {Field: "/key", Rule: "minLength"}, {Field: "/key", Rule: "pattern"},
		}},
		{"POST", "/v1/broker/accounts", `{"envelope":"aaaaaaaaaaaaaaaa","hunter2":1}`, []api.ProblemField{{Field: "", Rule: "additionalProperties"}}},
		{"POST", "/v1/broker/exchanges", `{}`, []api.ProblemField{{Field: "/envelope", Rule: "required"}, {Field: "/payment", Rule: "required"}}},
	} {
		resp, body := ask(t, tc.method, url+tc.path, tc.body)
		var p api.Problem
		if err := json.Unmarshal([]byte(body), &p); err != nil || resp.StatusCode != 400 {
			t.Fatalf("%s: got %d %s", tc.path, resp.StatusCode, body)
		}
		got, want := slices.Clone(p.Errors), slices.Clone(tc.want)
		byText := func(a, b api.ProblemField) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
		slices.SortFunc(got, byText)
		slices.SortFunc(want, byText)
		if !slices.Equal(got, want) {
			t.Errorf("%s %s: got %v, want %v", tc.path, tc.body, got, want)
		}
		if strings.Contains(body, "hunter2") {
			t.Errorf("the answer repeats what was sent: %s", body)
		}
	}
	if resp, body := ask(t, "GET", url+"/docs?utm_source=a", ""); resp.StatusCode != 200 {
		t.Errorf("a page with a parameter of the reader's: got %d %.200s", resp.StatusCode, body)
	}
}

// TestSlowBody: a body that does not arrive in time is 408, and may be sent again.
func TestSlowBody(t *testing.T) {
	c := everything(t)
	c.Timeout = 50 * time.Millisecond
	body, rest := io.Pipe()
	defer rest.Close()
	go func() { _, _ = rest.Write([]byte(envelope[:10])) }()
	req, _ := http.NewRequest("POST", serve(t, c)+"/v1/broker/accounts", body)
	req.Header.Set("Content-Type", "application/json")
	req.ContentLength = int64(len(envelope))
	resp, answer := send(t, req)
	if resp.StatusCode != 408 || !strings.Contains(answer, "/problems/too-slow") {
		t.Errorf("got %d %s, want 408 too-slow", resp.StatusCode, answer)
	}
}

// TestDirectoryIsSentOnce: who reads the directory again is sent it when it changed, and
// knows it all the while.
func TestDirectoryIsSentOnce(t *testing.T) {
	var statuses []int
	c := everything(t)
	fake := &growing{fakeBroker: c.Broker.(*fakeBroker)}
	fake.grow(450) // two pages, and a piece of a third
	c.Broker = fake
	handler := handler(t, c)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noted := middleware.NewWrapResponseWriter(w, 1)
		handler.ServeHTTP(noted, r)
		statuses = append(statuses, noted.Status())
	}))
	defer server.Close()
	broker := dial(t, server.URL).Broker()
	for i, want := range []int{450, 450, 451, 451, 600, 600} {
		fake.grow(want - len(fake.list))
		part, err := broker.Stalls(t.Context(), "")
		got := part.Stalls
		if err != nil || !slices.Equal(got, fake.list) || len(got) != want {
			t.Errorf("reading %d: got %d stalls, %v, want %d", i, len(got), err, want)
		}
		clear(got) // what the caller does with its list is nobody else's business
	}
	fake.list[0].Revoked = true // changes the page it stands on, and no other
	if got, err := broker.Stalls(t.Context(), ""); err != nil || !slices.Equal(got.Stalls, fake.list) {
		t.Errorf("after a revocation: got %d stalls, %v, want %d", len(got.Stalls), err, len(fake.list))
	}
	want := []int{
		200, 200, 200, 304, 304, 304, // all of it, then nothing
		304, 304, 200, 304, 304, 304, // one more
		304, 304, 200, 200, 304, 304, 304, 304, // up to a full page, after which there is none
		200, 304, 304, 304,
	}
	if !slices.Equal(statuses, want) {
		t.Errorf("got answers %v, want %v", statuses, want)
	}
}

// growing is a broker whose directory grows.
type growing struct {
	*fakeBroker
	list []scrip.CertifiedStall
}

func (g *growing) grow(by int) {
	for range by {
		stall := certified()
		stall.Vendor = scrip.VendorID(fmt.Sprintf("%021dA", len(g.list)))
		g.list = append(g.list, stall)
	}
}

func (g *growing) Directory(_ context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error) {
	from := 1 + slices.IndexFunc(g.list, func(s scrip.CertifiedStall) bool { return s.Vendor == after })
	return g.list[from:min(from+scrip.MaxStallsPage, len(g.list))], nil
}
