package broker

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// Acquire is protocol T1, T2: real money becomes BrokerScrip. While the bank
// waits for the customer, the answer is PENDING and the same T1 is to be sent
// again.
func (b *Broker) Acquire(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.Acquire](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		account, err := b.mayAcquire(ctx, m, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		collected, err := b.Bank.Collect(ctx, scrip.Collection{
			Key: charge(m, m.Body.Amount), Reference: account.Bank, Amount: m.Body.Amount, At: at,
		})
		if err != nil {
			return scrip.Answer{}, err
		}
		if collected.Link != "" {
			return scrip.Answer{Body: scrip.Pending{Link: collected.Link}, Unstored: true}, nil
		}
		return b.acquired(m, account, collected.Posts, at)
	})
}

// mayAcquire refuses before the bank is asked what the commit would refuse
// after. The commit still decides.
func (b *Broker) mayAcquire(ctx context.Context, m scrip.Opened[scrip.Acquire], at int64) (scrip.Account, error) {
	if string(m.Body.Account) != m.From {
		return scrip.Account{}, scrip.PartyMismatch
	}
	if m.Body.Amount > b.Identity.MaxCharge {
		return scrip.Account{}, scrip.AmountOutOfBounds
	}
	account, err := b.Books.Account(ctx, m.Body.Account)
	if err != nil {
		return scrip.Account{}, err
	}
	if err := scrip.CheckCounter(m.Body.Counter, account.Counter, at); err != nil {
		return scrip.Account{}, err
	}
	_, err = b.Books.LiveOf(ctx, m.From)
	switch {
	case err == nil:
		return scrip.Account{}, scrip.ScripHeld
	case !errors.Is(err, scrip.ErrAbsent):
		return scrip.Account{}, err
	}
	return account, nil
}

func (b *Broker) acquired(m scrip.Opened[scrip.Acquire], account scrip.Account, paid []scrip.Posting, at int64) (scrip.Answer, error) {
	row, held, err := b.issue(account.ID, m.Body.Amount, at)
	if err != nil {
		return scrip.Answer{}, err
	}
	posts := append(paid, scrip.Posting{From: scrip.BankOf(account.Bank), To: scrip.Outstanding, Amount: m.Body.Amount})
	return scrip.Answer{
		Body:        scrip.Acquired{Nonce: m.Body.Nonce, Value: m.Body.Amount},
		Attachments: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
		Brings:      row.ScripID,
		Change: scrip.Change{
			Issue: []scrip.Live{row},
			Broker: &scrip.BrokerChange{
				Counter: &scrip.Counter{Account: account.ID, Next: m.Body.Counter, Key: m.Key.Thumbprint()},
				Post:    posts,
				Log: []scrip.Record{{
					At: at, Kind: "T1", Tx: m.Tx, Account: account.ID, Amount: m.Body.Amount, Posts: posts, Evidence: []string{m.JWS},
				}},
			},
		},
	}, nil
}

// charge is the bank's key for an amount that one message asks for. A tx alone
// would not do: T1 and T13, two accounts, or two stalls may share it, and a bank
// that was paid for a key says so again. And a bank answers one key for one
// amount of one account, but what is missing for a REFUND changes as the merchant
// earns, and its owner's account by BANK. T1 and T13 name none: they are over with
// the account that they were asked of.
func charge[B scrip.Body](m scrip.Opened[B], amount scrip.Money, of ...string) scrip.ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d %q", m.Body.Type(), m.From, m.Tx, amount, of))
	return scrip.ID(base64.RawURLEncoding.EncodeToString(sum[:16]))
}
