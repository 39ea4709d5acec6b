package broker

import (
	"context"

	"peerscrip/services/scrip"
)

// Withdraw is protocol T20, T21: the account's BrokerScrip dies and its value
// goes back to the bank.
func (b *Broker) Withdraw(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.Withdraw](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q.Again = b.withdrawnAgain(m)
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		live, err := b.presented(ctx, m.From, string(m.Body.Account), m.Tx, m.Attachments, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		if live.Value != m.Body.Value {
			return scrip.Answer{}, scrip.ValueMismatch
		}
		account, err := b.Books.Account(ctx, m.Body.Account)
		posts := []scrip.Posting{{From: scrip.Outstanding, To: scrip.BankOf(account.Bank), Amount: live.Value}}
		return scrip.Answer{
			Body:    scrip.Withdrawn{Value: live.Value},
			Derived: true,
			Change: scrip.Change{
				Kill: []scrip.Kill{{ScripID: live.ScripID, Tx: m.Tx}},
				Broker: &scrip.BrokerChange{
					Post: posts,
					Log: []scrip.Record{{
						At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: account.ID, Amount: live.Value, Posts: posts,
						Evidence: []string{m.JWS},
					}},
				},
			},
		}, err
	})
}

// withdrawnAgain answers a T20 that was granted.
func (b *Broker) withdrawnAgain(m scrip.Opened[scrip.Withdraw]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		r, err := b.granted(ctx, m.Tx, m.Body.Type(), m.JWS, ofAccount(m.From))
		return scrip.Answer{Body: scrip.Withdrawn{Value: r.Amount}}, err
	}
}
