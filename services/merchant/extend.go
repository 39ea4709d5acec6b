package merchant

import (
	"context"
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Extend is protocol T16, T17, T18: for value that the broker has reserved, the
// customer's VendorScrip dies and VendorScrip worth so much more takes its
// place. The answer holds T18 for the broker and, in its order part, T17 for
// the customer. A refusal is for good, since the broker lets the reserve go for
// it.
func (s *Stall) Extend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := scrip.Open[scrip.ExtendRequest](in.Envelope, []jose.EnvelopeKey{s.Keys.Envelope}, string(s.Vendor()), s.BrokerKeys)
	if err != nil {
		return scrip.Sealed{}, err
	}
	q := scrip.RequestOf(m)
	q.Final = true
	return s.responder.Answer(ctx, q, func(at int64) (scrip.Answer, error) {
		order, err := openFrom[scrip.ExtendOrder](s, in.Order)
		if errors.Is(err, scrip.Unreadable) {
			err = scrip.PartyMismatch // T16 itself was readable
		}
		if err != nil {
			return scrip.Answer{}, err
		}
		live, err := s.mayExtend(ctx, m, order, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		return s.extended(m, order, live, at)
	})
}

// mayExtend holds the broker's request first, then what the customer signed
// against it.
func (s *Stall) mayExtend(ctx context.Context, m scrip.Opened[scrip.ExtendRequest], order scrip.Opened[scrip.ExtendOrder], at int64) (scrip.Live, error) {
	if m.Body.Vendor != s.Vendor() || order.Body.Vendor != s.Vendor() || order.Tx != m.Tx ||
		order.Digest != m.Body.OrderDigest || order.Dual != m.Body.PaymentDigest || order.From != string(m.Body.Pseudonym) {
		return scrip.Live{}, scrip.PartyMismatch
	}
	if order.Body.Value != m.Body.Value {
		return scrip.Live{}, scrip.ValueMismatch
	}
	if at >= m.Body.ValidUntil {
		return scrip.Live{}, scrip.LockExpired
	}
	return s.presented(ctx, order.From, order.Tx, order.Key, order.Attachments, at)
}

// extended is what a good T16 does. The answer is kept for good, not while what
// it brought lives: the broker may ask again after the customer has spent that,
// and would undo T15 on anything but T18.
func (s *Stall) extended(m scrip.Opened[scrip.ExtendRequest], order scrip.Opened[scrip.ExtendOrder], live scrip.Live, at int64) (scrip.Answer, error) {
	total, err := live.Value.Add(m.Body.Value)
	if err != nil {
		return scrip.Answer{}, err
	}
	row, held, err := s.issue(scrip.Pseudonym(order.From), order.Key, total, at)
	if err != nil {
		return scrip.Answer{}, err
	}
	t17, err := s.responder.Seal(scrip.RequestOf(order), scrip.Extended{Value: total},
		scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}, at)
	return scrip.Answer{
		Body:  scrip.ExtendApproval{Vendor: s.Vendor(), Value: m.Body.Value},
		Order: t17.Order,
		Change: scrip.Change{
			Kill:  []scrip.Kill{{ScripID: live.ScripID, Tx: m.Tx}},
			Issue: []scrip.Live{row},
		},
	}, err
}
