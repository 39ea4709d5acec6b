package world_test

import (
	"errors"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestRenewalIsPaced: a pseudonym renews what is not due a few times a day, and
// what is due at any time.
func TestRenewalIsPaced(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, _ := c.Trade(s, c.Acquire(50_00), 20_00)
	alias := c.Alias(s.Vendor())
	renew := func(what string, want error) {
		t.Helper()
		m, err := rig.Send[scrip.Renewed](c, s.Renew, c.Seal(rig.Message{
			From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(),
			Body:   scrip.Renew{ScripID: held.Scrip.ScripID, Value: held.Scrip.Value},
			Attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
		}))
		if !errors.Is(err, want) {
			t.Fatalf("T26 %s: got %v, want %v", what, err, want)
		}
		if err == nil {
			held = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
		}
	}
	for range scrip.EarlyRenewals {
		renew("early", nil)
	}
	renew("too often", scrip.Unavailable)
	r.Clock.Advance(time.Duration(held.Scrip.Expires-r.Clock.Now().Unix()) * time.Second)
	renew("that has expired", nil)
}
