package receipt_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"peerscrip/services/receipt"
	"peerscrip/services/scrip"
)

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// spoiled changes one bit of a signature.
func spoiled(jws string) string {
	parts := strings.Split(jws, ".")
	mac, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		panic(err)
	}
	mac[10] ^= 1
	return parts[0] + "." + parts[1] + "." + base64url(mac)
}

// TestMakeRefuses: what Parse refuses is not made.
func TestMakeRefuses(t *testing.T) {
	w := newWorld(t, 3)
	for name, edit := range map[string]func(*receipt.Bundle){
		"no certificate": func(b *receipt.Bundle) { b.Certificate = "" },
		"no broker":      func(b *receipt.Bundle) { b.Broker = "" },
		"the scrip for the order": func(b *receipt.Bundle) {
			b.Order = base64url([]byte(`["AAAAAAAAAAAAAAAAAAAAAA","scrip",{"value":5}]`))
		},
		"too many refunds": func(b *receipt.Bundle) {
			for range 101 {
				b.Collected = append(b.Collected, b.Paid)
			}
		},
		"too large": func(b *receipt.Bundle) {
			for range 100 {
				b.Collected = append(b.Collected, b.Paid+strings.Repeat("A", 20000))
			}
		},
	} {
		b := w.bundle(w.purchase())
		edit(&b)
		if _, err := receipt.Make(b); !errors.Is(err, receipt.ErrBundle) {
			t.Errorf("%s: got %v, want %v", name, err, receipt.ErrBundle)
		}
	}
}

// FuzzParse: no file makes Parse or Verify panic, and what is taken is taken
// again as it was.
func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add([]byte(v.File))
	}
	w := newWorld(f, 1)
	keys := w.chain(w.keys()...)
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := receipt.Parse(file)
		if err != nil {
			if !errors.Is(err, receipt.ErrBundle) {
				t.Fatalf("got %v, want %v", err, receipt.ErrBundle)
			}
			return
		}
		if got := len(b.Verify(keys, scrip.Currency{}).Findings); got != 6 {
			t.Errorf("got %d findings, want one for each of 6 parts", got)
		}
		again, err := receipt.Make(b)
		if err != nil {
			t.Fatalf("%s is taken, and not made: %v", file, err)
		}
		if _, err := receipt.Parse(again); err != nil {
			t.Fatalf("%s is made as %s, which is not taken: %v", file, again, err)
		}
	})
}
