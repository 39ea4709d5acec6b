package scrip_test

import (
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"peerscrip/jose"
	"peerscrip/jose/josetest"
	"peerscrip/services/scrip"
)

// The vectors of bodies: those made by hand, and those that the documented forms
// make of the good ones among them.
const (
	messagesFile = "testdata/messages.json"
	formsFile    = "testdata/forms.json"
)

// vector is one line of them; testdata/README.md says what it means.
type vector struct {
	Type   string          `json:"type"`
	Name   string          `json:"name"`
	Body   json.RawMessage `json:"body"`
	Result string          `json:"result"`
	Rule   string          `json:"rule,omitempty"`
}

func vectors(t testing.TB, files ...string) []vector {
	t.Helper()
	var all []vector
	for _, file := range files {
		var list []vector
		if err := json.Unmarshal(must(os.ReadFile(file)), &list); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, list...)
	}
	return all
}

// goodBodies are the bodies of the vectors named "good", by type.
var goodBodies = sync.OnceValue(func() map[string]json.RawMessage {
	var list []vector
	if err := json.Unmarshal(must(os.ReadFile(messagesFile)), &list); err != nil {
		panic(err)
	}
	good := map[string]json.RawMessage{}
	for _, v := range list {
		if v.Name == "good" {
			good[v.Type] = v.Body
		}
	}
	return good
})

// goodBody returns the good body of a type; without one no test can try it.
func goodBody(typ string) json.RawMessage {
	body, ok := goodBodies()[typ]
	if !ok {
		panic(messagesFile + " has no vector " + typ + ` named "good"`)
	}
	return body
}

// Every body in the vectors, rightly signed and rightly attached, is taken or
// refused as its line says; and of every message there are good and bad ones.
func TestMessageVectors(t *testing.T) {
	w := newWorld()
	taken, declined := map[string]int{}, map[string]int{}
	seen := map[string]bool{}
	for _, v := range vectors(t, messagesFile, formsFile) {
		if seen[v.Type+v.Name] {
			t.Errorf("%s %s: twice in the files", v.Type, v.Name)
		}
		seen[v.Type+v.Name] = true
		var want error
		if v.Result != "ok" {
			want = scrip.Refusal(v.Result)
			declined[v.Type]++
		} else {
			taken[v.Type]++
		}
		tryVector(t, w, v, want)
		if (want == nil) != (v.Rule == "") || (v.Rule != "" && v.Rule != "form" && v.Rule != "content") {
			t.Errorf("%s %s: rule %q with result %s", v.Type, v.Name, v.Rule, v.Result)
		}
	}
	for typ := range declaredMessages(t) {
		if taken[typ] == 0 || declined[typ] == 0 {
			t.Errorf("%s: got %d good vectors and %d bad ones, want some of both", typ, taken[typ], declined[typ])
		}
	}
}

// tryVector opens a message with the vector's body, or T10 with the attachment
// that the vector is, in the ways that such a message comes.
func tryVector(t *testing.T, w world, v vector, want error) {
	t.Helper()
	if isAttachment(v.Type) {
		k := w.find(t, "T10")
		m := w.message(k, func(m *jose.Message) { m.Attach[v.Type] = raw(v.Body) })
		if _, err := k.open(w, w.request(m)); !errors.Is(err, want) {
			t.Errorf("T10 with %s %s: Open: got %v, want %s", v.Type, v.Name, err, v.Result)
		}
		return
	}
	k := w.find(t, v.Type)
	m := w.message(k, func(m *jose.Message) { m.Body = raw(v.Body) })
	m.Attach = scrip.Compose("", "", "", 0, k.body, w.attachments(k.wanted(v.Body))).Attach
	if _, err := k.verify(w, w.sign(m).JWS); !errors.Is(err, want) {
		t.Errorf("%s %s: Verify: got %v, want %s", v.Type, v.Name, err, v.Result)
	}
	if want != nil {
		want = scrip.Unreadable // a malformed reply is nobody's word
	}
	if _, err := k.reply(w, w.answer(m)); !errors.Is(err, want) {
		t.Errorf("%s %s: OpenReply: got %v, want %v", v.Type, v.Name, err, want)
	}
}

// isAttachment reports whether vectors of a type are values to be attached.
func isAttachment(typ string) bool { return typ == "scrip" || typ == "order" }

// raw is a body as it stands in the file.
type raw json.RawMessage

func (r raw) MarshalJSON() ([]byte, error) { return r, nil }

// FuzzOpenBody signs whatever bytes are there as the body of each type: nothing
// panics, and what is taken is taken again from what it reads as.
func FuzzOpenBody(f *testing.F) {
	w := newWorld()
	for _, v := range vectors(f, messagesFile, formsFile) {
		f.Add(v.Type, []byte(v.Body))
	}
	f.Fuzz(func(t *testing.T, typ string, body []byte) {
		if k, ok := w.byType[typ]; ok {
			reopen(t, w, k, body)
		}
	})
}

// A body that was damaged before it was signed is refused, or taken as what is
// taken again.
func TestDamagedBodies(t *testing.T) {
	w, all := newWorld(), vectors(t, messagesFile, formsFile)
	rapid.Check(t, func(t *rapid.T) {
		for range 20 {
			v := rapid.SampledFrom(all).Draw(t, "message")
			if k, ok := w.byType[v.Type]; ok {
				reopen(t, w, k, josetest.Damage(t, []byte(v.Body)))
			}
		}
	})
}

// reporter is a test, or a case of a property.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func reopen(t reporter, w world, k kind, body []byte) {
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
