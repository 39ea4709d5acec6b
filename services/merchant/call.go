package merchant

import (
	"context"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Call is CALL: the broker asks whether the stall is there, and NOTED is the answer.
// Nothing is kept of it.
func (s *Stall) Call(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error) {
	m, err := scrip.Open[scrip.Call](in.Envelope, []jose.EnvelopeKey{s.Keys.Envelope}, string(s.Vendor()), s.BrokerKeys)
	if err != nil {
		return scrip.Sealed{}, err
	}
	return s.responder.Answer(ctx, scrip.RequestOf(m), func(int64) (scrip.Answer, error) {
		if m.Body.Vendor != s.Vendor() {
			return scrip.Answer{}, scrip.PartyMismatch
		}
		return scrip.Answer{Body: scrip.Noted{}, Unstored: true}, nil
	})
}
