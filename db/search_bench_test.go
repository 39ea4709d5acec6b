package db_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/market"
	"peerscrip/services/market/sample"
)

// BenchmarkSearch measures pages of results over PEERSCRIP_LISTINGS listings (100,000 where it is not set), each from its
// search on, counts and all. PEERSCRIP_LISTINGS_AT keeps the catalogue in a file and takes it from there the next time.
func BenchmarkSearch(b *testing.B) {
	listings := 100_000
	if asked := os.Getenv("PEERSCRIP_LISTINGS"); asked != "" {
		var err error
		if listings, err = strconv.Atoi(asked); err != nil {
			b.Fatal(err)
		}
	}
	place, kept := os.Getenv("PEERSCRIP_LISTINGS_AT"), true
	if place == "" {
		place = filepath.Join(b.TempDir(), "market.db")
	}
	if _, err := os.Stat(place); err != nil {
		kept = false
	}
	began := time.Now()
	d, err := db.Open(b.Context(), place, db.Market)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	c, err := db.NewCatalogue(d)
	if err != nil {
		b.Fatal(err)
	}
	if !kept {
		if err := sample.Fill(b.Context(), c, listings, nil); err != nil {
			b.Fatal(err)
		}
	}
	m := market.New(market.Config{Store: c, Clock: func() time.Time { return time.Unix(sample.Start+1, 0) }})
	b.Logf("ready after %v", time.Since(began).Round(time.Millisecond))
	for _, s := range sample.Searches() {
		b.Run(s.Name, func(b *testing.B) {
			var took []time.Duration
			before := processorTime(b)
			r, found := rand.New(rand.NewPCG(1, 1)), 0
			for b.Loop() {
				q := s.Query(r)
				began := time.Now()
				results, err := m.Search(b.Context(), q)
				if err != nil {
					b.Fatal(err)
				}
				took, found = append(took, time.Since(began)), found+results.Total
			}
			slices.Sort(took)
			b.ReportMetric(float64((processorTime(b)-before).Microseconds())/1000/float64(len(took)), "processor-ms")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(found)/float64(len(took)), "found")
		})
	}
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
