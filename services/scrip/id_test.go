package scrip_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"testing"

	"peerscrip/services/scrip"
)

func TestNewID(t *testing.T) {
	seen := map[scrip.ID]bool{}
	for range 100 {
		id, err := scrip.NewID(rand.Reader)
		if err != nil || !id.Valid() || seen[id] {
			t.Fatalf("NewID: got %s, %v, seen before: %t", id, err, seen[id])
		}
		seen[id] = true
	}
	if got, err := scrip.NewID(bytes.NewReader(make([]byte, 16))); err != nil || got != "AAAAAAAAAAAAAAAAAAAAAA" {
		t.Errorf("NewID of zeros: got %s, %v", got, err)
	}
	if got, err := scrip.NewID(io.LimitReader(rand.Reader, 15)); err == nil || got != "" {
		t.Errorf("NewID of 15 bytes: got %s, %v, want an error", got, err)
	}
}

// An ID has one spelling.
func TestIDValid(t *testing.T) {
	good := string(id("x"))[:21]
	for text, want := range map[string]bool{
		good + "A": true, good + "Q": true, good + "g": true, good + "w": true,
		good + "B": false, good + "=": false, good: false, good + "AA": false, good + "A==": false, "": false,
		good + "\n": false, "\n" + good: false, "+" + good[1:] + "A": false, "/" + good[1:] + "A": false, hash("x"): false,
	} {
		if got := scrip.ID(text).Valid(); got != want {
			t.Errorf("ID(%q).Valid(): got %t, want %t", text, got, want)
		}
		if scrip.AccountID(text).Valid() != want || scrip.VendorID(text).Valid() != want {
			t.Errorf("%q: an account's or a vendor's ID is not spelled as an ID is", text)
		}
	}
}

func TestPseudonymValid(t *testing.T) {
	good := hash("x")[:42]
	for text, want := range map[string]bool{
		hash("x"): true, good + "A": true, good + "B": false, good: false, good + "AA": false, good + "A=": false,
		good + "\n": false, "+" + good[1:] + "A": false, "": false, string(id("x")): false,
	} {
		if got := scrip.Pseudonym(text).Valid(); got != want {
			t.Errorf("Pseudonym(%q).Valid(): got %t, want %t", text, got, want)
		}
	}
}
