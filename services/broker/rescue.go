package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// noticed is how long a notice (T9) keeps its price at a merchant that is gone, in
// seconds. A merchant that was paid has reported it long before.
const noticed = 90 * 24 * 60 * 60

// early is how far ahead of now, in seconds, a notice that counts may have been logged, or
// what is held been marked as sent: by a clock that was further ahead, and was put right,
// it would count until that has caught up.
const early = 24 * 60 * 60

// Rescue is RESCUE, RESCUED: what an account has at a merchant that is gone, its
// float there, goes back to its bank. What notices of its own announced and nobody
// reported stays: the merchant may have been paid, and may yet say so. It takes
// nothing of anybody else, and nothing from a merchant that is there. A merchant that comes back finds its float short of this account alone.
func (b *Broker) Rescue(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, q, err := openOwn[scrip.RescueRequest](ctx, b, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q.Again = b.rescuedAgain(m)
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if string(m.Body.Account) != m.From {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		if err := b.isGone(ctx, m.Body.Vendor, at); err != nil {
			return scrip.Answer{}, err
		}
		return b.rescued(ctx, m, at)
	})
}

// isGone refuses unless a merchant is gone.
func (b *Broker) isGone(ctx context.Context, v scrip.VendorID, at int64) error {
	stall, err := b.Books.Stall(ctx, v)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.UnknownVendor
	case err != nil:
		return err
	case !stall.Gone(at):
		return scrip.StallInForce
	}
	return nil
}

// rescued is what a good RESCUE does. That the float is still what it was seen to
// be, the commit decides.
func (b *Broker) rescued(ctx context.Context, m scrip.Opened[scrip.RescueRequest], at int64) (scrip.Answer, error) {
	account, err := b.Books.Account(ctx, m.Body.Account)
	if err != nil {
		return scrip.Answer{}, err
	}
	has, err := b.Books.Rescuable(ctx, scrip.Share{Vendor: m.Body.Vendor, Account: account.ID}, at-noticed, at+early)
	if err != nil {
		return scrip.Answer{}, err
	}
	back := scrip.Rescue{Saw: has, To: scrip.BankOf(account.Bank)}
	post, err := back.Posting()
	if err != nil {
		return scrip.Answer{}, err
	}
	return scrip.Answer{
		Body:    scrip.Rescued{Account: account.ID, Vendor: m.Body.Vendor, Amount: post.Amount, Announced: has.Announced},
		Derived: true,
		Change: scrip.Change{Broker: &scrip.BrokerChange{
			Rescue: &back,
			Log: []scrip.Record{{
				At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: account.ID, Vendor: m.Body.Vendor, Amount: post.Amount,
				Left: has.Announced, Posts: []scrip.Posting{post}, Evidence: []string{m.JWS},
			}},
		}},
	}, nil
}

// rescuedAgain answers a RESCUE that was granted.
func (b *Broker) rescuedAgain(m scrip.Opened[scrip.RescueRequest]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		r, err := b.granted(ctx, m.Tx, m.Body.Type(), m.JWS, ofAccount(m.From))
		return scrip.Answer{Body: scrip.Rescued{Account: r.Account, Vendor: r.Vendor, Amount: r.Amount, Announced: r.Left}}, err
	}
}
