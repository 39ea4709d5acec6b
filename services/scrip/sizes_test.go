package scrip_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"peerscrip/docs"
	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// sizesFile has the longest JWS of every type, for implementations in other
// languages. Made from docs/protocol.md.
const sizesFile = "testdata/sizes.json"

// The longest JWS of each type is what docs/protocol.md says, and what the shared
// file says.
func TestSizesAreDocumented(t *testing.T) {
	told, rest := map[string]int{}, 0
	for _, row := range docs.Protocol("the JWS of", "bytes at most") {
		most := must(strconv.Atoi(strings.ReplaceAll(row["bytes at most"], " ", "")))
		if row["the JWS of"] == "any other type" {
			rest = most
			continue
		}
		for typ := range strings.SplitSeq(row["the JWS of"], ", ") {
			told[typ] = most
		}
	}
	all := map[string]int{}
	for _, k := range newWorld().kinds() {
		most, ok := told[k.typ()]
		if !ok {
			most = rest
		}
		delete(told, k.typ())
		if got := scrip.MaxJWS(k.typ()); got != most {
			t.Errorf("%s: MaxJWS is %d, docs/protocol.md says %d", k.typ(), got, most)
		}
		all[k.typ()] = most
	}
	for _, typ := range slices.Sorted(maps.Keys(told)) {
		t.Errorf("docs/protocol.md bounds %s, which is no message", typ)
	}
	text := append(must(json.MarshalIndent(all, "", "  ")), '\n')
	if *update {
		if err := os.WriteFile(sizesFile, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(os.ReadFile(sizesFile)); !bytes.Equal(got, text) {
		t.Errorf("%s is not what docs/protocol.md says: go test ./services/scrip -run Sizes -update", sizesFile)
	}
}

// The largest body of its documented form fits the bound of its type, with every
// JWS in it as long as that may be; and T12, the longest of all, fits an envelope.
// So what was taken can always be carried on.
func TestLargestFits(t *testing.T) {
	w, members := newWorld(), documentedMembers(t)
	for _, k := range w.kinds() {
		for name, body := range largest(t, members, k) {
			m := w.message(k, func(m *jose.Message) { m.Body, m.Iat = body, maxExact })
			signed := w.sign(m)
			if got, most := len(signed.JWS), scrip.MaxJWS(k.typ()); got > most {
				t.Errorf("%s%s: the largest has %d bytes, its bound is %d", k.typ(), name, got, most)
			}
			if _, err := signed.Seal(w.envelope.Public()); err != nil {
				t.Errorf("%s%s: the largest: %v", k.typ(), name, err)
			}
		}
	}
}

// largest are the largest bodies of a kind, by what is special about them.
func largest(t *testing.T, members map[member]form, k kind) map[string]raw {
	good := parseObject(goodBody(k.typ()))
	if k.typ() == "TOLD" { // as many bytes as may be, in as few events
		most := parseObject(good.with("events", text(slices.Repeat([]scrip.ToldEvent{{Event: strings.Repeat("x", scrip.MaxTelling/scrip.MaxTold)}}, scrip.MaxTold))))
		return map[string]raw{"": raw(most.raw())}
	}
	return map[string]raw{"": raw(largestOf(t, members, k.typ(), "", good))}
}

// largestOf is an object with the largest value in each of its members.
func largestOf(t *testing.T, members map[member]form, typ, in string, of object) json.RawMessage {
	t.Helper()
	if typ == "KEYS" && in == "signing" {
		return of.raw() // a key is as long as every other
	}
	for i, m := range of {
		_, f, ok := find(members, typ, in, m.name)
		if !ok {
			t.Fatalf("%s: %s in %q has no form", typ, m.name, in)
		}
		of[i].value = f.largest(m, func(inner object) json.RawMessage { return largestOf(t, members, typ, m.name, inner) })
	}
	return of.raw()
}

// messageIn is what type of message a member is the JWS of.
var messageIn = map[string]string{"certificate": "CERTIFICATE", "possession": "POSSESSION", "receipt": "RECEIPT", "mandate": "T10", "event": "EVENT"}

// largest is the longest way to write a value of the form; good is one.
func (f form) largest(good field, inside func(object) json.RawMessage) json.RawMessage {
	switch f.kind {
	case "money", "money or 0":
		return text(maxMoney)
	case "time", "time or 0", "counter":
		return text(maxExact)
	case "count":
		return text(f.most)
	case "text":
		letter := "🚲"
		if f.bytes {
			letter = `"` // two bytes in JSON
		}
		return text(strings.Repeat(letter, f.most))
	case "word":
		return text(slices.MaxFunc(f.words, func(a, b string) int { return len(a) - len(b) }))
	case "JWS":
		return text(strings.Repeat("x", scrip.MaxJWS(messageIn[good.name])))
	case "list":
		inner, _ := parseInner(good.value)
		if inner == nil {
			var list []json.RawMessage
			if err := json.Unmarshal(good.value, &list); err != nil {
				panic(err)
			}
			return text(slices.Repeat(list[:1], f.most))
		}
		return text(slices.Repeat([]json.RawMessage{inside(inner)}, f.most))
	}
	return good.value // of one size
}

// What is longer than its type may be does not open, by any of the three ways;
// the same said shorter does.
func TestLongerThanItsType(t *testing.T) {
	w := newWorld()
	k := w.find(t, "OFFER")
	body := parseObject(goodBody("OFFER")).with("description", text(strings.Repeat("🚲", 4000)))
	said := w.sign(w.message(k, func(m *jose.Message) { m.Body = raw(body) }))
	for name, c := range map[string]struct {
		signed jose.Signed
		want   error
	}{
		"in UTF-8":   {said, nil},
		"in escapes": {respelled(said, w.signing, func(s string) string { return strings.ReplaceAll(s, "🚲", `\ud83d\udeb2`) }), scrip.Unreadable},
		"padded":     {respelled(said, w.signing, func(s string) string { return strings.Replace(s, `"body":`, `"body": `, 1) }), scrip.Unreadable},
	} {
		if _, err := k.verify(w, c.signed.JWS); !errors.Is(err, c.want) {
			t.Errorf("Verify an OFFER %s: got %v, want %v", name, err, c.want)
		}
		if _, err := k.open(w, must(c.signed.Seal(w.envelope.Public()))); !errors.Is(err, c.want) {
			t.Errorf("Open an OFFER %s: got %v, want %v", name, err, c.want)
		}
		if _, err := k.reply(w, must(c.signed.Reply(w.reply))); !errors.Is(err, c.want) {
			t.Errorf("OpenReply an OFFER %s: got %v, want %v", name, err, c.want)
		}
	}
}

// respelled is a signed message with its claims spelled in another way, and signed
// again.
func respelled(s jose.Signed, by jose.SigningKey, change func(claims string) string) jose.Signed {
	parts := strings.Split(s.JWS, ".")
	claims := string(must(base64.RawURLEncoding.DecodeString(parts[1])))
	input := parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(change(claims)))
	mac := ed25519.Sign(ed25519.NewKeyFromSeed(by.Secret()), []byte(input))
	s.JWS = input + "." + base64.RawURLEncoding.EncodeToString(mac)
	return s
}
