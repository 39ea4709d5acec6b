package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

// needles are the ways in which something can be written down: as it is, as raw
// bytes, in hexadecimal, in both kinds of base64, escaped in JSON or a URL; and
// each of these inside something that is base64 itself, such as the payload of
// a JWS, or base64 twice, such as a JWS inside another's payload.
type needles map[string][]string // what -> its forms

// add takes something by its text. Where the text is base64url, as identities
// and keys are, its bytes are looked for too.
func (n needles) add(what, text string) {
	forms := []string{text, escaped(text, `\u%04x`, nil), escaped(text, `\u%04x`, rare), escaped(text, "%%%02X", rare)}
	forms = append(forms, encodings(text)...)
	if raw, err := base64.RawURLEncoding.DecodeString(text); err == nil && len(raw) >= 16 {
		forms = append(forms, string(raw))
		forms = append(forms, encodings(string(raw))...)
	}
	seen := map[string]bool{}
	for _, form := range forms {
		for _, f := range append([]string{form}, nested(form)...) {
			if len(f) >= 8 && !seen[f] {
				seen[f] = true
				n[what] = append(n[what], f)
			}
		}
	}
}

func encodings(text string) []string {
	h := hex.EncodeToString([]byte(text))
	return []string{
		h, strings.ToUpper(h),
		base64.RawURLEncoding.EncodeToString([]byte(text)), base64.RawStdEncoding.EncodeToString([]byte(text)),
	}
}

func rare(c byte) bool { return c == '-' || c == '_' || c == '/' || c == '+' }

// escaped writes the chosen characters, or all, in an escape format.
func escaped(text, format string, which func(byte) bool) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if which == nil || which(c) {
			fmt.Fprintf(&b, format, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// nested writes text as it looks inside base64 and inside base64 twice.
func nested(text string) []string {
	once := aligned(text, base64.RawURLEncoding)
	forms := append(append([]string{}, once...), aligned(text, base64.RawStdEncoding)...)
	for _, f := range once {
		forms = append(forms, aligned(f, base64.RawURLEncoding)...)
	}
	return forms
}

// aligned writes text in base64 as it looks where 0, 1 or 2 other bytes stand
// before it, without the characters that its neighbours have a part in.
func aligned(text string, encoding *base64.Encoding) []string {
	var forms []string
	for before := range 3 {
		encoded := encoding.EncodeToString([]byte(strings.Repeat("\x00", before) + text))
		first := []int{0, 2, 3}[before]
		last := (before + len(text)) * 8 / 6
		if last > first {
			forms = append(forms, encoded[first:last])
		}
	}
	return forms
}

// in returns what of the needles a hay holds.
func (n needles) in(hay []byte) []string {
	var found []string
	for what, forms := range n {
		for _, f := range forms {
			if bytes.Contains(hay, []byte(f)) {
				found = append(found, fmt.Sprintf("%s as %q", what, f))
				break
			}
		}
	}
	return found
}

// absent wants none of the needles in any hay.
func (n needles) absent(t testing.TB, hays map[string][]byte) {
	t.Helper()
	for name, hay := range hays {
		for _, found := range n.in(hay) {
			t.Errorf("%s holds %s", name, found)
		}
	}
}

// present wants every needle in one of the hays.
func (n needles) present(t testing.TB, hays map[string][]byte) {
	t.Helper()
	for what, forms := range n {
		one := needles{what: forms}
		found := false
		for _, hay := range hays {
			found = found || len(one.in(hay)) > 0
		}
		if !found {
			t.Errorf("the search does not find %s where it must be", what)
		}
	}
}

// TestSearch: the search finds what is hidden in each of these ways.
func TestSearch(t *testing.T) {
	const text = "kL0-_x4bY1uUqf2J7RzX3w"
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	n := needles{}
	n.add("it", text)
	url, std := base64.RawURLEncoding.EncodeToString, base64.StdEncoding.EncodeToString
	jws := "eyJhbGciOiJFZERTQSJ9." + url([]byte(`{"iss":"`+text+`"}`)) + ".c2ln"
	for name, hay := range map[string]string{
		"text": "x" + text + "y", "raw": "x" + string(raw) + "y", "hexadecimal": hex.EncodeToString(raw),
		"HEXADECIMAL": fmt.Sprintf("%X", raw), "base64": std(raw), "text in base64": std([]byte(text)),
		"JSON": `kL0\u002d\u005fx4bY1uUqf2J7RzX3w`, "URL": "kL0%2D%5Fx4bY1uUqf2J7RzX3w", "JWS": jws,
		"JWS in base64": url([]byte("jws=" + jws)), "JWS in base64, shifted": url([]byte("jws:=" + jws)),
		"raw in base64 between others": std([]byte("a" + string(raw) + "b")),
	} {
		if len(n.in([]byte(hay))) != 1 {
			t.Errorf("%s: not found in %q", name, hay)
		}
	}
	if found := n.in([]byte("kL0-_x4bY1vUqf2J7RzX3w")); len(found) > 0 {
		t.Errorf("found in something else: %s", found)
	}
}
