package bank

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// disburse takes a Disbursement one step on. What fails, be it at the provider or in the books, is tried again later, so that nothing
// waits behind it.
func (g *Gateway) disburse(ctx context.Context, d scrip.Disbursement) error {
	within, cancel := context.WithTimeout(ctx, callWithin)
	defer cancel()
	err := g.onward(within, d)
	if err == nil || errors.Is(err, scrip.Unavailable) {
		return err
	}
	at := g.Clock().Unix()
	d.Tries, d.Next, d.Version = d.Tries+1, at+pause(d.Tries), d.Version+1
	return errors.Join(err, g.apply(context.WithoutCancel(ctx), at, &scrip.Banking{Disburse: []scrip.Disbursement{d}}))
}

// onward takes a Disbursement one step on: scrip.Unavailable where another process did.
func (g *Gateway) onward(ctx context.Context, d scrip.Disbursement) error {
	if d.State == scrip.OutQueued {
		return g.divide(ctx, d)
	}
	if g.Card == nil {
		return errNoProvider
	}
	given, err := g.give(ctx, d)
	var no Rejected
	if errors.As(err, &no) {
		given, err = Given{Name: d.Given, State: GivenBack, Reason: no.Reason}, nil
	}
	if err != nil {
		return err
	}
	return g.given(ctx, d, given)
}

// give gives a Disbursement to the provider, or asks how it stands there.
func (g *Gateway) give(ctx context.Context, d scrip.Disbursement) (Given, error) {
	switch {
	case d.State != scrip.OutReady:
		return g.Card.Track(ctx, d)
	case d.Means == scrip.ByRefund:
		of, err := g.Till.Attempt(ctx, d.Attempt)
		if err != nil {
			return Given{}, err
		}
		return g.Card.Refund(ctx, d, of)
	}
	return g.Card.Pay(ctx, d, g.Currency)
}

// mostParts bounds how many payments one Disbursement is given back of.
const mostParts = 20

// divide says by which means an order is carried out, and divides it among them: what was paid at the provider goes back where it
// came from, the last first, and the rest to the payee. Where there is none, the rest is back in the account.
func (g *Gateway) divide(ctx context.Context, d scrip.Disbursement) error {
	at, left := g.Clock().Unix(), d.Amount
	rows := &scrip.Banking{}
	add := func(part scrip.Disbursement) {
		part.Key, part.N, part.Reference, part.At, part.Changed, part.Version = d.Key, d.N+len(rows.Disburse), d.Reference, d.At, at, 1
		if len(rows.Disburse) == 0 {
			part.Version = d.Version + 1
		}
		rows.Disburse = append(rows.Disburse, part)
		left -= part.Amount
	}
	paid, err := g.refundable(ctx, d.Reference)
	if err != nil {
		return err
	}
	for _, a := range paid {
		part := min(left, a.Amount-a.Refunded)
		if part == 0 {
			break
		}
		a.Refunded, a.Version = a.Refunded+part, a.Version+1
		rows.Attempts = append(rows.Attempts, a)
		add(scrip.Disbursement{Amount: part, State: scrip.OutReady, Means: scrip.ByRefund, Attempt: a.ID, Next: at})
	}
	if left == 0 {
		return g.apply(ctx, at, rows)
	}
	payee, err := g.Till.Payee(ctx, d.Reference)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	if payee.IBAN != "" && g.House != nil {
		add(scrip.Disbursement{Amount: left, State: scrip.OutReady, Means: scrip.ByFile, To: payee.Name + "\n" + payee.IBAN})
		return g.apply(ctx, at, rows)
	}
	if payee.Connected != "" && g.Card != nil {
		add(scrip.Disbursement{Amount: left, State: scrip.OutReady, Means: scrip.ByPayment, To: payee.Connected, Next: at})
		return g.apply(ctx, at, rows)
	}
	add(scrip.Disbursement{Amount: left, State: scrip.OutFailed, Reason: scrip.NoPayee})
	return g.apply(ctx, at, rows, back(rows.Disburse[len(rows.Disburse)-1], scrip.PayoutOf(d.Reference), at))
}

