package bank

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/services/scrip"
)

// Bounds on what Run does at a time.
const (
	mostDue    = 50              // of each kind in one go
	lookEvery  = 5 * time.Second // for what other processes wrote down, or what is due by time
	callWithin = 30 * time.Second
	mostFailed = 3 // after so many in a row that got no answer the provider is taken to be out of reach
)

// Run carries out what is due until the context ends.
func (g *Gateway) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := g.Deliver(ctx); err != nil && ctx.Err() == nil {
			g.Log.Warn("the payment provider will be asked again", "err", err)
		}
		select {
		case <-g.woken:
		case <-time.After(lookEvery):
		case <-ctx.Done():
		}
	}
}

// Deliver makes one go at all that is due. What got no answer is due again later, by itself; the error says that there was such.
func (g *Gateway) Deliver(ctx context.Context) error {
	at := g.Clock().Unix()
	var failed line
	attempts, err := g.Till.AttemptsDue(ctx, at, mostDue)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		if failed.add(g.turn(ctx, a)) {
			return failed.err
		}
	}
	out, err := g.Till.DisbursementsDue(ctx, at, mostDue)
	if err != nil {
		return err
	}
	for _, d := range out {
		if failed.add(g.disburse(ctx, d)) {
			return failed.err
		}
	}
	return failed.err
}

// line is a row of calls.
type line struct {
	err   error // the first, and how often there was one
	inRow int
}

// add counts a call, and reports whether the provider is to be left alone. What another process did first is no failure.
func (l *line) add(err error) (enough bool) {
	if err == nil || errors.Is(err, scrip.Unavailable) {
		l.inRow = 0
		return false
	}
	if l.err == nil {
		l.err = err
	}
	l.inRow++
	return l.inRow >= mostFailed
}

// pause is after how many seconds what has been tried so often is tried again.
func pause(tries int) int64 { return min(int64(5)<<min(tries, 10), 60*60) }

// errNoProvider is what is due at a provider where none is on.
var errNoProvider = errors.New("no payment provider is on")

// turn takes an attempt one step on. What fails, be it at the provider or in the books, is looked at again later, so that nothing
// waits behind it.
func (g *Gateway) turn(ctx context.Context, a scrip.Attempt) error {
	within, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	err := g.step(within, a)
	if err == nil || errors.Is(err, scrip.Unavailable) {
		return err
	}
	at := g.Clock().Unix()
	a.Tries, a.Next, a.Version = a.Tries+1, at+pause(a.Tries), a.Version+1
	return errors.Join(err, g.apply(context.WithoutCancel(ctx), at, &scrip.Banking{Attempts: []scrip.Attempt{a}}))
}

// step takes an attempt one step on: scrip.Unavailable where another process did.
func (g *Gateway) step(ctx context.Context, a scrip.Attempt) error {
	if g.Card == nil {
		return errNoProvider
	}
	if a.State == scrip.AttemptBegun {
		return g.open(ctx, a)
	}
	if a.State == scrip.AttemptEnding && a.Session != "" {
		if err := g.Card.End(ctx, a); err != nil {
			return err
		}
	}
	if a.Session == "" { // called off before it was opened; what was asked of the provider and not heard is ended by its time
		return g.fail(ctx, a, "")
	}
	seen, err := g.Card.Look(ctx, a)
	if err != nil {
		return err
	}
	return g.seen(ctx, a, seen)
}

// open has the provider make the page of an attempt.
func (g *Gateway) open(ctx context.Context, a scrip.Attempt) error {
	session, link, err := g.Card.Open(ctx, a, g.Currency, g.Page(a.PayIn))
	var no Rejected
	switch {
	case errors.As(err, &no):
		return g.fail(ctx, a, no.Reason)
	case err != nil:
		return err
	}
	at := g.Clock().Unix()
	a.State, a.Session, a.Link, a.Tries, a.Next, a.Version = scrip.AttemptOpen, session, link, 0, at+pause(2), a.Version+1
	return g.apply(ctx, at, &scrip.Banking{Attempts: []scrip.Attempt{a}})
}

// fail ends an attempt without money. Its page, if there is one, was closed.
func (g *Gateway) fail(ctx context.Context, a scrip.Attempt, reason string) error {
	at := g.Clock().Unix()
	a.State, a.Reason, a.Next, a.Version = scrip.AttemptFailed, short(reason), 0, a.Version+1
	return g.apply(ctx, at, &scrip.Banking{Attempts: []scrip.Attempt{a}})
}

// short bounds a provider's word.
func short(reason string) string {
	const most = 100
	reason = scrip.CleanLine(reason)
	if r := []rune(reason); len(r) > most {
		reason = string(r[:most])
	}
	return reason
}

// seen makes true in the books how an attempt stands at the provider.
func (g *Gateway) seen(ctx context.Context, a scrip.Attempt, s Seen) error {
	at := g.Clock().Unix()
	switch {
	case s.State == SeenPaid && a.State == scrip.AttemptPaid:
		return g.takenBack(ctx, a, s)
	case s.State == SeenPaid:
		return g.paid(ctx, a, s)
	case s.State == SeenFailed && a.State != scrip.AttemptFailed:
		return g.fail(ctx, a, s.Reason)
	}
	if a.Next = 0; a.State == scrip.AttemptOpen || a.State == scrip.AttemptEnding {
		a.Next = at + pause(2+int((at-a.At)/600)) // its notice comes sooner
	}
	a.Tries, a.Version = 0, a.Version+1
	return g.apply(ctx, at, &scrip.Banking{Attempts: []scrip.Attempt{a}})
}

