package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"peerscrip/services"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// docs/benchmarks.md says how to run these and how to read them. Purchases cost
// a cent, so that one load pays for thousands.
const (
	cent   = scrip.Money(1)
	loaded = scrip.Money(150_00)
)

// BenchmarkPurchase is T10 and T11: an opened envelope, scrip that dies, scrip
// that is issued, stock, order and report in one commit on disk.
func BenchmarkPurchase(b *testing.B) {
	for _, buyers := range []int{1, 16} {
		b.Run(fmt.Sprintf("inprocess/buyers=%d", buyers), func(b *testing.B) { purchaseInProcess(b, buyers) })
		b.Run(fmt.Sprintf("http/buyers=%d", buyers), func(b *testing.B) { purchaseOverHTTP(b, buyers) })
	}
}

// purchaseInProcess has messages made by hand and no wallet: what is measured
// beside the stall is signing and opening.
func purchaseInProcess(b *testing.B, buyers int) {
	r := rig.New(b)
	s := r.Stall("Attic")
	customers, held := make([]*rig.Customer, buyers), make([]scrip.Held, buyers)
	for i := range customers {
		customers[i] = r.Customer(loaded)
		held[i], _ = customers[i].Trade(s, customers[i].Acquire(loaded), loaded)
	}
	goods := make([]scrip.Listing, b.N/scrip.MaxQuantity+1)
	for i := range goods {
		goods[i] = s.List(cent, scrip.MaxQuantity)
	}
	var inStall atomic.Int64
	measure(b, buyers, func(buyer, n int) error {
		c := customers[buyer]
		t10 := c.Mandate(s, held[buyer], goods[n/scrip.MaxQuantity])
		m, err := rig.Send[scrip.Paid](c, func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
			defer func(start time.Time) { inStall.Add(int64(time.Since(start))) }(time.Now())
			return s.Purchase(ctx, in)
		}, t10)
		if err != nil {
			return err
		}
		held[buyer] = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
		return nil
	})
	b.ReportMetric(float64(inStall.Load())/float64(b.N)/1e6, "stall-ms")
}

// purchaseOverHTTP has the whole program on one port and the wallet in Go, which
// writes down what it sends before it sends it. T12 goes its way meanwhile.
func purchaseOverHTTP(b *testing.B, buyers int) {
	p := start(b, services.Config{Role: services.Serve})
	line := &line{}
	shop := newBuyer(b, p.URL, cent, nil)
	desk, vendor := hostStall(shop, p.URL, "Attic")
	goods := stock(shop, desk, p.URL, vendor, b.N/scrip.MaxQuantity+1)
	wallets := make([]*buyer, buyers)
	for i := range wallets {
		wallets[i] = newBuyer(b, p.URL, loaded, line.transport())
		wallets[i].must("load", wallets[i].Load(b.Context(), loaded))
		wallets[i].must("exchange", wallets[i].Exchange(b.Context(), vendor, loaded))
	}
	line.bytes.Store(0)
	measure(b, buyers, func(buyer, n int) error {
		_, err := wallets[buyer].Buy(b.Context(), goods[n/scrip.MaxQuantity], 1, rig.To("12 Elm Street"))
		return err
	})
	b.ReportMetric(float64(line.bytes.Load())/float64(b.N), "wire-B/op")
}

// BenchmarkCheckout is a first purchase, T1 to T12: money from the bank, an
// exchange, the purchase, and both reports to the broker.
func BenchmarkCheckout(b *testing.B) {
	b.Run("inprocess", func(b *testing.B) {
		r := rig.New(b)
		s, c := r.Stall("Attic"), r.Customer(1000_00)
		goods := make([]scrip.Listing, b.N/scrip.MaxQuantity+1)
		for i := range goods {
			goods[i] = s.List(cent, scrip.MaxQuantity)
		}
		tally := &tally{}
		measure(b, 1, func(_, n int) error {
			held, _ := c.Trade(s, c.Acquire(cent), cent)
			if err := tally.purchase(c, s, &held, goods[n/scrip.MaxQuantity]); err != nil {
				return err
			}
			return s.Deliver(b.Context())
		})
	})
	b.Run("http", func(b *testing.B) {
		hub := start(b, services.Config{Role: services.Broker})
		node := start(b, services.Config{Role: services.Stall, BrokerURL: hub.URL, Name: "Attic"})
		c := newBuyer(b, hub.URL, 1000_00, nil)
		desk := newSeller(b, node.URL)
		desk.enter(strings.TrimPrefix(node.DeskURL, node.URL))
		goods := stock(c, desk, node.URL, soleVendor(b, hub.URL), b.N/scrip.MaxQuantity+1)
		measure(b, 1, func(_, n int) error {
			if _, err := c.Buy(b.Context(), goods[n/scrip.MaxQuantity], 1, rig.To("12 Elm Street")); err != nil {
				return err
			}
			return c.Deliver(b.Context())
		})
	})
}

