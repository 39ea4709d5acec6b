package merchant

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Exchange is protocol T4, T8, with T5 to T7 between: the stall remembers the
// customer's order part, has the broker bless the payment part, and issues
// VendorScrip of the value. The answer holds T8 and, in its payment part, the
// broker's T6. While the broker is out of reach the answer is a REFUSE
// (scrip.Unavailable) and the same T4 is to be sent again.
func (s *Stall) Exchange(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.ExchangeOrder](s, in.Order)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return s.responder.Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		if m.Body.Vendor != s.Vendor() || string(m.Body.Pseudonym) != m.From || !scrip.Passable(in.Payment) {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		var x scrip.Exchange
		return s.once(m.Digest, at, func() (err error) {
			if err := s.mayCost(ctx, m.Body.Pseudonym, at); err != nil {
				return err
			}
			x, err = s.pending(ctx, m, in.Payment, at)
			if err == nil && x.Settled { // its reply died with the scrip it brought
				err = scrip.ScripSpent
			}
			return err
		}, func() (scrip.Answer, error) { return s.blessed(ctx, x, at) })
	})
}

// pending writes the exchange down, with the T5 that will be sent, unless it
// is written down already. A crash after this commit leaves an exchange that
// Run takes up again.
func (s *Stall) pending(ctx context.Context, m scrip.Opened[scrip.ExchangeOrder], payment string, at int64) (scrip.Exchange, error) {
	known, err := s.Shelf.Exchange(ctx, m.Tx)
	if err == nil {
		return known, known.For(scrip.RequestOf(m))
	}
	if !errors.Is(err, scrip.ErrAbsent) {
		return scrip.Exchange{}, err
	}
	if err := errors.Join(s.takesOrders(ctx, at), s.notBlocked(ctx, m.Body.Pseudonym)); err != nil {
		return scrip.Exchange{}, err
	}
	t5, err := s.outgoing(scrip.RequestOf(m), at, scrip.ExchangeRequest{
		Vendor: s.Vendor(), Value: m.Body.Value, Pseudonym: m.Body.Pseudonym, OrderDigest: m.Digest, PaymentDigest: m.Dual,
	}, payment)
	if err != nil {
		return scrip.Exchange{}, err
	}
	x := scrip.Exchange{Outgoing: t5, Key: m.Key, Value: m.Body.Value}
	if err := s.apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{Exchange: &x}}); err != nil {
		return scrip.Exchange{}, err
	}
	// The same T4 may have come twice at the same time: what was written first
	// stands, and its T5 is the one to send.
	return s.Shelf.Exchange(ctx, m.Tx)
}

// blessed sends T5 and, on T7, decides to issue. A refusal for good forgets
// the exchange with this T5, as does one for want of T3, because a T4 that is
// never announced would be sent again for ever: whoever means it sends T4
// again. Anything else is scrip.Unanswered and leaves it to be taken up again.
func (s *Stall) blessed(ctx context.Context, x scrip.Exchange, at int64) (scrip.Answer, error) {
	answer, err := s.ask(ctx, "T5", x.Request)
	if err != nil {
		return scrip.Answer{}, err
	}
	t7, err := scrip.Hear[scrip.ExchangeApproval](x.Outgoing, answer, string(s.Vendor()), s.BrokerKeys, scrip.NotAnnounced)
	switch {
	case err != nil:
		return scrip.Answer{}, err
	case t7.Refused != "":
		if err := s.apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{Abandon: &x}}); err != nil {
			return scrip.Answer{}, err
		}
		return scrip.Answer{}, t7.Refused
	case t7.Body != scrip.ExchangeApproval{Vendor: s.Vendor(), Value: x.Value}:
		return scrip.Answer{}, scrip.Unanswered{Cause: errors.New("T7 is about something else")}
	}
	x.Blessed = t7.At
	a, err := s.issued(x, at)
	if scrip.Passable(answer.Payment) { // without T6 the customer asks for it by T3
		a.Payment = answer.Payment
	}
	return a, err
}

// issued is what a blessed exchange does, once: settling it decides. It is
// remembered anew, because a refusal of the same T5 that overlapped with the
// blessing may have had it forgotten.
func (s *Stall) issued(x scrip.Exchange, at int64) (scrip.Answer, error) {
	row, held, err := s.issue(x.Pseudonym(), x.Key, x.Value, at)
	return scrip.Answer{
		Body:        scrip.Issued{Value: x.Value},
		Attachments: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
		Brings:      row.ScripID,
		Change: scrip.Change{
			Issue: []scrip.Live{row},
			Stall: &scrip.StallChange{Exchange: &x, Settle: x.Tx},
		},
	}, err
}

// exchangeOf is the T4 that an exchange came with.
func exchangeOf(x scrip.Exchange) scrip.Request { return x.Asked(scrip.ExchangeOrder{}.Type()) }
