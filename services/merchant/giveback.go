package merchant

import (
	"context"
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// hold names T22's transaction where it holds VendorScrip.
func hold(tx scrip.ID) scrip.ID { return scrip.HoldBy("T22", tx) }

// GiveBack is protocol T22, T25, with T23 and T24 between: the stall holds the
// customer's VendorScrip, has the broker pay its value out, and erases it. The
// answer is T25, in the payment part. While the broker is out of reach the
// answer is a REFUSE (scrip.Unavailable), the VendorScrip stays held, and the
// same T22 is to be sent again.
func (s *Stall) GiveBack(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.ReturnOrder](s, in.Order)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return s.responder.Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		if m.Body.Vendor != s.Vendor() || !scrip.Passable(in.Payment) {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		g, err := s.givingBack(ctx, m, in.Payment, at)
		if err != nil {
			return scrip.Answer{}, err
		}
		return s.givenBack(ctx, g, at)
	})
}

// givingBack holds the VendorScrip and writes the giveback down, with the T23
// that will be sent, unless it is written down already. A crash after this
// commit leaves a giveback that Run takes up again.
func (s *Stall) givingBack(ctx context.Context, m scrip.Opened[scrip.ReturnOrder], payment string, at int64) (scrip.GiveBack, error) {
	known, err := s.Shelf.GiveBack(ctx, m.Tx)
	switch {
	case err == nil && (known.OrderDigest != m.Digest || string(known.Pseudonym) != m.From):
		return scrip.GiveBack{}, scrip.TxConflict
	case !errors.Is(err, scrip.ErrAbsent):
		return known, err
	}
	live, err := s.presented(ctx, m.From, hold(m.Tx), m.Key, m.Attachments, at)
	if err != nil {
		return scrip.GiveBack{}, err
	}
	if live.Value != m.Body.Value {
		return scrip.GiveBack{}, scrip.ValueMismatch
	}
	g := scrip.GiveBack{
		Tx: m.Tx, ScripID: live.ScripID, Pseudonym: scrip.Pseudonym(m.From), Value: m.Body.Value,
		OrderDigest: m.Digest, ReplyKey: *m.ReplyKey, Received: at,
	}
	if g.RequestKey, err = jose.NewReplyKey(s.Random); err != nil {
		return scrip.GiveBack{}, err
	}
	request := scrip.Compose(string(s.Vendor()), string(s.BrokerInfo.ID), m.Tx, at, scrip.ReturnRequest{
		Vendor: s.Vendor(), Value: m.Body.Value, OrderDigest: m.Digest, PaymentDigest: m.Dual,
	}, scrip.Attachments{ReplyKey: &g.RequestKey})
	envelope, err := jose.Seal(s.Random, request, s.Keys.Signing, s.BrokerInfo.Envelope)
	if err != nil {
		return scrip.GiveBack{}, err
	}
	g.Request = scrip.Sealed{Envelope: envelope, Payment: payment}
	err = s.Shelf.Apply(ctx, scrip.Change{
		At:   at,
		Lock: []scrip.Lock{{ScripID: live.ScripID, Tx: hold(m.Tx), Until: scrip.Forever}},
		Stall: &scrip.StallChange{
			GiveBack: &g,
		},
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

// presented finds VendorScrip that its holder presented with its secret, to be
// spent: the scrip, its secret and the signature of the key on its row.
func (s *Stall) presented(ctx context.Context, from string, tx scrip.ID, key jose.VerifyKey, a scrip.Attachments, at int64) (scrip.Live, error) {
	live, err := s.Shelf.Live(ctx, a.Scrip.ScripID)
	if err != nil {
		return scrip.Live{}, err
	}
	if err := live.CheckPresented(s.id(), *a.Scrip, a.Secret); err != nil {
		return scrip.Live{}, err
	}
	if err := live.CheckSpendable(from, tx, at); err != nil {
		return scrip.Live{}, err
	}
	if !live.HolderKey.Equal(key) {
		return scrip.Live{}, scrip.ScripInvalid
	}
	return live, nil
}

// givenBack sends T23 and, on T24, decides to erase the VendorScrip. A refusal
// for good frees it; anything else leaves it held, to be taken up again.
func (s *Stall) givenBack(ctx context.Context, g scrip.GiveBack, at int64) (scrip.Answer, error) {
	answer, err := s.Broker.Send(ctx, "T23", g.Request)
	if err != nil {
		return scrip.Answer{}, s.postponed("pay out a giveback", err)
	}
	m, err := scrip.OpenReply[scrip.ReturnApproval](answer.Envelope, g.RequestKey, string(s.Vendor()), g.Tx, s.BrokerInfo.Signer())
	if reason, ok := scrip.AsRefusal(err); ok && reason != scrip.Unreadable && !reason.Transient() {
		return freed(g, reason), nil
	}
	if err == nil && (m.Body.Value != g.Value || m.Body.Vendor != s.Vendor() || answer.Payment == "") {
		err = errors.New("T24 is about something else")
	}
	if err != nil {
		return scrip.Answer{}, s.postponed("pay out a giveback", err)
	}
	return scrip.Answer{
		Payment: answer.Payment,
		Change:  scrip.Change{Kill: []scrip.Kill{{ScripID: g.ScripID, Tx: hold(g.Tx)}}, Stall: &scrip.StallChange{GivenBack: g.Tx}},
	}, nil
}

// freed is what the broker's refusal does. The customer's REFUSE is kept while
// the VendorScrip lives, so that the T22 it was told is over cannot, sent again
// by somebody else, give it back after all.
func freed(g scrip.GiveBack, reason scrip.Refusal) scrip.Answer {
	return scrip.Answer{
		Body:   scrip.Refuse{Reason: reason},
		Brings: g.ScripID,
		Change: scrip.Change{Release: []scrip.Release{{ScripID: g.ScripID, Tx: hold(g.Tx)}}, Stall: &scrip.StallChange{GivenBack: g.Tx}},
	}
}

// postponed says that nothing is known of a request to the broker, whatever the
// cause, which is ours to log. Run takes it up again.
func (s *Stall) postponed(what string, err error) error {
	s.Log.Warn("the broker has not answered", "what", what, "err", err)
	s.wakeUp()
	return scrip.Unavailable
}

// giveBackRequest is the T22 a giveback came with.
func giveBackRequest(g scrip.GiveBack) scrip.Request {
	return scrip.Request{
		From: string(g.Pseudonym), Typ: scrip.ReturnOrder{}.Type(), Tx: g.Tx, Digest: g.OrderDigest, ReplyKey: &g.ReplyKey,
	}
}
