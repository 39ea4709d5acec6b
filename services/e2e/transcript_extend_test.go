package e2e_test

import (
	"path/filepath"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/rig"
	"peerscrip/services/scrip"
)

// begun is a transcript with its parties named, after a first exchange: 30.00
// of BrokerScrip are left, and there are 20.00 of VendorScrip.
func begun(t *testing.T) (w *transcript, c *rig.Customer, s *rig.Stall, link *tap, vendor, broker scrip.Held) {
	t.Helper()
	r := rig.New(t)
	link = &tap{r: r}
	c, s = r.Customer(100_00), r.Stall("Marta's Attic", link)
	w = &transcript{r: r, names: map[string]string{}, count: map[string]int{}}
	w.call(string(r.Info.ID), "broker")
	w.call(string(c.Account), "account")
	w.call(string(s.Vendor()), "vendor")
	w.call(c.Alias(s.Vendor()).Thumbprint(), "pseudonym")
	vendor, broker = c.Trade(s, c.Acquire(50_00), 20_00)
	return w, c, s, link, vendor, broker
}

// TestTranscriptExtend holds 6.5, T15 to T19, against its golden transcript.
func TestTranscriptExtend(t *testing.T) {
	w, c, s, _, vendor, broker := begun(t)
	r := c.Rig
	t15 := c.Extension(s, broker, vendor, 12_50)
	r.Wire.Set(rig.Mute) // so that the T16 that is sent can be answered once more, to be looked at
	must(r.Broker.Extend(t.Context(), t15.Sealed))(t)
	r.Wire.Set(rig.Open)
	sent := r.Wire.Sent()[0]
	got := must(s.Extend(t.Context(), sent))(t)
	answer := must(r.Broker.Extend(t.Context(), t15.Sealed))(t)
	stall := []jose.EnvelopeKey{s.Secret.Envelope}
	w.request("T15-payment", "C -> B", t15.Payment, r.Keys)
	w.request("T15-order", "C -> B -> M", sent.Order, stall)
	t16 := w.request("T16", "B -> M", sent.Envelope, stall)
	w.reply("T17", "M -> B -> C", answer.Order, t15.Order.Reply, t15.Order.From)
	w.reply("T18", "M -> B", got.Envelope, attachment[jose.ReplyKey](t, t16, "reply_key"), string(r.Info.ID))
	w.reply("T19", "B -> C", answer.Payment, t15.Pay.Reply, t15.Pay.From)
	w.compare(filepath.Join("testdata", "extend.golden"))
}

// TestTranscriptGiveBack holds 6.7, T22 to T25, against its golden transcript.
func TestTranscriptGiveBack(t *testing.T) {
	w, c, s, link, vendor, _ := begun(t)
	r := c.Rig
	t22 := c.GivingBack(s, vendor)
	answer := must(s.GiveBack(t.Context(), t22.Sealed))(t)
	last := len(link.sent) - 1
	w.request("T22-order", "C -> M", t22.Sealed.Order, []jose.EnvelopeKey{s.Secret.Envelope})
	w.request("T22-payment", "C -> M -> B", link.sent[last].Payment, r.Keys)
	t23 := w.request("T23", "M -> B", link.sent[last].Envelope, r.Keys)
	w.reply("T24", "B -> M", link.got[last].Envelope, attachment[jose.ReplyKey](t, t23, "reply_key"), string(s.Vendor()))
	w.reply("T25", "B -> M -> C", answer.Payment, t22.Pay.Reply, t22.Pay.From)
	w.compare(filepath.Join("testdata", "giveback.golden"))
}

// TestTranscriptCash holds 6.4, 6.8 and 6.6 (T13, T14, T20, T21, T26, T27)
// against their golden transcript: 30.00 become 40.00, are renewed, as is the
// VendorScrip, and go back to the bank.
func TestTranscriptCash(t *testing.T) {
	w, c, s, _, vendor, held := begun(t)
	r := c.Rig
	say := func(number, answer, way, back string, step rig.Step, m rig.Message, keys []jose.EnvelopeKey, h scrip.Held) scrip.Opened[scrip.Renewed] {
		m.Attach = scrip.Attachments{Scrip: &h.Scrip, Secret: h.Secret}
		sealed := c.Seal(m)
		got := must(step(t.Context(), sealed.Sealed))(t)
		w.request(number, way, sealed.Envelope, keys)
		o := w.reply(answer, back, got.Envelope, sealed.Reply, sealed.From)
		fresh := scrip.Opened[scrip.Renewed]{}
		if answer != "T21" {
			a := attachment[scrip.Scrip](t, o, "scrip")
			fresh.Scrip, fresh.Secret = &a, attachment[scrip.Secret](t, o, "secret")
		}
		return fresh
	}
	m := say("T13", "T14", "C -> B", "B -> C", r.Broker.TopUp,
		rig.Message{Body: scrip.TopUp{Account: c.Account, Total: 40_00}}, r.Keys, held)
	held = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	m = say("T26", "T27", "C -> B", "B -> C", r.Broker.Renew,
		rig.Message{From: c.Key.Thumbprint(), Body: scrip.Renew{ScripID: held.Scrip.ScripID, Value: 40_00}}, r.Keys, held)
	held = scrip.Held{Scrip: *m.Scrip, Secret: m.Secret}
	alias := c.Alias(s.Vendor())
	say("T26", "T27", "C -> M", "M -> C", s.Renew, rig.Message{
		From: alias.Thumbprint(), By: alias, To: string(s.Vendor()), Seal: s.Secret.Envelope.Public(),
		Body: scrip.Renew{ScripID: vendor.Scrip.ScripID, Value: vendor.Scrip.Value},
	}, []jose.EnvelopeKey{s.Secret.Envelope}, vendor)
	say("T20", "T21", "C -> B", "B -> C", r.Broker.Withdraw,
		rig.Message{Body: scrip.Withdraw{Account: c.Account, Value: 40_00}}, r.Keys, held)
	w.compare(filepath.Join("testdata", "cash.golden"))
}
