package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Renew is protocol T26, T27 at the broker: BrokerScrip that has expired, or
// soon will, is replaced by the same value; what is not due, a few times a day for
// an account (scrip.EarlyRenewals), and then it is scrip.Unavailable. The account signs with its key as
// its name: renewal says nothing that needs an account.
func (b *Broker) Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Renew](b, in.Envelope, nil)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return b.responder().Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		account, err := b.Books.AccountByKey(ctx, m.From)
		if errors.Is(err, scrip.ErrAbsent) {
			return scrip.Answer{}, scrip.UnknownAccount
		}
		if err != nil {
			return scrip.Answer{}, err
		}
		if !account.Key.Equal(m.Key) {
			return scrip.Answer{}, scrip.KeyReplaced
		}
		live, err := b.Books.Live(ctx, m.Scrip.ScripID)
		if err != nil {
			return scrip.Answer{}, err
		}
		if err := live.CheckPresented(b.Identity.ID, *m.Scrip, m.Secret); err != nil {
			return scrip.Answer{}, err
		}
		if err := live.CheckRenewable(string(account.ID), m.Tx, at, scrip.Grace); err != nil {
			return scrip.Answer{}, err
		}
		if m.Body.Value != live.Value || m.Body.ScripID != live.ScripID {
			return scrip.Answer{}, scrip.ValueMismatch
		}
		if err := live.Renewable(b.early, at); err != nil {
			return scrip.Answer{}, err
		}
		return b.replaced(live, live.Value, at, scrip.Record{
			At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: account.ID, Amount: live.Value, Evidence: []string{m.JWS},
		}, scrip.Renewed{Value: live.Value})
	})
}
