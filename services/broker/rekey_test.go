package broker_test

import (
	"errors"
	"sync"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// rekeyed sends a REKEY: nil once it is noted.
func rekeyed(c *rig.Customer, m rig.Sealed) error {
	got, err := rig.Send[scrip.Noted](c, c.Rig.Broker.Rekey, m)
	if err == nil && got.Body.Deadline != 0 {
		err = errors.New("NOTED has a deadline")
	}
	return err
}

// TestRekey: what the account has is the new key's at once: its BrokerScrip, its VendorScrip's
// way to the bank, its stall; a REKEY of before is noted again and changes nothing back.
func TestRekey(t *testing.T) {
	r := rig.New(t)
	s, c := r.Stall("Marta's Attic"), r.Customer(100_00)
	vendor, broker := c.Trade(s, c.Acquire(100_00), 40_00)
	before, second, third := c.Key, r.SigningKey(), r.SigningKey()
	first := c.Rekeying(second)
	for range 2 {
		if err := rekeyed(c, first); err != nil {
			t.Fatalf("REKEY: %v", err)
		}
	}
	c.Key = second
	if err := rekeyed(c, c.Rekeying(third)); err != nil {
		t.Fatalf("a second REKEY: %v", err)
	}
	c.Key = third
	if err := rekeyed(c, first); err != nil {
		t.Errorf("the first REKEY again: got %v, want NOTED", err)
	}
	if got, err := r.Books.Account(t.Context(), c.Account); err != nil || got.Key != third.Public() {
		t.Errorf("the account's key: got %v, %v, want the last one", got.Key, err)
	}
	again := rig.Message{From: before.Thumbprint(), By: before, Body: scrip.AccountRequest{Bank: c.Bank}}
	if got, err := rig.Send[scrip.AccountOpened](c, r.Broker.OpenAccount, c.Seal(again)); err != nil || got.Body.Account != c.Account {
		t.Errorf("R1 with the first key: got %v, %v, want %s", got.Body.Account, err, c.Account)
	}
	renewal := func(by jose.SigningKey) rig.Sealed {
		m := rig.Message{From: by.Thumbprint(), By: by, Body: scrip.Renew{ScripID: broker.Scrip.ScripID, Value: 60_00}}
		m.Attach = scrip.Attachments{Scrip: &broker.Scrip, Secret: broker.Secret}
		return c.Seal(m)
	}
	if _, err := rig.Send[scrip.Renewed](c, r.Broker.Renew, renewal(before)); !errors.Is(err, scrip.KeyReplaced) {
		t.Errorf("T26 with the first key: got %v, want %v", err, scrip.KeyReplaced)
	}
	renewed, err := rig.Send[scrip.Renewed](c, r.Broker.Renew, renewal(third))
	if err != nil {
		t.Fatalf("T26: %v", err)
	}
	_, change := c.Trade(s, held(renewed.Attachments), 10_00)
	if _, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, presenting(c, scrip.Withdraw{Account: c.Account, Value: 50_00}, change)); err != nil {
		t.Errorf("T20: %v", err)
	}
	c.GiveBack(s, vendor)
	wantBalance(t, c, 90_00)
}

