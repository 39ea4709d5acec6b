package broker_test

import (
	"errors"
	"testing"
	"time"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// presenting makes a request that presents scrip with its secret.
func presenting(c *rig.Customer, body scrip.Body, held scrip.Held) rig.Sealed {
	return c.Seal(rig.Message{Body: body, Attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}})
}

func held(m scrip.Attachments) scrip.Held { return scrip.Held{Scrip: *m.Scrip, Secret: m.Secret} }

func TestTopUp(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(100_00)
	old := c.Acquire(20_00)
	t13 := presenting(c, scrip.TopUp{Account: c.Account, Total: 65_00}, old)
	for range 2 { // the second is answered the same
		m, err := rig.Send[scrip.ToppedUp](c, r.Broker.TopUp, t13)
		if err != nil || m.Body.Value != 65_00 || m.Scrip.Value != 65_00 {
			t.Fatalf("T13: %v, want scrip of 6500", err)
		}
	}
	if balance, err := r.Bank.Balance(t.Context(), c.Bank); err != nil || balance != 35_00 {
		t.Errorf("bank balance = %d, %v; want 3500", balance, err)
	}
	again := presenting(c, scrip.TopUp{Account: c.Account, Total: 70_00}, old)
	if _, err := rig.Send[scrip.ToppedUp](c, r.Broker.TopUp, again); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("T13 with scrip that was replaced: %v, want %v", err, scrip.ScripSpent)
	}
}

func TestTopUpRefusals(t *testing.T) {
	for _, test := range []struct {
		name string
		body func(c *rig.Customer) scrip.TopUp
		edit func(h *scrip.Held)
		want scrip.Refusal
	}{
		{"no more than there is", func(c *rig.Customer) scrip.TopUp { return scrip.TopUp{Account: c.Account, Total: 20_00} }, nil, scrip.AmountOutOfBounds},
		{"less than there is", func(c *rig.Customer) scrip.TopUp { return scrip.TopUp{Account: c.Account, Total: 1} }, nil, scrip.AmountOutOfBounds},
		{"more than the bank holds", func(c *rig.Customer) scrip.TopUp { return scrip.TopUp{Account: c.Account, Total: 100_01} }, nil, scrip.BankDeclined},
		{"another's account", func(c *rig.Customer) scrip.TopUp {
			return scrip.TopUp{Account: c.Rig.Customer(0).Account, Total: 30_00}
		}, nil, scrip.PartyMismatch},
		{"a changed value", func(c *rig.Customer) scrip.TopUp { return scrip.TopUp{Account: c.Account, Total: 30_00} },
			func(h *scrip.Held) { h.Scrip.Value = 10_00 }, scrip.ScripInvalid},
		{"a wrong secret", func(c *rig.Customer) scrip.TopUp { return scrip.TopUp{Account: c.Account, Total: 30_00} },
			func(h *scrip.Held) { h.Secret = h.Secret[1:] + "A" }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := rig.New(t)
			c := r.Customer(100_00)
			h := c.Acquire(20_00)
			if test.edit != nil {
				test.edit(&h)
			}
			_, err := rig.Send[scrip.ToppedUp](c, r.Broker.TopUp, presenting(c, test.body(c), h))
			reason, refused := scrip.AsRefusal(err)
			if !refused || (test.want != "" && reason != test.want) {
				t.Errorf("T13 with %s: %v, want %v", test.name, err, test.want)
			}
		})
	}
}

func TestWithdraw(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(100_00)
	h := c.Acquire(30_00)
	t20 := presenting(c, scrip.Withdraw{Account: c.Account, Value: 30_00}, h)
	for range 2 {
		if _, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, t20); err != nil {
			t.Fatalf("T20: %v", err)
		}
	}
	if balance, err := r.Bank.Balance(t.Context(), c.Bank); err != nil || balance != 100_00 {
		t.Errorf("bank balance = %d, %v; want 10000", balance, err)
	}
	other := presenting(c, scrip.Withdraw{Account: c.Account, Value: 30_00}, h)
	if _, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, other); !errors.Is(err, scrip.ScripSpent) { // C26
		t.Errorf("withdrawn scrip again: %v, want %v", err, scrip.ScripSpent)
	}
	c.Acquire(5_00) // with nothing left, 6.1 is allowed again
}

func TestWithdrawWrongValue(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(100_00)
	t20 := presenting(c, scrip.Withdraw{Account: c.Account, Value: 30_01}, c.Acquire(30_00))
	if _, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, t20); !errors.Is(err, scrip.ValueMismatch) { // C23
		t.Errorf("T20 of another value: %v, want %v", err, scrip.ValueMismatch)
	}
}

// C13, C25: expired scrip buys nothing but its renewal, which keeps the value
// and nothing else.
func TestRenewBrokerScrip(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	old := c.Acquire(30_00)
	r.Clock.Advance(370 * 24 * time.Hour)
	if err := announce(c, c.Exchange(s, old, 10_00)); !errors.Is(err, scrip.StallRevoked) && !errors.Is(err, scrip.ScripExpired) {
		t.Errorf("T3 with expired scrip: %v, want a refusal", err)
	}
	t26 := c.Seal(rig.Message{
		Body: scrip.Renew{ScripID: old.Scrip.ScripID, Value: 30_00}, From: c.Key.Thumbprint(),
		Attach: scrip.Attachments{Scrip: &old.Scrip, Secret: old.Secret},
	})
	m, err := rig.Send[scrip.Renewed](c, r.Broker.Renew, t26)
	if err != nil {
		t.Fatalf("T26: %v", err)
	}
	fresh := held(m.Attachments)
	if fresh.Scrip.Value != 30_00 || fresh.Scrip.ScripID == old.Scrip.ScripID || fresh.Scrip.CustID == old.Scrip.CustID ||
		fresh.Secret == old.Secret || fresh.Scrip.Certificate == old.Scrip.Certificate || fresh.Scrip.Expires <= old.Scrip.Expires {
		t.Errorf("T27 = %+v, want the same value and everything else new", fresh.Scrip)
	}
	t20 := presenting(c, scrip.Withdraw{Account: c.Account, Value: 30_00}, fresh)
	if _, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, t20); err != nil {
		t.Errorf("the new scrip: %v", err)
	}
}

// After the grace period nothing is renewed.
func TestRenewTooLate(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(100_00)
	old := c.Acquire(30_00)
	r.Clock.Advance(2 * 366 * 24 * time.Hour)
	t26 := c.Seal(rig.Message{
		Body: scrip.Renew{ScripID: old.Scrip.ScripID, Value: 30_00}, From: c.Key.Thumbprint(),
		Attach: scrip.Attachments{Scrip: &old.Scrip, Secret: old.Secret},
	})
	if _, err := rig.Send[scrip.Renewed](c, r.Broker.Renew, t26); !errors.Is(err, scrip.ScripExpired) {
		t.Errorf("T26 two years late: %v, want %v", err, scrip.ScripExpired)
	}
}
