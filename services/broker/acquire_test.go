package broker_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

func TestAcquire(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(100_00)
	t1 := c.Acquisition(50_00)
	first, err := r.Broker.Acquire(t.Context(), t1.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	m, err := scrip.OpenReply[scrip.Acquired](first.Envelope, t1.Reply, string(c.Account), t1.Tx, r.Info.Signer())
	if err != nil {
		t.Fatal(err)
	}
	if m.Body.Value != 50_00 || m.Scrip.Value != 50_00 || m.Body.Nonce != t1.Body.(scrip.Acquire).Nonce {
		t.Errorf("T2 = %+v with scrip of %d, want 5000 and the nonce of T1", m.Body, m.Scrip.Value)
	}
	if balance, _ := r.Bank.Balance(t.Context(), c.Bank); balance != 50_00 {
		t.Errorf("bank balance = %d, want 5000", balance)
	}
	again, err := r.Broker.Acquire(t.Context(), t1.Sealed)
	if err != nil || again != first {
		t.Errorf("the same T1 again: %v, the same answer: %t; want the same answer", err, again == first)
	}
	resealed := t1.Sealed
	if resealed.Envelope, err = t1.Signed.Seal(r.Info.Envelope); err != nil {
		t.Fatal(err)
	}
	if again, err = r.Broker.Acquire(t.Context(), resealed); err != nil || again != first {
		t.Errorf("the same T1 sealed anew: %v, the same answer: %t; want the same answer", err, again == first)
	}
}

// TestAccountAtABankThatKnowsIt: an account cannot be opened for a reference that
// the bank does not know, for nothing could ever be paid to it; the same key may
// ask with a good one.
func TestAccountAtABankThatKnowsIt(t *testing.T) {
	r := rig.New(t)
	key, c := r.SigningKey(), r.Customer(0)
	open := func(reference string) error {
		r1 := c.Seal(rig.Message{From: key.Thumbprint(), By: key, Body: scrip.AccountRequest{Bank: reference}})
		answer, err := r.Broker.OpenAccount(t.Context(), r1.Sealed)
		if err != nil {
			return err
		}
		_, err = scrip.OpenReply[scrip.AccountOpened](answer.Envelope, r1.Reply, key.Thumbprint(), r1.Tx, r.Info.Signer())
		return err
	}
	for _, unknown := range []string{"SBAAAAAAAAAAAAAAAAAAAAAAAA", "whatever", "../outstanding", strings.ToLower(c.Bank)} {
		if err := open(unknown); !errors.Is(err, scrip.BankDeclined) {
			t.Errorf("R1 with %q: got %v, want %v", unknown, err, scrip.BankDeclined)
		}
	}
	if _, err := r.Books.AccountByKey(t.Context(), key.Thumbprint()); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("the account that was refused: got %v, want %v", err, scrip.ErrAbsent)
	}
	if err := open(c.Bank); err != nil {
		t.Errorf("R1 with a reference of the bank's: %v", err)
	}
}

func TestAcquireRefusals(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(r *rig.Rig, c *rig.Customer) rig.Sealed
		want scrip.Refusal
	}{
		{"more than the bank holds", func(r *rig.Rig, c *rig.Customer) rig.Sealed { return c.Acquisition(100_01) }, scrip.BankDeclined},
		{"above the broker's limit", func(r *rig.Rig, c *rig.Customer) rig.Sealed { return c.Acquisition(2000_01) }, scrip.AmountOutOfBounds},
		{"another's account in the body", func(r *rig.Rig, c *rig.Customer) rig.Sealed {
			return c.Seal(rig.Message{Body: scrip.Acquire{Account: r.Customer(0).Account, Amount: 1, Nonce: r.ID(), Counter: 1}})
		}, scrip.PartyMismatch},
		{"a second BrokerScrip", func(r *rig.Rig, c *rig.Customer) rig.Sealed { c.Acquire(1_00); return c.Acquisition(1_00) }, scrip.ScripHeld},
		{"the same tx with other content", func(r *rig.Rig, c *rig.Customer) rig.Sealed {
			first := c.Acquisition(1_00)
			if _, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, first); err != nil {
				r.T.Fatal(err)
			}
			return c.Seal(rig.Message{Tx: first.Tx, Body: scrip.Acquire{Account: c.Account, Amount: 2_00, Nonce: r.ID(), Counter: 9}})
		}, scrip.TxConflict},
		{"signed with another's key", func(r *rig.Rig, c *rig.Customer) rig.Sealed {
			return c.Seal(rig.Message{By: r.SigningKey(), Body: scrip.Acquire{Account: c.Account, Amount: 1, Nonce: r.ID(), Counter: 1}})
		}, scrip.Unreadable},
		{"meant for another broker", func(r *rig.Rig, c *rig.Customer) rig.Sealed {
			return c.Seal(rig.Message{To: string(r.ID()), Body: scrip.Acquire{Account: c.Account, Amount: 1, Nonce: r.ID(), Counter: 1}})
		}, scrip.Unreadable},
		{"another message's type", func(r *rig.Rig, c *rig.Customer) rig.Sealed {
			return c.Seal(rig.Message{Body: scrip.Notice{Account: c.Account, Vendor: scrip.VendorID(r.ID()), Price: 1, OrderDigest: jose.Digest(nil)}})
		}, scrip.Unreadable},
		{"nothing", func(r *rig.Rig, c *rig.Customer) rig.Sealed {
			return c.Seal(rig.Message{Body: scrip.Acquire{Account: c.Account, Amount: 0, Nonce: r.ID(), Counter: 1}})
		}, scrip.AmountOutOfBounds},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := rig.New(t)
			c := r.Customer(100_00)
			_, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, test.make(r, c))
			if !errors.Is(err, test.want) {
				t.Errorf("T1 with %s: %v, want %v", test.name, err, test.want)
			}
		})
	}
}