// TestKeyReplaced: whatever the key before signs that the account may ask is refused by name; what it asked
// before is answered as before.
func TestKeyReplaced(t *testing.T) {
	r := rig.New(t)
	s, c := r.Stall("Marta's Attic"), r.Customer(200_00)
	owner := s.Owner
	answered := map[string]func() error{}
	bank := c.Banking(another(r))
	answered["BANK"] = func() error { return banked(c, bank) }
	if err := banked(c, bank); err != nil {
		t.Fatal(err)
	}
	if err := banked(c, c.Banking(c.Bank)); err != nil {
		t.Fatal(err)
	}
	acquisition := c.Acquisition(100_00)
	first, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, acquisition)
	if err != nil {
		t.Fatal(err)
	}
	answered["T1"] = func() error {
		got, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, acquisition)
		if err == nil && got.Scrip.ScripID != first.Scrip.ScripID {
			err = errors.New("other scrip")
		}
		return err
	}
	x := c.Exchange(s, held(first.Attachments), 40_00)
	answered["T3"] = func() error { return announce(c, x) }
	if err := announce(c, x); err != nil {
		t.Fatal(err)
	}
	before := c.Rekey()
	ownerBefore := owner.Rekey()
	for name, ask := range answered {
		if err := ask(); err != nil {
			t.Errorf("%s that was answered before, again: got %v, want its answer", name, err)
		}
	}
	h := held(first.Attachments)
	scripAnd := scrip.Attachments{Scrip: &h.Scrip, Secret: h.Secret}
	alias := scrip.Pseudonym(c.Alias(s.Vendor()).Thumbprint())
	for _, test := range []struct {
		step   rig.Step
		by     jose.SigningKey
		who    *rig.Customer
		body   scrip.Body
		attach scrip.Attachments
	}{
		{r.Broker.ChangeBank, before, c, scrip.BankRequest{Account: c.Account, Bank: c.Bank, Counter: 90}, scrip.Attachments{}},
		{r.Broker.Acquire, before, c, scrip.Acquire{Account: c.Account, Amount: 1, Nonce: r.ID(), Counter: 91}, scrip.Attachments{}},
		{r.Broker.Announce, before, c, scrip.Announcement{Account: c.Account, ScripID: h.Scrip.ScripID, Value: 1, Vendor: s.Vendor(), Pseudonym: alias},
			scrip.Attachments{Secret: h.Secret, Possession: c.Possession(s, r.ID())}},
		{r.Broker.Notice, before, c, scrip.Notice{Account: c.Account, Vendor: s.Vendor(), Price: 1, OrderDigest: jose.Digest(nil)}, scrip.Attachments{}},
		{r.Broker.TopUp, before, c, scrip.TopUp{Account: c.Account, Total: 150_00}, scripAnd},
		{r.Broker.Withdraw, before, c, scrip.Withdraw{Account: c.Account, Value: 100_00}, scripAnd},
		{r.Broker.Statement, before, c, scrip.Statement{Account: c.Account}, scrip.Attachments{}},
		{r.Broker.Payout, before, c, scrip.Payout{Account: c.Account, Amount: 1, To: scrip.ToBank}, scrip.Attachments{}},
		{r.Broker.Rescue, before, c, scrip.RescueRequest{Account: c.Account, Vendor: s.Vendor()}, scrip.Attachments{}},
		{r.Broker.RevokeStall, ownerBefore, owner, scrip.Revocation{Vendor: s.Vendor()}, scrip.Attachments{}},
		{r.Broker.OpenStall, ownerBefore, owner, asksFor(owner, "Another"), scrip.Attachments{}},
	} {
		m := test.who.Seal(rig.Message{Body: test.body, By: test.by, Attach: test.attach})
		if _, err := rig.Send[scrip.Noted](test.who, test.step, m); !errors.Is(err, scrip.KeyReplaced) {
			t.Errorf("%s by the key before: got %v, want %v", test.body.Type(), err, scrip.KeyReplaced)
		}
	}
	stolen := c.Rekeying(r.SigningKey(), func(rekey, _ *rig.Message) { rekey.By = before })
	if err := rekeyed(c, stolen); !errors.Is(err, scrip.KeyReplaced) {
		t.Errorf("REKEY by the key before: got %v, want %v", err, scrip.KeyReplaced)
	}
	if _, err := s.Exchange(t.Context(), x.T4); err != nil { // T3 was noted: it goes on
		t.Errorf("T4 whose T3 the key before announced: %v", err)
	}
}

// TestBegunBeforeRekey: what was begun with the key before goes on: a T4 whose T3 was noted, a T15 that waits for its
// merchant, a T22 that its merchant passes on.
func TestBegunBeforeRekey(t *testing.T) {
	t.Run("T4", func(t *testing.T) {
		r := rig.New(t)
		s, c := r.Stall("Marta's Attic"), r.Customer(100_00)
		x := c.Exchange(s, c.Acquire(100_00), 40_00)
		if err := announce(c, x); err != nil {
			t.Fatal(err)
		}
		c.Rekey()
		answer, err := s.Exchange(t.Context(), x.T4)
		if err != nil {
			t.Fatal(err)
		}
		vendor, err := c.OpenT8(x, answer)
		if err != nil {
			t.Fatalf("T8: %v", err)
		}
		_, change, err := c.OpenT6(x, answer)
		if err != nil {
			t.Fatalf("T6: %v", err)
		}
		if _, err := rig.Send[scrip.Withdrawn](c, r.Broker.Withdraw, presenting(c, scrip.Withdraw{Account: c.Account, Value: 60_00}, change)); err != nil {
			t.Errorf("T20 of the change: %v", err)
		}
		c.GiveBack(s, vendor)
		wantBalance(t, c, 100_00)
	})
	t.Run("T15", func(t *testing.T) {
		g := grow(t)
		g.Wire.Set(rig.Cut)
		p := g.extension(12_50)
		if e, err := g.c.SendExtension(p); err != nil || e.Noted == 0 {
			t.Fatalf("T15: got %+v, %v, want NOTED", e, err)
		}
		g.c.Rekey()
		g.Wire.Set(rig.Open)
		if err := g.Broker.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
		e, err := g.c.SendExtension(p)
		if err != nil {
			t.Fatalf("T15 again: %v", err)
		}
		g.spends(e.Vendor, e.Change)
	})
	t.Run("T22", func(t *testing.T) {
		r := rig.New(t)
		s, c := r.Stall("Marta's Attic"), r.Customer(40_00)
		vendor, _ := c.Trade(s, c.Acquire(40_00), 40_00)
		p := c.GivingBack(s, vendor)
		c.Rekey()
		if _, err := c.SendGivingBack(s, p); err != nil {
			t.Fatalf("T22: %v", err)
		}
		wantBalance(t, c, 40_00)
	})
}

