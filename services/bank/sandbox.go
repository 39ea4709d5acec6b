package bank

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"peerscrip/services/scrip"
)

// Ledger is the part of the broker's books in which the sandbox's accounts
// stand: the same double entry, the same commit.
type Ledger interface {
	// Apply is scrip.Book's.
	Apply(ctx context.Context, c scrip.Change) error
	// BankBalance returns what an account holds, or scrip.ErrAbsent.
	BankBalance(ctx context.Context, reference string) (scrip.Money, error)
	// BankMovements lists the records that moved it, newest first.
	BankMovements(ctx context.Context, reference string, limit int) ([]scrip.Record, error)
	Deposits
}

// Deposits are the records of test money put in.
type Deposits interface {
	// Deposited returns the deposit made with a key, or scrip.ErrAbsent.
	Deposited(ctx context.Context, key scrip.ID) (scrip.Posting, error)
	// DepositsSince counts those into an account after a time, in unix seconds.
	DepositsSince(ctx context.Context, reference string, after int64) (int, error)
}

// Confirmations remember which large payments a customer was asked to confirm.
type Confirmations interface {
	// Ask remembers a payment to be confirmed and says what its customer said. The
	// same key with another reference or amount is scrip.TxConflict.
	Ask(ctx context.Context, c scrip.Collection) (scrip.Consent, error)
	// Confirm and Decline say so, once and for good: whichever comes first stands, and
	// the other changes nothing. scrip.ErrAbsent if nobody asked.
	Confirm(ctx context.Context, key scrip.ID, at int64) error
	Decline(ctx context.Context, key scrip.ID, at int64) error
	// Confirmation returns what was asked and said, or scrip.ErrAbsent.
	Confirmation(ctx context.Context, key scrip.ID) (asked scrip.Collection, said scrip.Consent, err error)
}

// Limits bound what the sandbox does. The zero value of a field is its default.
type Limits struct {
	Deposit scrip.Money // the most test money one deposit brings; default 1000 of the currency
	Balance scrip.Money // the most an account may hold; default 10,000 of it
	Confirm scrip.Money // payments from this on must be confirmed; default 200 of it
	Daily   int         // deposits into one account in 24 hours; default 100
}

// Config is what a Sandbox is made of.
type Config struct {
	Ledger        Ledger
	Confirmations Confirmations
	Clock         func() time.Time
	Random        io.Reader
	BaseURL       string         // where /bank/confirm/{key} is shown
	Currency      scrip.Currency // of its limits; default is one of two decimal places
	Limits        Limits
}

// Sandbox is a bank of test money. An account is opened by anyone, and whoever
// knows its reference may put test money in. Its balances are the bank
// accounts of the broker's books, so that a payment into circulation is one
// commit with the scrip it brings.
type Sandbox struct {
	Config
	depositing sync.Mutex // held while a deposit is weighed against Limits.Balance
}

// New returns a sandbox bank.
func New(c Config) *Sandbox {
	if c.Currency.Code == "" {
		c.Currency.Exponent = 2
	}
	if c.Limits.Deposit == 0 {
		c.Limits.Deposit = c.Currency.Units(1000)
	}
	if c.Limits.Balance == 0 {
		c.Limits.Balance = c.Currency.Units(10_000)
	}
	if c.Limits.Confirm == 0 {
		c.Limits.Confirm = c.Currency.Units(200)
	}
	if c.Limits.Daily == 0 {
		c.Limits.Daily = 100
	}
	return &Sandbox{Config: c}
}

// OpenAccount opens an account and returns its reference: "SB" and 24 letters.
func (s *Sandbox) OpenAccount(ctx context.Context) (string, error) {
	return openAccount(ctx, "SB", s.Random, s.Ledger.Apply, s.Clock())
}

// Terms implements broker.Bank.
func (s *Sandbox) Terms() scrip.BankTerms { return scrip.BankTerms{Kind: scrip.SandboxBank} }

// Disburse implements broker.Bank: what goes to an account stays in it.
func (s *Sandbox) Disburse(scrip.ID, string, scrip.Money, int64) *scrip.Disbursement { return nil }

// Wake implements broker.Bank: nothing waits.
func (s *Sandbox) Wake() {}

// Balance returns what an account holds, or scrip.NotFound.
func (s *Sandbox) Balance(ctx context.Context, reference string) (scrip.Money, error) {
	balance, err := s.Ledger.BankBalance(ctx, reference)
	return balance, absent(err)
}

// Check implements broker.Bank: an account that was opened here stays.
func (s *Sandbox) Check(ctx context.Context, reference string) error {
	_, err := s.Ledger.BankBalance(ctx, reference)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.BankDeclined
	}
	return err
}

