package api_test

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	"peerscrip/api"
)

// BenchmarkRequest is the price of all checks around one step: an envelope of
// the usual size, with a step that does nothing.
func BenchmarkRequest(b *testing.B) {
	handler, err := api.New(everything(b))
	if err != nil {
		b.Fatal(err)
	}
	body := []byte(`{"envelope":"` + strings.Repeat("a", 3000) + `"}`)
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("POST", "/v1/broker/accounts", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
}

// BenchmarkNew is what a server costs to start.
func BenchmarkNew(b *testing.B) {
	c := everything(b)
	for b.Loop() {
		if _, err := api.New(c); err != nil {
			b.Fatal(err)
		}
	}
}