// C9: an old T1 debits nothing, even after the scrip it brought has gone.
func TestOldAcquisitionAgain(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	t1 := c.Acquisition(20_00)
	m, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, t1)
	if err != nil {
		t.Fatal(err)
	}
	c.Trade(s, scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}, 20_00)
	_, err = rig.Send[scrip.Acquired](c, r.Broker.Acquire, t1)
	if !errors.Is(err, scrip.CounterStale) {
		t.Errorf("an old T1 again: %v, want %v", err, scrip.CounterStale)
	}
}

// A large payment waits for the customer's yes at the bank; the same T1 is
// then paid once.
func TestAcquirePending(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(900_00)
	t1 := c.Acquisition(400_00)
	m, err := rig.Send[scrip.Pending](c, r.Broker.Acquire, t1)
	if err != nil || !strings.HasPrefix(m.Body.Link, "http://broker.test/bank/confirm/") {
		t.Fatalf("T1 of 400.00: %v %q, want a link to confirm", err, m.Body.Link)
	}
	if balance, _ := r.Bank.Balance(t.Context(), c.Bank); balance != 900_00 {
		t.Errorf("balance before the confirmation = %d, want 90000", balance)
	}
	if err := r.Bank.Confirm(t.Context(), rig.Charge(m.Body.Link)); err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, t1); err != nil {
		t.Errorf("the same T1 once confirmed: %v", err)
	}
}

// C10, C6: of many T1s at once, one brings scrip.
func TestAcquireRace(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(100_00)
	const n = 12
	var requests []rig.Sealed
	for range n {
		requests = append(requests, c.Acquisition(5_00))
	}
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i, t1 := range requests {
		wait.Go(func() { _, errs[i] = rig.Send[scrip.Acquired](c, r.Broker.Acquire, t1) })
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, scrip.ScripHeld) && !errors.Is(err, scrip.CounterStale):
			t.Errorf("a T1 that lost: %v, want %v or %v", err, scrip.ScripHeld, scrip.CounterStale)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d T1s brought scrip, want 1", won, n)
	}
}

// What the customer said yes to is paid once, though another message has the
// same tx and amount.
func TestConfirmedOnce(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(900_00)
	t1 := c.Acquisition(250_00)
	m, err := rig.Send[scrip.Pending](c, r.Broker.Acquire, t1)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Bank.Confirm(t.Context(), rig.Charge(m.Body.Link)); err != nil {
		t.Fatal(err)
	}
	t2, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, t1)
	if err != nil {
		t.Fatal(err)
	}
	t13 := c.Seal(rig.Message{Tx: t1.Tx, Body: scrip.TopUp{Account: c.Account, Total: 500_00}, Attach: scrip.Attachments{
		Scrip: t2.Scrip, Secret: t2.Secret,
	}})
	again, err := rig.Send[scrip.Pending](c, r.Broker.TopUp, t13)
	if err != nil || again.Body.Link == "" || again.Body.Link == m.Body.Link {
		t.Errorf("T13 in the tx of a T1 that was confirmed: %v, %q; want a link of its own", err, again.Body.Link)
	}
}
