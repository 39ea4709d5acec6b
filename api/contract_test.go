package api_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// contract is a way to the server that holds every answer to openapi.yaml: its
// status is declared, its headers are there, its body fits the schema.
type contract struct{ t testing.TB }

// RoundTrip fails the test, not the request.
func (c contract) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || r.Method == http.MethodOptions {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err := misfit(r, resp, body); err != nil {
		c.t.Errorf("%s %s: the answer %d does not fit the document: %v\n%.300s", r.Method, r.URL.Path, resp.StatusCode, err, body)
	}
	return resp, nil
}

// paths finds the operations of the document.
var paths = sync.OnceValue(func() routers.Router {
	text, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		panic(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		panic(err)
	}
	doc.Servers = nil // the tests' server is anywhere
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		panic(err)
	}
	return router
})

// misfit is what is wrong with an answer, or nil.
func misfit(r *http.Request, resp *http.Response, body []byte) error {
	route, params, err := operation(r)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, ExcludeResponseBody: !hasJSON(r, resp)},
	})
}

// operation finds the operation that declares the answer to a request: its own;
// for another method than the path has, one that the path has; and for a path
// that is not there, any that declares 404.
func operation(r *http.Request) (*routers.Route, map[string]string, error) {
	for _, method := range []string{r.Method, http.MethodGet, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = method
		if route, params, err := paths().FindRoute(other); err == nil {
			return route, params, nil
		}
	}
	nowhere := r.Clone(r.Context())
	nowhere.Method, nowhere.URL.Path, nowhere.URL.RawPath = http.MethodGet, "/v1/broker", ""
	return paths().FindRoute(nowhere)
}

// hasJSON reports whether there is a body and a schema to hold it to: pictures and
// pages have none.
func hasJSON(r *http.Request, resp *http.Response) bool {
	return r.Method != http.MethodHead && resp.StatusCode != http.StatusNotModified &&
		!slices.Contains([]string{"image/jpeg", "application/yaml", "text/html; charset=utf-8"}, resp.Header.Get("Content-Type"))
}

// TestContractNotices: the tests' way to the server knows a wrong answer.
func TestContractNotices(t *testing.T) {
	good := `{"type":"/problems/not-found","title":"Not found","status":404,"instance":"` + unknownID + `"}`
	for _, tc := range []struct {
		method, path string
		status       int
		media, body  string
		fits         bool
	}{
		{"POST", "/v1/broker/accounts", 200, "application/json", `{"envelope":"aaaaaaaaaaaaaaaa"}`, true},
		{"POST", "/v1/broker/accounts", 200, "application/json", `{"order":"aaaaaaaaaaaaaaaa"}`, false},
		{"POST", "/v1/broker/accounts", 200, "application/json", `{"envelope":"aaaaaaaaaaaaaaaa","payment":"aaaaaaaaaaaaaaaa"}`, false},
		{"POST", "/v1/broker/accounts", 200, "text/html", `<html>`, false},
		{"POST", "/v1/broker/accounts", 201, "application/json", `{"envelope":"aaaaaaaaaaaaaaaa"}`, false},
		{"GET", "/v1/nothing", 404, "application/problem+json", good, true},
		{"GET", "/v1/nothing", 404, "application/problem+json", strings.Replace(good, "not-found", "lost", 1), false},
		{"DELETE", "/v1/broker", 405, "application/problem+json", strings.NewReplacer("not-found", "method-not-allowed", "404", "405").Replace(good), true},
		{"DELETE", "/v1/broker", 405, "application/json", `{}`, false},
	} {
		r, err := http.NewRequest(tc.method, "http://127.0.0.1:1"+tc.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp := &http.Response{StatusCode: tc.status, Header: http.Header{"Content-Type": {tc.media}, "X-Request-Id": {unknownID}}}
		if err := misfit(r, resp, []byte(tc.body)); (err == nil) != tc.fits {
			t.Errorf("%s %s with %d %s: got %v, want fits %t", tc.method, tc.path, tc.status, tc.body, err, tc.fits)
		}
	}
}