func TestRekeyRefusals(t *testing.T) {
	r := rig.New(t)
	c, other := r.Customer(0), r.Customer(0)
	c.Counter = 5
	first := c.Rekey()
	next := r.SigningKey()
	for name, test := range map[string]struct {
		key  jose.SigningKey
		edit func(rekey, proof *rig.Message)
		want error
	}{
		"in another's name": {next, func(m, _ *rig.Message) {
			m.Body = scrip.Rekey{Account: other.Account, Signing: next.Public(), Counter: 50}
		}, scrip.PartyMismatch},
		"another's key":     {other.Key, func(_, _ *rig.Message) {}, scrip.PartyMismatch},
		"its own key":       {c.Key, func(_, _ *rig.Message) {}, scrip.PartyMismatch},
		"a key that it had": {first, func(_, _ *rig.Message) {}, scrip.PartyMismatch},
		"a key that it does not have": {next, func(m, _ *rig.Message) {
			m.Body = scrip.Rekey{Account: c.Account, Signing: r.SigningKey().Public(), Counter: 51}
		}, scrip.PartyMismatch},
		"a proof for another":     {next, func(_, p *rig.Message) { p.Body = scrip.KeyPossession{Account: other.Account} }, scrip.PartyMismatch},
		"a proof of before":       {next, func(_, p *rig.Message) { p.Tx = r.ID() }, scrip.PartyMismatch},
		"a proof to nobody here":  {next, func(_, p *rig.Message) { p.To = string(r.ID()) }, scrip.Unreadable},
		"a counter that was used": {next, func(m, _ *rig.Message) { m.Body = scrip.Rekey{Account: c.Account, Signing: next.Public(), Counter: 6} }, scrip.CounterStale},
		"a counter years ahead": {next, func(m, _ *rig.Message) {
			m.Body = scrip.Rekey{Account: c.Account, Signing: next.Public(), Counter: 1<<53 - 1}
		}, scrip.CounterStale},
		"signed by another":       {next, func(m, _ *rig.Message) { m.By = other.Key }, scrip.Unreadable},
		"signed by the key to be": {next, func(m, _ *rig.Message) { m.By = next }, scrip.Unreadable},
	} {
		if err := rekeyed(c, c.Rekeying(test.key, test.edit)); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", name, err, test.want)
		}
	}
	if got, err := r.Books.Account(t.Context(), c.Account); err != nil || got.Key != c.Key.Public() {
		t.Errorf("the account's key: got %v, %v, want it as before", got.Key, err)
	}
}

// TestRekeysRace: of several REKEYs at once one has the account, and the others are refused by name.
func TestRekeysRace(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(0)
	keys := make([]jose.SigningKey, 8)
	outcomes := make([]error, len(keys))
	var messages []rig.Sealed
	for i := range keys {
		keys[i] = r.SigningKey()
		messages = append(messages, c.Rekeying(keys[i]))
	}
	var all sync.WaitGroup
	for i, m := range messages {
		all.Go(func() { outcomes[i] = rekeyed(c, m) })
	}
	all.Wait()
	won := -1
	for i, err := range outcomes {
		switch {
		case err == nil && won < 0:
			won = i
		case !errors.Is(err, scrip.KeyReplaced):
			t.Errorf("REKEY %d: got %v, want one granted and %v", i, err, scrip.KeyReplaced)
		}
	}
	if got, err := r.Books.Account(t.Context(), c.Account); won < 0 || err != nil || got.Key != keys[won].Public() {
		t.Errorf("the account's key: got %v, %v, want that of REKEY %d", got.Key, err, won)
	}
}

// TestOwner: a merchant is told its own owner's key, as it is now, and nobody another's.
func TestOwner(t *testing.T) {
	r := rig.New(t)
	s, other := r.Stall("Marta's Attic"), r.Stall("Corner")
	asks := func(by *rig.Stall, of scrip.VendorID) (scrip.Opened[scrip.Owned], error) {
		m := rig.Message{From: string(by.Vendor()), By: by.Secret.Signing, Body: scrip.OwnerRequest{Vendor: of}}
		return rig.Send[scrip.Owned](by.Owner, r.Broker.Owner, by.Owner.Seal(m))
	}
	for range 2 {
		got, err := asks(s, s.Vendor())
		want := scrip.Owned{Vendor: s.Vendor(), Account: s.Owner.Account, Signing: s.Owner.Key.Public()}
		if err != nil || got.Body != want {
			t.Errorf("its owner: got %+v, %v, want %+v", got.Body, err, want)
		}
		s.Owner.Rekey()
	}
	if _, err := asks(other, s.Vendor()); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("another's owner: got %v, want %v", err, scrip.PartyMismatch)
	}
}
