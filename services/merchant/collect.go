package merchant

import (
	"context"

	"peerscrip/services/scrip"
)

// Collect is COLLECT, COLLECTED. Not served yet: scrip.Unavailable.
func (s *Stall) Collect(context.Context, scrip.Sealed) (scrip.Sealed, error) {
	return scrip.Sealed{}, scrip.Unavailable
}
