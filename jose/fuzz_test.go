package jose_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"peerscrip/jose"
	"peerscrip/jose/josetest"
)

// The fuzz targets promise: no input panics; what opens is one of the messages
// that somebody signed; what is read and written again is the same text.

// addVectors seeds a target with the envelopes of one kind.
func addVectors(f *testing.F, kind string) {
	f.Helper()
	for _, file := range must(filepath.Glob("testdata/vectors/*.json")) {
		if filepath.Base(file) == "values.json" {
			continue
		}
		var all []vector
		readJSON(f, file, &all)
		for _, v := range all {
			if v.Kind == kind {
				f.Add(v.Envelope)
			}
		}
	}
}

func addValues(f *testing.F, kind string) {
	f.Helper()
	var all []value
	readJSON(f, "testdata/vectors/values.json", &all)
	for _, v := range all {
		if v.Kind == kind {
			f.Add(v.Input)
		}
	}
}

// reporter is a test, or a case of a property.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// opens fails when something was opened that is not as expected.
func opens(t reporter, o jose.Opened, err error, want jose.Expect, sender jose.VerifyKey) {
	t.Helper()
	switch {
	case err == jose.ErrOpen:
	case err != nil:
		t.Errorf("got %v, want ErrOpen", err)
	case o.Aud != want.Aud || o.Key != sender || !jose.ValidID(o.Tx):
		t.Errorf("opened what is not for us: %v", o)
	}
}

func FuzzOpen(f *testing.F) {
	addVectors(f, "request")
	w := newWorld()
	keys := []jose.EnvelopeKey{w.brokerEnvelope}
	f.Fuzz(func(t *testing.T, envelope string) {
		o, err := jose.Open(envelope, keys, w.expectAnnouncement())
		opens(t, o, err, w.expectAnnouncement(), w.account.Public())
	})
}

func FuzzOpenReply(f *testing.F) {
	addVectors(f, "reply")
	w := newWorld()
	f.Fuzz(func(t *testing.T, envelope string) {
		o, err := jose.OpenReply(envelope, w.reply, w.expectIssue())
		opens(t, o, err, w.expectIssue(), w.broker.Public())
	})
}

func FuzzVerify(f *testing.F) {
	addVectors(f, "evidence")
	w := newWorld()
	f.Fuzz(func(t *testing.T, jws string) {
		o, err := jose.Verify(jws, w.expectMandate())
		opens(t, o, err, w.expectMandate(), w.pseudonym.Public())
	})
}

// inside are layers of a message, by number, and what stands there or might.
var inside = []string{
	`{"typ":"T2"}`,
	`{"alg":"EdDSA","typ":"T2","kid":"` + newWorld().broker.Thumbprint() + `"}`,
	`{"jws":"","attachments":[]}`,
	`["AAAAAAAAAAAAAAAAAAAAAA","scrip",{}]`,
	`{"alg":"dir","enc":"A256GCM","typ":"peerscrip"}`,
}

// putInside is what a sender with good keys can do: any text in the place of
// each layer, signed and sealed.
func (w world) putInside(t reporter, layer int, text string) {
	put := func(string) string { return text }
	g := forgery{message: w.issue(), by: w.broker, rand: seeded("fuzz")}
	switch layer {
	case 0:
		g.payload = put
	case 1:
		g.signHeader = put
	case 2:
		g.plaintext = put
	case 3:
		g.disclosure = put
	default:
		g.sealHeader = put
	}
	o, err := jose.OpenReply(g.answer(w.reply), w.reply, w.expectIssue())
	opens(t, o, err, w.expectIssue(), w.broker.Public())
}

func FuzzInside(f *testing.F) {
	w := newWorld()
	for layer, text := range inside {
		f.Add(layer, text)
	}
	f.Fuzz(func(t *testing.T, layer int, text string) { w.putInside(t, layer, text) })
}

// A layer that was damaged before it was signed and sealed is refused like any
// other that is not as expected.
func TestDamagedInside(t *testing.T) {
	w := newWorld()
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			layer := rapid.IntRange(0, len(inside)-1).Draw(t, "layer")
			w.putInside(t, layer, string(josetest.Damage(t, []byte(inside[layer]))))
		}
	})
}

func FuzzParseVerifyKey(f *testing.F) {
	addValues(f, "verify-key")
	f.Fuzz(func(t *testing.T, s string) {
		k, err := jose.ParseVerifyKey([]byte(s))
		if err != nil {
			return
		}
		if again, err := jose.ParseVerifyKey(must(json.Marshal(k))); err != nil || again != k {
			t.Errorf("%s: read again as %v, %v", s, again, err)
		}
	})
}

func FuzzParseSealKey(f *testing.F) {
	addValues(f, "seal-key")
	f.Fuzz(func(t *testing.T, s string) {
		k, err := jose.ParseSealKey([]byte(s))
		if err != nil {
			return
		}
		if again, err := jose.ParseSealKey(must(json.Marshal(k))); err != nil || again != k {
			t.Errorf("%s: read again as %v, %v", s, again, err)
		}
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	w := newWorld()
	f.Add(w.account.Secret())
	f.Add(w.brokerEnvelope.Secret())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := jose.ParseSigningKey(b); err == nil && !bytes.Equal(k.Secret(), b) {
			t.Errorf("signing key %x: got another secret", b)
		}
		if k, err := jose.ParseEnvelopeKey(b); err == nil && !bytes.Equal(k.Secret(), b) {
			t.Errorf("envelope key %x: got another secret", b)
		}
	})
}

func FuzzParseJWKS(f *testing.F) {
	addValues(f, "key-set")
	f.Fuzz(func(t *testing.T, s string) {
		set, err := jose.ParseJWKS([]byte(s))
		if err != nil {
			return
		}
		again, err := jose.ParseJWKS(must(json.Marshal(set)))
		if err != nil || len(again.Signing) != len(set.Signing) || len(again.Envelope) != len(set.Envelope) {
			t.Errorf("%s: read again as %v, %v", s, again, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	addValues(f, "json")
	f.Fuzz(func(t *testing.T, s string) {
		var sample, again strictSample
		if jose.Decode([]byte(s), &sample) != nil {
			return
		}
		if !json.Valid([]byte(s)) {
			t.Errorf("%q: accepted, and is not JSON", s)
		}
		b, err := marshal(struct {
			Text string `json:"text"`
			Int  int64  `json:"int"`
		}{sample.Text, sample.Int})
		noError(t, "write again", err)
		if err := jose.Decode(b, &again); err != nil || again.Text != sample.Text || again.Int != sample.Int {
			t.Errorf("%q: read again as %+v, %v", s, again, err)
		}
	})
}

func FuzzParseDisclosure(f *testing.F) {
	addValues(f, "disclosure")
	f.Fuzz(func(t *testing.T, d string) {
		name, value, err := jose.ParseDisclosure(d)
		if err != nil {
			return
		}
		if name == "" || !json.Valid(value) {
			t.Errorf("%q: got name %q and value %q", d, name, value)
		}
		if b64(must(base64Decode(d))) != d {
			t.Errorf("%q: accepted, and is not canonical", d)
		}
	})
}

func FuzzValidID(f *testing.F) {
	addValues(f, "id")
	f.Fuzz(func(t *testing.T, s string) {
		b, err := base64Decode(s)
		if want := err == nil && len(b) == 16 && b64(b) == s; jose.ValidID(s) != want {
			t.Errorf("%q: got %v, want %v", s, !want, want)
		}
	})
}
