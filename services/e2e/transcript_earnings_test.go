package e2e_test

import (
	"crypto/rand"
	"path/filepath"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/broker"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// TestTranscriptRefund holds a refund, from REFUND to COLLECTED, against its golden
// transcript.
func TestTranscriptRefund(t *testing.T) {
	w, c, s, link, vendor, _ := begun(t)
	r := c.Rig
	paid, _ := c.Buy(s, vendor, s.List(12_50, 1))
	w.call(string(paid.Tx), "purchase")
	if err := s.Refund(t.Context(), r.ID(), s.Sold(paid.Tx).ID, 10_00); err != nil {
		t.Fatal(err)
	}
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	collect := c.Collection(s)
	answer := must(s.Collect(t.Context(), collect.Sealed))(t)
	last := len(link.sent) - 1
	refund := w.request("REFUND", "M -> B", link.sent[last].Envelope, r.Keys)
	w.reply("REFUNDED", "B -> M", link.got[last].Envelope, attachment[jose.ReplyKey](t, refund, "reply_key"), string(s.Vendor()))
	w.request("COLLECT", "C -> M", collect.Envelope, []jose.EnvelopeKey{s.Secret.Envelope})
	w.reply("COLLECTED", "M -> C", answer.Envelope, collect.Reply, collect.From)
	w.compare(filepath.Join("testdata", "refund.golden"))
}

// TestTranscriptTell holds what buyer and seller of an order say to each other
// against its golden transcript: the seller sent it, the buyer was not told yet and
// is out of turn, hears of it, and has it.
func TestTranscriptTell(t *testing.T) {
	w, c, s, _, vendor, _ := begun(t)
	t10 := c.Mandate(s, vendor, s.List(12_50, 1))
	paid, err := rig.Send[scrip.Paid](c, s.Purchase, t10)
	if err != nil {
		t.Fatal(err)
	}
	w.call(string(paid.Tx), "purchase")
	th := c.Ordered(s, t10, paid.Body)
	if err := s.MarkSent(t.Context(), th.Order, scrip.Parcel{Carrier: "Post", Tracking: "RB 1", Note: "At the gate."}); err != nil {
		t.Fatal(err)
	}
	said := func(answered string, events ...string) {
		m := c.Telling(s, th, events...)
		answer := must(s.Tell(t.Context(), m.Sealed))(t)
		w.request("TELL", "C -> M", m.Envelope, []jose.EnvelopeKey{s.Secret.Envelope})
		w.reply(answered, "M -> C", answer.Envelope, m.Reply, m.From)
		if got, _, err := c.SendTelling(s, th, m); err == nil {
			th = got
		}
	}
	said("REFUSE", c.Event(s, th, scrip.Event{Kind: "cancel"}, ""))
	said("TOLD")
	said("TOLD", c.Event(s, th, scrip.Event{Kind: "received", Text: "It works."}, ""))
	w.compare(filepath.Join("testdata", "tell.golden"))
}

// TestTranscriptBank holds BANK against its golden transcript.
func TestTranscriptBank(t *testing.T) {
	w, c, _, _, _, _ := begun(t)
	other, err := c.Rig.Bank.OpenAccount(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.call(other, "another account")
	bank := c.Banking(other)
	noted := must(c.Rig.Broker.ChangeBank(t.Context(), bank.Sealed))(t)
	w.request("BANK", "C -> B", bank.Envelope, c.Rig.Keys)
	w.reply("NOTED", "B -> C", noted.Envelope, bank.Reply, bank.From)
	w.compare(filepath.Join("testdata", "bank.golden"))
}

// TestTranscriptRekey holds REKEY of a stall's owner, and the OWNER that tells the stall of it, against
// their golden transcript.
func TestTranscriptRekey(t *testing.T) {
	w, c, s, _, _, _ := begun(t)
	r, owner := c.Rig, s.Owner
	w.call(string(owner.Account), "seller")
	rekey := owner.Rekeying(r.SigningKey())
	w.request("REKEY", "C -> B", rekey.Envelope, r.Keys)
	noted := must(r.Broker.Rekey(t.Context(), rekey.Sealed))(t)
	w.reply("NOTED", "B -> C", noted.Envelope, rekey.Reply, rekey.From)
	ask := owner.Seal(rig.Message{From: string(s.Vendor()), By: s.Secret.Signing, Body: scrip.OwnerRequest{Vendor: s.Vendor()}})
	owned := must(r.Broker.Owner(t.Context(), ask.Sealed))(t)
	w.request("OWNER", "M -> B", ask.Envelope, r.Keys)
	w.reply("OWNED", "B -> M", owned.Envelope, ask.Reply, ask.From)
	w.compare(filepath.Join("testdata", "rekey.golden"))
}

// TestTranscriptPayout holds STATEMENT and PAYOUT, to the bank and into scrip,
// against their golden transcript.
func TestTranscriptPayout(t *testing.T) {
	w, c, s, _, vendor, _ := begun(t)
	r := c.Rig
	c.Buy(s, vendor, s.List(12_50, 1))
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	owner := s.Owner
	w.call(string(owner.Account), "seller")
	if _, err := r.Bank.Deposit(t.Context(), owner.Bank, 20_00, r.ID()); err != nil {
		t.Fatal(err)
	}
	held := owner.Acquire(20_00)
	ask := owner.Seal(rig.Message{Body: scrip.Statement{Account: owner.Account}})
	stated := must(r.Broker.Statement(t.Context(), ask.Sealed))(t)
	toBank := owner.Payment(s, 4_00, scrip.ToBank, nil)
	banked := must(r.Broker.Payout(t.Context(), toBank.Sealed))(t)
	toScrip := owner.Payment(s, 8_50, scrip.ToScrip, &held)
	grown := must(r.Broker.Payout(t.Context(), toScrip.Sealed))(t)
	w.request("STATEMENT", "C -> B", ask.Envelope, r.Keys)
	w.reply("STATED", "B -> C", stated.Envelope, ask.Reply, ask.From)
	w.request("PAYOUT", "C -> B", toBank.Envelope, r.Keys)
	w.reply("PAID_OUT", "B -> C", banked.Envelope, toBank.Reply, toBank.From)
	w.request("PAYOUT", "C -> B", toScrip.Envelope, r.Keys)
	w.reply("PAID_OUT", "B -> C", grown.Envelope, toScrip.Reply, toScrip.From)
	w.compare(filepath.Join("testdata", "payout.golden"))
}

// TestTranscriptRescue holds RESCUE, granted and declined, against its golden
// transcript.
func TestTranscriptRescue(t *testing.T) {
	w, c, s, _, _, _ := begun(t)
	r := c.Rig
	early := c.Rescuing(s)
	declined := must(r.Broker.Rescue(t.Context(), early.Sealed))(t)
	if _, err := broker.Revoke(t.Context(), r.Books, s.Vendor(), r.Clock.Now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	ask := c.Rescuing(s)
	got := must(r.Broker.Rescue(t.Context(), ask.Sealed))(t)
	w.request("RESCUE", "C -> B", early.Envelope, r.Keys)
	w.reply("REFUSE", "B -> C", declined.Envelope, early.Reply, early.From)
	w.request("RESCUE", "C -> B", ask.Envelope, r.Keys)
	w.reply("RESCUED", "B -> C", got.Envelope, ask.Reply, ask.From)
	w.compare(filepath.Join("testdata", "rescue.golden"))
}
