package broker

import (
	"context"

	"peerscrip/services/scrip"
)

// OpenAccount is protocol R1, R2. A key has one account, be it replaced since: asked again, in
// whatever transaction and however often at once, the answer names it. An account
// is opened for a reference that the bank knows: what is owed to it can be paid.
func (b *Broker) OpenAccount(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.AccountRequest](b, in.Envelope, nil)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Again = func(ctx context.Context) (scrip.Answer, error) {
		known, err := b.Books.AccountByKey(ctx, m.From)
		return scrip.Answer{Body: scrip.AccountOpened{Account: known.ID}}, err
	}
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if err := b.Bank.Check(ctx, m.Body.Bank); err != nil {
			return scrip.Answer{}, err
		}
		id, err := scrip.NewID(b.Random)
		account := scrip.AccountID(id)
		return scrip.Answer{
			Body: scrip.AccountOpened{Account: account},
			Change: scrip.Change{Broker: &scrip.BrokerChange{
				Account: &scrip.Account{ID: account, Key: m.Key, Bank: m.Body.Bank, Name: m.Body.Name, Opened: at},
				Log:     []scrip.Record{{At: at, Kind: "R1", Tx: m.Tx, Account: account, Evidence: []string{m.JWS}}},
			}},
		}, err
	})
}

// ChangeBank is BANK: an account names another reference, which the bank must
// know. Its counter is T1's, so that a T1 which waits for the bank account of
// before is over with it (scrip.CounterStale), and a BANK of before changes
// nothing back. What could not be paid to the account goes on.
func (b *Broker) ChangeBank(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.BankRequest](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q.Again = notedAgain(b, m)
	answer, err := b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if err := b.mayChangeBank(ctx, m, at); err != nil {
			return scrip.Answer{}, err
		}
		change := logged(at, scrip.Record{
			At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: m.Body.Account, Evidence: []string{m.JWS},
		})
		change.Broker.Counter = &scrip.Counter{Account: m.Body.Account, Next: m.Body.Counter, Key: m.Key.Thumbprint()}
		change.Broker.Rebank = &scrip.Rebanked{Account: m.Body.Account, Bank: m.Body.Bank}
		return scrip.Answer{Body: scrip.Noted{}, Derived: true, Change: change}, nil
	})
	b.wakeUp() // for what was set aside
	return answer, err
}

// mayChangeBank refuses what the commit would refuse, and a reference that the
// bank does not know.
func (b *Broker) mayChangeBank(ctx context.Context, m scrip.Opened[scrip.BankRequest], at int64) error {
	if string(m.Body.Account) != m.From {
		return scrip.PartyMismatch
	}
	account, err := b.Books.Account(ctx, m.Body.Account)
	if err != nil {
		return err
	}
	if err := scrip.CheckCounter(m.Body.Counter, account.Counter, at); err != nil {
		return err
	}
	return b.Bank.Check(ctx, m.Body.Bank)
}
