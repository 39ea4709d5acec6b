package world_test

import (
	"testing"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// TestPaymentLink: it is paid once and to no address, and nobody is asked about it for ever.
func TestPaymentLink(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	c, other := w.customer(), w.customer()
	link := must(w.stall.AskFor(ctx, merchant.Demand{
		Title: "Two guitar lessons", Reference: "2026-117", Price: 60_00, Times: scrip.PaidOnce, ValidUntil: w.Clock.Now().AddDate(0, 1, 0).Unix(),
	}))
	_, err := c.Buy(ctx, link.JWS, 1, home)
	want(t, "posted", err, scrip.NotDelivered)
	none := scrip.Delivery{Way: scrip.WayNone}
	r, err := c.Buy(ctx, link.JWS, 1, none)
	want(t, "Buy", err, nil)
	if r.Delivery != none || r.Protect != nil || r.Title() != "Two guitar lessons" {
		t.Errorf("the receipt: got %+v, want it delivered not at all, and without protection", r)
	}
	w.check(c)
	_, err = other.Buy(ctx, link.JWS, 1, none)
	want(t, "paid by another", err, scrip.OutOfStock)
	sale := must(w.shelf.Sales(ctx, 0, 1))[0]
	want(t, "Say", w.stall.Say(ctx, sale.ID, message("Thank you.")), nil)
	want(t, "ListenAll", c.ListenAll(ctx), nil)
	if got := must(c.Conversation(ctx, r.Tx)); len(got.Said) != 1 {
		t.Errorf("the thread: got %+v, want a word of thanks", got.Said)
	}
	w.pass(61 * 24 * 3600 * 1e9)
	w.stallDown.Store(true)
	want(t, "ListenAll when nothing was said for long", c.ListenAll(ctx), nil)
}
