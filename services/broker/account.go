package broker

import (
	"context"

	"peerscrip/services/scrip"
)

// OpenAccount is protocol R1, R2. A key has one account: asked again, in
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
	return b.responder.Answer(ctx, q, func(at int64) (scrip.Answer, error) {
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
