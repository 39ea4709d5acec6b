package merchant

import (
	"context"
	"errors"

	"peerscrip/services/scrip"
)

// GiveBack is protocol T22, T25, with T23 and T24 between: the stall holds the
// customer's VendorScrip, has the broker pay its value out, and erases it. The
// answer is T25, in the payment part. While the broker is out of reach the
// answer is a REFUSE (scrip.Unavailable), the VendorScrip stays held, and the
// same T22 is to be sent again.
func (s *Stall) GiveBack(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.GiveBackOrder](s, in.Order)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return s.responder.Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		if m.Body.Vendor != s.Vendor() || !scrip.Passable(in.Payment) {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		var g scrip.GiveBack
		return s.once(m.Digest, at, func() (err error) {
			if err := s.mayCost(ctx, scrip.Pseudonym(m.From), at); err != nil {
				return err
			}
			g, err = s.givingBack(ctx, m, in.Payment, at)
			return err
		}, func() (scrip.Answer, error) { return s.givenBack(ctx, g) })
	})
}

// hold names T22's transaction where it holds VendorScrip.
func hold(tx scrip.ID) scrip.ID { return scrip.HoldBy("T22", tx) }

// givingBack holds the VendorScrip and writes the giveback down, with the T23
// that will be sent, unless it is written down already. A crash after this
// commit leaves a giveback that Run takes up again.
func (s *Stall) givingBack(ctx context.Context, m scrip.Opened[scrip.GiveBackOrder], payment string, at int64) (scrip.GiveBack, error) {
	known, err := s.Shelf.GiveBack(ctx, m.Tx)
	if err == nil {
		return known, known.For(scrip.RequestOf(m))
	}
	if !errors.Is(err, scrip.ErrAbsent) {
		return scrip.GiveBack{}, err
	}
	live, err := s.presented(ctx, m.From, hold(m.Tx), m.Key, m.Attachments, at)
	if err != nil {
		return scrip.GiveBack{}, err
	}
	if live.Value != m.Body.Value {
		return scrip.GiveBack{}, scrip.ValueMismatch
	}
	t23, err := s.outgoing(scrip.RequestOf(m), at, scrip.GiveBackRequest{
		Vendor: s.Vendor(), Value: m.Body.Value, Pseudonym: scrip.Pseudonym(m.From), OrderDigest: m.Digest, PaymentDigest: m.Dual,
	}, payment)
	if err != nil {
		return scrip.GiveBack{}, err
	}
	err = s.apply(ctx, scrip.Change{
		At:    at,
		Lock:  []scrip.Lock{{ScripID: live.ScripID, Tx: hold(m.Tx), Until: scrip.Forever}},
		Stall: &scrip.StallChange{GiveBack: &scrip.GiveBack{Outgoing: t23, ScripID: live.ScripID, Value: m.Body.Value}},
	})
	if err != nil {
		return scrip.GiveBack{}, err
	}
	// The same T22 may have come twice at the same time: what was written first
	// stands, and its T23 is the one to send, unless it was answered by now.
	known, err = s.Shelf.GiveBack(ctx, m.Tx)
	if errors.Is(err, scrip.ErrAbsent) {
		err = scrip.ErrAnswered
	}
	return known, err
}

// givenBack sends T23 and, on T24, decides to erase the VendorScrip. A refusal
// for good frees it; anything else is scrip.Unanswered and leaves it held, to be
// taken up again.
func (s *Stall) givenBack(ctx context.Context, g scrip.GiveBack) (scrip.Answer, error) {
	answer, err := s.ask(ctx, "T23", g.Request)
	if err != nil {
		return scrip.Answer{}, err
	}
	t24, err := scrip.Hear[scrip.GiveBackApproval](g.Outgoing, answer, string(s.Vendor()), s.BrokerKeys)
	switch {
	case err != nil:
		return scrip.Answer{}, err
	case t24.Refused != "":
		return freed(g, t24.Refused), nil
	case t24.Body != scrip.GiveBackApproval{Vendor: s.Vendor(), Value: g.Value} || !scrip.Passable(answer.Payment):
		return scrip.Answer{}, scrip.Unanswered{Cause: errors.New("T24 is about something else")}
	}
	return scrip.Answer{
		Payment: answer.Payment,
		Change: scrip.Change{
			Kill:  []scrip.Kill{{ScripID: g.ScripID, Tx: hold(g.Tx)}},
			Stall: &scrip.StallChange{GivenBack: g.Tx},
		},
	}, nil
}

// freed is what the broker's refusal does. The customer's REFUSE is kept while
// the VendorScrip lives, so that the T22 it was told is over cannot, sent again
// by somebody else, give it back after all.
func freed(g scrip.GiveBack, reason scrip.Refusal) scrip.Answer {
	return scrip.Answer{
		Body:   scrip.Refuse{Reason: reason},
		Brings: g.ScripID,
		Change: scrip.Change{
			Release: []scrip.Release{{ScripID: g.ScripID, Tx: hold(g.Tx)}},
			Stall:   &scrip.StallChange{GivenBack: g.Tx},
		},
	}
}
