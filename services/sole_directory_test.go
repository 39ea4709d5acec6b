package services

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// tellsRecord is a broker that says something of a stall, or is away.
type tellsRecord struct {
	record string
	err    error
	asked  int
}

func (b *tellsRecord) Stall(context.Context, scrip.VendorID) (scrip.CertifiedStall, error) {
	b.asked++
	return scrip.CertifiedStall{Record: b.record}, b.err
}

// TestRecordOfAStandAloneStall: the broker's word stands in a node's own directory, is asked for once a minute, and stays
// while the broker is away.
func TestRecordOfAStandAloneStall(t *testing.T) {
	r := rig.New(t)
	s, b := r.Stall("Attic"), &tellsRecord{record: "first"}
	d := &soleDirectory{stall: s.Stall, broker: b, clock: r.Clock.Now, log: slog.New(slog.DiscardHandler)}
	record := func() string {
		t.Helper()
		about, err := d.Stall(t.Context(), s.Vendor())
		if err != nil {
			t.Fatal(err)
		}
		return about.Record
	}
	for range 2 {
		if got := record(); got != "first" || b.asked != 1 {
			t.Errorf("got %q, asked %d times, want the broker's word, asked once", got, b.asked)
		}
	}
	b.err = errors.New("no route")
	r.Clock.Advance(2 * time.Minute)
	if got := record(); got != "first" || b.asked != 2 {
		t.Errorf("while the broker is away: got %q, asked %d times, want what it said", got, b.asked)
	}
	b.record, b.err = "second", nil
	r.Clock.Advance(2 * time.Minute)
	if part, err := d.Stalls(t.Context(), ""); err != nil || len(part.Stalls) != 1 || part.Stalls[0].Record != "second" {
		t.Errorf("got %+v, %v, want the newer word", part, err)
	}
	if _, err := d.Stall(t.Context(), "another"); !errors.Is(err, scrip.UnknownVendor) {
		t.Errorf("another stall: got %v, want %v", err, scrip.UnknownVendor)
	}
}
