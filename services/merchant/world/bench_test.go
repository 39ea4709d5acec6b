package world_test

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// BenchmarkPurchase is T10 and T11 at a stall, without HTTP and without what the buyers do: the processor
// time of one, where so many buy at the same time.
func BenchmarkPurchase(b *testing.B) {
	for _, buyers := range []int{1, 8, 32} {
		b.Run(fmt.Sprint(buyers, " at a time"), func(b *testing.B) {
			const price = 1
			r := rig.New(b)
			s := r.Stall("Attic")
			listing := s.List(price, scrip.MaxQuantity)
			at := make([]*buyer, buyers)
			for i := range at {
				c := r.Customer(100_00)
				at[i] = &buyer{Customer: c, stall: s}
				at[i].held, _ = c.Trade(s, c.Acquire(100_00), 100_00)
			}
			b.ResetTimer()
			var used time.Duration
			bought, left := 0, scrip.MaxQuantity
			for bought < b.N {
				if left < buyers {
					listing, left = s.List(price, scrip.MaxQuantity), scrip.MaxQuantity
				}
				together(at, func(of *buyer) { of.t10 = of.Mandate(s, of.held, listing) })
				began := ownTime(b)
				together(at, (*buyer).buy)
				used += ownTime(b) - began
				together(at, func(of *buyer) {
					m, err := rig.Send[scrip.Paid](of.Customer, func(context.Context, scrip.Sealed) (scrip.Sealed, error) { return of.answer, nil }, of.t10)
					if err != nil {
						b.Error(err)
						return
					}
					of.held = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
				})
				bought, left = bought+buyers, left-buyers
			}
			b.ReportMetric(float64(used.Microseconds())/float64(bought), "processor-µs/op")
		})
	}
}

// buyer is a customer who buys again and again.
type buyer struct {
	*rig.Customer
	stall  *rig.Stall
	held   scrip.Held
	t10    rig.Sealed
	answer scrip.Sealed
}

func (of *buyer) buy() {
	var err error
	if of.answer, err = of.stall.Purchase(of.Rig.T.Context(), of.t10.Sealed); err != nil {
		of.Rig.T.Error(err)
	}
}

func together(all []*buyer, do func(*buyer)) {
	var done sync.WaitGroup
	for _, of := range all {
		done.Go(func() { do(of) })
	}
	done.Wait()
}

// ownTime is the processor time that this process has used.
func ownTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
