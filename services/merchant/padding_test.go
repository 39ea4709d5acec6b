package merchant_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// A mandate that no T12 could carry is none: it buys nothing, and what others buy
// is reported.
func TestPaddedMandate(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	listing := s.List(5_00, 2)
	held, _ := c.Trade(s, c.Acquire(50_00), 15_00)
	if _, err := rig.Send[scrip.Paid](c, s.Purchase, padded(t, c.Mandate(s, held, listing), s)); !errors.Is(err, scrip.Unreadable) {
		t.Errorf("a T10 with 60,000 spaces in it: %v, want unreadable", err)
	}
	if sales, err := s.Shelf.Unrecorded(t.Context(), 10); err != nil || len(sales) != 0 {
		t.Errorf("it left %d sales, %v; want none", len(sales), err)
	}
	c.Buy(s, held, listing)
	if err := s.Deliver(t.Context()); err != nil {
		t.Errorf("the next sale is not reported: %v", err)
	}
}

// padded is a T10 with white space between its claims, signed again and sealed.
func padded(t *testing.T, m rig.Sealed, s *rig.Stall) rig.Sealed {
	t.Helper()
	parts := strings.Split(m.Signed.JWS, ".")
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	wide := strings.Replace(string(claims), "{", "{"+strings.Repeat(" ", 60_000), 1)
	input := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(wide))
	mac := ed25519.Sign(ed25519.NewKeyFromSeed(m.By.Secret()), []byte(input))
	m.Signed.JWS = input + "." + base64.RawURLEncoding.EncodeToString(mac)
	if m.Envelope, err = m.Signed.Seal(s.Secret.Envelope.Public()); err != nil {
		t.Fatal(err)
	}
	return m
}
