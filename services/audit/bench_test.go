package audit_test

import (
	"encoding/base64"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// BenchmarkAudit looks at books with PEERSCRIP_RECORDS records (default 10,000): first
// at all of it, then again and again as the operator's console does, ten records later each
// time. PEERSCRIP_RECORDS=1000000 takes about ten minutes to fill.
func BenchmarkAudit(b *testing.B) {
	records, err := strconv.Atoi(os.Getenv("PEERSCRIP_RECORDS"))
	if err != nil {
		records = 10_000
	}
	r := rig.New(b)
	fill(r, records)
	start := time.Now()
	continued(b, r.Data)
	first := time.Since(start)
	most := uint64(0)
	for b.Loop() {
		b.StopTimer()
		fill(r, 10)
		runtime.GC()
		before := memory().TotalAlloc
		b.StartTimer()
		continued(b, r.Data)
		b.StopTimer()
		most = max(most, memory().TotalAlloc-before)
		b.StartTimer()
	}
	b.ReportMetric(first.Seconds(), "first-s")
	b.ReportMetric(float64(most)/1e6, "again-MB")
}

func memory() (m runtime.MemStats) {
	runtime.ReadMemStats(&m)
	return m
}

// fill logs so many records: half of them payments into the sandbox bank, which post,
// and half notices, which hold a signed message of some 700 bytes.
func fill(r *rig.Rig, records int) {
	r.T.Helper()
	c := r.Customer(0)
	bank := scrip.BankOf(c.Bank)
	for at := r.Clock.Now().Unix(); records > 0; {
		n := min(records, 1000)
		change := scrip.BrokerChange{}
		for i := range n {
			record := scrip.Record{At: at, Kind: "T9", Tx: r.ID(), Account: c.Account, Evidence: []string{message(r.ID())}}
			if i%2 == 0 {
				post := scrip.Posting{From: scrip.World, To: bank, Amount: 1}
				record.Kind, record.Evidence, record.Posts = scrip.KindDeposit, nil, []scrip.Posting{post}
				change.Post = append(change.Post, post)
			}
			change.Log = append(change.Log, record)
		}
		if err := r.Books.Apply(r.T.Context(), scrip.Change{At: at, Broker: &change}); err != nil {
			r.T.Fatal(err)
		}
		records -= n
	}
}

// message has the form and size of a signed one.
func message(id scrip.ID) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte("{}")) + "." + b64([]byte(strings.Repeat("x", 400)+string(id))) + "." + b64(make([]byte, 64))
}