// BenchmarkRepeated is claim C17: r purchases for one exchange, T3 to T12, in
// one process. All figures but ns/op are for one purchase.
func BenchmarkRepeated(b *testing.B) {
	for _, r := range []int{1, 2, 5, 10} {
		b.Run(fmt.Sprintf("r=%d", r), func(b *testing.B) { repeated(b, r, 1) })
	}
	b.Run("r=10/batch=10", func(b *testing.B) { repeated(b, 10, 10) })
}

func repeated(b *testing.B, r, batch int) {
	w := rig.New(b)
	tally := &tally{rig: w}
	s, c := w.Stall("Attic", tally), w.Customer(1000_00)
	s.Batch = batch
	goods := make([]scrip.Listing, b.N*r/scrip.MaxQuantity+1)
	for i := range goods {
		goods[i] = s.List(cent, scrip.MaxQuantity)
	}
	var purse scrip.Held
	before, began := cpuTime(b), time.Now()
	measure(b, 1, func(_, n int) error {
		if purse.Scrip.Value == 0 {
			purse = c.Acquire(loaded) // 6.1, once for thousands
		}
		held, err := tally.exchange(c, s, &purse, scrip.Money(r))
		for i := 0; err == nil && i < r; i++ {
			err = tally.purchase(c, s, &held, goods[(n*r+i)/scrip.MaxQuantity])
		}
		if err != nil {
			return err
		}
		return s.Deliver(b.Context())
	})
	per := func(total float64, unit string) { b.ReportMetric(total/float64(b.N*r), unit) }
	per(float64((cpuTime(b)-before).Microseconds())/1000, "cpu-ms/purchase")
	per(float64(time.Since(began).Microseconds())/1000, "ms/purchase")
	per(float64(tally.inBroker.Microseconds())/1000, "broker-ms/purchase")
	per(float64(tally.messages), "messages/purchase")
	per(float64(tally.authorized), "authorizations/purchase")
	per(float64(tally.recorded), "recordings/purchase")
	per(float64(tally.acks), "acks/purchase")
	per(float64(tally.bytes), "body-B/purchase")
	per(float64(tally.brokerBytes), "broker-B/purchase")
}

