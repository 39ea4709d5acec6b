package rig

import "peerscrip/services/scrip"

// Rescuing makes a RESCUE of what the customer has at a stall.
func (c *Customer) Rescuing(s *Stall, edits ...func(*Message)) Sealed {
	c.Rig.T.Helper()
	m := Message{Body: scrip.RescueRequest{Account: c.Account, Vendor: s.Vendor()}}
	for _, edit := range edits {
		edit(&m)
	}
	return c.Seal(m)
}

// SendRescue sends a RESCUE and opens what comes back. A REFUSE is the error.
func (c *Customer) SendRescue(m Sealed) (scrip.Rescued, error) {
	c.Rig.T.Helper()
	got, err := Send[scrip.Rescued](c, c.Rig.Broker.Rescue, m)
	return got.Body, err
}
