package bank_test

import (
	"context"
	"errors"
	"regexp"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"peerscrip/services/bank"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// open opens an account with an amount on it.
func open(r *rig.Rig, amount scrip.Money) string {
	r.T.Helper()
	reference, err := r.Bank.OpenAccount(r.T.Context())
	if err != nil {
		r.T.Fatal(err)
	}
	if amount > 0 {
		if _, err := r.Bank.Deposit(r.T.Context(), reference, amount, r.ID()); err != nil {
			r.T.Fatal(err)
		}
	}
	return reference
}

func balance(r *rig.Rig, reference string) scrip.Money {
	r.T.Helper()
	got, err := r.Bank.Balance(r.T.Context(), reference)
	if err != nil {
		r.T.Fatal(err)
	}
	return got
}

func TestOpenAccount(t *testing.T) {
	r := rig.New(t)
	first, second := open(r, 0), open(r, 0)
	form := regexp.MustCompile(`^SB[A-Z2-7]{24}$`)
	if first == second || !form.MatchString(first) || !form.MatchString(second) {
		t.Errorf("references: got %s and %s, want two, SB and 24 letters each", first, second)
	}
	if got := balance(r, first); got != 0 {
		t.Errorf("balance: got %d, want 0", got)
	}
}

func TestDeposit(t *testing.T) {
	r := rig.New(t)
	reference, key := open(r, 0), r.ID()
	for i, test := range []struct {
		amount scrip.Money
		key    scrip.ID
		want   scrip.Money
	}{
		{100_00, key, 100_00},
		{100_00, key, 100_00},   // a form sent twice
		{50_00, r.ID(), 150_00}, // another form
	} {
		if got, err := r.Bank.Deposit(t.Context(), reference, test.amount, test.key); got != test.want || err != nil {
			t.Errorf("deposit %d: got %d, %v, want %d", i+1, got, err, test.want)
		}
	}
}

// A key that paid into one account answers for that deposit alone: who sends it
// for another account, or another amount, is not told that it was paid.
func TestDepositKeyOfAnother(t *testing.T) {
	r := rig.New(t)
	mine, other, key := open(r, 0), open(r, 0), r.ID()
	if _, err := r.Bank.Deposit(t.Context(), mine, 100_00, key); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, reference string
		amount          scrip.Money
	}{{"another account", other, 100_00}, {"another amount", mine, 50_00}, {"no account", "SBNONE", 100_00}} {
		if got, err := r.Bank.Deposit(t.Context(), test.reference, test.amount, key); !errors.Is(err, scrip.TxConflict) {
			t.Errorf("%s: got %d, %v, want %v", test.name, got, err, scrip.TxConflict)
		}
	}
	if got := [2]scrip.Money{balance(r, mine), balance(r, other)}; got != [2]scrip.Money{100_00, 0} {
		t.Errorf("balances: got %v, want 10000 and 0", got)
	}
}

// Deposits stay in the log, so an account takes a bounded number of them a day.
func TestDepositsADay(t *testing.T) {
	r := rig.New(t)
	few := bank.New(bank.Config{
		Ledger: r.Books, Confirmations: r.Books, Clock: r.Clock.Now, Limits: bank.Limits{Daily: 3},
	})
	reference, another, first := open(r, 0), open(r, 0), r.ID()
	for i, key := range []scrip.ID{first, r.ID(), r.ID()} {
		if _, err := few.Deposit(t.Context(), reference, 1, key); err != nil {
			t.Fatalf("deposit %d: %v", i+1, err)
		}
	}
	if _, err := few.Deposit(t.Context(), reference, 1, r.ID()); !errors.Is(err, scrip.TooMany) {
		t.Errorf("a fourth: got %v, want %v", err, scrip.TooMany)
	}
	if got, err := few.Deposit(t.Context(), reference, 1, first); got != 3 || err != nil {
		t.Errorf("the first form again: got %d, %v, want 3", got, err)
	}
	if _, err := few.Deposit(t.Context(), another, 1, r.ID()); err != nil {
		t.Errorf("another account: %v", err)
	}
	r.Clock.Advance(24 * time.Hour)
	if _, err := few.Deposit(t.Context(), reference, 1, r.ID()); err != nil {
		t.Errorf("a day later: %v", err)
	}
}

