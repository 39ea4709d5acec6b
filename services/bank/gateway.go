package bank

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"peerscrip/services/scrip"
)

// Till is the part of the broker's books in which real money stands. Reads see every Change applied before them and return
// scrip.ErrAbsent for what is not there; they are documented where db has them.
type Till interface {
	Apply(ctx context.Context, c scrip.Change) error
	BankBalance(ctx context.Context, reference string) (scrip.Money, error)
	HouseBalance(ctx context.Context) (scrip.Money, error)
	BankMovements(ctx context.Context, reference string, limit int) ([]scrip.Record, error)

	PayIn(ctx context.Context, key scrip.ID) (scrip.PayIn, error)
	PayInByCode(ctx context.Context, code string) (scrip.PayIn, error)
	PayIns(ctx context.Context, reference string, limit int) ([]scrip.PayIn, error)
	Attempt(ctx context.Context, id scrip.ID) (scrip.Attempt, error)
	Attempts(ctx context.Context, payIn scrip.ID) ([]scrip.Attempt, error)
	AttemptByCharge(ctx context.Context, charge string) (scrip.Attempt, error)
	AttemptsDue(ctx context.Context, at int64, limit int) ([]scrip.Attempt, error)
	AttemptsSince(ctx context.Context, at int64) ([]scrip.Attempt, error)
	AttemptsRefundable(ctx context.Context, reference string, limit int) ([]scrip.Attempt, error)
	Disbursement(ctx context.Context, id scrip.ID) (scrip.Disbursement, error)
	Disbursements(ctx context.Context, reference string, limit int) ([]scrip.Disbursement, error)
	DisbursementsDue(ctx context.Context, at int64, limit int) ([]scrip.Disbursement, error)
	DisbursementsBy(ctx context.Context, means scrip.Means, state scrip.DisbursementState, limit int) ([]scrip.Disbursement, error)
	DisbursementsGiven(ctx context.Context, given string) ([]scrip.Disbursement, error)
	DisbursementsSince(ctx context.Context, at int64) ([]scrip.Disbursement, error)
	Payee(ctx context.Context, reference string) (scrip.Payee, error)
	Heard(ctx context.Context, provider, id string) (scrip.Heard, error)
	Taken(ctx context.Context, f scrip.BankFile) (bool, error)
	Suspended(ctx context.Context, limit int) ([]scrip.Suspended, error)
	SuspendedOne(ctx context.Context, id scrip.ID) (scrip.Suspended, error)
}

// GatewayConfig is what a Gateway is made of.
type GatewayConfig struct {
	Till        Till
	Kind        scrip.BankKind // scrip.RealBank, or scrip.TestBank
	Card        Provider       // nil: no payments at a provider
	CardWay     scrip.PayWay   // what these cost
	House       *HouseAccount  // nil: no transfers from bank to bank
	TransferWay scrip.PayWay   // what these cost
	Clock       func() time.Time
	Random      io.Reader
	BaseURL     string // where /bank is
	Currency    scrip.Currency
	Log         *slog.Logger // default: dropped
}

// Gateway is a bank of real money, which comes and goes through payment providers. Its accounts are the bank accounts of the
// broker's books: what was paid in and is not in a wallet yet, and what could not be paid out. An account is opened by anyone, and
// whoever knows its reference may use it.
//
// Nothing waits for a provider in a step of the protocol, or in a commit: what is asked of one is a row of the books first, and
// [Gateway.Run] carries it out, again and again until the provider has said how it ended. A crash between a provider's answer and
// the row that keeps it asks again, with the same ID.
type Gateway struct {
	GatewayConfig
	woken chan struct{}
}

// NewGateway returns a gateway; it starts nothing.
func NewGateway(c GatewayConfig) *Gateway {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Gateway{GatewayConfig: c, woken: make(chan struct{}, 1)}
}

// Terms implements broker.Bank.
func (g *Gateway) Terms() scrip.BankTerms {
	t := scrip.BankTerms{Kind: g.Kind}
	if g.Card != nil {
		t.Ways = append(t.Ways, g.CardWay)
	}
	if g.House != nil {
		t.Ways = append(t.Ways, g.TransferWay)
	}
	return t
}

// OpenAccount opens an account and returns its reference: "PA" and 24 letters.
func (g *Gateway) OpenAccount(ctx context.Context) (string, error) {
	return openAccount(ctx, "PA", g.Random, g.Till.Apply, g.Clock())
}

