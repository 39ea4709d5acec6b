package contract_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"peerscrip/api"
	"peerscrip/api/contract"
)

const id = "R_2y3N7PIkQMZsjQOFFoAQ"

func read(t testing.TB) *contract.Contract {
	t.Helper()
	c, err := contract.Read(api.Contract)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const (
	sealed = `{"envelope":"aaaaaaaaaaaaaaaa"}`
	lost   = `{"type":"/problems/not-found","title":"Not found","status":404,"instance":"` + id + `"}`
)

// TestMisfit: an answer that the document does not declare is told, whatever of it that is.
func TestMisfit(t *testing.T) {
	c := read(t)
	barred := strings.NewReplacer("not-found", "method-not-allowed", "404", "405").Replace(lost)
	for _, tc := range []struct {
		name, method, path string
		status             int
		media, body        string
		more               http.Header
		fits               bool
	}{
		{"an answer", "POST", "/v1/broker/accounts", 200, "application/json", sealed, nil, true},
		{"another member", "POST", "/v1/broker/accounts", 200, "application/json", `{"order":"aaaaaaaaaaaaaaaa"}`, nil, false},
		{"a member more", "POST", "/v1/broker/accounts", 200, "application/json", `{"envelope":"aaaaaaaaaaaaaaaa","payment":"aaaaaaaaaaaaaaaa"}`, nil, false},
		{"not JSON", "POST", "/v1/broker/accounts", 200, "application/json", `{"envelope":`, nil, false},
		{"a type that is not declared", "POST", "/v1/broker/accounts", 200, "text/html", `<html>`, nil, false},
		{"a status that is not declared", "POST", "/v1/broker/accounts", 201, "application/json", sealed, nil, false},
		{"a header that is not right", "POST", "/v1/broker/accounts", 200, "application/json", sealed, http.Header{"X-Request-Id": {"none"}}, false},
		{"a header that is missing", "POST", "/v1/broker/accounts", 200, "application/json", sealed, http.Header{"X-Request-Id": {""}}, false},
		{"a header that is not declared", "POST", "/v1/broker/accounts", 200, "application/json", sealed, http.Header{"Retry-After": {"5"}}, false},
		{"no such path", "GET", "/v1/nothing", 404, "application/problem+json", lost, nil, true},
		{"no such path, and yet an answer", "GET", "/v1/nothing", 200, "application/json", sealed, nil, false},
		{"an unknown word", "GET", "/v1/nothing", 404, "application/problem+json", strings.Replace(lost, "not-found", "lost", 1), nil, false},
		{"another method", "DELETE", "/v1/broker", 405, "application/problem+json", barred, http.Header{"Allow": {"GET, HEAD"}}, true},
		{"another method, of which nothing is said", "DELETE", "/v1/broker", 405, "application/problem+json", barred, nil, false},
		{"another method, and yet an answer", "DELETE", "/v1/broker", 200, "application/json", `{}`, nil, false},
		{"of HEAD, no body", "HEAD", "/healthz", 200, "application/json", "", nil, true},
		{"of HEAD, a body", "HEAD", "/healthz", 200, "application/json", `{"status":"ok"}`, nil, false},
		{"not modified", "GET", "/v1/broker", 304, "", "", http.Header{"Etag": {`"T6I7pwVGjV_iYeVKcF-snw"`}}, true},
		{"not modified, with a body", "GET", "/v1/broker", 304, "", "{}", http.Header{"Etag": {`"T6I7pwVGjV_iYeVKcF-snw"`}}, false},
		{"a slash too many", "GET", "/v1/broker/", 301, "", "", http.Header{"Location": {"/v1/broker"}}, true},
		{"a way to elsewhere", "GET", "/v1/broker/", 301, "", "", http.Header{"Location": {"/v1/market"}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			given := contract.Answer{Status: tc.status, Header: http.Header{"X-Request-Id": {id}}, Body: []byte(tc.body)}
			if tc.media != "" {
				given.Header.Set("Content-Type", tc.media)
			}
			for name, values := range tc.more {
				given.Header[name] = values
			}
			if err := c.Misfit(httptest.NewRequest(tc.method, tc.path, nil), given); (err == nil) != tc.fits {
				t.Errorf("got %v, want fits %t", err, tc.fits)
			}
		})
	}
}

// TestWatch: what is under the document's paths is told, and goes through as it is; the rest is the pages'.
func TestWatch(t *testing.T) {
	var told []string
	answer := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte("here"))
	})
	h := read(t).Watch(answer, func(misfit string) { told = append(told, misfit) })
	for path, want := range map[string]int{"/v1/broker": 1, "/docs": 1, "/problems/x": 1, "/": 0, "/desk": 0, "/v1x": 0} {
		told = nil
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 200 || w.Body.String() != "here" || strings.Count(strings.Join(told, "\n"), "does not fit openapi.yaml") != want {
			t.Errorf("%s: got %d %q and %q told, want the answer and %d", path, w.Code, w.Body, told, want)
		}
	}
}

// BenchmarkMisfit: what it costs to hold an answer.
func BenchmarkMisfit(b *testing.B) {
	c := read(b)
	r := httptest.NewRequest("GET", "/v1/nothing", nil)
	a := contract.Answer{Status: 404, Header: http.Header{"Content-Type": {"application/problem+json"}, "X-Request-Id": {id}}, Body: []byte(lost)}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Misfit(r, a); err != nil {
			b.Fatal(err)
		}
	}
}
