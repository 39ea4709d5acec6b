package bank

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/services/scrip"
)

// Reconciled is a payment provider's list held against the books.
type Reconciled struct {
	Since       int64              // unix seconds
	Counts      map[ListedKind]int // of what is listed and stands in the books alike
	Sums        map[ListedKind]scrip.Money
	Differences []string // in words, for the operator
}

// settling is how long, in seconds, what is new may be known to one side alone.
const settling = 15 * 60

// Reconcile holds all that the provider lists since a time, in unix seconds, against the books, and the books against it. What is
// younger than a quarter of an hour is left to the next time. scrip.NotFound: no provider is on.
func (g *Gateway) Reconcile(ctx context.Context, since int64) (Reconciled, error) {
	if g.Card == nil {
		return Reconciled{}, scrip.NotFound
	}
	r := &reconciling{
		Reconciled: Reconciled{Since: since, Counts: map[ListedKind]int{}, Sums: map[ListedKind]scrip.Money{}},
		g:          g, until: g.Clock().Unix() - settling, seen: map[scrip.ID]bool{}, elsewhere: map[scrip.ID]scrip.Money{},
	}
	const slack = 24 * 60 * 60 // what was begun since may be listed by another clock
	for l, err := range g.Card.List(ctx, since-slack) {
		if err == nil {
			err = r.listed(ctx, l)
		}
		if err != nil {
			return r.Reconciled, err
		}
	}
	if err := r.missing(ctx); err != nil {
		return r.Reconciled, err
	}
	return r.Reconciled, nil
}

type reconciling struct {
	Reconciled
	g         *Gateway
	until     int64
	seen      map[scrip.ID]bool        // of ours that are listed
	elsewhere map[scrip.ID]scrip.Money // what was given back of an attempt, and not by us
}

func (r *reconciling) say(format string, args ...any) {
	r.Differences = append(r.Differences, fmt.Sprintf(format, args...))
}

// what names a line of the list.
func (r *reconciling) what(l Listed) string {
	return fmt.Sprintf("%s %s of %s, %s", l.Kind, l.Name, said(l.Amount, l.Currency, r.g.Currency), time.Unix(l.At, 0).UTC().Format(time.DateTime))
}

// dispute holds a dispute against the books: what the provider took for it is set aside, or gone, of the house's money.
func (r *reconciling) dispute(ctx context.Context, l Listed) error {
	row, err := r.g.Till.SuspendedOne(ctx, disputeID(l.Name))
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		r.say("%s about %s: it is not in the books", r.what(l), l.Of)
		return nil
	case err != nil:
		return err
	case l.Failed && row.Settled == 0 && row.Amount > 0:
		r.say("%s: it took nothing, or gave it back, and money is set aside for it in the books", r.what(l))
	case l.Failed && row.Outcome == Lost:
		r.say("%s: it was lost, and has been won since, and the books have not heard of it", r.what(l))
	case !l.Failed && row.Outcome == Won:
		r.say("%s: it is won in the books, and the provider has the money still or again", r.what(l))
	case !l.Failed && row.Amount == 0 && row.Settled == 0:
		r.say("%s: the provider took it, and the house does not hold so much: put money in", r.what(l))
	}
	return nil
}

// listed holds a line of the list against the books.
func (r *reconciling) listed(ctx context.Context, l Listed) error {
	if l.ID != "" {
		r.seen[l.ID] = true
	}
	if l.At < r.Since || l.At > r.until {
		return nil
	}
	before := len(r.Differences)
	var err error
	switch l.Kind {
	case ListedPayment:
		err = r.payment(ctx, l)
	case ListedDispute:
		err = r.dispute(ctx, l)
	default:
		err = r.disbursed(ctx, l)
	}
	if err == nil && len(r.Differences) == before && !l.Failed {
		r.Counts[l.Kind]++
		r.Sums[l.Kind] += l.Amount
	}
	return err
}

func (r *reconciling) payment(ctx context.Context, l Listed) error {
	a, err := r.g.Till.Attempt(ctx, l.ID)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		r.say("%s: it is not in the books", r.what(l))
	case err != nil:
		return err
	case a.State != scrip.AttemptPaid:
		r.say("%s: the books have it as %s, and nothing of it was credited to %s", r.what(l), a.State, a.Reference)
	case a.Charge != l.Name:
		r.say("%s: the books have %s in its place: it was paid twice", r.what(l), a.Charge)
	case a.Reason == "" && (l.Amount != a.Amount+a.Fee || l.Currency != r.g.Currency.Code):
		r.say("%s: the books have %s", r.what(l), said(a.Amount+a.Fee, r.g.Currency.Code, r.g.Currency))
	}
	return nil
}

func (r *reconciling) disbursed(ctx context.Context, l Listed) error {
	d, err := r.g.Till.Disbursement(ctx, l.ID)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return r.notOurs(ctx, l)
	case err != nil:
		return err
	case d.State == scrip.OutQueued || d.State == scrip.OutReady:
		r.say("%s: the books have it as not given yet", r.what(l))
	case l.Failed != (d.State == scrip.OutFailed):
		r.say("%s: it %s there, and in the books it is %s", r.what(l), map[bool]string{true: "failed", false: "did not fail"}[l.Failed], d.State)
	case d.Given != l.Name:
		r.say("%s: the books have %s in its place: it was made twice", r.what(l), d.Given)
	case l.Amount != d.Amount || l.Currency != r.g.Currency.Code:
		r.say("%s: the books have %s", r.what(l), said(d.Amount, r.g.Currency.Code, r.g.Currency))
	}
	return nil
}

// notOurs is what was made at the provider itself. A refund of that kind is in the books as taken back of its payment.
func (r *reconciling) notOurs(ctx context.Context, l Listed) error {
	if l.Failed {
		return nil
	}
	a, err := r.g.Till.AttemptByCharge(ctx, l.Of)
	if l.Kind != ListedRefund || errors.Is(err, scrip.ErrAbsent) {
		r.say("%s: it is not in the books", r.what(l))
		return nil
	}
	if r.elsewhere[a.ID] += l.Amount; err == nil && min(r.elsewhere[a.ID], a.Amount) > a.Refunded {
		r.say("%s: it was made at the provider itself, and is not in the books", r.what(l))
	}
	return err
}

// missing says what the books have and the list has not.
func (r *reconciling) missing(ctx context.Context) error {
	attempts, err := r.g.Till.AttemptsSince(ctx, r.Since)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		if a.State == scrip.AttemptPaid && !r.seen[a.ID] && a.At <= r.until {
			r.say("payment %s of %s: it is in the books, and not in the provider's list", a.Charge, said(a.Amount+a.Fee, r.g.Currency.Code, r.g.Currency))
		}
	}
	out, err := r.g.Till.DisbursementsSince(ctx, r.Since)
	for _, d := range out {
		if d.Means == scrip.ByFile || d.At > r.until {
			continue
		}
		amount := said(d.Amount, r.g.Currency.Code, r.g.Currency)
		switch {
		case (d.State == scrip.OutSent || d.State == scrip.OutDone) && !r.seen[d.ID()]:
			r.say("%s %s of %s: it is in the books, and not in the provider's list", d.Means, d.Given, amount)
		case d.State == scrip.OutQueued || d.State == scrip.OutReady:
			r.say("%s to %s, ordered %s, waits to be given to the provider", amount, d.Reference, time.Unix(d.At, 0).UTC().Format(time.DateTime))
		}
	}
	return err
}