// openAccount opens a bank account in the books under a new reference, which nobody guesses.
func openAccount(ctx context.Context, begins string, random io.Reader, apply func(context.Context, scrip.Change) error, now time.Time) (string, error) {
	var b [15]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a bank reference: %w", err)
	}
	reference := begins + base32.StdEncoding.EncodeToString(b[:])
	return reference, apply(ctx, scrip.Change{At: now.Unix(), Broker: &scrip.BrokerChange{Bank: reference}})
}

// Balance returns what an account holds, or scrip.NotFound.
func (g *Gateway) Balance(ctx context.Context, reference string) (scrip.Money, error) {
	balance, err := g.Till.BankBalance(ctx, reference)
	return balance, absent(err)
}

// Check implements broker.Bank: an account that was opened here stays.
func (g *Gateway) Check(ctx context.Context, reference string) error {
	_, err := g.Till.BankBalance(ctx, reference)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.BankDeclined
	}
	return err
}

// Collect implements broker.Bank. What is in the account is taken first; what is missing its customer is asked for, at the page
// that the link leads to. A payment that was called off is never made; money that comes for it all the same is in the account.
func (g *Gateway) Collect(ctx context.Context, c scrip.Collection) (scrip.Collected, error) {
	balance, err := g.Till.BankBalance(ctx, c.Reference)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.Collected{}, scrip.BankDeclined
	case err != nil || balance >= c.Amount:
		return scrip.Collected{}, err
	}
	p, err := g.Till.PayIn(ctx, c.Key)
	absent := errors.Is(err, scrip.ErrAbsent)
	switch {
	case absent:
		p = scrip.PayIn{Key: c.Key, Reference: c.Reference, Code: creditorReference(c.Key)}
	case err != nil:
		return scrip.Collected{}, err
	case p.Reference != c.Reference:
		return scrip.Collected{}, scrip.TxConflict
	case p.State == scrip.PayInAsked:
		return scrip.Collected{Link: g.Page(c.Key)}, nil
	case !c.Insists:
		return scrip.Collected{}, scrip.BankDeclined
	}
	p.Amount, p.At, p.State, p.Changed, p.Version = c.Amount-balance, c.At, scrip.PayInAsked, c.At, p.Version+1
	if len(g.Offers(p.Amount)) == 0 {
		return scrip.Collected{}, scrip.AmountOutOfBounds
	}
	err = g.apply(ctx, c.At, &scrip.Banking{PayIns: []scrip.PayIn{p}})
	if errors.Is(err, scrip.Unavailable) && absent { // the same message came at the same time
		_, err = g.Till.PayIn(ctx, c.Key)
	}
	return scrip.Collected{Link: g.Page(c.Key)}, err
}

// Page is where the customer of a collection pays.
func (g *Gateway) Page(key scrip.ID) string { return g.BaseURL + "/bank/confirm/" + string(key) }

// Offer is a way to pay an amount.
type Offer struct {
	Way        string
	Fee, Total scrip.Money
}

// Offers are the ways in which an amount can be paid.
func (g *Gateway) Offers(amount scrip.Money) (offers []Offer) {
	for _, w := range g.Terms().Ways {
		if fee := w.Fee(amount); amount >= w.Least {
			offers = append(offers, Offer{Way: w.Way, Fee: fee, Total: amount + fee})
		}
	}
	return offers
}

// Disburse implements broker.Bank.
func (g *Gateway) Disburse(key scrip.ID, reference string, amount scrip.Money, at int64) *scrip.Disbursement {
	return &scrip.Disbursement{Key: key, Reference: reference, Amount: amount, At: at, State: scrip.OutQueued, Changed: at, Next: at, Version: 1}
}

// Wake has Run look for what is due.
func (g *Gateway) Wake() {
	select {
	case g.woken <- struct{}{}:
	default:
	}
}

// apply commits rows, with the records and postings of a Change beside them.
func (g *Gateway) apply(ctx context.Context, at int64, b *scrip.Banking, records ...scrip.Record) error {
	change := scrip.BrokerChange{Banking: b, Log: records}
	for _, r := range records {
		change.Post = append(change.Post, r.Posts...)
	}
	return g.Till.Apply(ctx, scrip.Change{At: at, Broker: &change})
}
