package broker

import (
	"context"

	"peerscrip/services/scrip"
)

// TopUp is protocol T13, T14: more real money goes into the account's
// BrokerScrip, which is replaced by one that is worth the total. While the bank
// waits for the customer, the answer is PENDING, as in Acquire.
func (b *Broker) TopUp(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.TopUp](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		live, err := b.presented(ctx, m.From, string(m.Body.Account), m.Tx, m.Attachments, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		more := m.Body.Total - live.Value
		if more <= 0 || more > b.Identity.MaxCharge {
			return scrip.Answer{}, scrip.AmountOutOfBounds
		}
		account, err := b.Books.Account(ctx, m.Body.Account)
		if err != nil {
			return scrip.Answer{}, err
		}
		collected, err := b.Bank.Collect(ctx, scrip.Collection{Key: charge(m, more), Reference: account.Bank, Amount: more, At: at})
		if err != nil {
			return scrip.Answer{}, err
		}
		if collected.Link != "" {
			return scrip.Answer{Body: scrip.Pending{Link: collected.Link}, Unstored: true}, nil
		}
		posts := append(collected.Posts, scrip.Posting{From: scrip.BankOf(account.Bank), To: scrip.Outstanding, Amount: more})
		return b.replaced(live, m.Body.Total, at, scrip.Record{
			At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: account.ID, Amount: more, Posts: posts, Evidence: []string{m.JWS},
		}, scrip.ToppedUp{Value: m.Body.Total})
	})
}
