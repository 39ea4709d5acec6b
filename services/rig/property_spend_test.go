package rig_test

import (
	"context"

	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// ways are all ways to spend what the cheat has at the broker and the first it
// has at a stall, each with messages of its own.
func (c *cheat) ways(s *stallProcess) []spend {
	var list []spend
	if len(c.till) > 0 {
		h := c.till[0]
		list = append(list, c.exchange(s, h, 1_00), c.exchange(s, h, h.Scrip.Value), c.topUp(h), c.withdraw(h), c.renewTill(h))
	}
	if len(c.pieces[s]) > 0 {
		h := c.pieces[s][0]
		list = append(list, c.renewPiece(s, h), c.giveBack(s, h))
		if thing := s.listings[0]; h.Scrip.Value >= thing.Offer.Price {
			list = append(list, c.buy(s, h, thing), c.buy(s, h, thing))
		}
		if len(c.till) > 0 {
			list = append(list, c.extend(s, c.till[0], h))
		}
	}
	return list
}

func held(a scrip.Attachments) scrip.Held {
	if a.Scrip == nil {
		return scrip.Held{}
	}
	return scrip.Held{Scrip: *a.Scrip, Secret: a.Secret}
}

// way is a step of whatever broker lives.
func (c *cheat) way(step func(*broker.Broker, context.Context, scrip.Sealed) (scrip.Sealed, error)) rig.Step {
	return rig.Step(c.town.broker.step(step))
}

func (c *cheat) exchange(s *stallProcess, h scrip.Held, value scrip.Money) spend {
	x := c.Exchange(s.opened, h, value)
	return spend{"exchange", func() (outcome, error) {
		// Asked again after it was made, T3 brings T6 and not NOTED.
		if _, err := rig.Send[scrip.Noted](c.Customer, c.way((*broker.Broker).Announce), x.T3); err != nil {
			return outcome{}, err
		}
		answer, err := s.present().Exchange(c.Rig.T.Context(), x.T4)
		if err != nil {
			return outcome{}, err
		}
		piece, err := c.OpenT8(x, answer)
		if err != nil {
			return outcome{}, err
		}
		_, change, err := c.OpenT6(x, answer)
		return outcome{tookTill: true, till: change, piece: piece}, err
	}}
}

func (c *cheat) topUp(h scrip.Held) spend {
	m := c.Seal(rig.Message{
		Body:   scrip.TopUp{Account: c.Account, Total: h.Scrip.Value + 5_00},
		Attach: scrip.Attachments{Scrip: &h.Scrip, Secret: h.Secret},
	})
	return spend{"top up", func() (outcome, error) {
		o, err := rig.Send[scrip.ToppedUp](c.Customer, c.way((*broker.Broker).TopUp), m)
		return outcome{tookTill: true, till: held(o.Attachments)}, err
	}}
}

func (c *cheat) withdraw(h scrip.Held) spend {
	m := c.Seal(rig.Message{
		Body:   scrip.Withdraw{Account: c.Account, Value: h.Scrip.Value},
		Attach: scrip.Attachments{Scrip: &h.Scrip, Secret: h.Secret},
	})
	return spend{"withdraw", func() (outcome, error) {
		_, err := rig.Send[scrip.Withdrawn](c.Customer, c.way((*broker.Broker).Withdraw), m)
		return outcome{tookTill: true}, err
	}}
}

func (c *cheat) renewTill(h scrip.Held) spend {
	m := c.Seal(rig.Message{
		From: c.Key.Thumbprint(), Body: scrip.Renew{ScripID: h.Scrip.ScripID, Value: h.Scrip.Value},
		Attach: scrip.Attachments{Scrip: &h.Scrip, Secret: h.Secret},
	})
	return spend{"renew BrokerScrip", func() (outcome, error) {
		o, err := rig.Send[scrip.Renewed](c.Customer, c.way((*broker.Broker).Renew), m)
		return outcome{tookTill: true, till: held(o.Attachments)}, err
	}}
}

func (c *cheat) renewPiece(s *stallProcess, h scrip.Held) spend {
	alias := c.Alias(s.opened.Vendor())
	m := c.Seal(rig.Message{
		From: alias.Thumbprint(), By: alias, To: string(s.opened.Vendor()), Seal: s.opened.Secret.Envelope.Public(),
		Body:   scrip.Renew{ScripID: h.Scrip.ScripID, Value: h.Scrip.Value},
		Attach: scrip.Attachments{Scrip: &h.Scrip, Secret: h.Secret},
	})
	return spend{"renew VendorScrip", func() (outcome, error) {
		o, err := rig.Send[scrip.Renewed](c.Customer, s.present().Renew, m)
		return outcome{tookPiece: true, piece: held(o.Attachments)}, err
	}}
}

func (c *cheat) buy(s *stallProcess, h scrip.Held, thing scrip.Listing) spend {
	m := c.Mandate(s.opened, h, thing)
	return spend{"buy", func() (outcome, error) {
		o, err := rig.Send[scrip.Paid](c.Customer, s.present().Purchase, m)
		return outcome{tookPiece: true, piece: held(o.Attachments), paid: thing.Offer.Price, tx: m.Tx}, err
	}}
}

func (c *cheat) giveBack(s *stallProcess, h scrip.Held) spend {
	p := c.GivingBack(s.opened, h)
	return spend{"give back", func() (outcome, error) {
		answer, err := s.present().GiveBack(c.Rig.T.Context(), p.Sealed)
		if err != nil {
			return outcome{}, err
		}
		_, err = scrip.OpenReply[scrip.GivenBack](answer.Payment, p.Pay.Reply, p.Pay.From, p.Pay.Tx, c.Rig.Info.Signer())
		return outcome{tookPiece: true}, err
	}}
}

func (c *cheat) extend(s *stallProcess, till, h scrip.Held) spend {
	p := c.Extension(s.opened, till, h, 1_00)
	return spend{"extend", func() (outcome, error) {
		e, err := c.SendExtension(p)
		if err == nil && e.Vendor.Scrip.Value == 0 {
			err = scrip.Unavailable
		}
		return outcome{tookTill: true, tookPiece: true, till: e.Change, piece: e.Vendor}, err
	}}
}
