package rig_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// Claim C11: what the issuers keep is proportional to live scrip, not to the
// payments made. A hundred customers, each with one live scrip, pay again and
// again: ten purchases for each exchange, the last of them leaving nothing.
const (
	customers = 50 // each with BrokerScrip and VendorScrip
	perTrade  = 10
	cent      = scrip.Money(1)
)

// BenchmarkIssuerState measures the issuers' tables, once, after so many
// payments; PEERSCRIP_PAYMENTS asks for another number of them.
func BenchmarkIssuerState(b *testing.B) {
	counts := []int{1000, 10_000}
	if n, err := strconv.Atoi(os.Getenv("PEERSCRIP_PAYMENTS")); err == nil {
		counts = []int{n}
	}
	for _, n := range counts {
		b.Run(fmt.Sprintf("payments=%d", n), func(b *testing.B) {
			for b.Loop() {
				pay(b, n)
			}
		})
	}
}

// payer is a customer with what it holds.
type payer struct {
	*rig.Customer
	broker, vendor scrip.Held
}

func pay(b *testing.B, payments int) {
	r := rig.New(b)
	s := r.Stall("Attic")
	payers := make([]payer, customers)
	for i := range payers {
		c := r.Customer(1000_00)
		payers[i] = payer{Customer: c, broker: c.Acquire(150_00)}
	}
	stock := 0
	var goods scrip.Listing
	begun := time.Now()
	for i := range payments {
		if stock == 0 {
			goods, stock = s.List(cent, scrip.MaxQuantity), scrip.MaxQuantity
		}
		p := &payers[i%customers]
		if p.vendor.Scrip.Value == 0 {
			r.Clock.Advance(time.Second)
			p.vendor, p.broker = p.Trade(s, p.broker, perTrade*cent)
		}
		_, p.vendor = p.Buy(s, p.vendor, goods)
		if stock--; i%64 == 63 {
			deliver(b, s)
		}
	}
	deliver(b, s)
	for i := range payers { // each ends with a live VendorScrip
		if p := &payers[i]; p.vendor.Scrip.Value == 0 {
			p.vendor, p.broker = p.Trade(s, p.broker, perTrade*cent)
		}
	}
	b.ReportMetric(float64(time.Since(begun).Microseconds())/float64(payments), "µs/payment")
	report(b, r, s, payments)
}

func deliver(b *testing.B, s *rig.Stall) {
	if err := s.Deliver(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// report tells the issuers' tables from what grows by right: the broker's log
// and the stall's orders.
func report(b *testing.B, r *rig.Rig, s *rig.Stall, payments int) {
	broker, err := r.Books.Sizes(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	stall, err := s.Shelf.(*db.Shelf).Sizes(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	sum := func(sizes map[string]db.Size, tables ...string) (total int64) {
		for _, t := range tables {
			total += sizes[t].Bytes
			b.Logf("%d payments: %s: %d rows, %d bytes", payments, t, sizes[t].Rows, sizes[t].Bytes)
		}
		return total
	}
	b.ReportMetric(float64(broker["scrip"].Rows+stall["scrip"].Rows), "live-scrip")
	b.ReportMetric(float64(sum(broker, "scrip", "vault", "stored_reply", "announced", "extension", "alias")), "broker-B")
	b.ReportMetric(float64(sum(stall, "scrip", "vault", "stored_reply", "exchange", "giveback")), "stall-B")
	log := sum(broker, "log", "log_seq", "log_posting", "log_hash", "log_message", "log_batch")
	b.ReportMetric(float64(log)/float64(payments), "log-B/payment")
	b.ReportMetric(float64(sum(stall, "sale"))/float64(payments), "orders-B/payment")
}
