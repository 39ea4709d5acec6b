package scrip_test

import (
	"encoding/json"
	"os"
	"testing"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// vector is one line of testdata/messages.json; its README says what it means.
type vector struct {
	Type   string          `json:"type"`
	Name   string          `json:"name"`
	Body   json.RawMessage `json:"body"`
	Result string          `json:"result"`
	Rule   string          `json:"rule"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/messages.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatalf("messages.json: %v", err)
	}
	return list
}

// Every body in the vectors, rightly signed and rightly attached, is taken or
// refused as its line says.
func TestMessageVectors(t *testing.T) {
	w := newWorld()
	tested := map[string]bool{}
	for _, v := range vectors(t) {
		if tested[v.Type+v.Name] {
			t.Errorf("%s %s: twice in the file", v.Type, v.Name)
		}
		tested[v.Type+v.Name], tested[v.Type] = true, true
		k := w.find(t, v.Type)
		m := w.message(k, func(m *jose.Message) { m.Body = raw(v.Body) })
		if brings[v.Type] != "" && !above0(v.Body, brings[v.Type]) {
			m.Attach = nil
		}
		var want error
		if v.Result != "ok" {
			want = scrip.Refusal(v.Result)
		}
		if _, err := k.verify(w, w.sign(m).JWS); err != want {
			t.Errorf("%s %s: Verify: got %v, want %s", v.Type, v.Name, err, v.Result)
		}
		if want != nil {
			want = scrip.Unreadable // a malformed reply is nobody's word
		}
		if _, err := k.reply(w, w.answer(m)); err != want {
			t.Errorf("%s %s: OpenReply: got %v, want %v", v.Type, v.Name, err, want)
		}
		if (v.Result == "ok") != (v.Rule == "") || (v.Rule != "" && v.Rule != "form" && v.Rule != "content") {
			t.Errorf("%s %s: rule %q with result %s", v.Type, v.Name, v.Rule, v.Result)
		}
	}
	for _, k := range w.kinds() {
		if !tested[k.typ()] {
			t.Errorf("no vector of type %s", k.typ())
		}
	}
}

// raw is a body as it stands in the file.
type raw json.RawMessage

func (r raw) MarshalJSON() ([]byte, error) { return r, nil }

// brings names the member of a reply that is above zero if scrip is attached.
var brings = map[string]string{"T6": "change", "T11": "change", "COLLECTED": "amount", "PAID_OUT": "value"}

func above0(body []byte, member string) bool {
	var b map[string]any
	if json.Unmarshal(body, &b) != nil {
		return false
	}
	amount, _ := b[member].(float64)
	return amount > 0
}

// FuzzOpenBody signs whatever bytes are there as the body of each type: nothing
// panics, and what is taken is taken again from what it reads as.
func FuzzOpenBody(f *testing.F) {
	w := newWorld()
	for _, v := range vectors(f) {
		f.Add(v.Type, []byte(v.Body))
	}
	f.Fuzz(func(t *testing.T, typ string, body []byte) {
		for _, k := range w.kinds() {
			if k.typ() == typ {
				reopen(t, w, k, body)
			}
		}
	})
}

func reopen(t *testing.T, w world, k kind, body []byte) {
	m := w.message(k, func(m *jose.Message) { m.Body = raw(body) })
	by := w.signing
	if m.SelfKeyed {
		by = w.alias
	}
	signed, _, err := signedFor(m, by)
	if err != nil {
		return // not JSON, or null somewhere: cannot be signed
	}
	got, err := k.verify(w, signed.JWS)
	if err != nil {
		if _, ok := scrip.AsRefusal(err); !ok {
			t.Fatalf("%s %s: got %v, want a refusal", k.typ(), body, err)
		}
		return
	}
	again, _, err := signedFor(w.message(k, func(m *jose.Message) { m.Body = got.body }), by)
	if err != nil {
		t.Fatalf("%s %s is taken as %+v, which does not sign: %v", k.typ(), body, got.body, err)
	}
	if _, err := k.verify(w, again.JWS); err != nil {
		t.Fatalf("%s %s is taken as %+v, which is not taken: %v", k.typ(), body, got.body, err)
	}
}
