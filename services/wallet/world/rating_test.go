package world_test

import (
	"errors"
	"strings"
	"testing"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// TestRate: a purchase is rated once its seller has reported it; what was written down
// and not answered goes first, and what is published is the last.
func TestRate(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c := w.bought()
	tx := must(c.Receipts(ctx, 0, 1))[0].Tx
	var no *wallet.Refused
	if err := c.Rate(ctx, tx, 4, "Good"); !errors.As(err, &no) || no.Reason != scrip.NotFound || wallet.Sentence(err) == "" {
		t.Errorf("before it is recorded: got %v, %q, want %v in words", err, wallet.Sentence(err), scrip.NotFound)
	}
	want(t, "Deliver", w.stall.Deliver(ctx), nil)
	want(t, "Rate", c.Rate(ctx, tx, 2, " Slow\u00ad. "), nil)
	want(t, "Rate anew", c.Rate(ctx, tx, 4, "It works."), nil)
	want(t, "too many stars", c.Rate(ctx, tx, 6, ""), scrip.TooMany)
	want(t, "too long", c.Rate(ctx, tx, 5, strings.Repeat("x", scrip.MaxWords+1)), scrip.TooMany)
	r := must(c.Receipt(ctx, tx))
	if said := must(scrip.Unchecked[scrip.Rating](r.Rated)); said.Stars != 4 || said.Words != "It works." || r.Rating != nil {
		t.Errorf("the receipt: got %+v, %v unanswered, want the second", said, r.Rating != nil)
	}
}
