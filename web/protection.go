package web

import (
	"slices"

	"peerscrip/services/scrip"
)

// protection says when the seller of an offer is paid, for whoever has not chosen how it is
// delivered yet.
type protection struct {
	Yes  bool
	Says string // in a sentence
}

func protectionOf(o scrip.Offer) protection {
	if o.CheckWithin == 0 {
		return protection{Says: "The seller is paid at once. If something goes wrong, only the seller can give your money back."}
	}
	then := "it should have come"
	if !slices.ContainsFunc(o.Ways(), func(w scrip.Way) bool { return w.Way == scrip.WayPost }) {
		then = "it was handed over"
	}
	return protection{true, "You pay now. The seller is paid when you say that all is well, or " + count(o.CheckWithin, "day") + " after " + then + "."}
}
