package services

import (
	"context"

	"peerscrip/services/scrip"
)

// sayMoved says aloud that a stall is certified at another address than this
// process has: customers and the broker look for it there, and a certificate's
// address does not change.
func (h *house) sayMoved(c scrip.Certificate) {
	if c.BaseURL != h.BaseURL {
		h.Log.Error("an open stall is not where its certificate says, so nobody finds it: start with the base URL it was opened with",
			"stall", c.Name, "base-url", c.BaseURL, "now", h.BaseURL)
	}
}

// sayHostedMoved is sayMoved of every hosted stall.
func (h *house) sayHostedMoved(ctx context.Context) {
	for _, vendor := range h.host.Stalls() {
		stall, err := h.host.Stall(ctx, vendor)
		if err != nil {
			continue // the host says so itself
		}
		h.sayMoved(stall.Certificate)
	}
}