func TestDepositRefusals(t *testing.T) {
	r := rig.New(t)
	reference := open(r, 0)
	for _, test := range []struct {
		name      string
		reference string
		amount    scrip.Money
		key       scrip.ID
		want      scrip.Refusal
	}{
		{"nothing", reference, 0, r.ID(), scrip.AmountOutOfBounds},
		{"less than nothing", reference, -1, r.ID(), scrip.AmountOutOfBounds},
		{"above the limit", reference, 1000_01, r.ID(), scrip.AmountOutOfBounds},
		{"above any limit", reference, scrip.MaxMoney + 1, r.ID(), scrip.AmountOutOfBounds},
		{"no key", reference, 1, "", scrip.AmountOutOfBounds},
		{"no ID as key", reference, 1, "again", scrip.AmountOutOfBounds},
		{"unknown account", "SBAAAAAAAAAAAAAAAAAAAAAAAA", 1, r.ID(), scrip.NotFound},
		{"no account", "", 1, r.ID(), scrip.NotFound},
		{"another ledger", "../outstanding", 1, r.ID(), scrip.NotFound},
	} {
		if _, err := r.Bank.Deposit(t.Context(), test.reference, test.amount, test.key); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	if got := balance(r, reference); got != 0 {
		t.Errorf("balance: got %d, want 0", got)
	}
	if _, err := r.Bank.Deposit(t.Context(), reference, 1000_00, r.ID()); err != nil {
		t.Errorf("a deposit at the limit: %v", err)
	}
}

// An account holds 10000.00 and no more. The form that filled it, sent again,
// is still answered.
func TestBalanceIsBounded(t *testing.T) {
	r := rig.New(t)
	reference := open(r, 0)
	for range 9 {
		if _, err := r.Bank.Deposit(t.Context(), reference, 1000_00, r.ID()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Bank.Deposit(t.Context(), reference, 999_99, r.ID()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Bank.Deposit(t.Context(), reference, 2, r.ID()); !errors.Is(err, scrip.AmountOutOfBounds) {
		t.Errorf("one above the bound: got %v, want %v", err, scrip.AmountOutOfBounds)
	}
	last := r.ID()
	for range 2 {
		if got, err := r.Bank.Deposit(t.Context(), reference, 1, last); got != 10_000_00 || err != nil {
			t.Errorf("up to the bound: got %d, %v, want 1000000", got, err)
		}
	}
	if _, err := r.Bank.Deposit(t.Context(), reference, 1, r.ID()); !errors.Is(err, scrip.AmountOutOfBounds) {
		t.Errorf("a full account: got %v, want %v", err, scrip.AmountOutOfBounds)
	}
	if got := balance(r, reference); got != 10_000_00 {
		t.Errorf("balance: got %d, want 1000000", got)
	}
}

// Forms sent at the same time: each key pays once, and the bound holds.
func TestConcurrentDeposits(t *testing.T) {
	r := rig.New(t)
	reference := open(r, 0)
	keys := []scrip.ID{r.ID(), r.ID(), r.ID(), r.ID()}
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			if _, err := r.Bank.Deposit(t.Context(), reference, 10_00, keys[i%4]); err != nil {
				t.Errorf("deposit: %v", err)
			}
		})
	}
	wait.Wait()
	if got := balance(r, reference); got != 40_00 {
		t.Errorf("16 deposits with 4 keys: got %d, want 4000", got)
	}
	small := bank.New(bank.Config{
		Ledger: r.Books, Confirmations: r.Books, Clock: r.Clock.Now, Limits: bank.Limits{Balance: 100_00},
	})
	paid := make([]bool, 16)
	for i := range paid {
		wait.Go(func() {
			_, err := small.Deposit(t.Context(), reference, 10_00, r.ID())
			if paid[i] = err == nil; err != nil && !errors.Is(err, scrip.AmountOutOfBounds) {
				t.Errorf("deposit: got %v, want nil or %v", err, scrip.AmountOutOfBounds)
			}
		})
	}
	wait.Wait()
	won := 0
	for _, ok := range paid {
		if ok {
			won++
		}
	}
	if got := balance(r, reference); won != 6 || got != 100_00 {
		t.Errorf("16 deposits where there is room for 6: got %d paid and a balance of %d, want 6 and 10000", won, got)
	}
}

// A statement is the log's records of an account, newest first: deposits come
// from the world, payments into circulation go out.
func TestStatement(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(100_00)
	r.Customer(7_00) // another's movements are another's
	c.Acquire(30_00)
	if _, err := r.Bank.Deposit(t.Context(), c.Bank, 5_00, r.ID()); err != nil {
		t.Fatal(err)
	}
	balance, movements, err := r.Bank.Statement(t.Context(), c.Bank)
	if err != nil {
		t.Fatal(err)
	}
	if balance != 75_00 || len(movements) != 3 {
		t.Fatalf("statement: got %d after %+v, want 7500 after three movements", balance, movements)
	}
	account := scrip.BankOf(c.Bank)
	for i, want := range []struct {
		kind string
		post scrip.Posting
	}{
		{"deposit", scrip.Posting{From: scrip.World, To: account, Amount: 5_00}},
		{"T1", scrip.Posting{From: account, To: scrip.Outstanding, Amount: 30_00}},
		{"deposit", scrip.Posting{From: scrip.World, To: account, Amount: 100_00}},
	} {
		got := movements[i]
		if got.Kind != want.kind || len(got.Posts) != 1 || got.Posts[0] != want.post || got.At != r.Clock.Now().Unix() {
			t.Errorf("movement %d: got %+v, want %s with %+v", i, got, want.kind, want.post)
		}
	}
}

// Nobody's account has no balance, no statement, and pays nothing.
func TestUnknownReference(t *testing.T) {
	r := rig.New(t)
	const nobody = "SBAAAAAAAAAAAAAAAAAAAAAAAA"
	if _, err := r.Bank.Balance(t.Context(), nobody); !errors.Is(err, scrip.NotFound) {
		t.Errorf("balance: got %v, want %v", err, scrip.NotFound)
	}
	if _, _, err := r.Bank.Statement(t.Context(), nobody); !errors.Is(err, scrip.NotFound) {
		t.Errorf("statement: got %v, want %v", err, scrip.NotFound)
	}
	_, err := r.Bank.Collect(t.Context(), scrip.Collection{Key: r.ID(), Reference: nobody, Amount: 1})
	if !errors.Is(err, scrip.BankDeclined) {
		t.Errorf("collection: got %v, want %v", err, scrip.BankDeclined)
	}
	if _, _, err := r.Bank.Confirmation(t.Context(), r.ID()); !errors.Is(err, scrip.NotFound) {
		t.Errorf("confirmation: got %v, want %v", err, scrip.NotFound)
	}
	if err := r.Bank.Confirm(t.Context(), r.ID()); !errors.Is(err, scrip.NotFound) {
		t.Errorf("confirming what nobody asked: got %v, want %v", err, scrip.NotFound)
	}
}

// From 200.00 on the bank asks its customer first, by a link that is the same
// each time; a confirmed payment stays confirmed. Nothing moves meanwhile: the
// debit belongs to the commit that spends it.
func TestConfirmation(t *testing.T) {
	r := rig.New(t)
	reference := open(r, 500_00)
	c := scrip.Collection{Key: r.ID(), Reference: reference, Amount: 200_00, At: r.Clock.Now().Unix()}
	small := scrip.Collection{Key: r.ID(), Reference: reference, Amount: 199_99}
	if got, err := r.Bank.Collect(t.Context(), small); err != nil || got.Link != "" || len(got.Posts) != 0 {
		t.Errorf("199.99: got %+v, %v, want it collected", got, err)
	}
	link := "http://broker.test/bank/confirm/" + string(c.Key)
	for range 2 {
		if got, err := r.Bank.Collect(t.Context(), c); err != nil || got.Link != link {
			t.Errorf("200.00: got %+v, %v, want the link %s", got, err, link)
		}
	}
	asked, said, err := r.Bank.Confirmation(t.Context(), c.Key)
	if err != nil || said != scrip.Awaited || asked.Reference != reference || asked.Amount != 200_00 || asked.Key != c.Key {
		t.Errorf("confirmation: got %+v, %q, %v, want what was asked, not confirmed", asked, said, err)
	}
	for range 2 {
		if err := r.Bank.Confirm(t.Context(), c.Key); err != nil {
			t.Errorf("confirm: %v", err)
		}
	}
	for range 2 {
		if got, err := r.Bank.Collect(t.Context(), c); err != nil || got.Link != "" {
			t.Errorf("once confirmed: got %+v, %v, want it collected", got, err)
		}
	}
	if _, said, err := r.Bank.Confirmation(t.Context(), c.Key); err != nil || said != scrip.Confirmed {
		t.Errorf("confirmation: got %q, %v, want it confirmed", said, err)
	}
	if got := balance(r, reference); got != 500_00 {
		t.Errorf("balance: got %d, want 50000 until scrip is issued", got)
	}
}

// TestDeclined: a payment that its customer declined is never made, whoever asks
// for it again and however; one that was confirmed cannot be declined any more; and
// of both words at once one stands.
func TestDeclined(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(600_00)
	t1 := c.Acquisition(250_00)
	m, err := rig.Send[scrip.Pending](c, r.Broker.Acquire, t1)
	if err != nil {
		t.Fatal(err)
	}
	key := rig.Charge(m.Body.Link)
	if err := r.Bank.Decline(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, t1); !errors.Is(err, scrip.BankDeclined) {
			t.Errorf("T1 that was declined: got %v, want the broker's signed %v", err, scrip.BankDeclined)
		}
		if err := r.Bank.Confirm(t.Context(), key); err != nil { // too late
			t.Fatal(err)
		}
	}
	for range 20 {
		t1 := c.Acquisition(250_00)
		m, err := rig.Send[scrip.Pending](c, r.Broker.Acquire, t1)
		if err != nil {
			t.Fatal(err)
		}
		key := rig.Charge(m.Body.Link)
		var both sync.WaitGroup
		both.Go(func() { _ = r.Bank.Confirm(t.Context(), key) })
		both.Go(func() { _ = r.Bank.Decline(t.Context(), key) })
		both.Wait()
		_, said, err := r.Bank.Confirmation(t.Context(), key)
		if err != nil || said == scrip.Awaited {
			t.Fatalf("both words at once: got %q, %v, want one of them", said, err)
		}
		if said == scrip.Declined {
			continue
		}
		if err := r.Bank.Decline(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		if _, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, t1); err != nil {
			t.Errorf("T1 that was confirmed and then declined: %v", err)
		}
		break
	}
}