// measure spreads b.N operations over workers, and reports how long one takes
// its buyer and what it costs the processors.
func measure(b *testing.B, workers int, do func(worker, n int) error) {
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var wait sync.WaitGroup
	before := cpuTime(b)
	b.ResetTimer()
	for worker := range workers {
		wait.Go(func() {
			for n := int(next.Add(1)) - 1; n < b.N; n = int(next.Add(1)) - 1 {
				start := time.Now()
				if err := do(worker, n); err != nil {
					b.Errorf("operation %d: %v", n, err)
					return
				}
				took[n] = time.Since(start)
			}
		})
	}
	wait.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N)/1000, "cpu-ms/op")
	b.ReportMetric(float64(took[b.N/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[b.N*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

// cpuTime is what this process has used of all processors: all parties
// together, where all are in it.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// stock lists n offers of a thousand things for a cent each, by the desk.
func stock(c *buyer, desk *seller, url string, vendor scrip.VendorID, n int) []string {
	c.t.Helper()
	signed := make([]string, n)
	for i := range signed {
		desk.list(goods{"Thing " + strconv.Itoa(i), "0.01", "0", strconv.Itoa(scrip.MaxQuantity)})
	}
	offers := c.offers(url, vendor)
	for i := range signed {
		signed[i] = offers["Thing "+strconv.Itoa(i)].jws
	}
	return signed
}

// line counts what goes over connections, both ways, with all headers.
type line struct{ bytes atomic.Int64 }

func (l *line) transport() http.RoundTripper {
	return &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		return counted{c, l}, err
	}}
}

type counted struct {
	net.Conn
	line *line
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.line.bytes.Add(int64(n))
	return n, err
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.line.bytes.Add(int64(n))
	return n, err
}

// tally counts messages as the paper does, the acknowledgements (NOTED) it does
// not have apart, and the bytes of the HTTP bodies they travel in. It is also
// the stall's way to the broker.
type tally struct {
	rig                *rig.Rig
	messages, acks     int
	authorized         int // T5: the broker decides
	recorded           int // T9 and T12: the broker takes note
	bytes, brokerBytes int
	inBroker           time.Duration
}

// count adds a request with its answer.
func (y *tally) count(in, out scrip.Sealed, messages, acks int) int {
	size := 0
	for _, s := range []scrip.Sealed{in, out} {
		b, err := json.Marshal(s)
		if err != nil {
			panic(err) // three strings
		}
		size += len(b)
	}
	y.messages, y.acks, y.bytes = y.messages+messages, y.acks+acks, y.bytes+size
	return size
}

// broker counts a step of the broker's.
func (y *tally) broker(step rig.Step, messages, acks int) rig.Step {
	return func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
		start := time.Now()
		out, err := step(ctx, in)
		y.inBroker += time.Since(start)
		y.brokerBytes += y.count(in, out, messages, acks)
		return out, err
	}
}

// Send is the stall's: T5, for which T6 and T7 come back; T12, which is
// acknowledged; T23, for which T24 and T25 come back; or REFUND.
func (y *tally) Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error) {
	messages, acks := 2, 0
	switch message {
	case "T5":
		y.authorized++
		messages = 3
	case "T12":
		y.recorded++
		messages, acks = 1, 1
	case "T23":
		messages = 3
	}
	return y.broker(func(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
		return y.rig.Broker.Send(ctx, message, in)
	}, messages, acks)(ctx, in)
}

// exchange is T3 to T8.
func (y *tally) exchange(c *rig.Customer, s *rig.Stall, purse *scrip.Held, value scrip.Money) (scrip.Held, error) {
	x := c.Exchange(s, *purse, value)
	if _, err := rig.Send[scrip.Noted](c, y.broker(c.Rig.Broker.Announce, 1, 1), x.T3); err != nil {
		return scrip.Held{}, err
	}
	answer, err := s.Exchange(c.Rig.T.Context(), x.T4)
	if err != nil {
		return scrip.Held{}, err
	}
	y.count(x.T4, answer, 2, 0)
	if _, *purse, err = c.OpenT6(x, answer); err != nil {
		return scrip.Held{}, err
	}
	return c.OpenT8(x, answer)
}

// purchase is T9 to T11 for one of a listing; what is left takes held's place.
func (y *tally) purchase(c *rig.Customer, s *rig.Stall, held *scrip.Held, l scrip.Listing) error {
	t10 := c.Mandate(s, *held, l)
	t9 := c.Seal(rig.Message{Tx: t10.Tx, Body: scrip.Notice{
		Account: c.Account, Vendor: s.Vendor(), Price: cent, OrderDigest: t10.Signed.Digest(), // as long as the order's
	}})
	y.recorded++
	if _, err := rig.Send[scrip.Noted](c, y.broker(c.Rig.Broker.Notice, 1, 1), t9); err != nil {
		return err
	}
	var out scrip.Sealed
	m, err := rig.Send[scrip.Paid](c, func(ctx context.Context, in scrip.Sealed) (answer scrip.Sealed, err error) {
		out, err = s.Purchase(ctx, in)
		return out, err
	}, t10)
	if err != nil {
		return err
	}
	y.count(t10.Sealed, out, 2, 0)
	*held = scrip.Held{}
	if m.Scrip != nil {
		*held = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	}
	return nil
}
