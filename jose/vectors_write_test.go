package jose_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerscrip/jose"
)

// scenario is a good message; the bad ones are it with one layer spoiled.
type scenario struct {
	name    string
	kind    string
	message jose.Message
	by      jose.SigningKey
	dual    string
	expect  expected
	to      jose.EnvelopeKey // requests
}

// spoil is one way to go wrong: hook changes one layer of the forgery.
type spoil struct {
	name  string
	about string
	at    string // the step that refuses it
	hook  func(*forgery)
}

func (w world) scenarios() map[string]scenario {
	order, payment := w.pair()
	receipt := jose.Message{
		Typ: "RECEIPT", Iss: w.brokerID, Aud: w.vendorID, Tx: w.tx, Iat: testTime,
		Body: map[string]any{"vendor": w.vendorID, "value": 1250, "pseudonym": w.pseudonym.Thumbprint(),
			"possession": goodDigest("pseudonym", w.aliasPossession(), w.pseudonym)},
	}
	refuse := jose.Message{
		Typ: "REFUSE", Iss: w.brokerID, Aud: w.accountID, Tx: w.tx, Iat: testTime,
		Body: map[string]any{"reason": "scrip-spent"},
	}
	orderDigest, paymentDigest := goodDigest("order", order, w.pseudonym), goodDigest("payment", payment, w.account)
	all := []scenario{
		{"request", "request", w.announcement(), w.account, "", w.expected(w.expectAnnouncement(), w.accountID), w.brokerEnvelope},
		{"purchase", "request", w.mandate(), w.pseudonym, "", w.expected(w.expectMandate(), ""), w.vendorEnvel},
		{"reply", "reply", w.issue(), w.broker, "", w.expected(w.expectIssue(), w.brokerID), jose.EnvelopeKey{}},
		{"refusal", "reply", refuse, w.broker, "", w.expected(w.expectIssue(), w.brokerID), jose.EnvelopeKey{}},
		{"mandate", "evidence", w.mandate(), w.pseudonym, "", w.expected(w.expectMandate(), ""), jose.EnvelopeKey{}},
		{"receipt", "evidence", receipt, w.broker, "", expected{
			Types: []string{"RECEIPT"}, Aud: w.vendorID, Iss: w.brokerID, Tx: w.tx,
			Signers: map[string]jose.VerifyKey{w.brokerID: w.broker.Public()},
		}, jose.EnvelopeKey{}},
		{"order", "request", order, w.pseudonym, paymentDigest, w.expected(w.expectOrder(), ""), w.vendorEnvel},
		{"payment", "request", payment, w.account, orderDigest, w.expected(w.expectPayment(), w.accountID), w.brokerEnvelope},
		{"exchange", "request", w.exchange(orderDigest, paymentDigest), w.vendor, "", w.expected(w.expectExchange(), w.vendorID), w.brokerEnvelope},
		{"possession", "evidence", w.possession(), w.vendor, "", expected{Types: []string{"POSSESSION"}, Aud: w.brokerID, SelfKeyed: true}, jose.EnvelopeKey{}},
		{"pseudonym", "evidence", w.aliasPossession(), w.pseudonym, "", expected{Types: []string{"T3-possession"}, Aud: w.brokerID, SelfKeyed: true}, jose.EnvelopeKey{}},
		{"opening", "request", w.opening(goodSigned("possession", w.possession(), w.vendor)), w.account, "", w.expected(jose.Expect{
			Types: []string{"R3"}, Aud: w.brokerID, Key: w.keys,
		}, w.accountID), w.brokerEnvelope},
	}
	byName := map[string]scenario{}
	for _, s := range all {
		byName[s.name] = s
	}
	return byName
}

// goodDigest is the digest of a scenario's good message. It does not hang on the
// other part of a pair, whose digest stands in the header.
func goodDigest(name string, m jose.Message, by jose.SigningKey) string {
	return jose.Digest(must(base64Decode(strings.Split(goodSigned(name, m, by), ".")[1])))
}

// goodSigned is the JWS of a scenario's good message, of no pair.
func goodSigned(name string, m jose.Message, by jose.SigningKey) string {
	jws, _ := forgery{message: m, by: by, rand: seeded(name + ": good")}.signed()
	return jws
}

