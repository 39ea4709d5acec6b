package rig

import (
	"crypto/rand"
	"errors"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Ordered is the thread of a purchase as its buyer begins it.
func (c *Customer) Ordered(s *Stall, mandate Sealed, paid scrip.Paid) scrip.Thread {
	c.Rig.T.Helper()
	m, err := scrip.Verify[scrip.Mandate](mandate.Signed.JWS, string(s.Vendor()), nil)
	if err != nil {
		c.Rig.T.Fatal(err)
	}
	return scrip.Ordered(paid.OrderID, m)
}

// Thread is the thread of the purchase's order, to which nothing was said yet.
func (p Purchase) Thread() scrip.Thread {
	return p.Buyer.Ordered(p.Stall, Sealed{Signed: jose.Signed{JWS: p.Mandate}}, p.Paid.Body)
}

// Event signs the customer's event, next in a thread. Previous is what the first
// of a conversation names.
func (c *Customer) Event(s *Stall, t scrip.Thread, e scrip.Event, previous string) string {
	c.Rig.T.Helper()
	alias := c.Alias(s.Vendor())
	m := scrip.Compose(alias.Thumbprint(), string(s.Vendor()), t.Tx, c.Rig.Clock.Now().Unix(), t.Follow(e, previous), scrip.Attachments{})
	signed, err := jose.Sign(rand.Reader, m, alias)
	if err != nil {
		c.Rig.T.Fatal(err)
	}
	return signed.JWS
}

// Telling makes a TELL about a thread that is known so far, with the events given:
// one, or none to ask.
func (c *Customer) Telling(s *Stall, t scrip.Thread, events ...string) Sealed {
	c.Rig.T.Helper()
	alias := c.Alias(s.Vendor())
	body := scrip.Tell{Vendor: s.Vendor(), Order: t.Order, Since: t.Seq, Events: []scrip.ToldEvent{}}
	for _, jws := range events {
		body.Events = append(body.Events, scrip.ToldEvent{Event: jws})
	}
	return c.Seal(Message{From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(), Body: body})
}

// Showing makes a TELL that brings a photo, with an event or, without one, asks for
// the photo of a digest.
func (c *Customer) Showing(s *Stall, t scrip.Thread, digest string, photo []byte, events ...string) Sealed {
	c.Rig.T.Helper()
	m := c.Telling(s, t, events...).Message
	body := m.Body.(scrip.Tell)
	body.Photo = digest
	m.Body, m.Attach = body, scrip.Attachments{Photo: photo}
	return c.Seal(m)
}

// SendTelling sends a TELL and adds to the thread what comes back. A REFUSE is the
// error.
func (c *Customer) SendTelling(s *Stall, t scrip.Thread, m Sealed) (scrip.Thread, []scrip.Event, error) {
	c.Rig.T.Helper()
	got, err := Send[scrip.Told](c, s.Tell, m)
	if err != nil {
		return t, nil, err
	}
	var said []scrip.Event
	for _, told := range got.Body.Events {
		side, e, err := scrip.ReadEvent(told.Event, c.Alias(s.Vendor()).Public(), s.Vendor(), s.Certificate.Signer(), c.Rig.Info.Signer())
		if err == nil {
			t, err = t.Next(side, e)
		}
		if err != nil {
			c.Rig.T.Fatalf("an event of TOLD: %v", err)
		}
		said = append(said, e.Body)
	}
	if got.Body.Order != t.Order || got.Body.Seq < t.Seq {
		c.Rig.T.Fatalf("TOLD of %s up to %d, want of %s and at least %d", got.Body.Order, got.Body.Seq, t.Order, t.Seq)
	}
	return t, said, nil
}

// Say adds an event to the customer's thread; where another came first, on what
// there is then.
func (c *Customer) Say(s *Stall, t scrip.Thread, e scrip.Event) scrip.Thread {
	c.Rig.T.Helper()
	next, _, err := c.SendTelling(s, t, c.Telling(s, t, c.Event(s, t, e, "")))
	if errors.Is(err, scrip.OutOfTurn) {
		t = c.Listen(s, t)
		next, _, err = c.SendTelling(s, t, c.Telling(s, t, c.Event(s, t, e, "")))
	}
	if err != nil {
		c.Rig.T.Fatalf("TELL %s: %v", e.Kind, err)
	}
	return next
}

// Listen asks for what there is.
func (c *Customer) Listen(s *Stall, t scrip.Thread) scrip.Thread {
	c.Rig.T.Helper()
	next, _, err := c.SendTelling(s, t, c.Telling(s, t))
	if err != nil {
		c.Rig.T.Fatalf("TELL: %v", err)
	}
	return next
}
