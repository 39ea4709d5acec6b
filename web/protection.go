package web

import (
	"context"
	"slices"

	"peerscrip/services/scrip"
)

// protection says when the seller of an offer is paid, for whoever has not chosen how it is
// delivered yet.
type protection struct {
	Yes  bool
	Says string // in a sentence
}

func protectionOf(ctx context.Context, o scrip.Offer) protection {
	if o.CheckWithin == 0 {
		return protection{Says: tr(ctx, "The seller is paid at once. If something goes wrong, only the seller can give your money back.")}
	}
	days := tr(ctx, "{{.N}} days", "N", o.CheckWithin)
	if slices.ContainsFunc(o.Ways(), func(w scrip.Way) bool { return w.Way == scrip.WayPost }) {
		return protection{true, tr(ctx, "You pay now. The seller is paid when you say that all is well, or {{.Days}} after it should have come.", "Days", days)}
	}
	return protection{true, tr(ctx, "You pay now. The seller is paid when you say that all is well, or {{.Days}} after it was handed over.", "Days", days)}
}
