package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"peerscrip/services/scrip"
)

// BenchmarkPage renders what people look at most through the whole handler, in
// a market of a thousand listings of three stalls on its database.
func BenchmarkPage(b *testing.B) {
	s := newShop(b)
	for i := range 1000 - len(samples) {
		of := samples[i%len(samples)]
		of.title, of.price, of.photos = fmt.Sprintf("%s, no. %d", of.title, i), of.price+scrip.Money(i), 0
		s.list(s.stalls[of.stall], of)
	}
	s.read(b)
	handler := pagesOf(b, s.config())
	for _, page := range [][2]string{
		{"home", "/"},
		{"search", "/search?q=camera"},
		{"category", "/search?category=home&sort=price&page=2"},
		{"listing", listingPath(s.typewriter)},
		{"stalls", "/stalls"},
	} {
		b.Run(page[0], func(b *testing.B) {
			b.ReportAllocs()
			written := 0
			for b.Loop() {
				w := &discard{header: http.Header{}}
				handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, page[1], nil))
				if w.status != 0 && w.status != http.StatusOK {
					b.Fatalf("GET %s: got %d, want 200", page[1], w.status)
				}
				written = w.written
			}
			b.ReportMetric(float64(written), "page-B")
		})
	}
}

// discard is a browser that looks at nothing.
type discard struct {
	header  http.Header
	status  int
	written int
}

func (d *discard) Header() http.Header { return d.header }

func (d *discard) WriteHeader(status int) { d.status = status }

func (d *discard) Write(p []byte) (int, error) {
	d.written += len(p)
	return len(p), nil
}
