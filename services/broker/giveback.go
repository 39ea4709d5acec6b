package broker

import (
	"context"
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// GiveBack is protocol T23, T24, T25: a merchant holds VendorScrip that its
// customer gives back, and the merchant's float pays its value into the
// customer's bank account. The answer holds T24 for the merchant and, in its
// payment part, T25 for the customer. A merchant that is revoked, or whose
// certificate is out of force, is served as any other: the money is its
// customer's. A refusal is for good, since the merchant lets the VendorScrip go
// for it.
func (b *Broker) GiveBack(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.GiveBackRequest](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Final = true
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		payment, err := openFrom[scrip.GiveBackPayment](b, in.Payment, b.parts(ctx))
		if errors.Is(err, scrip.Unreadable) {
			err = scrip.PartyMismatch // T23 itself was readable
		}
		if err != nil {
			return scrip.Answer{}, err
		}
		if err := checkGiveBack(m, payment); err != nil {
			return scrip.Answer{}, err
		}
		if err := b.checkOwner(ctx, payment.Body.Account, payment.Body.Pseudonym, payment.Body.Vendor); err != nil {
			return scrip.Answer{}, err
		}
		return b.givenBack(ctx, m, payment, at)
	})
}

// checkGiveBack holds what the merchant asks against what the customer signed.
func checkGiveBack(m scrip.Opened[scrip.GiveBackRequest], p scrip.Opened[scrip.GiveBackPayment]) error {
	if string(m.Body.Vendor) != m.From || string(p.Body.Account) != p.From || p.Body.Vendor != m.Body.Vendor ||
		p.Tx != m.Tx || p.Digest != m.Body.PaymentDigest || p.Dual != m.Body.OrderDigest || p.Body.Pseudonym != m.Body.Pseudonym {
		return scrip.PartyMismatch
	}
	if p.Body.Value != m.Body.Value {
		return scrip.ValueMismatch
	}
	return nil
}

// givenBack is what a good T23 does. That the float covers it, the commit
// decides.
func (b *Broker) givenBack(ctx context.Context, m scrip.Opened[scrip.GiveBackRequest], p scrip.Opened[scrip.GiveBackPayment], at int64) (scrip.Answer, error) {
	account, err := b.Books.Account(ctx, p.Body.Account)
	if err != nil {
		return scrip.Answer{}, err
	}
	vendor, value := m.Body.Vendor, m.Body.Value
	t25, err := jose.Reply(b.Random, scrip.Compose(string(b.Identity.ID), p.From, p.Tx, at,
		scrip.GivenBack{Vendor: vendor, Value: value}, scrip.Attachments{}), b.signing(), *p.ReplyKey)
	posts := []scrip.Posting{{From: scrip.FloatOf(vendor, account.ID), To: scrip.BankOf(account.Bank), Amount: value}}
	return scrip.Answer{
		Body:    scrip.GiveBackApproval{Vendor: vendor, Value: value},
		Payment: t25,
		Change: scrip.Change{
			Broker: &scrip.BrokerChange{
				Post: posts,
				Log: []scrip.Record{{
					At: at, Kind: m.Body.Type(), Tx: m.Tx, Account: account.ID, Vendor: vendor, Amount: value, Posts: posts,
					Evidence: []string{m.JWS, p.JWS},
				}},
			},
		},
	}, err
}
