package rig

import (
	"crypto/rand"

	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/scrip"
)

// Protected edits a T10 so that it asks for the protection that a listing promises.
func (r *Rig) Protected(l scrip.Listing) func(*Message) {
	promise := scrip.Promised([]scrip.Portion{{Offer: l.Offer, Quantity: 1}}, To("12 Elm Street"))
	return func(m *Message) {
		body := m.Body.(scrip.Mandate)
		body.Protect = promise.Protect(r.Clock.Now().Unix())
		m.Body = body
	}
}

// Purchase is one purchase as its buyer has it.
type Purchase struct {
	Buyer   *Customer
	Stall   *Stall
	Tx      scrip.ID
	Mandate string // T10's JWS
	Paid    scrip.Opened[scrip.Paid]
	Change  scrip.Held
}

// BuyProtected buys one of a listing under protection (T10, T11).
func (c *Customer) BuyProtected(s *Stall, held scrip.Held, l scrip.Listing) Purchase {
	c.Rig.T.Helper()
	t10 := c.Mandate(s, held, l, c.Rig.Protected(l))
	m, err := Send[scrip.Paid](c, s.Purchase, t10)
	if err != nil {
		c.Rig.T.Fatalf("T10: %v", err)
	}
	p := Purchase{Buyer: c, Stall: s, Tx: m.Tx, Mandate: t10.Signed.JWS, Paid: m}
	if m.Scrip != nil {
		p.Change = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	}
	return p
}

// Bought names the purchase; with proof, as a buyer does whose seller never reports.
func (p Purchase) Bought(proof bool) scrip.Bought {
	b := scrip.Bought{Vendor: p.Stall.Vendor(), Purchase: p.Tx}
	if proof {
		b.Mandate, b.Paid = p.Mandate, p.Paid.JWS
	}
	return b
}

// Judge decides disputes in the broker's name.
func (r *Rig) Judge() broker.Judge {
	return broker.Judge{Books: r.Books, ID: r.Info.ID, Signing: func() jose.SigningKey { return r.Signing }, Clock: r.Clock.Now, Random: rand.Reader}
}

// Pseudonymous makes a request of the customer's pseudonym at a stall to the broker.
func (c *Customer) Pseudonymous(s *Stall, body scrip.Body, edits ...func(*Message)) Sealed {
	c.Rig.T.Helper()
	alias := c.Alias(s.Vendor())
	m := Message{From: alias.Thumbprint(), By: alias, Body: body}
	for _, edit := range edits {
		edit(&m)
	}
	return c.Seal(m)
}

// Reporting makes a request of the stall to the broker.
func (s *Stall) Reporting(body scrip.Body, edits ...func(*Message)) Sealed {
	s.Rig.T.Helper()
	m := Message{From: string(s.Vendor()), By: s.Secret.Signing, Body: body}
	for _, edit := range edits {
		edit(&m)
	}
	return s.Owner.Seal(m)
}

// holdSteps answer what is said of holds.
func (r *Rig) holdStep(typ string) Step {
	b := r.Broker
	return map[string]Step{
		"SENT": b.Sent, "RELEASE": b.Release, "RECLAIM": b.Reclaim, "DISPUTE": b.Dispute, "DEFEND": b.Defend,
	}[typ]
}

// SendHold sends what is said of a hold and opens the HELD that comes back. A REFUSE
// is the error.
func (r *Rig) SendHold(m Sealed) (scrip.OnHold, error) {
	r.T.Helper()
	c := &Customer{Rig: r}
	got, err := Send[scrip.OnHold](c, r.holdStep(m.Body.Type()), m)
	return got.Body, err
}

// Watched asks what changed of holds after a place (WATCH, WATCHED): by the pseudonym
// of a customer, or by the stall where that is nil.
func (s *Stall) Watched(c *Customer, after int) (scrip.Watched, []scrip.OnHold) {
	s.Rig.T.Helper()
	by, to := s.Secret.Signing, string(s.Vendor())
	if c != nil {
		by = c.Alias(s.Vendor())
		to = by.Thumbprint()
	}
	asking := s.Owner.Seal(Message{From: by.Thumbprint(), By: by, Body: scrip.Watch{Vendor: s.Vendor(), After: after}})
	got, err := Send[scrip.Watched](s.Owner, s.Rig.Broker.Watch, asking)
	if err != nil {
		s.Rig.T.Fatalf("WATCH: %v", err)
	}
	var holds []scrip.OnHold
	for _, told := range got.Body.Holds {
		h, err := scrip.Verify[scrip.OnHold](told.Hold, to, s.Rig.Info.Signer())
		if err != nil {
			s.Rig.T.Fatalf("HELD in WATCHED: %v", err)
		}
		holds = append(holds, h.Body)
	}
	return got.Body, holds
}
