package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Statement is STATEMENT, STATED: how the stalls of an account stand. It moves
// nothing and is answered anew each time.
func (b *Broker) Statement(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.Statement](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, q, func(int64) (scrip.Answer, error) {
		if string(m.Body.Account) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		stalls, err := b.Books.Stated(ctx, m.Body.Account, scrip.MaxStated)
		if err != nil {
			return scrip.Answer{}, err
		}
		credit, err := b.Books.Credit(ctx, m.Body.Account)
		return scrip.Answer{Body: scrip.Stated{Account: m.Body.Account, Credit: credit, Stalls: stalls}, Unstored: true}, err
	})
}

// Payout is PAYOUT, PAID_OUT: the account that owns a stall has earnings paid
// to its bank, or into its BrokerScrip; any account what it had back of protected
// purchases. A stall's own key moves nothing here. What a revoked stall has earned
// waits (scrip.StallRevoked) until each of its holds is over.
func (b *Broker) Payout(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.Payout](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	if m.Body.To == scrip.ToBank {
		q.Again = b.paidOutAgain(m)
	}
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if err := b.mayPayOut(ctx, m); err != nil {
			return scrip.Answer{}, err
		}
		switch {
		case m.Body.To == scrip.ToBank:
			return b.paidToBank(ctx, m, at)
		case m.Scrip == nil:
			return b.paidAsScrip(m, at)
		}
		return b.paidIntoScrip(ctx, m, at)
	})
}

// mayPayOut wants a stall of the account that has earned so much, or a credit of so
// much. Of the money, and of whether it is frozen, the commit decides.
func (b *Broker) mayPayOut(ctx context.Context, m scrip.Opened[scrip.Payout]) error {
	if string(m.Body.Account) != m.From {
		return scrip.PartyMismatch
	}
	if m.Body.Vendor == "" {
		credit, err := b.Books.Credit(ctx, m.Body.Account)
		if err == nil && credit < m.Body.Amount {
			err = scrip.EarnedShort
		}
		return err
	}
	stall, err := b.Books.Stall(ctx, m.Body.Vendor)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.UnknownVendor
	case err != nil:
		return err
	case stall.Account != m.Body.Account:
		return scrip.PartyMismatch
	}
	earned, err := b.Books.Earned(ctx, m.Body.Vendor)
	if err == nil && earned < m.Body.Amount {
		err = scrip.EarnedShort
	}
	return err
}

func (b *Broker) paidToBank(ctx context.Context, m scrip.Opened[scrip.Payout], at int64) (scrip.Answer, error) {
	account, err := b.Books.Account(ctx, m.Body.Account)
	record := payoutRecord(m, scrip.BankOf(account.Bank), at)
	return scrip.Answer{
		Body:    paidOut(m.Body, 0),
		Derived: true,
		Change:  scrip.Change{Broker: &scrip.BrokerChange{Post: record.Posts, Log: []scrip.Record{record}}},
	}, err
}

// paidAsScrip issues BrokerScrip to an account that presents none. If it holds
// some after all, the commit refuses (scrip.ScripHeld).
func (b *Broker) paidAsScrip(m scrip.Opened[scrip.Payout], at int64) (scrip.Answer, error) {
	row, held, err := b.issue(m.Body.Account, m.Body.Amount, at)
	record := payoutRecord(m, scrip.Outstanding, at)
	return scrip.Answer{
		Body:        paidOut(m.Body, row.Value),
		Attachments: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
		Brings:      row.ScripID,
		Change:      scrip.Change{Issue: []scrip.Live{row}, Broker: &scrip.BrokerChange{Post: record.Posts, Log: []scrip.Record{record}}},
	}, err
}

func (b *Broker) paidIntoScrip(ctx context.Context, m scrip.Opened[scrip.Payout], at int64) (scrip.Answer, error) {
	live, err := b.presented(ctx, m.From, string(m.Body.Account), m.Tx, m.Attachments, at)
	if err != nil {
		return scrip.Answer{}, err
	}
	total, err := live.Value.Add(m.Body.Amount)
	if err != nil {
		return scrip.Answer{}, err
	}
	return b.replaced(live, total, at, payoutRecord(m, scrip.Outstanding, at), paidOut(m.Body, total))
}

// paidFrom is what a PAYOUT takes from: what a stall has earned, or the account's credit.
func paidFrom(asked scrip.Payout) scrip.Ledger {
	if asked.Vendor == "" {
		return scrip.CreditOf(asked.Account)
	}
	return scrip.EarnedOf(asked.Vendor)
}

func paidOut(asked scrip.Payout, value scrip.Money) scrip.PaidOut {
	return scrip.PaidOut{Account: asked.Account, Vendor: asked.Vendor, Amount: asked.Amount, To: asked.To, Value: value}
}

func payoutRecord(m scrip.Opened[scrip.Payout], to scrip.Ledger, at int64) scrip.Record {
	return scrip.Record{
		At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: m.Body.Account, Vendor: m.Body.Vendor, Amount: m.Body.Amount,
		Posts:    []scrip.Posting{{From: paidFrom(m.Body), To: to, Amount: m.Body.Amount}},
		Evidence: []string{m.JWS},
	}
}

// paidOutAgain answers a PAYOUT to the bank that was granted.
func (b *Broker) paidOutAgain(m scrip.Opened[scrip.Payout]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		_, err := b.granted(ctx, m.Tx, m.Body.Type(), m.JWS, ofAccount(m.From))
		return scrip.Answer{Body: paidOut(m.Body, 0)}, err
	}
}
