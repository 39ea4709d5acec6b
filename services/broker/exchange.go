package broker

import (
	"context"
	"errors"
	"time"

	"peerscrip/services/scrip"
)

// Announce is protocol T3: the customer proves the scrip's secret and says
// which exchange is about to come. The scrip is locked for that transaction
// until the deadline in the answer. Once T5 was answered, the same T3 is
// answered with T6.
func (b *Broker) Announce(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Announcement](b, in.Envelope, b.accounts(ctx))
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Again = b.announcedAgain(m)
	return b.responder.Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		if err := b.mayAnnounce(ctx, m, at); err != nil {
			return scrip.Answer{}, err
		}
		deadline := at + int64(b.LockTime/time.Second)
		return scrip.Answer{
			Body:   scrip.Noted{Deadline: deadline},
			Brings: m.Body.ScripID, // the answer is of use while the scrip lives
			Change: scrip.Change{
				Lock: []scrip.Lock{{ScripID: m.Body.ScripID, Tx: m.Tx, Until: deadline}},
				Broker: &scrip.BrokerChange{
					Announce: &scrip.Announced{
						Tx: m.Tx, ScripID: m.Body.ScripID, Account: m.Body.Account, Vendor: m.Body.Vendor,
						Pseudonym: m.Body.Pseudonym, Value: m.Body.Value, Deadline: deadline,
						Digest: m.Digest, ReplyKey: *m.ReplyKey,
					},
					Log: []scrip.Record{{
						At: at, Kind: "T3", Tx: m.Tx, Account: m.Body.Account, Vendor: m.Body.Vendor,
						Amount: m.Body.Value, Evidence: []string{m.JWS},
					}},
				},
			},
		}, nil
	})
}

func (b *Broker) mayAnnounce(ctx context.Context, m scrip.Opened[scrip.Announcement], at int64) error {
	if string(m.Body.Account) != m.From {
		return scrip.PartyMismatch
	}
	if _, err := b.activeStall(ctx, m.Body.Vendor, at); err != nil {
		return err
	}
	live, err := b.Books.Live(ctx, m.Body.ScripID)
	if err != nil {
		return err
	}
	if err := live.CheckSecret(b.Identity.ID, m.Secret); err != nil {
		return err
	}
	if err := live.CheckSpendable(m.From, m.Tx, at); err != nil {
		return err
	}
	if m.Body.Value > live.Value {
		return scrip.InsufficientScrip
	}
	return nil
}

// exchange is a T5 with everything it is decided from.
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
	return b.responder.Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		payment, err := openFrom[scrip.ExchangePayment](b, in.Payment, b.accounts(ctx))
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
	posts := []scrip.Posting{{From: scrip.Outstanding, To: scrip.FloatOf(m.Body.Vendor), Amount: m.Body.Value}}
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

// withReceipts seals T6 twice: for the merchant to pass on, and as the new
// answer to T3, for a customer whose merchant vanished.
func (b *Broker) withReceipts(a scrip.Answer, x exchange, left scrip.Attachments, at int64) (scrip.Answer, error) {
	m, account := x.request, x.payment.From
	body, err := b.exchangedBody(m, x.live.Value-m.Body.Value, at)
	if err != nil {
		return scrip.Answer{}, err
	}
	if a.Payment, err = b.t6(account, m.Tx, at, body, left, *x.payment.ReplyKey); err != nil || left.Scrip == nil {
		return a, err
	}
	direct, err := b.t6(account, m.Tx, at, body, left, x.announced.ReplyKey)
	a.Change.Replies = []scrip.StoredReply{{
		From: account, Typ: scrip.Announcement{}.Type(), Tx: m.Tx, Digest: x.announced.Digest,
		Reply: scrip.Sealed{Envelope: direct}, ScripID: left.Scrip.ScripID, Replaces: true,
	}}
	return a, err
}
