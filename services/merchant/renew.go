package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// Renew is protocol T26, T27 at a stall: VendorScrip that has expired, or soon
// will, is replaced by the same value; what is not due, a few times a day for a
// pseudonym (scrip.EarlyRenewals), and then it is scrip.Unavailable.
func (s *Stall) Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := openFrom[scrip.Renew](s, in.Envelope)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return s.responder.Answer(ctx, scrip.RequestOf(m), func(at int64) (scrip.Answer, error) {
		live, err := s.Shelf.Live(ctx, m.Scrip.ScripID)
		if err != nil {
			return scrip.Answer{}, err
		}
		if err := live.CheckPresented(s.id(), *m.Scrip, m.Secret); err != nil {
			return scrip.Answer{}, err
		}
		if err := live.CheckRenewable(m.From, m.Tx, at, scrip.Grace); err != nil {
			return scrip.Answer{}, err
		}
		if m.Body.Value != live.Value || m.Body.ScripID != live.ScripID {
			return scrip.Answer{}, scrip.ValueMismatch
		}
		if err := live.Renewable(s.early, at); err != nil {
			return scrip.Answer{}, err
		}
		row, held, err := s.issue(scrip.Pseudonym(m.From), m.Key, live.Value, at)
		return scrip.Answer{
			Body:        scrip.Renewed{Value: live.Value},
			Attachments: scrip.Attachments{Scrip: &held.Scrip, Secret: held.Secret},
			Brings:      row.ScripID,
			Change: scrip.Change{
				Kill:  []scrip.Kill{{ScripID: live.ScripID, Tx: m.Tx}},
				Issue: []scrip.Live{row},
			},
		}, err
	})
}
