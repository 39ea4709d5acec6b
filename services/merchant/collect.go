package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// Collect is COLLECT, COLLECTED: a pseudonym gets VendorScrip for what was taken
// back of its purchases and is covered by the broker. Each refund is collected
// once, and each COLLECT counts once: its counter outlives the stored reply.
func (s *Stall) Collect(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Collect](s, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return s.responder.Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		if m.Body.Vendor != s.Vendor() {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		last, err := s.Shelf.Collector(ctx, scrip.Pseudonym(m.From))
		if err != nil {
			return scrip.Answer{}, err
		}
		if err := scrip.CheckCounter(m.Body.Counter, last, at); err != nil {
			return scrip.Answer{}, err
		}
		due, err := s.Shelf.Due(ctx, scrip.Pseudonym(m.From), scrip.MaxRefunds)
		if err != nil {
			return scrip.Answer{}, err
		}
		if len(due) == 0 {
			return s.nothingDue(ctx, m, at)
		}
		return s.collected(m, due, at)
	})
}

// nothingDue answers without money, and moves the counter of a pseudonym that
// may have purchases: this COLLECT, sent again by somebody else, is not to take
// what comes later. Those that never had VendorScrip here have none, and leave
// no trace.
func (s *Stall) nothingDue(ctx context.Context, m scrip.Opened[scrip.Collect], at int64) (scrip.Answer, error) {
	a := scrip.Answer{Body: scrip.CollectedRefunds{Vendor: s.Vendor(), Refunds: []scrip.CollectedRefund{}}, Unstored: true}
	known, err := s.Shelf.Settled(ctx, scrip.Pseudonym(m.From))
	if err != nil || !known {
		return a, err
	}
	return a, s.apply(ctx, scrip.Change{At: at, Stall: &scrip.StallChange{Collect: &scrip.Collecting{
		Pseudonym: scrip.Pseudonym(m.From), Counter: m.Body.Counter, Tx: m.Tx,
	}}})
}

// collected issues VendorScrip for what is due. Whether it still is, when two
// come at the same time, is for the commit to say.
func (s *Stall) collected(m scrip.Opened[scrip.Collect], due []scrip.Refund, at int64) (scrip.Answer, error) {
	body := scrip.CollectedRefunds{Vendor: s.Vendor()}
	taking := scrip.Collecting{Pseudonym: scrip.Pseudonym(m.From), Counter: m.Body.Counter, Tx: m.Tx}
	for _, r := range due {
		sum, err := body.Amount.Add(r.Amount)
		if err != nil {
			break // the rest comes with the next COLLECT
		}
		body.Amount = sum
		body.Refunds = append(body.Refunds, scrip.CollectedRefund{Refund: r.ID, Purchase: r.Purchase, Amount: r.Amount})
		taking.Refunds = append(taking.Refunds, r.ID)
	}
	row, held, err := s.issue(taking.Pseudonym, m.Key, body.Amount, at)
	return scrip.Answer{
		Body:        body,
		Attachments: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
		Brings:      row.ScripID,
		Change:      scrip.Change{Issue: []scrip.Live{row}, Stall: &scrip.StallChange{Collect: &taking}},
	}, err
}
