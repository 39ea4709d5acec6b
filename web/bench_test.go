package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"peerscrip/services/scrip"
)

// manyListings is a market of n listings: the samples over and over.
func manyListings(n int) *memory {
	m := newMemory()
	samples := m.listings
	m.listings = make([]DeskListing, n)
	for i := range m.listings {
		l := samples[i%len(samples)]
		l.Offer = sampleDigest(fmt.Sprint("offer ", i))[:22]
		l.Title = fmt.Sprintf("%s, no. %d", l.Title, i)
		l.Price += scrip.Money(i)
		m.listings[i] = l
	}
	return m
}

// BenchmarkPage renders what people look at most through the whole handler, in
// a market of a thousand listings held in memory: what is measured is the page,
// with search's filtering and sorting as the test's backend does them.
func BenchmarkPage(b *testing.B) {
	m := manyListings(1000)
	handler, err := New(testConfig(m))
	if err != nil {
		b.Fatal(err)
	}
	some := m.listings[500]
	for _, page := range [][2]string{
		{"home", "/"},
		{"search", "/search?q=camera"},
		{"category", "/search?category=home&sort=cheapest&page=2"},
		{"listing", "/l/" + some.Vendor + "/" + some.Offer},
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
