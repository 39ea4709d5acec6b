package scrip_test

import (
	"errors"
	"reflect"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Every message comes out of its envelope as it went in: as a request, as a
// reply, and as evidence, which has no attachments.
func TestRoundTrip(t *testing.T) {
	w := newWorld()
	for _, k := range w.kinds() {
		t.Run(k.typ(), func(t *testing.T) {
			if err := k.body.Valid(); err != nil {
				t.Fatalf("Valid: got %v, want nil", err)
			}
			m := w.message(k)
			got, err := k.open(w, w.request(m))
			if err != nil || !reflect.DeepEqual(got.body, k.body) || !reflect.DeepEqual(got.attachments, k.attach) {
				t.Errorf("Open: got %+v %+v, %v, want %+v %+v", got.body, got.attachments, err, k.body, k.attach)
			}
			if got.from != m.Iss || got.tx != id("tx") || (got.dual != "") != (isPart(k.typ())) {
				t.Errorf("Open: got from %s, tx %s, dual %q", got.from, got.tx, got.dual)
			}
			if (got.orderDigest != "") != (k.attach.Order != nil) {
				t.Errorf("Open: got order digest %q, want one only where there is an order", got.orderDigest)
			}
			got, err = k.reply(w, w.answer(m))
			if err != nil || !reflect.DeepEqual(got.body, k.body) || !reflect.DeepEqual(got.attachments, k.attach) {
				t.Errorf("OpenReply: got %+v %+v, %v, want %+v %+v", got.body, got.attachments, err, k.body, k.attach)
			}
			signed := w.sign(m)
			got, err = k.verify(w, signed.JWS)
			if err != nil || !reflect.DeepEqual(got.body, k.body) || !reflect.DeepEqual(got.attachments, scrip.Attachments{}) {
				t.Errorf("Verify: got %+v %+v, %v, want %+v and no attachments", got.body, got.attachments, err, k.body)
			}
			if got.digest != signed.Digest() {
				t.Errorf("digest: got %s, want %s", got.digest, signed.Digest())
			}
		})
	}
}

// A message of one type is refused wherever another is expected.
func TestTypeConfusion(t *testing.T) {
	w := newWorld()
	kinds := w.kinds()
	for _, sent := range kinds {
		m := w.message(sent)
		request, answer, evidence := w.request(m), w.answer(m), w.sign(m).JWS
		for _, expected := range kinds {
			if expected.typ() == sent.typ() {
				continue
			}
			if _, err := expected.open(w, request); !errors.Is(err, scrip.Unreadable) {
				t.Errorf("request %s where %s is expected: got %v, want %v", sent.typ(), expected.typ(), err, scrip.Unreadable)
			}
			if _, err := expected.verify(w, evidence); !errors.Is(err, scrip.Unreadable) {
				t.Errorf("evidence %s where %s is expected: got %v, want %v", sent.typ(), expected.typ(), err, scrip.Unreadable)
			}
			var want error = scrip.Unreadable
			if refuse, ok := sent.body.(scrip.Refuse); ok {
				want = refuse.Reason // expected in answer to anything
			}
			if _, err := expected.reply(w, answer); !errors.Is(err, want) {
				t.Errorf("reply %s where %s is expected: got %v, want %v", sent.typ(), expected.typ(), err, want)
			}
		}
	}
}

// A request is not taken for a reply, nor the other way round.
func TestRequestIsNoReply(t *testing.T) {
	w := newWorld()
	k := w.find(t, "T1")
	if _, err := k.reply(w, w.request(w.message(k))); !errors.Is(err, scrip.Unreadable) {
		t.Errorf("a request as a reply: got %v, want %v", err, scrip.Unreadable)
	}
	if _, err := k.open(w, w.answer(w.message(k))); !errors.Is(err, scrip.Unreadable) {
		t.Errorf("a reply as a request: got %v, want %v", err, scrip.Unreadable)
	}
}

// Whoever is not the sender, the receiver or of the transaction is refused.
func TestClaims(t *testing.T) {
	w := newWorld()
	stranger := must(jose.NewSigningKey(seeded("stranger")))
	for _, k := range w.kinds() {
		m := w.message(k)
		other := w.message(k, func(m *jose.Message) { m.Aud = string(w.vendor) })
		if _, err := k.open(w, w.request(other)); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("%s to another: got %v, want %v", k.typ(), err, scrip.Unreadable)
		}
		if _, err := k.verify(w, w.sign(other).JWS); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("evidence of %s to another: got %v, want %v", k.typ(), err, scrip.Unreadable)
		}
		late := w.message(k, func(m *jose.Message) { m.Tx = string(id("another tx")) })
		if _, err := k.reply(w, w.answer(late)); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("reply %s to another request: got %v, want %v", k.typ(), err, scrip.Unreadable)
		}
		forged := w
		forged.signing = stranger
		if _, err := k.reply(w, forged.answer(m)); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("reply %s by a stranger: got %v, want %v", k.typ(), err, scrip.Unreadable)
		}
		if m.SelfKeyed {
			continue // brings its own key
		}
		if _, err := k.open(w, forged.request(m)); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("%s by a stranger: got %v, want %v", k.typ(), err, scrip.Unreadable)
		}
		if _, err := k.verify(w, forged.sign(m).JWS); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("evidence of %s by a stranger: got %v, want %v", k.typ(), err, scrip.Unreadable)
		}
	}
}

