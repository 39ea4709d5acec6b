package broker

import (
	"context"

	"peerscrip/services/scrip"
)

// issue makes BrokerScrip of value for an account. It is money once its row is
// applied, and not before.
func (b *Broker) issue(account scrip.AccountID, value scrip.Money, at int64) (scrip.Live, scrip.Held, error) {
	return scrip.Issue(b.Random, scrip.Terms{
		Issuer: b.Identity.ID, Value: value, Made: at, Expires: at + b.Identity.ScripLifetime,
		Currency: b.Identity.Currency.Code, Holder: string(account),
	})
}

// presented finds BrokerScrip that its holder presented with its secret, to be
// spent in tx. The commit still decides whether it lives.
func (b *Broker) presented(ctx context.Context, from, account string, tx scrip.ID, a scrip.Attachments, at int64) (scrip.Live, error) {
	if from != account {
		return scrip.Live{}, scrip.PartyMismatch
	}
	live, err := b.Books.Live(ctx, a.Scrip.ScripID)
	if err != nil {
		return scrip.Live{}, err
	}
	if err := live.CheckPresented(b.Identity.ID, *a.Scrip, a.Secret); err != nil {
		return scrip.Live{}, err
	}
	return live, live.CheckSpendable(from, tx, at)
}

// replaced is what a step does that puts fresh BrokerScrip in the place of old.
func (b *Broker) replaced(old scrip.Live, value scrip.Money, at int64, record scrip.Record, body scrip.Body) (scrip.Answer, error) {
	row, held, err := b.issue(scrip.AccountID(old.Holder), value, at)
	return scrip.Answer{
		Body:        body,
		Attachments: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
		Brings:      row.ScripID,
		Change: scrip.Change{
			Kill:   []scrip.Kill{{ScripID: old.ScripID, Tx: record.Tx}},
			Issue:  []scrip.Live{row},
			Broker: &scrip.BrokerChange{Post: record.Posts, Log: []scrip.Record{record}},
		},
	}, err
}
