package broker_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

func TestPayoutToBank(t *testing.T) {
	w := sold(t, 12_50, true)
	owner := w.s.Owner
	m := owner.Payment(w.s, 10_00, scrip.ToBank, nil)
	for range 3 { // the others are answered the same
		got, _, err := owner.SendPayment(m)
		want := scrip.PaidOut{Account: owner.Account, Vendor: w.s.Vendor(), Amount: 10_00, To: scrip.ToBank}
		if err != nil || got != want {
			t.Fatalf("PAYOUT: %+v, %v; want %+v", got, err, want)
		}
	}
	wantBalance(t, owner, 10_00)
	w.books(2_50, 5_00)
}

// Into scrip: with BrokerScrip presented it grows, without any there is some,
// and where there is some it must be presented.
func TestPayoutToScrip(t *testing.T) {
	w := sold(t, 12_50, true)
	owner := w.s.Owner
	got, first, err := owner.SendPayment(owner.Payment(w.s, 4_00, scrip.ToScrip, nil))
	if err != nil || got.Value != 4_00 || first.Scrip.Value != 4_00 {
		t.Fatalf("PAYOUT without scrip: %+v, %v", got, err)
	}
	if _, _, err := owner.SendPayment(owner.Payment(w.s, 1_00, scrip.ToScrip, nil)); !errors.Is(err, scrip.ScripHeld) {
		t.Errorf("PAYOUT without the scrip that is held: %v, want %v", err, scrip.ScripHeld)
	}
	got, second, err := owner.SendPayment(owner.Payment(w.s, 5_00, scrip.ToScrip, &first))
	if err != nil || got.Value != 9_00 || second.Scrip.Value != 9_00 {
		t.Fatalf("PAYOUT into scrip: %+v, %v", got, err)
	}
	if _, _, err := owner.SendPayment(owner.Payment(w.s, 1_00, scrip.ToScrip, &first)); !errors.Is(err, scrip.ScripSpent) {
		t.Errorf("PAYOUT into dead scrip: %v, want %v", err, scrip.ScripSpent)
	}
	w.books(3_50, 5_00)
	other := w.r.Stall("Barn")
	vendor, _ := owner.Trade(other, second, 9_00) // a seller goes shopping
	if vendor.Scrip.Value != 9_00 {
		t.Errorf("exchanged for %d, want 900", vendor.Scrip.Value)
	}
}

func TestPayoutRefusals(t *testing.T) {
	w := sold(t, 12_50, true)
	owner, other := w.s.Owner, w.r.Stall("Barn")
	if _, err := w.r.Bank.Deposit(t.Context(), other.Owner.Bank, 20_00, w.r.ID()); err != nil {
		t.Fatal(err)
	}
	held := other.Owner.Acquire(20_00)
	body := scrip.Payout{Account: owner.Account, Vendor: w.s.Vendor(), Amount: 12_50, To: scrip.ToBank}
	with := func(edit func(*scrip.Payout)) func(*rig.Message) {
		return func(m *rig.Message) { b := body; edit(&b); m.Body = b }
	}
	for _, test := range []struct {
		name string
		edit func(*rig.Message)
		want scrip.Refusal
	}{
		{"above what is earned", with(func(b *scrip.Payout) { b.Amount = 12_51 }), scrip.EarnedShort},
		{"of another's stall", with(func(b *scrip.Payout) { b.Vendor = other.Vendor() }), scrip.PartyMismatch},
		{"of no stall", with(func(b *scrip.Payout) { b.Vendor = scrip.VendorID(w.r.ID()) }), scrip.UnknownVendor},
		{"in another's name", with(func(b *scrip.Payout) { b.Account = other.Owner.Account }), scrip.PartyMismatch},
		{"by another account", func(m *rig.Message) { m.From, m.By = string(other.Owner.Account), other.Owner.Key }, scrip.PartyMismatch},
		{"by another account in its own name", func(m *rig.Message) {
			with(func(b *scrip.Payout) { b.Account = other.Owner.Account })(m)
			m.From, m.By = string(other.Owner.Account), other.Owner.Key
		}, scrip.PartyMismatch},
		{"by the stall's key", func(m *rig.Message) { m.From, m.By = string(w.s.Vendor()), w.s.Secret.Signing }, scrip.Unreadable},
		{"by the stall's key in the owner's name", func(m *rig.Message) { m.By = w.s.Secret.Signing }, scrip.Unreadable},
		{"into another's scrip", func(m *rig.Message) {
			with(func(b *scrip.Payout) { b.To = scrip.ToScrip })(m)
			m.Attach = scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
		}, scrip.ScripInvalid},
		{"into scrip with a wrong secret", func(m *rig.Message) {
			with(func(b *scrip.Payout) { b.To = scrip.ToScrip })(m)
			m.Attach = scrip.Attachments{Scrip: &held.Scrip, Secret: scrip.Secret(w.paid.Digest)}
		}, scrip.ScripInvalid},
	} {
		if _, _, err := owner.SendPayment(owner.Payment(w.s, 1, scrip.ToBank, nil, test.edit)); !errors.Is(err, test.want) {
			t.Errorf("PAYOUT %s: %v, want %v", test.name, err, test.want)
		}
	}
	w.books(12_50, 5_00)
	wantBalance(t, owner, 0)
}

