package bank

import (
	"context"
	"errors"
	"strings"

	"peerscrip/services/scrip"
)

// Outcomes of what was suspended.
const (
	Credited = "credited" // to an account
	SentBack = "returned" // by the operator, at the bank or the provider
	Noted    = "noted"    // it moves nothing
	Won      = "won"      // a dispute: the money is back
	Lost     = "lost"     // a dispute: the money is gone, at the house's cost
)

// ErrUndecided is returned for a dispute for which the house's money stands in: it ends by the provider's word.
var ErrUndecided = errors.New("a dispute ends by itself, once the payment provider says how")

// Suspended lists what waits for the operator, up to limit, the oldest first.
func (g *Gateway) Suspended(ctx context.Context, limit int) ([]scrip.Suspended, error) {
	return g.Till.Suspended(ctx, limit)
}

// Settle says whose suspended money is: an account's, by its reference or by that of a payment; or, with none, that it was sent back.
// What moves nothing (another currency, money that is missing) is noted. scrip.NotFound: nothing waits under this ID, or there is no
// such account. ErrUndecided: it is a dispute that goes on.
func (g *Gateway) Settle(ctx context.Context, id scrip.ID, reference string) (scrip.Suspended, error) {
	s, err := g.Till.SuspendedOne(ctx, id)
	if errors.Is(err, scrip.ErrAbsent) || err == nil && s.Settled != 0 {
		err = scrip.NotFound
	}
	if err != nil {
		return s, err
	}
	if s.Why == scrip.Disputed && s.Amount > 0 {
		return s, ErrUndecided
	}
	p, err := g.Till.PayInByCode(ctx, strings.ToUpper(strings.Join(strings.Fields(reference), "")))
	if err == nil {
		reference = p.Reference
	} else if !errors.Is(err, scrip.ErrAbsent) {
		return s, err
	}
	at, to := g.Clock().Unix(), scrip.World
	s.Settled, s.Outcome, s.Version = at, SentBack, s.Version+1
	if reference != "" {
		if _, err := g.Balance(ctx, reference); err != nil {
			return s, err
		}
		s.Outcome, s.Reference, to = Credited, reference, scrip.BankOf(reference)
	}
	if s.Amount == 0 {
		s.Outcome = Noted
		return s, g.apply(ctx, at, &scrip.Banking{Suspended: []scrip.Suspended{s}})
	}
	return s, g.apply(ctx, at, &scrip.Banking{Suspended: []scrip.Suspended{s}}, scrip.Record{
		At: at, Kind: scrip.KindSettled, Tx: s.ID, Amount: s.Amount, Posts: []scrip.Posting{{From: scrip.Suspense, To: to, Amount: s.Amount}},
	})
}
