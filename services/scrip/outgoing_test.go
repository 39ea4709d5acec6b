package scrip_test

import (
	"errors"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// A request that was written down is of the one who asked, and of what was
// asked: the same tx from another, or for other content, is another's.
func TestOutgoing(t *testing.T) {
	c := newCounter()
	q := scrip.Request{From: audience, Typ: "T4-order", Tx: id("tx"), Digest: hash("order"), ReplyKey: &c.w.reply}
	o, err := c.Outgoing(q, string(c.w.vendor), c.w.envelope.Public(), now, scrip.ExchangeRequest{
		Vendor: scrip.VendorID(c.w.vendor), Value: 1, Pseudonym: c.w.pseudonym, OrderDigest: hash("order"), PaymentDigest: hash("payment"),
	})
	if err != nil {
		t.Fatal(err)
	}
	m, err := scrip.Open[scrip.ExchangeRequest](o.Request.Envelope, []jose.EnvelopeKey{c.w.envelope}, string(c.w.vendor), c.w.keys)
	if err != nil || m.Tx != q.Tx || *m.ReplyKey != o.RequestKey || m.From != string(c.w.broker) || m.At != now {
		t.Errorf("what is sent: tx %s from %s at %d, %v", m.Tx, m.From, m.At, err)
	}
	if got := o.Asked(q.Typ); got.From != q.From || got.Typ != q.Typ || got.Tx != q.Tx || got.Digest != q.Digest || *got.ReplyKey != *q.ReplyKey {
		t.Errorf("who asked: got %+v, want %+v", got, q)
	}
	if err := o.For(q); err != nil {
		t.Errorf("the same request: got %v, want nil", err)
	}
	other, stranger := q, q
	other.Digest, stranger.From = hash("other"), "AAAAAAAAAAAAAAAAAAAAAA"
	for name, q := range map[string]scrip.Request{"other content": other, "another's": stranger} {
		if err := o.For(q); !errors.Is(err, scrip.TxConflict) {
			t.Errorf("%s: got %v, want %v", name, err, scrip.TxConflict)
		}
	}
}

// Only a word that the other party signed, and that is final, settles a request.
func TestHear(t *testing.T) {
	c := newCounter()
	o := scrip.Outgoing{Tx: id("tx"), RequestKey: c.w.reply}
	stranger, err := jose.NewSigningKey(seeded("stranger"))
	if err != nil {
		t.Fatal(err)
	}
	good := scrip.ExchangeApproval{Vendor: scrip.VendorID(c.w.vendor), Value: 7}
	said := func(by jose.SigningKey, tx scrip.ID, body scrip.Body) scrip.Sealed {
		m := scrip.Compose(string(c.w.broker), string(c.w.vendor), tx, now, body, scrip.Attachments{})
		return scrip.Sealed{Envelope: must(jose.Reply(seeded("iv"), m, by, c.w.reply))}
	}
	refuse := func(reason scrip.Refusal) scrip.Sealed { return said(c.w.signing, o.Tx, scrip.Refuse{Reason: reason}) }
	for name, test := range map[string]struct {
		answer  scrip.Sealed
		over    []scrip.Refusal
		granted bool
		refused scrip.Refusal
	}{
		"granted":                     {answer: said(c.w.signing, o.Tx, good), granted: true},
		"refused for good":            {answer: refuse(scrip.FloatShort), refused: scrip.FloatShort},
		"refused for now":             {answer: refuse(scrip.Unavailable)},
		"for now, which ends it":      {answer: refuse(scrip.NotAnnounced), over: []scrip.Refusal{scrip.NotAnnounced}, refused: scrip.NotAnnounced},
		"another for now":             {answer: refuse(scrip.ScripLocked), over: []scrip.Refusal{scrip.NotAnnounced}},
		"signed by another":           {answer: said(stranger, o.Tx, scrip.Refuse{Reason: scrip.FloatShort})},
		"of another tx":               {answer: said(c.w.signing, id("tx 2"), good)},
		"of another type":             {answer: said(c.w.signing, o.Tx, scrip.Noted{})},
		"an answer without a message": {},
	} {
		word, err := scrip.Hear[scrip.ExchangeApproval](o, test.answer, string(c.w.vendor), c.w.keys, test.over...)
		settled := test.granted || test.refused != ""
		if unanswered := errors.As(err, new(scrip.Unanswered)); unanswered == settled || (err == nil) != settled {
			t.Errorf("%s: got %v, want it settled: %t", name, err, settled)
		}
		if word.Refused != test.refused || (word.Body == good) != test.granted || (word.JWS != "") != settled {
			t.Errorf("%s: got %+v", name, word)
		}
		if _, refused := scrip.AsRefusal(err); refused {
			t.Errorf("%s: %v can be taken for an answer", name, err)
		}
	}
}
