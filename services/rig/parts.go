package rig

import (
	"crypto/rand"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Pair is a two-part message, ready to be sent any number of times.
type Pair struct {
	scrip.Sealed
	Order Sealed // for the merchant, signed by the pseudonym
	Pay   Sealed // for the broker, signed by the account
}

// pairUp signs the two parts together and seals each.
func (c *Customer) pairUp(order, pay Message) Pair {
	c.Rig.T.Helper()
	p := Pair{Order: Sealed{Message: order}, Pay: Sealed{Message: pay}}
	message := func(s *Sealed) jose.Message {
		s.Message, s.Reply = c.complete(s.Message), c.Rig.ReplyKey()
		s.Attach.ReplyKey = &s.Reply
		return scrip.Compose(s.From, s.To, s.Tx, c.Rig.Clock.Now().Unix(), s.Body, s.Attach)
	}
	o, m := message(&p.Order), message(&p.Pay)
	var err error
	if p.Order.Signed, p.Pay.Signed, err = jose.SignPair(rand.Reader, o, m, p.Order.By, p.Pay.By); err != nil {
		c.Rig.T.Fatal(err)
	}
	p.Sealed = scrip.Sealed{Order: c.seal(p.Order.Signed, p.Order.Seal), Payment: c.seal(p.Pay.Signed, p.Pay.Seal)}
	return p
}

// toStall is the order part of a message to a stall.
func (c *Customer) toStall(s *Stall, tx scrip.ID, held scrip.Held, body scrip.Body) Message {
	alias := c.Alias(s.Vendor())
	return Message{
		Tx: tx, From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(), Body: body,
		Attach: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
	}
}

// Edit changes the two parts of a message before they are signed.
type Edit func(order, pay *Message)

// Extension makes a T15: value of the BrokerScrip goes into the VendorScrip.
func (c *Customer) Extension(s *Stall, broker, vendor scrip.Held, value scrip.Money, edits ...Edit) Pair {
	c.Rig.T.Helper()
	tx := c.Rig.ID()
	order := c.toStall(s, tx, vendor, scrip.ExtendOrder{Value: value, Vendor: s.Vendor()})
	pay := Message{
		Tx: tx, Body: scrip.ExtendPayment{
			Account: c.Account, Value: value, Vendor: s.Vendor(), Pseudonym: scrip.Pseudonym(order.From),
		},
		Attach: scrip.Attachments{Scrip: &broker.Scrip, Secret: broker.Secret},
	}
	for _, edit := range edits {
		edit(&order, &pay)
	}
	return c.pairUp(order, pay)
}

// Extended is an answer to T15, opened. What was not there is zero.
type Extended struct {
	Vendor   scrip.Held  // T17
	Change   scrip.Held  // T19
	Returned scrip.Money // T19
	Noted    int64       // NOTED's deadline
}

// SendExtension sends T15 and opens what comes back. A REFUSE is the error.
func (c *Customer) SendExtension(p Pair) (Extended, error) {
	c.Rig.T.Helper()
	answer, err := c.Rig.Broker.Extend(c.Rig.T.Context(), p.Sealed)
	if err != nil {
		return Extended{}, err
	}
	var e Extended
	if answer.Order != "" {
		m, err := scrip.OpenReply[scrip.Extended](answer.Order, p.Order.Reply, p.Order.From, p.Order.Tx, c.signer(p.Order.To))
		if err != nil {
			return e, c.Rig.Declined(p.Order.Body.Type(), err)
		}
		e.Vendor = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	}
	if answer.Payment == "" {
		return e, nil
	}
	noted, err := scrip.OpenReply[scrip.Noted](answer.Payment, p.Pay.Reply, p.Pay.From, p.Pay.Tx, c.Rig.Info.Signer())
	if err == nil {
		e.Noted = noted.Body.Deadline
		return e, nil
	}
	m, err := scrip.OpenReply[scrip.ExtendChange](answer.Payment, p.Pay.Reply, p.Pay.From, p.Pay.Tx, c.Rig.Info.Signer())
	if err != nil {
		return e, c.Rig.Declined(p.Pay.Body.Type(), err)
	}
	e.Change, e.Returned = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}, m.Body.Returned
	return e, nil
}

// Extend puts value of the BrokerScrip into the VendorScrip (T15 to T19) and
// returns both as they are then.
func (c *Customer) Extend(s *Stall, broker, vendor scrip.Held, value scrip.Money) (grown, change scrip.Held) {
	c.Rig.T.Helper()
	e, err := c.SendExtension(c.Extension(s, broker, vendor, value))
	if err != nil {
		c.Rig.T.Fatalf("T15: %v", err)
	}
	if e.Vendor.Scrip.Value == 0 {
		c.Rig.T.Fatal("T15: no T17")
	}
	return e.Vendor, e.Change
}

// GivingBack makes a T22 for all of the VendorScrip.
func (c *Customer) GivingBack(s *Stall, held scrip.Held, edits ...Edit) Pair {
	c.Rig.T.Helper()
	tx := c.Rig.ID()
	order := c.toStall(s, tx, held, scrip.GiveBackOrder{Vendor: s.Vendor(), Value: held.Scrip.Value})
	pay := Message{Tx: tx, Body: scrip.GiveBackPayment{
		Account: c.Account, Vendor: s.Vendor(), Value: held.Scrip.Value, Pseudonym: scrip.Pseudonym(order.From),
	}}
	for _, edit := range edits {
		edit(&order, &pay)
	}
	return c.pairUp(order, pay)
}

// SendGivingBack sends T22 and returns what T25 says was paid. A REFUSE is the error.
func (c *Customer) SendGivingBack(s *Stall, p Pair) (scrip.Money, error) {
	c.Rig.T.Helper()
	answer, err := s.GiveBack(c.Rig.T.Context(), p.Sealed)
	if err != nil {
		return 0, err
	}
	if answer.Payment == "" { // then only a REFUSE is left
		_, err := scrip.OpenReply[scrip.GivenBack](answer.Order, p.Order.Reply, p.Order.From, p.Order.Tx, c.signer(p.Order.To))
		return 0, c.Rig.Declined(p.Order.Body.Type(), err)
	}
	m, err := scrip.OpenReply[scrip.GivenBack](answer.Payment, p.Pay.Reply, p.Pay.From, p.Pay.Tx, c.Rig.Info.Signer())
	return m.Body.Value, c.Rig.Declined(p.Pay.Body.Type(), err)
}

// GiveBack has the bank pay for VendorScrip (T22 to T25).
func (c *Customer) GiveBack(s *Stall, held scrip.Held) {
	c.Rig.T.Helper()
	if paid, err := c.SendGivingBack(s, c.GivingBack(s, held)); err != nil || paid != held.Scrip.Value {
		c.Rig.T.Fatalf("T22: %v, paid %d of %d", err, paid, held.Scrip.Value)
	}
}

// Balance is what the customer has at the bank.
func (c *Customer) Balance() scrip.Money {
	c.Rig.T.Helper()
	balance, err := c.Rig.Bank.Balance(c.Rig.T.Context(), c.Bank)
	if err != nil {
		c.Rig.T.Fatal(err)
	}
	return balance
}