// expected is want with the key of iss in the place of a function; "" for a
// self-keyed message.
func (w world) expected(want jose.Expect, iss string) expected {
	e := expected{Types: want.Types, Aud: want.Aud, Iss: want.Iss, Tx: want.Tx, SelfKeyed: want.Key == nil, Pair: want.Pair}
	if iss == "" {
		return e
	}
	e.Signers = map[string]jose.VerifyKey{w.brokerID: w.broker.Public(), w.vendorID: w.vendor.Public(), w.accountID: w.account.Public()}
	return e
}

// vector makes one vector. Its randomness hangs on its name alone, so that a new
// vector leaves the others as they are.
func (s scenario) vector(w world, bad spoil) vector {
	name := s.name + ": " + bad.name
	v := vector{Name: name, About: bad.about, Kind: s.kind, Expect: s.expect, Result: "ok"}
	if bad.at != "" {
		v.Result, v.RefusedAt = "refused", bad.at
	}
	f := forgery{message: s.message, by: s.by, dual: s.dual, rand: seeded(name)}
	if f.message.Body == nil {
		f.message.Body = map[string]any{}
	}
	if bad.hook != nil {
		bad.hook(&f)
	}
	if f.most != nil {
		same := f
		same.rand = seeded(name)
		jws, _ := same.signed()
		v.Expect.Most = f.most(len(jws))
	}
	switch s.kind {
	case "request":
		v.Envelope = f.request(s.to)
		v.Keys.Envelope = []privateJWK{private(w.oldEnvelope), private(s.to)}
	case "reply":
		v.Envelope = f.answer(w.reply)
		v.Keys.ReplyKey = w.reply.Encode()
	case "evidence":
		v.Envelope = f.evidence()
	}
	if bad.name == "oversized" {
		v.Pad = jose.MaxEnvelope + 1 - len(v.Envelope)
	}
	return v
}

func private(k jose.EnvelopeKey) privateJWK {
	var j privateJWK
	noFault(json.Unmarshal(must(json.Marshal(k.Public())), &j))
	j.D = b64(k.Secret())
	return j
}

// writeVectors makes every file anew. What a good message holds is what the
// package reads from it; review the difference.
func writeVectors(t *testing.T) {
	w := newWorld()
	scenarios := w.scenarios()
	for file, groups := range vectorPlan(w) {
		var all []vector
		for _, g := range groups {
			for _, name := range g.scenarios {
				for _, bad := range g.spoils {
					v := scenarios[name].vector(w, bad)
					if v.Result == "ok" {
						o, err, _ := v.open()
						noError(t, v.Name, err)
						v = v.filled(o)
					}
					all = append(all, v)
				}
			}
		}
		writeJSON(t, filepath.Join("testdata", "vectors", file), all)
	}
}

// writeJSON writes one vector on a line, so that a difference is one line too.
func writeJSON[T any](t *testing.T, file string, all []T) {
	t.Helper()
	b := bytes.NewBufferString("[\n")
	for i, v := range all {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.Write(must(marshal(v)))
	}
	b.WriteString("\n]\n")
	noError(t, "make folder", os.MkdirAll(filepath.Dir(file), 0o755))
	noError(t, "write "+file, os.WriteFile(file, b.Bytes(), 0o644))
}

// replace gives a hook that puts a text in the place of another, which must be
// there.
func replace(old, with string) func(string) string {
	return func(s string) string {
		if !strings.Contains(s, old) {
			panic("no " + old + " in " + s)
		}
		return strings.Replace(s, old, with, 1)
	}
}

func add(text string) func(string) string { return func(s string) string { return s + text } }

// member puts one more member first into a JSON object.
func member(text string) func(string) string { return replace("{", "{"+text+",") }

// without drops a member from the flat part of a JSON object.
func without(name string) func(string) string {
	return func(s string) string {
		var m map[string]json.RawMessage
		noFault(json.Unmarshal([]byte(s), &m))
		if _, ok := m[name]; !ok {
			panic("no member " + name + " in " + s)
		}
		delete(m, name)
		return string(must(marshal(m)))
	}
}

// with sets a member of a JSON object to a JSON text, in place.
func with(name, value string) func(string) string {
	return func(s string) string {
		var m map[string]json.RawMessage
		noFault(json.Unmarshal([]byte(s), &m))
		old, ok := m[name]
		if !ok {
			panic("no member " + name + " in " + s)
		}
		return replace(`"`+name+`":`+string(old), `"`+name+`":`+value)(s)
	}
}