// paid credits what came in to the account, once: the attempt is paid in the same commit. What is not what was asked for is
// suspended.
func (g *Gateway) paid(ctx context.Context, a scrip.Attempt, s Seen) error {
	p, err := g.Till.PayIn(ctx, a.PayIn)
	if err != nil {
		return err
	}
	at := g.Clock().Unix()
	rows := &scrip.Banking{}
	to, kind, amount := scrip.BankOf(a.Reference), scrip.KindDeposit, a.Amount
	if why := wrong(a, s, g.Currency); why != "" {
		suspended := scrip.Suspended{
			ID: scrip.DerivedID("suspended", a.ID, 0), Way: scrip.ByCard, At: at, Amount: s.Amount, Said: said(s.Amount, s.Currency, g.Currency),
			Named: s.Charge, Why: why, Version: 1,
		}
		if to, kind, amount = scrip.Suspense, scrip.KindSuspended, s.Amount; why == scrip.OtherCurrency {
			suspended.Amount, amount = 0, 0
		}
		a.Reason, a.Closed = why, true
		rows.Suspended = append(rows.Suspended, suspended)
	} else if p.State == scrip.PayInAsked {
		p.State, p.Changed, p.Version = scrip.PayInPaid, at, p.Version+1
		rows.PayIns = append(rows.PayIns, p)
	}
	a.State, a.Charge, a.Tries, a.Next, a.Version = scrip.AttemptPaid, s.Charge, 0, 0, a.Version+1
	rows.Attempts = append(rows.Attempts, a)
	if amount == 0 {
		return g.apply(ctx, at, rows)
	}
	return g.apply(ctx, at, rows, scrip.Record{
		At: at, Kind: kind, Tx: a.ID, Amount: amount, Posts: []scrip.Posting{{From: scrip.World, To: to, Amount: amount}},
	})
}

// wrong says why what came in is not what was asked for; empty: it is.
func wrong(a scrip.Attempt, s Seen, c scrip.Currency) string {
	switch {
	case s.Currency != c.Code:
		return scrip.OtherCurrency
	case s.Amount != a.Amount+a.Fee:
		return scrip.OtherAmount
	}
	return ""
}

// said is money as people write it, of ours or another currency, for the operator.
func said(amount scrip.Money, code string, ours scrip.Currency) string {
	if code == ours.Code {
		return ours.Format(amount) + " " + code
	}
	return fmt.Sprintf("%d (minor units) %s", amount, code)
}

// takenBack books what the payer of a paid attempt has back beside what we gave. Where the account does not hold it any more, the
// operator hears of it: the money is missing at the provider.
func (g *Gateway) takenBack(ctx context.Context, a scrip.Attempt, s Seen) error {
	at := g.Clock().Unix()
	more := min(s.Refunded, a.Amount) - a.Refunded
	a.Next, a.Tries, a.Version = 0, 0, a.Version+1
	for _, d := range s.Disputes {
		covered, err := g.disputed(ctx, a, d)
		if err != nil {
			return err
		}
		if a.Closed = true; !covered {
			a.Next = at + coverEvery
		}
	}
	rows := &scrip.Banking{}
	if more <= 0 || a.Reason != "" {
		rows.Attempts = append(rows.Attempts, a)
		return g.apply(ctx, at, rows)
	}
	a.Refunded += more
	rows.Attempts = append(rows.Attempts, a)
	err := g.apply(ctx, at, rows, scrip.Record{
		At: at, Kind: scrip.KindReversed, Tx: scrip.DerivedID("reversed", a.ID, int(a.Version)), Amount: more,
		Posts: []scrip.Posting{{From: scrip.BankOf(a.Reference), To: scrip.World, Amount: more}},
	})
	if errors.Is(err, scrip.BankDeclined) { // the account does not hold it
		rows.Suspended = append(rows.Suspended, g.missing(a, more, s.Currency, scrip.TakenBackAbroad))
		err = g.apply(ctx, at, rows)
	}
	return err
}

// missing tells the operator of money that is gone at the provider and stands in the books.
func (g *Gateway) missing(a scrip.Attempt, amount scrip.Money, code, why string) scrip.Suspended {
	return scrip.Suspended{
		ID: scrip.DerivedID(why, a.ID, int(a.Version)), Way: scrip.ByCard, At: g.Clock().Unix(), Said: said(amount, code, g.Currency), Named: a.Charge,
		Why: why, Reference: a.Reference, Version: 1,
	}
}

// Hear takes a notice of the provider's as it came: scrip.Unreadable unless its signature holds. It says what to look at; what is
// true of that is asked, and not read in it, so that a late, doubled or overtaken notice changes nothing.
func (g *Gateway) Hear(ctx context.Context, payload []byte, signature string) error {
	if g.Card == nil {
		return scrip.NotFound
	}
	heard, err := g.Card.Hear(payload, signature)
	if err != nil {
		return err
	}
	heard.At = g.Clock().Unix()
	err = g.apply(ctx, heard.At, &scrip.Banking{Heard: &heard})
	if errors.Is(err, scrip.AlreadyRecorded) {
		return nil
	}
	g.Wake()
	return err
}
