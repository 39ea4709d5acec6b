package scrip_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"peerscrip/services/scrip"
)

var update = flag.Bool("update", false, "write testdata/forms.json anew from docs/protocol.md")

// TestFormVectors: testdata/forms.json is what the forms of docs/protocol.md make
// of the good bodies. Whether bodies are taken as it says, TestMessageVectors
// tries.
func TestFormVectors(t *testing.T) {
	want := formVectors(t)
	if *update {
		if err := os.WriteFile(formsFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got := must(os.ReadFile(formsFile)); !bytes.Equal(got, want) {
		t.Errorf("%s is not what the forms of docs/protocol.md make: go test ./services/scrip -run TestFormVectors -update", formsFile)
	}
}

// formVectors spoils each good body of messages.json, one member at a time, in
// every way that the member's documented form tells.
func formVectors(t *testing.T) []byte {
	members, w := documentedMembers(t), newWorld()
	var lines []string
	for _, good := range vectors(t, messagesFile) {
		if good.Name != "good" {
			continue
		}
		add := func(name string, body json.RawMessage, s spoil) {
			line := must(marshal(vector{Type: good.Type, Name: name, Body: body, Result: s.result, Rule: s.rule}))
			lines = append(lines, string(line))
		}
		body := parseObject(good.Body)
		add("one member more", body.more(), unreadable("", nil))
		add("nothing", text(struct{}{}), unreadable("", nil))
		names, bodies := emptied(t, members, w, good.Type, body)
		for i, name := range names {
			add(name+" there, with nothing in it", bodies[i], unreadable("", nil))
		}
		for _, m := range body {
			add(m.name+" in another case", body.renamed(m.name, strings.ToUpper(m.name)), unreadable("", nil))
			spoilMember(members, good.Type, "", m, func(name string, s spoil) { add(name, body.with(m.name, s.value), s) })
		}
	}
	return []byte("[\n" + strings.Join(lines, ",\n") + "\n]\n")
}

// spoilMember gives each way to spell a member of a body, or of what is in it.
func spoilMember(members map[member]form, typ, in string, m field, give func(name string, s spoil)) {
	if in == "" && isAttachment(typ) {
		in = typ
	}
	key, f, ok := find(members, typ, in, m.name)
	if !ok {
		return // TestMembersAreAsDocumented tells
	}
	if key.of == "scrip" || key.of == "props" {
		f.refusal = scrip.ScripInvalid
	}
	for _, s := range f.spoils(m.value) {
		if f.mayMiss && isNothing(f, s.value) {
			s = unreadable(s.name, s.value)
		}
		if !tied[typ+" "+m.name] || s.result == string(scrip.Unreadable) {
			give(m.name+" "+s.name, s)
		}
	}
	inner, wrap := parseInner(m.value)
	if inner == nil {
		return
	}
	give("in "+m.name+": one member more", unreadable("", wrap(inner.more())))
	for _, n := range inner {
		spoilMember(members, typ, m.name, n, func(name string, s spoil) {
			s.value = wrap(inner.with(n.name, s.value))
			give("in "+m.name+": "+name, s)
		})
	}
}

// isNothing reports whether a value is what a member that may be left out is left out for.
func isNothing(f form, value json.RawMessage) bool {
	return slices.Contains([]string{`""`, "[]", "{}"}, string(value)) || string(value) == "0" && f.least > 0
}

// emptied are the members that a message may leave out, each with nothing in it, be it
// in the good body or not.
func emptied(t *testing.T, members map[member]form, w world, typ string, good object) (names []string, bodies []json.RawMessage) {
	if isAttachment(typ) {
		return nil, nil
	}
	nothing := map[string]string{"list": "[]", "object": "{}", "count": "0", "money": "0"}
	for _, name := range slices.Sorted(maps.Keys(fieldsOf(reflect.TypeOf(w.find(t, typ).body)))) {
		if _, f, ok := find(members, typ, "", name); ok && f.mayMiss && !(f.kind == "count" && f.least == 0) {
			value := json.RawMessage(cmp.Or(nothing[f.kind], `""`))
			names, bodies = append(names, name), append(bodies, append(parseObject(good.with(name, nil)), field{name, value}).raw())
		}
	}
	return names, bodies
}

// tied are the members whose good values hang on other members, or are bound by
// more than their form: the special vectors try them.
var tied = map[string]bool{
	"PAID_OUT amount": true, "PAID_OUT value": true, "PAID_OUT to": true, "COLLECTED amount": true, "COLLECTED refunds": true,
	"OFFER category": true, "OFFER sub": true, "OFFER way": true, "order way": true,
	"EVENT kind": true, "EVENT text": true,
	"KEYS serial": true, "KEYS previous": true,
	"CERTIFICATE not_before": true, "CERTIFICATE not_after": true, "CERTIFICATE base_url": true, "R3 base_url": true,
}

// spoil is another value for a member, and what a reader says to it. No value
// leaves the member out.
type spoil struct {
	name   string
	value  json.RawMessage
	result string
	rule   string
}

func taken(name string, value any) spoil { return spoil{name, must(marshal(value)), "ok", ""} }

func unreadable(name string, value json.RawMessage) spoil {
	return spoil{name, value, string(scrip.Unreadable), "form"}
}

// refused is a value of the right JSON type that is not of the form.
func (f form) refused(name string, value any) spoil {
	return spoil{name, must(marshal(value)), string(f.refusal), "form"}
}

// outside is a value that only who stores or shows it must refuse.
func (f form) outside(name string, value any) spoil {
	s := f.refused(name, value)
	s.rule = "content"
	return s
}

const (
	maxMoney = 100_000_000_000
	maxExact = 1<<53 - 1
)

// spoils are the values of a form to be tried, good ones too, from a good one.
func (f form) spoils(good json.RawMessage) []spoil {
	var all []spoil
	if !f.mayMiss {
		all = append(all, unreadable("missing", nil))
	}
	switch f.kind {
	case "ID":
		return append(all, f.spelled(good, 16)...)
	case "digest", "thumbprint", "secret":
		return append(all, f.spelled(good, 32)...)
	case "money", "money or 0":
		return append(all, f.numbers(strings.HasSuffix(f.kind, "0"), maxMoney)...)
	case "time", "time or 0", "counter":
		return append(all, f.numbers(strings.HasSuffix(f.kind, "0"), maxExact)...)
	case "count":
		return append(all, f.numbers(f.least == 0, f.most)...)
	case "text":
		return append(all, f.texts()...)
	case "word":
		return append(all, f.choices()...)
	case "country":
		return append(all, unreadable("a number", text(7)), taken("another", "DE"), f.refused("empty", ""), f.refused("in small letters", "nl"),
			f.refused("of three letters", "NLD"), f.outside("nowhere", "XX"))
	case "JWS":
		return append(all, f.refused("empty", ""), unreadable("a number", text(7)), f.refused("of two parts", "a.b"), f.refused("of four parts", "a.b.c.d"),
			f.refused("with a part left out", "a..c"), f.refused("with what a terminal obeys", "a.b\u001b[2J.c"), f.refused("with a line break", "a.b.c\n"), f.refused("in standard base64", "a.b+.c"))
	case "signing key", "envelope key":
		return append(all, keySpoils(good)...)
	case "list":
		return append(all, f.lengths(good)...)
	case "object":
		return append(all, unreadable("text", text("x")))
	}
	panic("no rule for the form " + f.kind)
}

// spelled are misspellings of binary values.
func (f form) spelled(good json.RawMessage, size int) []spoil {
	var s string
	if err := json.Unmarshal(good, &s); err != nil {
		panic(err)
	}
	other, pad := string(id("another")), "="
	if size == 16 {
		other, pad = hash("another"), "=="
	}
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return []spoil{
		f.refused("empty", ""), f.refused("cut", s[:len(s)-1]), f.refused("padded", s+pad),
		f.refused(fmt.Sprintf("of %d bytes", 48-size), other), f.refused("with a line break", s[:len(s)-1]+"\n"),
		f.refused("with set bits at its end", s[:len(s)-1]+alphabet[last+1:last+2]),
		f.refused("in standard base64", "+"+s[1:]), unreadable("a number", text(7)),
	}
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// numbers are integers around the bounds, and what is none.
func (f form) numbers(zero bool, most int) []spoil {
	all := []spoil{
		taken("of one", 1), taken("at the bound", most), f.refused("zero", 0), f.refused("negative", -1),
		f.refused("above the bound", most+1), unreadable("with a fraction", text(12.5)), unreadable("as text", text("1250")),
		unreadable("as a list", text([]int{1250})), unreadable("beyond 64 bits", json.RawMessage("18446744073709551616")),
	}
	if zero {
		all[2] = taken("zero", 0)
	}
	if f.kind == "count" {
		all[4].rule = "content"
	}
	return all
}

// texts are lengths of texts.
func (f form) texts() []spoil {
	all := []spoil{
		taken("at the bound", strings.Repeat("x", f.most)), f.outside("too long", strings.Repeat("x", f.most+1)),
		unreadable("a number", text(7)),
	}
	if f.least > 0 {
		return append(all, f.outside("empty", ""))
	}
	return append(all, taken("empty", ""))
}

// choices are the words of a closed list, and others.
func (f form) choices() []spoil {
	all := []spoil{
		unreadable("a number", text(7)), f.outside("empty", ""), f.outside("elsewhere", "elsewhere"),
		f.outside("in capitals", strings.ToUpper(f.words[0])),
	}
	for _, word := range f.words {
		all = append(all, taken(word, word))
	}
	return all
}

// lengths are lists of the first element.
func (f form) lengths(good json.RawMessage) []spoil {
	all := []spoil{unreadable("no list", text("x"))}
	if f.least > 0 {
		all = append(all, f.refused("of none", []any{}))
	} else {
		all = append(all, taken("of none", []any{}))
	}
	var list []json.RawMessage
	if err := json.Unmarshal(good, &list); err != nil {
		panic(err)
	}
	return append(all, taken(fmt.Sprintf("of %d", f.most), slices.Repeat(list[:1], f.most)),
		f.refused(fmt.Sprintf("of %d", f.most+1), slices.Repeat(list[:1], f.most+1)))
}

// keySpoils are public keys that are none.
func keySpoils(good json.RawMessage) []spoil {
	jwk := parseObject(good)
	x := must(jwk.text("x"))
	return []spoil{
		unreadable("text", text("x")), unreadable("of no kind", jwk.with("kty", text("RSA"))), unreadable("cut", jwk.with("x", text(x[:42]))),
		unreadable("with its private part", append(slices.Clone(jwk), field{"d", text(x)}).raw()),
	}
}