func TestCollectRefusals(t *testing.T) {
	r := rig.New(t)
	reference, other := open(r, 300_00), open(r, 300_00)
	c := scrip.Collection{Key: r.ID(), Reference: reference, Amount: 250_00}
	if _, err := r.Bank.Collect(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		edit func(*scrip.Collection)
		want scrip.Refusal
	}{
		{"more than is there", func(c *scrip.Collection) { c.Amount = 300_01 }, scrip.BankDeclined},
		{"the same key for another amount", func(c *scrip.Collection) { c.Amount = 260_00 }, scrip.TxConflict},
		{"the same key for another account", func(c *scrip.Collection) { c.Reference = other }, scrip.TxConflict},
	} {
		bad := c
		test.edit(&bad)
		if _, err := r.Bank.Collect(t.Context(), bad); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
}

// A payment confirmed and then no longer covered is declined, not overdrawn.
func TestConfirmedAndGone(t *testing.T) {
	r := rig.New(t)
	c := r.Customer(300_00)
	t1 := c.Acquisition(250_00)
	m, err := rig.Send[scrip.Pending](c, r.Broker.Acquire, t1)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Bank.Confirm(t.Context(), rig.Charge(m.Body.Link)); err != nil {
		t.Fatal(err)
	}
	spend := []scrip.Posting{{From: scrip.BankOf(c.Bank), To: scrip.World, Amount: 100_00}}
	err = r.Books.Apply(t.Context(), scrip.Change{Broker: &scrip.BrokerChange{Post: spend, Log: []scrip.Record{{At: 1, Kind: "spent elsewhere", Tx: r.ID(), Posts: spend}}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Send[scrip.Acquired](c, r.Broker.Acquire, t1); !errors.Is(err, scrip.BankDeclined) {
		t.Errorf("T1: got %v, want %v", err, scrip.BankDeclined)
	}
	if got := balance(r, c.Bank); got != 200_00 {
		t.Errorf("balance: got %d, want 20000", got)
	}
}

// broken is a ledger out of order.
type broken struct{ err error }

func (b broken) Apply(context.Context, scrip.Change) error { return b.err }
func (b broken) BankBalance(context.Context, string) (scrip.Money, error) {
	return 0, b.err
}
func (b broken) BankMovements(context.Context, string, int) ([]scrip.Record, error) {
	return nil, b.err
}

func (b broken) Deposited(context.Context, scrip.ID) (scrip.Posting, error) {
	return scrip.Posting{}, b.err
}
func (b broken) DepositsSince(context.Context, string, int64) (int, error) { return 0, b.err }

// A fault of the books is not the customer's: it is no refusal.
func TestFaults(t *testing.T) {
	r := rig.New(t)
	fault := errors.New("disk on fire")
	b := bank.New(bank.Config{Ledger: broken{fault}, Confirmations: r.Books, Clock: r.Clock.Now, Random: iotest.ErrReader(fault)})
	_, balance := b.Balance(t.Context(), "x")
	_, _, statement := b.Statement(t.Context(), "x")
	_, deposit := b.Deposit(t.Context(), "x", 1, r.ID())
	_, collect := b.Collect(t.Context(), scrip.Collection{Reference: "x", Amount: 1})
	_, opened := b.OpenAccount(t.Context())
	for name, err := range map[string]error{
		"Balance": balance, "Statement": statement, "Deposit": deposit, "Collect": collect, "OpenAccount": opened,
	} {
		if _, refused := scrip.AsRefusal(err); refused || !errors.Is(err, fault) {
			t.Errorf("%s: got %v, want %v", name, err, fault)
		}
	}
}

// TestLimitsFollowTheCurrency: the sandbox's bounds are whole units, whatever digits the
// currency has.
func TestLimitsFollowTheCurrency(t *testing.T) {
	for code, want := range map[string]bank.Limits{
		"EUR": {Deposit: 1000_00, Balance: 10_000_00, Confirm: 200_00, Daily: 100},
		"JPY": {Deposit: 100_000, Balance: 1_000_000, Confirm: 20_000, Daily: 100},
		"KWD": {Deposit: 1000_000, Balance: 10_000_000, Confirm: 200_000, Daily: 100},
	} {
		c, err := scrip.ParseCurrency(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := bank.New(bank.Config{Currency: c}).Limits; got != want {
			t.Errorf("%s: got %+v, want %+v", code, got, want)
		}
	}
}
