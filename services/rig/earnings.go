package rig

import (
	"peerscrip/services/scrip"
)

// Collection makes a COLLECT, with a counter greater than in all before.
func (c *Customer) Collection(s *Stall, edits ...func(*Message)) Sealed {
	c.Rig.T.Helper()
	c.collections++
	alias := c.Alias(s.Vendor())
	m := Message{
		From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(),
		Body: scrip.Collect{Vendor: s.Vendor(), Counter: c.collections},
	}
	for _, edit := range edits {
		edit(&m)
	}
	return c.Seal(m)
}

// SendCollection sends a COLLECT and opens what comes back; without refunds the
// Held is zero. A REFUSE is the error.
func (c *Customer) SendCollection(s *Stall, m Sealed) (scrip.CollectedRefunds, scrip.Held, error) {
	c.Rig.T.Helper()
	got, err := Send[scrip.CollectedRefunds](c, s.Collect, m)
	if err != nil || got.Scrip == nil {
		return got.Body, scrip.Held{}, err
	}
	return got.Body, scrip.Held{Scrip: *got.Scrip, Secret: got.Secret}, nil
}

// Collect collects what is due (COLLECT, COLLECTED) and wants it to be amount.
func (c *Customer) Collect(s *Stall, amount scrip.Money) scrip.Held {
	c.Rig.T.Helper()
	got, held, err := c.SendCollection(s, c.Collection(s))
	if err != nil || got.Amount != amount || held.Scrip.Value != amount {
		c.Rig.T.Fatalf("COLLECT: %v, %d in scrip of %d, want %d", err, got.Amount, held.Scrip.Value, amount)
	}
	return held
}

// Sold is the stall's sale of a purchase, by its tx.
func (s *Stall) Sold(purchase scrip.ID) scrip.Sale {
	s.Rig.T.Helper()
	sales, err := s.Shelf.Sales(s.Rig.T.Context(), 0, 1000)
	if err != nil {
		s.Rig.T.Fatal(err)
	}
	for _, sale := range sales {
		if sale.Tx == purchase {
			return sale
		}
	}
	s.Rig.T.Fatalf("no order of purchase %s", purchase)
	return scrip.Sale{}
}

// Payment makes a PAYOUT of the stall's earnings. The BrokerScrip goes with it
// when they are to be added to it.
func (c *Customer) Payment(s *Stall, amount scrip.Money, to string, held *scrip.Held, edits ...func(*Message)) Sealed {
	c.Rig.T.Helper()
	m := Message{Body: scrip.Payout{Account: c.Account, Vendor: s.Vendor(), Amount: amount, To: to}}
	if held != nil {
		m.Attach = scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret}
	}
	for _, edit := range edits {
		edit(&m)
	}
	return c.Seal(m)
}

// SendPayment sends a PAYOUT and opens what comes back; to the bank the Held is
// zero. A REFUSE is the error.
func (c *Customer) SendPayment(m Sealed) (scrip.PaidOut, scrip.Held, error) {
	c.Rig.T.Helper()
	got, err := Send[scrip.PaidOut](c, c.Rig.Broker.Payout, m)
	if err != nil || got.Scrip == nil {
		return got.Body, scrip.Held{}, err
	}
	return got.Body, scrip.Held{Scrip: *got.Scrip, Secret: got.Secret}, nil
}

// Stated asks how the customer's stalls stand (STATEMENT, STATED).
func (c *Customer) Stated() []scrip.StatedStall {
	c.Rig.T.Helper()
	return Ask[scrip.Stated](c, c.Rig.Broker.Statement, scrip.Statement{Account: c.Account}).Body.Stalls
}
