package broker

import (
	"context"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Answers that bring no scrip are not stored: the log, which is never pruned,
// says what was granted, and the answer is made from it once more.

// granted returns the record of the very message that jws is, from among those
// that mine picks as its sender's: scrip.ErrAbsent if there is none, and
// scrip.TxConflict if its tx was used for other content.
func (b *Broker) granted(ctx context.Context, tx scrip.ID, kind, jws string, mine func(scrip.Record) bool) (scrip.Record, error) {
	records, err := b.Books.Logged(ctx, tx, kind)
	if err != nil {
		return scrip.Record{}, err
	}
	err = scrip.ErrAbsent
	for _, r := range records {
		if !mine(r) || len(r.Evidence) == 0 {
			continue
		}
		if scrip.SamePayload(r.Evidence[0], jws) {
			return r, nil
		}
		err = scrip.TxConflict
	}
	return scrip.Record{}, err
}

// withdrawnAgain answers a T20 that was granted.
func (b *Broker) withdrawnAgain(m scrip.Opened[scrip.Withdraw]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		r, err := b.granted(ctx, m.Tx, m.Body.Type(), m.JWS, func(r scrip.Record) bool { return string(r.Account) == m.From })
		return scrip.Answer{Body: scrip.Withdrawn{Value: r.Amount}}, err
	}
}

// refundedAgain answers a REFUND that was granted.
func (b *Broker) refundedAgain(m scrip.Opened[scrip.RefundReport]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		_, err := b.granted(ctx, m.Tx, m.Body.Type(), m.JWS, func(r scrip.Record) bool { return string(r.Vendor) == m.From })
		return scrip.Answer{Body: scrip.Refunded(m.Body)}, err
	}
}

// paidOutAgain answers a PAYOUT to the bank that was granted.
func (b *Broker) paidOutAgain(m scrip.Opened[scrip.Payout]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		_, err := b.granted(ctx, m.Tx, m.Body.Type(), m.JWS, func(r scrip.Record) bool { return string(r.Account) == m.From })
		return scrip.Answer{Body: paidOut(m.Body, 0)}, err
	}
}

// blessedAgain answers a T5 that was granted: with T7, and with T6 where
// nothing was left of the BrokerScrip. What was left has been spent if the
// stored answer is gone, so that its holder has T6.
func (b *Broker) blessedAgain(m scrip.Opened[scrip.ExchangeRequest], payment string) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		r, err := b.granted(ctx, m.Tx, "T5", m.JWS, func(r scrip.Record) bool { return string(r.Vendor) == m.From })
		if err != nil {
			return scrip.Answer{}, err
		}
		a := scrip.Answer{Body: scrip.ExchangeApproval{Vendor: m.Body.Vendor, Value: m.Body.Value}}
		p, err := openFrom[scrip.ExchangePayment](b, payment, b.accounts(ctx))
		if err != nil || r.Left > 0 || p.Digest != m.Body.PaymentDigest {
			return a, nil // T6 is the customer's: who repeats T5 with another part gets T7 alone
		}
		body, err := b.exchangedBody(m, 0, r.At)
		if err != nil {
			return scrip.Answer{}, err
		}
		a.Payment, err = b.t6(p.From, m.Tx, r.At, body, scrip.Attachments{}, *p.ReplyKey)
		return a, err
	}
}

// announcedAgain answers a T3 whose T5 was granted and left nothing, with T6.
func (b *Broker) announcedAgain(m scrip.Opened[scrip.Announcement]) func(context.Context) (scrip.Answer, error) {
	return func(ctx context.Context) (scrip.Answer, error) {
		mine := func(r scrip.Record) bool { return string(r.Account) == m.From && r.Vendor == m.Body.Vendor }
		if _, err := b.granted(ctx, m.Tx, "T3", m.JWS, mine); err != nil {
			return scrip.Answer{}, err
		}
		records, err := b.Books.Logged(ctx, m.Tx, "T5")
		if err != nil {
			return scrip.Answer{}, err
		}
		for _, r := range records {
			if mine(r) && r.Left == 0 && len(r.Evidence) > 0 {
				return b.receiptAgain(m, r)
			}
		}
		return scrip.Answer{}, scrip.ErrAbsent
	}
}

func (b *Broker) receiptAgain(m scrip.Opened[scrip.Announcement], r scrip.Record) (scrip.Answer, error) {
	receipt, err := b.evidence(string(r.Vendor), m.Tx, r.At, scrip.Receipt{
		Vendor: r.Vendor, Value: r.Amount, Pseudonym: m.Body.Pseudonym,
	})
	return scrip.Answer{Body: scrip.Exchanged{Vendor: r.Vendor, Value: r.Amount, Receipt: receipt}}, err
}

// exchangedBody is what T6 says of a T5.
func (b *Broker) exchangedBody(m scrip.Opened[scrip.ExchangeRequest], left scrip.Money, at int64) (scrip.Exchanged, error) {
	receipt, err := b.evidence(m.From, m.Tx, at, scrip.Receipt{
		Vendor: m.Body.Vendor, Value: m.Body.Value, Pseudonym: m.Body.Pseudonym,
	})
	return scrip.Exchanged{Vendor: m.Body.Vendor, Value: m.Body.Value, Change: left, Receipt: receipt}, err
}

// t6 seals T6 for an account.
func (b *Broker) t6(account string, tx scrip.ID, at int64, body scrip.Exchanged, left scrip.Attachments, key jose.ReplyKey) (string, error) {
	return jose.Reply(b.Random, scrip.Compose(string(b.Identity.ID), account, tx, at, body, left), b.Signing, key)
}
