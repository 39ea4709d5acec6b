package merchant

import (
	"context"
	"errors"

	"peerscrip/jose"
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
		x, err := s.pending(ctx, m, in.Payment, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		if x.Settled { // its reply died with the scrip it brought
			return scrip.Answer{}, scrip.ScripSpent
		}
		return s.blessed(ctx, x, at)
	})
}

// pending writes the exchange down, with the T5 that will be sent, unless it
// is written down already. A crash after this commit leaves an exchange that
// Run takes up again.
func (s *Stall) pending(ctx context.Context, m scrip.Opened[scrip.ExchangeOrder], payment string, at int64) (scrip.Exchange, error) {
	known, err := s.Shelf.Exchange(ctx, m.Tx)
	switch {
	case err == nil && (known.OrderDigest != m.Digest || known.Pseudonym != m.Body.Pseudonym):
		return scrip.Exchange{}, scrip.TxConflict
	case !errors.Is(err, scrip.ErrAbsent):
		return known, err
	}
	x := scrip.Exchange{
		Tx: m.Tx, Pseudonym: m.Body.Pseudonym, Key: m.Key, Value: m.Body.Value,
		OrderDigest: m.Digest, ReplyKey: *m.ReplyKey, Received: at,
	}
	if x.RequestKey, err = jose.NewReplyKey(s.Random); err != nil {
		return scrip.Exchange{}, err
	}
	request := scrip.Compose(string(s.Vendor()), string(s.BrokerInfo.ID), m.Tx, at, scrip.ExchangeRequest{
		Vendor: s.Vendor(), Value: m.Body.Value, Pseudonym: m.Body.Pseudonym,
		OrderDigest: m.Digest, PaymentDigest: m.Dual,
	}, scrip.Attachments{ReplyKey: &x.RequestKey})
	envelope, err := jose.Seal(s.Random, request, s.Keys.Signing, s.BrokerInfo.Envelope)
	if err != nil {
		return scrip.Exchange{}, err
	}
	x.Request = scrip.Sealed{Envelope: envelope, Payment: payment}
	if err := s.Shelf.Apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{Exchange: &x}}); err != nil {
		return scrip.Exchange{}, err
	}
	// The same T4 may have come twice at the same time: what was written first
	// stands, and its T5 is the one to send.
	return s.Shelf.Exchange(ctx, m.Tx)
}

// blessed sends T5 and, on T7, decides to issue. A refusal for good forgets
// the exchange with this T5, as does one for want of T3, because a T4 that is
// never announced would be sent again for ever: whoever means it sends T4
// again. Anything else leaves it to be taken up again.
func (s *Stall) blessed(ctx context.Context, x scrip.Exchange, at int64) (scrip.Answer, error) {
	answer, err := s.Broker.Send(ctx, "T5", x.Request)
	if err != nil {
		return scrip.Answer{}, s.unavailable("bless an exchange", err)
	}
	m, err := scrip.OpenReply[scrip.ExchangeApproval](answer.Envelope, x.RequestKey, string(s.Vendor()), x.Tx, s.BrokerInfo.Signer())
	if reason, ok := scrip.AsRefusal(err); ok && over(reason) {
		if err := s.Shelf.Apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{Abandon: &x}}); err != nil {
			return scrip.Answer{}, err
		}
	}
	if err != nil {
		return scrip.Answer{}, err
	}
	if m.Body.Value != x.Value || m.Body.Vendor != s.Vendor() {
		return scrip.Answer{}, scrip.ValueMismatch
	}
	x.Blessed = m.At
	a, err := s.issued(x, at)
	a.Payment = answer.Payment
	return a, err
}

// over reports whether the broker's refusal of a T5 ends the exchange.
func over(reason scrip.Refusal) bool {
	return reason == scrip.NotAnnounced || (reason != scrip.Unreadable && !reason.Transient())
}

// issued is what a blessed exchange does, once: settling it decides. It is
// remembered anew, because a refusal of the same T5 that overlapped with the
// blessing may have had it forgotten.
func (s *Stall) issued(x scrip.Exchange, at int64) (scrip.Answer, error) {
	row, held, err := s.issue(x.Pseudonym, x.Key, x.Value, at)
	return scrip.Answer{
		Body:        scrip.Issued{Value: x.Value},
		Attachments: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
		Brings:      row.ScripID,
		Change:      scrip.Change{Issue: []scrip.Live{row}, Stall: &scrip.StallChange{Exchange: &x, Settle: x.Tx}},
	}, err
}