// A part of a two-part message is refused alone, and any other message as a part.
func TestParts(t *testing.T) {
	w := newWorld()
	for _, k := range w.kinds() {
		m := w.message(k)
		part := isPart(k.typ())
		by := w.signing
		if m.SelfKeyed {
			by = w.alias
		}
		signed := must(jose.Sign(seeded("salt"), m, by))
		if !part {
			other := m
			other.Typ = "other"
			var err error
			if signed, _, err = jose.SignPair(seeded("salt"), m, other, by, by); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := k.open(w, must(signed.Seal(w.envelope.Public()))); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("%s, a part: %t, signed as if not: got %v, want %v", k.typ(), part, err, scrip.Unreadable)
		}
	}
}

// A key store that is down is not the sender's fault: the error comes back.
func TestKeysFail(t *testing.T) {
	w := newWorld()
	down := errors.New("disk on fire")
	keys := func(string, string, int64) (jose.VerifyKey, error) { return jose.VerifyKey{}, down }
	k := w.find(t, "T1")
	_, err := scrip.Open[scrip.Acquire](w.request(w.message(k)), []jose.EnvelopeKey{w.envelope}, audience, keys)
	if _, refused := scrip.AsRefusal(err); !errors.Is(err, down) || refused {
		t.Errorf("Open: got %v, want %v and no refusal", err, down)
	}
	_, err = scrip.OpenReply[scrip.Acquire](w.answer(w.message(k)), w.reply, audience, id("tx"), keys)
	if !errors.Is(err, down) {
		t.Errorf("OpenReply: got %v, want %v", err, down)
	}
	_, err = scrip.Verify[scrip.Acquire](w.sign(w.message(k)).JWS, audience, keys)
	if !errors.Is(err, down) {
		t.Errorf("Verify: got %v, want %v", err, down)
	}
}

// Only a signed REFUSE gives a refusal other than Unreadable: what a broken or
// lying party answers settles nothing.
func TestMalformedReply(t *testing.T) {
	w := newWorld()
	for name, m := range map[string]jose.Message{
		"T2 of nothing": w.message(w.find(t, "T2"), func(m *jose.Message) { m.Body = scrip.Acquired{Nonce: id("nonce")} }),
		"T2 with scrip that is none": w.message(w.find(t, "T2"), func(m *jose.Message) {
			bad := w.scrip
			bad.Value = 0
			m.Attach["scrip"] = bad
		}),
		"T2 with a secret that is none":     w.message(w.find(t, "T2"), func(m *jose.Message) { m.Attach["secret"] = "guess" }),
		"REFUSE for a reason of its own":    w.message(w.find(t, "REFUSE"), func(m *jose.Message) { m.Body = scrip.Refuse{Reason: "mood"} }),
		"REFUSE with something beside it":   w.message(w.find(t, "REFUSE"), func(m *jose.Message) { m.Attach["secret"] = hash("x") }),
		"REFUSE with members of its own":    w.message(w.find(t, "REFUSE"), func(m *jose.Message) { m.Body = map[string]any{"reason": "scrip-spent", "why": "x"} }),
		"T2 with another message's body":    w.message(w.find(t, "T2"), func(m *jose.Message) { m.Body = scrip.Issued{Value: 1} }),
		"T2 without the scrip it must have": w.message(w.find(t, "T2"), func(m *jose.Message) { delete(m.Attach, "scrip") }),
	} {
		if _, err := w.find(t, "T2").reply(w, w.answer(m)); !errors.Is(err, scrip.Unreadable) {
			t.Errorf("%s: got %v, want %v", name, err, scrip.Unreadable)
		}
	}
	for _, reason := range scrip.Refusals() {
		m := w.message(w.find(t, "REFUSE"), func(m *jose.Message) { m.Body = scrip.Refuse{Reason: reason} })
		if _, err := w.find(t, "T2").reply(w, w.answer(m)); !errors.Is(err, reason) {
			t.Errorf("REFUSE %s: got %v", reason, err)
		}
	}
}
