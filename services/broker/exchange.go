package broker

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// exchange is one T5: the message, and all that it is held against.
type exchange struct {
	request   scrip.Opened[scrip.ExchangeRequest]
	payment   scrip.Opened[scrip.ExchangePayment]
	announced scrip.Announced
	live      scrip.Live
}

// Exchange is protocol T5, T6, T7: BrokerScrip dies, the merchant's float
// grows by its value, and what is left becomes fresh BrokerScrip. The answer
// holds T7 for the merchant and, in its payment part, T6 for the customer.
func (b *Broker) Exchange(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.ExchangeRequest](b, in.Envelope, b.vendors(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Again = b.blessedAgain(m, in.Payment)
	return b.responder().Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		payment, err := openFrom[scrip.ExchangePayment](b, in.Payment, b.parts(ctx))
		if errors.Is(err, scrip.Unreadable) {
			err = scrip.PartyMismatch // T5 itself was readable: the merchant need not send it again
		}
		if err != nil {
			return scrip.Answer{}, err
		}
		x := exchange{request: m, payment: payment}
		if err := b.check(ctx, &x, at); err != nil {
			return scrip.Answer{}, err
		}
		return b.exchanged(x, at)
	})
}

// check holds the three signed accounts of one exchange against each other:
// what the merchant asks, what the customer gave the merchant to pass on, and
// what the customer told the broker directly.
func (b *Broker) check(ctx context.Context, x *exchange, at int64) error {
	m, p := x.request, x.payment
	if string(m.Body.Vendor) != m.From || string(p.Body.Account) != p.From || p.Tx != m.Tx ||
		p.Digest != m.Body.PaymentDigest || p.Dual != m.Body.OrderDigest {
		return scrip.PartyMismatch
	}
	if _, err := b.activeStall(ctx, m.Body.Vendor, at); err != nil {
		return err
	}
	var err error
	if x.live, err = b.Books.Live(ctx, p.Scrip.ScripID); err != nil {
		return err
	}
	x.announced, err = b.Books.Announced(ctx, m.Tx)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.NotAnnounced
	}
	if err != nil {
		return err
	}
	if err := x.agree(); err != nil {
		return err
	}
	return b.checkScrip(x, at)
}

// agree refuses what differs between T3, T4's payment part and T5.
func (x *exchange) agree() error {
	m, p, a := x.request.Body, x.payment.Body, x.announced
	if m.Vendor != p.Vendor || m.Vendor != a.Vendor || p.Account != a.Account || p.Pseudonym != a.Pseudonym ||
		m.Pseudonym != a.Pseudonym || x.live.ScripID != a.ScripID {
		return scrip.PartyMismatch
	}
	if m.Value != p.Value || m.Value != a.Value {
		return scrip.ValueMismatch
	}
	return nil
}

// checkScrip wants scrip that is as issued, free for this tx, in time, and worth
// the value.
func (b *Broker) checkScrip(x *exchange, at int64) error {
	if err := x.live.CheckCertificate(b.Identity.ID, *x.payment.Scrip); err != nil {
		return err
	}
	if err := x.live.CheckSpendable(x.payment.From, x.request.Tx, at); err != nil {
		return err
	}
	if at >= x.announced.Deadline {
		return scrip.LockExpired
	}
	if x.request.Body.Value > x.live.Value {
		return scrip.InsufficientScrip
	}
	return nil
}

// exchanged is what a good T5 does. The answers are kept while what is left
// lives; where nothing is, they are made from the log again.
func (b *Broker) exchanged(x exchange, at int64) (scrip.Answer, error) {
	m, account := x.request, x.payment.Body.Account
	rest := x.live.Value - m.Body.Value
	posts := []scrip.Posting{{From: scrip.Outstanding, To: scrip.FloatOf(m.Body.Vendor, account), Amount: m.Body.Value}}
	a := scrip.Answer{
		Body:    scrip.ExchangeApproval{Vendor: m.Body.Vendor, Value: m.Body.Value},
		Derived: rest == 0,
		Change: scrip.Change{
			Kill: []scrip.Kill{{ScripID: x.live.ScripID, Tx: m.Tx}},
			Broker: &scrip.BrokerChange{
				Alias: &scrip.Alias{Pseudonym: x.announced.Pseudonym, Account: account, Vendor: m.Body.Vendor},
				Post:  posts,
				Log: []scrip.Record{{
					At: at, Kind: "T5", Tx: m.Tx, Account: account, Vendor: m.Body.Vendor, Amount: m.Body.Value, Left: rest,
					Posts: posts, Evidence: []string{m.JWS, x.payment.JWS},
				}},
			},
		},
	}
	left := scrip.Attachments{}
	if rest > 0 {
		row, held, err := b.issue(account, rest, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		a.Change.Issue, a.Brings = []scrip.Live{row}, row.ScripID
		left = scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
	}
	return b.withReceipts(a, x, left, at)
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
		p, err := openFrom[scrip.ExchangePayment](b, payment, b.parts(ctx))
		if err != nil || r.Left > 0 || p.Digest != m.Body.PaymentDigest {
			return a, nil // T6 is the customer's: who repeats T5 with another part gets T7 alone
		}
		proof, err := b.proved(ctx, r)
		if err != nil {
			return scrip.Answer{}, err
		}
		t6, err := b.t6(m.Tx, 0, r.At, scrip.Receipt{
			Vendor: m.Body.Vendor, Value: m.Body.Value, Pseudonym: m.Body.Pseudonym, Possession: proof,
		})
		if err != nil {
			return scrip.Answer{}, err
		}
		a.Payment, err = b.sealT6(p.From, m.Tx, t6, scrip.Attachments{}, *p.ReplyKey, r.At)
		return a, err
	}
}