// request is the T4 an exchange came with.
func request(x scrip.Exchange) scrip.Request {
	return scrip.Request{
		From: string(x.Pseudonym), Typ: scrip.ExchangeOrder{}.Type(), Tx: x.Tx, Digest: x.OrderDigest, ReplyKey: &x.ReplyKey,
	}
}

// Claim issues the VendorScrip of an exchange that the broker blessed while
// the stall could not be told, to the customer who shows the receipt. The stall
// need not remember it: it never forgets one that it issued for, but those that
// are older than the last scrip.SettledKept of the same pseudonym, whose receipts
// it refuses.
func (s *Stall) Claim(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Claim](s, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return s.responder.Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		blessed, err := s.checkReceipt(m)
		if err != nil {
			return scrip.Answer{}, err
		}
		x, err := s.Shelf.Exchange(ctx, m.Tx)
		switch {
		case errors.Is(err, scrip.ErrAbsent):
			return s.claimedAnew(ctx, m, blessed, at)
		case err != nil:
			return scrip.Answer{}, err
		case string(x.Pseudonym) != m.From:
			return scrip.Answer{}, scrip.NotFound
		case x.Value != m.Body.Value:
			return scrip.Answer{}, scrip.ValueMismatch // another T4 took the tx: it is not what was blessed
		case x.Settled:
			return s.issuedBefore(ctx, x)
		}
		x.Blessed = blessed
		return s.claimed(x, at)
	})
}

// claimedAnew issues for an exchange the stall does not know, unless it may be
// one that it settled and forgot.
func (s *Stall) claimedAnew(ctx context.Context, m scrip.Opened[scrip.Claim], blessed, at int64) (scrip.Answer, error) {
	forgotten, err := s.Shelf.Forgotten(ctx, scrip.Pseudonym(m.From))
	if err != nil {
		return scrip.Answer{}, err
	}
	if blessed <= forgotten {
		return scrip.Answer{}, scrip.ScripSpent
	}
	return s.issued(scrip.Exchange{
		Tx: m.Tx, Pseudonym: scrip.Pseudonym(m.From), Key: m.Key, Value: m.Body.Value, Received: at, Blessed: blessed,
	}, at)
}

// checkReceipt returns when the broker blessed the exchange, in unix seconds.
func (s *Stall) checkReceipt(m scrip.Opened[scrip.Claim]) (int64, error) {
	receipt, err := scrip.Verify[scrip.Receipt](m.Body.Receipt, string(s.Vendor()), s.BrokerInfo.Signer())
	if err != nil {
		return 0, err
	}
	if receipt.Tx != m.Tx || receipt.Body.Vendor != s.Vendor() || string(receipt.Body.Pseudonym) != m.From {
		return 0, scrip.PartyMismatch
	}
	if receipt.Body.Value != m.Body.Value {
		return 0, scrip.ValueMismatch
	}
	return receipt.At, nil
}

// claimed issues for a receipt, and answers the T4 as well, for a customer who
// sends that again.
func (s *Stall) claimed(x scrip.Exchange, at int64) (scrip.Answer, error) {
	a, err := s.issued(x, at)
	if err != nil {
		return scrip.Answer{}, err
	}
	sealed, err := s.responder.Seal(request(x), a.Body, a.Attachments, at)
	a.Change.Replies = []scrip.StoredReply{{
		From: string(x.Pseudonym), Typ: request(x).Typ, Tx: x.Tx, Digest: x.OrderDigest, Reply: sealed, ScripID: a.Brings,
	}}
	return a, err
}

// issuedBefore tells again of the scrip of a settled exchange, while it lives.
func (s *Stall) issuedBefore(ctx context.Context, x scrip.Exchange) (scrip.Answer, error) {
	reply, err := s.Shelf.Reply(ctx, string(x.Pseudonym), request(x).Typ, x.Tx)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.Answer{}, scrip.ScripSpent
	}
	if err != nil {
		return scrip.Answer{}, err
	}
	live, err := s.Shelf.Live(ctx, reply.ScripID)
	if err != nil {
		return scrip.Answer{}, err
	}
	held := live.Held(s.id())
	return scrip.Answer{
		Body: scrip.Issued{Value: x.Value}, Attachments: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}, Unstored: true,
	}, nil
}

// unavailable turns whatever kept the stall from reaching the broker into the
// refusal a customer can act on. The cause is ours to log.
func (s *Stall) unavailable(what string, err error) error {
	if reason, ok := scrip.AsRefusal(err); ok && reason != scrip.Unavailable {
		return reason
	}
	s.Log.Warn("broker out of reach", "what", what, "err", err)
	return scrip.Unavailable
}
