package merchant

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// Claim is CLAIM: the stall issues the VendorScrip of an exchange that the
// broker blessed while the stall could not be told, to the customer who shows
// the receipt. The stall need not remember the exchange: it never forgets one
// that it issued for, but those that are older than the last scrip.SettledKept
// of the same pseudonym, whose receipts it refuses.
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
		case x.From != m.From:
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

// checkReceipt returns when the broker blessed the exchange, in unix seconds.
func (s *Stall) checkReceipt(m scrip.Opened[scrip.Claim]) (int64, error) {
	receipt, err := scrip.Verify[scrip.Receipt](m.Body.Receipt, string(s.Vendor()), s.BrokerKeys)
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
		Outgoing: scrip.Outgoing{Tx: m.Tx, From: m.From, Since: at}, Key: m.Key, Value: m.Body.Value, Blessed: blessed,
	}, at)
}

// claimed issues for a receipt, and answers the T4 as well, for a customer who
// sends that again.
func (s *Stall) claimed(x scrip.Exchange, at int64) (scrip.Answer, error) {
	a, err := s.issued(x, at)
	if err != nil {
		return scrip.Answer{}, err
	}
	t4 := exchangeOf(x)
	t8, err := s.responder.Seal(t4, a.Body, a.Attachments, at)
	a.Change.Replies = []scrip.StoredReply{{
		From: t4.From, Typ: t4.Typ, Tx: t4.Tx, Digest: t4.Digest, Reply: t8, ScripID: a.Brings,
	}}
	return a, err
}

// issuedBefore tells again of the scrip of a settled exchange, while it lives.
func (s *Stall) issuedBefore(ctx context.Context, x scrip.Exchange) (scrip.Answer, error) {
	reply, err := s.Shelf.Reply(ctx, x.From, exchangeOf(x).Typ, x.Tx)
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
