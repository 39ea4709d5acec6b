package e2e_test

import (
	"path/filepath"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestTranscriptReturn holds what is said of a return against its golden transcript: it is
// asked for, agreed to, on its way back, and the money is back. Then the seller blocks the
// buyer: an exchange, a purchase and a new conversation are refused by name, and the order's
// thread goes on.
func TestTranscriptReturn(t *testing.T) {
	w, c, s, link, vendor, broker := begun(t)
	r, stall := c.Rig, []jose.EnvelopeKey{s.Secret.Envelope}
	listing := s.List(12_50, 2)
	t10 := c.Mandate(s, vendor, listing)
	paid, err := rig.Send[scrip.Paid](c, s.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	w.call(string(paid.Tx), "purchase")
	th := c.Ordered(s, t10, paid.Body)
	seller := func(doing string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", doing, err)
		}
	}
	own := func(string, string, int64) (jose.VerifyKey, error) { return c.Alias(s.Vendor()).Public(), nil }
	said := func(answered string, events ...scrip.Event) {
		t.Helper()
		var signed []string
		for _, e := range events {
			signed = append(signed, c.Event(s, th, e, ""))
		}
		m := c.Telling(s, th, signed...)
		answer := must(s.Tell(t.Context(), m.Sealed))(t)
		w.request("TELL", "C -> M", m.Envelope, stall)
		var told scrip.Told
		if err := w.reply(answered, "M -> C", answer.Envelope, m.Reply, m.From).DecodeBody(&told); err != nil {
			t.Fatal(err)
		}
		for _, one := range told.Events {
			event, err := jose.Verify(one.Event, jose.Expect{Types: []string{"EVENT"}, Aud: m.From, Key: w.keys})
			if err != nil { // the buyer's own
				event, err = jose.Verify(one.Event, jose.Expect{Types: []string{"EVENT"}, Aud: string(s.Vendor()), Key: own})
			}
			if err != nil {
				t.Fatalf("an event of TOLD: %v", err)
			}
			w.write("in it", event)
		}
		if th, _, err = c.SendTelling(s, th, m); err != nil {
			t.Fatalf("TELL: %v", err)
		}
	}
	seller("send", s.MarkSent(t.Context(), th.Order, scrip.Parcel{}))
	said("TOLD")
	said("TOLD", scrip.Event{Kind: "return", Text: "It does not fit."})
	seller("agree", s.Say(t.Context(), th.Order, scrip.Event{Kind: "return-agreed", Text: "To the shop, please.", Pays: scrip.Seller}))
	said("TOLD")
	said("TOLD", scrip.Event{Kind: "returned", Carrier: "Post", Tracking: "RB 2"})
	seller("refund", s.Refund(t.Context(), r.ID(), th.Order, 12_50))
	seller("deliver", s.Deliver(t.Context()))
	said("TOLD")

	x := c.Exchange(s, broker, 5_00)
	must(r.Broker.Announce(t.Context(), x.T3.Sealed))(t)
	seller("block", s.Block(t.Context(), th.Order))
	sent := len(link.sent)
	answer := must(s.Exchange(t.Context(), x.T4))(t)
	w.request("T4-order", "C -> M", x.T4.Order, stall)
	w.reply("REFUSE", "M -> C", answer.Order, x.Order.Reply, x.Order.From)
	if len(link.sent) != sent {
		t.Errorf("the broker hears %d messages of the exchange, want none", len(link.sent)-sent)
	}
	again := c.Mandate(s, scrip.Held{Scrip: *paid.Scrip, Secret: paid.Secret}, s.List(5_00, 1))
	refused := must(s.Purchase(t.Context(), again.Sealed))(t)
	w.request("T10", "C -> M", again.Envelope, stall)
	w.reply("REFUSE", "M -> C", refused.Envelope, again.Reply, again.From)
	talk := scrip.Asked(r.ID())
	ask := c.Telling(s, talk, c.Event(s, talk, scrip.Event{Kind: "ask", Text: "Is there another?", Offer: listing.Offer.Offer}, jose.Digest([]byte("the offer"))))
	none := must(s.Tell(t.Context(), ask.Sealed))(t)
	w.request("TELL", "C -> M", ask.Envelope, stall)
	w.reply("REFUSE", "M -> C", none.Envelope, ask.Reply, ask.From)
	said("TOLD", scrip.Event{Kind: "message", Text: "Thank you all the same."})
	w.compare(filepath.Join("testdata", "return.golden"))
}
