package db_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/scrip"
)

// BenchmarkApply measures a Change of the weight of T5: a scrip dies, its
// change lives, money moves, the log grows by a signed message, two replies
// are stored. With one caller each commit holds one Change; with more, what
// waits shares commits. commits/op tells.
func BenchmarkApply(b *testing.B) {
	for _, callers := range []int{1, 4, 16, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) { benchmarkApply(b, callers) })
	}
}

func benchmarkApply(b *testing.B, callers int) {
	w := newWorld(b, dbtest.Open(b, filepath.Join(b.TempDir(), "a.db"), db.Broker))
	issued := make([]scrip.Live, callers)
	for i := range issued {
		issued[i] = w.issued()
	}
	before := w.db.Commits()
	cpu := cpuTime(b)
	b.ReportAllocs()
	b.ResetTimer()
	left := atomic.Int64{}
	left.Store(int64(b.N))
	done := make(chan error, callers)
	for i := range callers {
		go func() {
			var err error
			for l := issued[i]; err == nil && left.Add(-1) >= 0; {
				var c scrip.Change
				c, l = exchanged(l)
				err = w.book.Apply(context.Background(), c)
			}
			done <- err
		}()
	}
	for range callers {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(w.db.Commits()-before)/float64(b.N), "commits/op")
	b.ReportMetric(float64((cpuTime(b)-cpu).Microseconds())/float64(b.N), "cpu-µs/op")
}

// cpuTime is what this process has used of all processors: steadier than the
// clock on a machine that does other things too.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var sealed = scrip.Sealed{Envelope: strings.Repeat("e", 1500)}

// exchanged is what T5 changes.
func exchanged(l scrip.Live) (scrip.Change, scrip.Live) {
	next := liveFor(l.Holder)
	tx := id()
	posts := []scrip.Posting{{From: scrip.World, To: scrip.FloatOf("m", "a"), Amount: 1}}
	first, second := reply(), reply()
	first.Reply, first.ScripID, second.Reply, second.ScripID = sealed, next.ScripID, sealed, next.ScripID
	return scrip.Change{
		At:      now,
		Kill:    []scrip.Kill{{ScripID: l.ScripID, Tx: tx}},
		Issue:   []scrip.Live{next},
		Replies: []scrip.StoredReply{first, second},
		Broker: &scrip.BrokerChange{
			Post: posts,
			Log: []scrip.Record{{
				At: now, Kind: "T5", Tx: tx, Account: scrip.AccountID(l.Holder), Vendor: "m", Amount: 1, Posts: posts,
				Evidence: []string{strings.Repeat("a", 900), strings.Repeat("b", 900)},
			}},
		},
	}, next
}