// A recorded PAYOUT, sent again when what it brought is spent, moves nothing.
func TestPayoutReplayed(t *testing.T) {
	w := sold(t, 12_50, true)
	owner := w.s.Owner
	m := owner.Payment(w.s, 4_00, scrip.ToScrip, nil)
	_, held, err := owner.SendPayment(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, again, err := owner.SendPayment(m); err != nil || again.Scrip.ScripID != held.Scrip.ScripID {
		t.Errorf("the same PAYOUT again: %v, %v; want the same scrip", again.Scrip, err)
	}
	if _, err := rig.Send[scrip.Withdrawn](owner, w.r.Broker.Withdraw, owner.Seal(rig.Message{
		Body: scrip.Withdraw{Account: owner.Account, Value: 4_00}, Attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
	})); err != nil {
		t.Fatal(err)
	}
	if _, _, err := owner.SendPayment(m); !errors.Is(err, scrip.AlreadyRecorded) {
		t.Errorf("PAYOUT when its scrip is dead: %v, want %v", err, scrip.AlreadyRecorded)
	}
	w.books(8_50, 5_00)
	wantBalance(t, owner, 4_00)
}

// Payouts at once: each unit is paid once.
func TestPayoutsRace(t *testing.T) {
	w := sold(t, 12_50, true)
	owner := w.s.Owner
	paid := make(chan bool, 20)
	var all sync.WaitGroup
	for range 10 {
		m := owner.Payment(w.s, 5_00, scrip.ToBank, nil)
		all.Go(func() {
			_, _, err := owner.SendPayment(m)
			if err != nil && !errors.Is(err, scrip.EarnedShort) {
				t.Errorf("PAYOUT: %v", err)
			}
			if err == nil {
				paid <- true
			}
		})
	}
	all.Wait()
	if len(paid) != 2 {
		t.Errorf("%d payouts of 500 out of 1250, want 2", len(paid))
	}
	wantBalance(t, owner, 10_00)
	w.books(2_50, 5_00)
}

// One BrokerScrip, claimed at the same time by a payout, a top-up and an
// exchange: one of them has it, and the account holds one piece at most (C10).
func TestPayoutRacesForScrip(t *testing.T) {
	for range 5 {
		w := sold(t, 12_50, true)
		owner, other := w.s.Owner, w.r.Stall("Barn")
		if _, err := w.r.Bank.Deposit(t.Context(), owner.Bank, 50_00, w.r.ID()); err != nil {
			t.Fatal(err)
		}
		held := owner.Acquire(20_00)
		payout := owner.Payment(w.s, 5_00, scrip.ToScrip, &held)
		topUp := owner.Seal(rig.Message{
			Body: scrip.TopUp{Account: owner.Account, Total: 30_00}, Attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
		})
		x := owner.Exchange(other, held, 8_00)
		var all sync.WaitGroup
		outcomes := make([]error, 3)
		all.Go(func() { _, _, outcomes[0] = owner.SendPayment(payout) })
		all.Go(func() { _, outcomes[1] = rig.Send[scrip.ToppedUp](owner, w.r.Broker.TopUp, topUp) })
		all.Go(func() { _, outcomes[2] = rig.Send[scrip.Noted](owner, w.r.Broker.Announce, x.T3) })
		all.Wait()
		won := 0
		for i, err := range outcomes {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, scrip.ScripSpent) && !errors.Is(err, scrip.ScripLocked):
				t.Errorf("request %d: %v, want %v or %v", i, err, scrip.ScripSpent, scrip.ScripLocked)
			}
		}
		if won != 1 {
			t.Errorf("outcomes %v: %d had the scrip, want 1", outcomes, won)
		}
	}
}