// Deposit puts test money in and returns the balance. The same key again
// changes nothing: a form sent twice pays once. scrip.TxConflict: the key was
// used for another account or amount; scrip.TooMany: this account has had its
// deposits for the day, each of which stays in the broker's log for ever.
func (s *Sandbox) Deposit(ctx context.Context, reference string, amount scrip.Money, key scrip.ID) (scrip.Money, error) {
	if !amount.Positive() || amount > s.Limits.Deposit || !key.Valid() {
		return 0, scrip.AmountOutOfBounds
	}
	s.depositing.Lock()
	defer s.depositing.Unlock()
	made := scrip.Posting{From: scrip.World, To: scrip.BankOf(reference), Amount: amount}
	err := s.repeated(ctx, key, made)
	if errors.Is(err, scrip.ErrAbsent) {
		err = s.deposit(ctx, reference, key, made)
	}
	if err != nil {
		return 0, err
	}
	return s.Balance(ctx, reference)
}

// repeated returns nil if this very deposit was made before, and
// scrip.ErrAbsent if none was with this key.
func (s *Sandbox) repeated(ctx context.Context, key scrip.ID, made scrip.Posting) error {
	before, err := s.Ledger.Deposited(ctx, key)
	if err == nil && before != made {
		return scrip.TxConflict
	}
	return err
}

// deposit makes one within the bounds. The caller holds s.depositing.
func (s *Sandbox) deposit(ctx context.Context, reference string, key scrip.ID, made scrip.Posting) error {
	balance, err := s.Balance(ctx, reference)
	if err != nil {
		return err
	}
	if balance+made.Amount > s.Limits.Balance {
		return scrip.AmountOutOfBounds
	}
	at := s.Clock().Unix()
	today, err := s.Ledger.DepositsSince(ctx, reference, at-24*60*60)
	if err != nil {
		return err
	}
	if today >= s.Limits.Daily {
		return scrip.TooMany
	}
	posts := []scrip.Posting{made}
	err = s.Ledger.Apply(ctx, scrip.Change{At: at, Broker: &scrip.BrokerChange{Post: posts, Log: []scrip.Record{
		{At: at, Kind: scrip.KindDeposit, Tx: key, Amount: made.Amount, Posts: posts},
	}}})
	if errors.Is(err, scrip.AlreadyRecorded) { // by another process on the same books
		return s.repeated(ctx, key, made)
	}
	return err
}

// Statement returns an account's balance and its last movements, newest first,
// or scrip.NotFound.
func (s *Sandbox) Statement(ctx context.Context, reference string) (scrip.Money, []scrip.Record, error) {
	balance, err := s.Balance(ctx, reference)
	if err != nil {
		return 0, nil, err
	}
	movements, err := s.Ledger.BankMovements(ctx, reference, 50)
	return balance, movements, err
}

// Confirmation returns a payment its customer was asked to confirm, and
// what it said, or scrip.NotFound.
func (s *Sandbox) Confirmation(ctx context.Context, key scrip.ID) (scrip.Collection, scrip.Consent, error) {
	asked, said, err := s.Confirmations.Confirmation(ctx, key)
	return asked, said, absent(err)
}

// Confirm confirms a payment that was not declined. Whoever knows the key, which
// only the customer was told, may.
func (s *Sandbox) Confirm(ctx context.Context, key scrip.ID) error {
	return absent(s.Confirmations.Confirm(ctx, key, s.Clock().Unix()))
}

// Decline declines a payment that was not confirmed: it is never made, and who
// asks for it again is told so. Whoever knows the key may.
func (s *Sandbox) Decline(ctx context.Context, key scrip.ID) error {
	return absent(s.Confirmations.Decline(ctx, key, s.Clock().Unix()))
}

// Collect says whether the account may be debited now. The money is in the
// books already, so the debit itself belongs to the Change that spends it;
// there the balance decides.
func (s *Sandbox) Collect(ctx context.Context, c scrip.Collection) (scrip.Collected, error) {
	balance, err := s.Ledger.BankBalance(ctx, c.Reference)
	if errors.Is(err, scrip.ErrAbsent) || (err == nil && balance < c.Amount) {
		return scrip.Collected{}, scrip.BankDeclined
	}
	if err != nil || c.Amount < s.Limits.Confirm {
		return scrip.Collected{}, err
	}
	said, err := s.Confirmations.Ask(ctx, c)
	switch {
	case err != nil || said == scrip.Confirmed:
		return scrip.Collected{}, err
	case said == scrip.Declined:
		return scrip.Collected{}, scrip.BankDeclined
	}
	return scrip.Collected{Link: s.BaseURL + "/bank/confirm/" + string(c.Key)}, nil
}

func absent(err error) error {
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.NotFound
	}
	return err
}
