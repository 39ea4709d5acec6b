package services

import (
	"net/http/httptest"
	"testing"
)

// A client that writes the proxy's header itself names nobody else: the proxy
// adds its own line or hop behind it.
func TestClientIPIsTheProxysWord(t *testing.T) {
	for name, c := range map[string]struct {
		header string
		lines  []string
		want   string
	}{
		"one line":                 {"X-Real-IP", []string{"203.0.113.7"}, "203.0.113.7"},
		"a line of the client's":   {"X-Real-IP", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		"a hop of the client's":    {"X-Forwarded-For", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		"lines and hops":           {"X-Forwarded-For", []string{"198.51.100.1, 10.0.0.1", "198.51.100.2,203.0.113.7 "}, "203.0.113.7"},
		"IPv6":                     {"X-Real-IP", []string{"2001:DB8::1"}, "2001:db8::1"},
		"no such header":           {"X-Real-IP", nil, "192.0.2.1"},
		"no address in the header": {"X-Real-IP", []string{"nobody"}, "192.0.2.1"},
		"an empty line at the end": {"X-Real-IP", []string{"198.51.100.1", ""}, "192.0.2.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil) // from 192.0.2.1
		r.Header[c.header] = c.lines
		if c.header == "X-Real-IP" {
			r.Header = map[string][]string{"X-Real-Ip": c.lines}
		}
		if got := clientIP(c.header)(r); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	if clientIP("") != nil {
		t.Error("without a header: got a function, want nil")
	}
}