// REVOKE closes a stall by its owner's key, for good and as often as it is said, and by nobody else's.
func TestOwnerRevokes(t *testing.T) {
	r := rig.New(t)
	s, stranger := r.Stall("Marta's Attic"), r.Customer(0)
	owner := s.Owner
	revoke := func(by *rig.Customer, vendor scrip.VendorID) error {
		_, err := rig.Send[scrip.Noted](by, r.Broker.RevokeStall, by.Seal(rig.Message{Body: scrip.Revocation{Vendor: vendor}}))
		return err
	}
	for vendor, want := range map[scrip.VendorID]error{s.Vendor(): scrip.PartyMismatch, scrip.VendorID(r.ID()): scrip.UnknownVendor} {
		if err := revoke(stranger, vendor); !errors.Is(err, want) {
			t.Errorf("by a stranger: got %v, want %v", err, want)
		}
	}
	for range 2 {
		if err := revoke(owner, s.Vendor()); err != nil {
			t.Errorf("by its owner: %v", err)
		}
	}
	listed, err := r.Broker.Stall(t.Context(), s.Vendor())
	if err != nil || !listed.Revoked {
		t.Errorf("the directory: got %+v, %v, want it revoked", listed, err)
	}
	if err := s.Rename(t.Context(), "Another"); !errors.Is(err, scrip.StallRevoked) {
		t.Errorf("a revoked stall asks for another name: got %v, want %v", err, scrip.StallRevoked)
	}
}

// STATEMENT shows an account its own stalls, by name, and nobody another's.
func TestStatement(t *testing.T) {
	w := sold(t, 12_50, true)
	if got := w.c.Stated(); got == nil || len(got) != 0 {
		t.Errorf("an account without stalls: %v, want an empty list", got)
	}
	other := w.r.Stall("Barn")
	if got := other.Owner.Stated(); !slices.Equal(got, []scrip.StatedStall{{Vendor: other.Vendor(), Name: "Barn"}}) {
		t.Errorf("a stall that sold nothing: %+v", got)
	}
	stolen := w.c.Seal(rig.Message{Body: scrip.Statement{Account: w.s.Owner.Account}})
	if _, err := rig.Send[scrip.Stated](w.c, w.r.Broker.Statement, stolen); !errors.Is(err, scrip.PartyMismatch) {
		t.Errorf("STATEMENT of another account: %v, want %v", err, scrip.PartyMismatch)
	}
	byStall := w.c.Seal(rig.Message{
		Body: scrip.Statement{Account: w.s.Owner.Account}, From: string(w.s.Vendor()), By: w.s.Secret.Signing,
	})
	if _, err := rig.Send[scrip.Stated](w.c, w.r.Broker.Statement, byStall); !errors.Is(err, scrip.Unreadable) {
		t.Errorf("STATEMENT by the stall's key: %v, want %v", err, scrip.Unreadable)
	}
}