// refundable are the paid attempts of an account of which something can be given back, the last first.
func (g *Gateway) refundable(ctx context.Context, reference string) ([]scrip.Attempt, error) {
	if g.Card == nil {
		return nil, nil
	}
	return g.Till.AttemptsRefundable(ctx, reference, mostParts)
}

// back is the record of money that did not leave, or came back from where it went.
func back(d scrip.Disbursement, from scrip.Ledger, at int64) scrip.Record {
	return scrip.Record{
		At: at, Kind: scrip.KindReturned, Tx: d.ID(), Amount: d.Amount,
		Posts: []scrip.Posting{{From: from, To: scrip.BankOf(d.Reference), Amount: d.Amount}},
	}
}

// trackEvery is how often, in seconds, what is on its way is asked about where no notice comes.
const trackEvery = 60 * 60

// given makes true in the books how a Disbursement stands at the provider.
func (g *Gateway) given(ctx context.Context, d scrip.Disbursement, now Given) error {
	at, before := g.Clock().Unix(), d.State
	if now.Name != "" {
		d.Given = now.Name
	}
	d.Tries, d.Next, d.Changed, d.Version = 0, 0, at, d.Version+1
	rows := func() *scrip.Banking { return &scrip.Banking{Disburse: []scrip.Disbursement{d}} }
	switch {
	case before == scrip.OutFailed || now.State == GivenDone && before == scrip.OutDone:
		return g.apply(ctx, at, rows())
	case now.State == GivenBack:
		return g.cameBack(ctx, d, before, now.Reason)
	case now.State == GivenDone:
		d.State = scrip.OutDone
		return g.apply(ctx, at, rows(), scrip.Record{
			At: at, Kind: scrip.KindDisbursed, Tx: d.ID(), Amount: d.Amount,
			Posts: []scrip.Posting{{From: scrip.PayoutOf(d.Reference), To: scrip.World, Amount: d.Amount}},
		})
	}
	if before != scrip.OutDone {
		d.State, d.Next = scrip.OutSent, at+trackEvery
	}
	return g.apply(ctx, at, rows())
}

// cameBack puts back into the account what did not arrive, with why. Of what it was to be given back of, nothing more is tried.
func (g *Gateway) cameBack(ctx context.Context, d scrip.Disbursement, before scrip.DisbursementState, reason string) error {
	at, from := g.Clock().Unix(), scrip.PayoutOf(d.Reference)
	if before == scrip.OutDone {
		from = scrip.World
	}
	d.State, d.Reason = scrip.OutFailed, short(reason)
	rows := &scrip.Banking{Disburse: []scrip.Disbursement{d}}
	if d.Means == scrip.ByRefund {
		of, err := g.Till.Attempt(ctx, d.Attempt)
		if err != nil {
			return err
		}
		// Looked at once more: who gave it back at the provider meanwhile did so instead of us.
		of.Refunded, of.Closed, of.Next, of.Version = of.Refunded-d.Amount, true, at, of.Version+1
		rows.Attempts = append(rows.Attempts, of)
	}
	return g.apply(ctx, at, rows, back(d, from, at))
}

// PayOut orders what is in an account to be paid out, all of it; an order with the same key changes nothing more.
// scrip.NotFound: there is no such account, or nothing in it.
func (g *Gateway) PayOut(ctx context.Context, reference string, key scrip.ID) error {
	balance, err := g.Balance(ctx, reference)
	if err != nil {
		return err
	}
	if !key.Valid() || balance == 0 {
		return scrip.NotFound
	}
	at := g.Clock().Unix()
	err = g.apply(ctx, at, &scrip.Banking{Disburse: []scrip.Disbursement{*g.Disburse(scrip.DerivedID("ordered "+reference, key, 0), reference, balance, at)}}, scrip.Record{
		At: at, Kind: scrip.KindOrdered, Tx: key, Amount: balance,
		Posts: []scrip.Posting{{From: scrip.BankOf(reference), To: scrip.PayoutOf(reference), Amount: balance}},
	})
	if errors.Is(err, scrip.AlreadyRecorded) {
		return nil
	}
	g.Wake()
	return err
}
