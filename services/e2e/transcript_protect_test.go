package e2e_test

import (
	"path/filepath"
	"testing"
	"time"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestTranscriptProtect holds what is said of a protected purchase against its golden
// transcript: T10 with its protection, SENT, DISPUTE, DEFEND, DECIDED, what both sides
// watch, and the thread that repeats the broker's word.
func TestTranscriptProtect(t *testing.T) {
	w, c, s, link, vendor, _ := begun(t)
	r := c.Rig
	stall := []jose.EnvelopeKey{s.Secret.Envelope}
	listing := s.List(12_50, 1)
	t10 := c.Mandate(s, vendor, listing, r.Protected(listing))
	paid, err := rig.Send[scrip.Paid](c, s.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	w.call(string(paid.Tx), "purchase")
	w.request("T10", "C -> M", t10.Envelope, stall)
	p := rig.Purchase{Buyer: c, Stall: s, Tx: paid.Tx, Mandate: t10.Signed.JWS, Paid: paid}
	th := c.Ordered(s, t10, paid.Body)
	if err := s.MarkSent(t.Context(), th.Order, scrip.Parcel{Carrier: "Post", Tracking: "RB 1"}); err != nil {
		t.Fatal(err)
	}
	deliver := func() {
		t.Helper()
		r.Clock.Advance(2 * time.Minute)
		if err := s.Deliver(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	heard := 0
	// the next message of a type that the stall sent, and what it was answered
	told := func(request, answered string) {
		t.Helper()
		for heard < len(link.types) && link.types[heard] != request {
			heard++
		}
		last := heard
		heard++
		m := w.request(request, "M -> B", link.sent[last].Envelope, r.Keys)
		to := string(s.Vendor())
		if request == "WATCH" {
			to = s.Secret.Signing.Thumbprint()
		}
		w.reply(answered, "B -> M", link.got[last].Envelope, attachment[jose.ReplyKey](t, m, "reply_key"), to)
	}
	said := func(m rig.Sealed, step rig.Step, answered string) {
		t.Helper()
		answer := must(step(t.Context(), m.Sealed))(t)
		w.request(m.Body.Type(), "C -> B", m.Envelope, r.Keys)
		w.reply(answered, "B -> C", answer.Envelope, m.Reply, m.From)
	}
	deliver() // T12, SENT, WATCH
	told("SENT", "HELD")
	of := p.Bought(true)
	said(c.Pseudonymous(s, scrip.Dispute{
		Vendor: of.Vendor, Purchase: of.Purchase, Mandate: of.Mandate, Paid: of.Paid, Text: "It is broken.", Shows: []scrip.Shown{{Message: listing.JWS}},
	}), r.Broker.Dispute, "HELD")
	before := len(link.types)
	deliver() // WATCH, WATCH of this purchase
	heard = before
	told("WATCH", "WATCHED")
	told("WATCH", "WATCHED")
	if err := s.Defend(t.Context(), r.ID(), th.Order, "It was whole.", nil); err != nil {
		t.Fatal(err)
	}
	deliver()
	told("DEFEND", "HELD")
	h, err := r.Judge().Decide(t.Context(), s.Vendor(), p.Tx, 7_50, "Broken, and packed badly.")
	if err != nil {
		t.Fatal(err)
	}
	decided, err := jose.Verify(h.Decision, jose.Expect{Types: []string{"DECIDED"}, Aud: string(s.Vendor()), Key: w.keys})
	if err != nil {
		t.Fatal(err)
	}
	w.write("B -> M, C", decided)
	said(c.Pseudonymous(s, scrip.Watch{Vendor: s.Vendor()}), r.Broker.Watch, "WATCHED")
	said(c.Pseudonymous(s, scrip.ReleaseRequest(p.Bought(false))), r.Broker.Release, "HELD")
	said(c.Pseudonymous(s, scrip.ReclaimRequest(p.Bought(false))), r.Broker.Reclaim, "HELD")
	deliver()
	m := c.Telling(s, th)
	answer := must(s.Tell(t.Context(), m.Sealed))(t)
	w.request("TELL", "C -> M", m.Envelope, stall)
	answered := w.reply("TOLD", "M -> C", answer.Envelope, m.Reply, m.From)
	var thread scrip.Told
	if err := answered.DecodeBody(&thread); err != nil {
		t.Fatal(err)
	}
	for _, e := range thread.Events {
		event, err := jose.Verify(e.Event, jose.Expect{Types: []string{"EVENT"}, Aud: m.From, Key: w.keys})
		if err != nil {
			t.Fatal(err)
		}
		w.write("M -> C", event)
	}
	w.compare(filepath.Join("testdata", "protect.golden"))
}
