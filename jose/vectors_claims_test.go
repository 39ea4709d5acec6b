package jose_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

func badPayload() []spoil {
	claims := func(name, about string, change func(string) string) spoil {
		return spoil{"claims: " + name, about, "payload", func(f *forgery) { f.payload = change }}
	}
	bad := []spoil{
		claims("extra member", "", member(`"exp":1`)),
		claims("duplicate member", "", func(s string) string { return member(fmt.Sprintf(`"iat":%d`, testTime))(s) }),
		claims("duplicate member in the body", "", func(s string) string {
			return replace(`"body":{`, `"body":{"x":1,"x":1,`)(s)
		}),
		claims("duplicate member in attached", "", func(s string) string {
			return replace(`"attached":{`, fmt.Sprintf(`"attached":{"secret":%q,`, digestOf("")))(s)
		}),
		claims("member name in other case", "", replace(`"aud"`, `"Aud"`)),
		claims("trailing bytes", "", add("x")),
		claims("white space before the first member", "one byte of padding, which who passes the message on would carry", replace(`{"typ"`, `{ "typ"`)),
		claims("white space around a colon", "", replace(`"typ":`, "\"typ\" :\t")),
		claims("white space in the body", "", replace(`"body":{`, "\"body\":{\n")),
		claims("white space in attached", "", replace(`"attached":{`, `"attached":{ `)),
		claims("white space before it", "", func(s string) string { return "\r\n" + s }),
		claims("white space after it", "", add(" ")),
		claims("4,000 spaces", "", func(s string) string {
			return replace(`"body":{`, `"body":{`+strings.Repeat(" ", 4000))(s)
		}),
		{"longer than its type may be", "by one byte", "size", func(f *forgery) { f.most = func(jws int) int { return jws - 1 } }},
		claims("two values", "", func(s string) string { return s + s }),
		claims("truncated", "", func(s string) string { return s[:len(s)-1] }),
		claims("a list", "", func(s string) string { return "[" + s + "]" }),
		claims("byte order mark", "", func(s string) string { return "\ufeff" + s }),
		claims("invalid UTF-8", "", replace(`"body":{`, "\"body\":{\"x\":\"\xed\xa0\x80\",")),
		claims("half a surrogate pair", "an escape that is no character", replace(`"body":{`, `"body":{"x":"\ud800",`)),
		claims("null in the body", "null is not used", replace(`"body":{`, `"body":{"x":null,`)),
		claims("null deep in the body", "null is not used", replace(`"body":{`, `"body":{"x":[{"y":[null]}],`)),
		claims("body null", "", with("body", "null")),
		claims("body a list", "", with("body", "[]")),
		claims("body a string", "", with("body", `"{}"`)),
		claims("attached null", "", with("attached", "null")),
		claims("attached a list", "", with("attached", "[]")),
		claims("attached to no digest", "", with("attached", `{"secret":"abc"}`)),
		claims("attached under no name", "", with("attached", fmt.Sprintf(`{"":%q}`, digestOf("")))),
		claims("attached under a long name", "65 bytes", with("attached", fmt.Sprintf(`{%q:%q}`, strings.Repeat("n", 65), digestOf("")))),
		claims("too many attached", "17", with("attached", manyAttached(17))),
		claims("attached digest with trailing bits", "", func(s string) string {
			return with("attached", fmt.Sprintf(`{"secret":%q}`, trailingBits(digestOf(""))))(s)
		}),
		claims("tx is not an ID", "", with("tx", `"AAAAAAAAAAAAAAAAAAAAA"`)),
		claims("tx with trailing bits", "", with("tx", `"AAAAAAAAAAAAAAAAAAAAAB"`)),
		claims("aud a list", "as JWT allows", func(s string) string { return replace(`"aud":"`, `"aud":["`)(replace(`","tx"`, `"],"tx"`)(s)) }),
		claims("iss a name", "", with("iss", `"alice"`)),
		claims("typ empty", "", with("typ", `""`)),
		claims("iat a string", "", with("iat", fmt.Sprintf(`"%d"`, testTime))),
		claims("iat with a fraction", "", with("iat", fmt.Sprintf(`%d.0`, testTime))),
		claims("iat with an exponent", "", with("iat", `1e9`)),
		claims("iat 0", "", with("iat", `0`)),
		claims("iat negative", "", with("iat", `-1`)),
		claims("iat too large", "2^53", with("iat", `9007199254740992`)),
		claims("iat far too large", "", with("iat", `99999999999999999999`)),
		claims("iat with a leading zero", "", with("iat", `01`)),
	}
	for _, name := range []string{"typ", "iss", "aud", "tx", "iat", "attached", "body"} {
		bad = append(bad, claims(name+" missing", "", without(name)))
	}
	for _, name := range []string{"typ", "iss", "aud", "tx", "iat"} {
		bad = append(bad, claims(name+" null", "null is not absence", with(name, "null")))
	}
	return bad
}

func manyAttached(n int) string {
	m := map[string]string{}
	for i := range n {
		m[fmt.Sprint(i)] = digestOf("")
	}
	return string(must(json.Marshal(m)))
}

func badReplyClaims(w world) []spoil {
	return append(badMandateClaims(w),
		spoil{"claims: another tx", "the answer to another request", "claims", func(f *forgery) { f.message.Tx = testID("other tx") }},
		spoil{"claims: another issuer", "known and rightly signed, but not the one who was asked", "claims", func(f *forgery) {
			f.message.Iss, f.by = w.vendorID, w.vendor
		}},
		spoil{"claims: another wanted type than the header", "header REFUSE, claims T2", "claims", func(f *forgery) { f.signHeader = with("typ", `"REFUSE"`) }},
	)
}

func badMandateClaims(w world) []spoil {
	return []spoil{
		{"claims: wrong typ", "the header says otherwise", "claims", func(f *forgery) { f.payload = with("typ", `"T9"`) }},
		{"claims: wrong aud", "a message to another party passed on", "claims", func(f *forgery) { f.message.Aud = testID("another receiver") }},
		{"claims: aud is a thumbprint", "", "claims", func(f *forgery) { f.message.Aud = w.vendor.Thumbprint() }},
	}
}

func badAttachments() []spoil {
	list := func(name, about string, change func([]string) []string) spoil {
		return spoil{name, about, "attachments", func(f *forgery) { f.disclosures = change }}
	}
	text := func(name, about string, change func(string) string) spoil {
		return spoil{name, about, "attachments", func(f *forgery) { f.disclosure = change }}
	}
	respell := func(change func(string) string) func([]string) []string {
		return func(d []string) []string {
			last := len(d) - 1
			d[last] = b64([]byte(change(string(must(base64Decode(d[last]))))))
			return d
		}
	}
	inArray := func(change func(parts []json.RawMessage) any) func(string) string {
		return func(s string) string {
			var parts []json.RawMessage
			noFault(json.Unmarshal([]byte(s), &parts))
			return string(must(marshal(change(parts))))
		}
	}
	extra := b64([]byte(`["AAAAAAAAAAAAAAAAAAAAAA","extra","x"]`))
	return []spoil{
		list("missing attachment", "", func(d []string) []string { return d[1:] }),
		list("no attachments", "", func([]string) []string { return []string{} }),
		list("extra attachment", "not in the signed claims", func(d []string) []string { return append(d, extra) }),
		list("extra attachment in the place of another", "", func(d []string) []string { return append(d[1:], extra) }),
		list("attachment doubled", "", func(d []string) []string { return append(d, d[0]) }),
		list("attachment doubled in the place of another", "", func(d []string) []string { return append(d[1:], d[1]) }),
		list("wrong digest: value changed", "", respell(func(s string) string { return s[:len(s)-2] + "x" + s[len(s)-2:] })),
		list("wrong digest: salt changed", "", respell(replace(`["`, `["A`))),
		list("wrong digest: respelled", "the same value with a space", respell(replace(`",`, `", `))),
		list("trailing bits", "a second spelling of the same bytes", func(d []string) []string {
			for i, s := range d {
				if len(s)%4 != 0 {
					d[i] = trailingBits(s)
					return d
				}
			}
			d[0] += "="
			return d
		}),
		list("padding", "", func(d []string) []string { d[0] += "="; return d }),
		list("newline", "as some decoders allow", func(d []string) []string { d[0] += "\n"; return d }),
		list("empty", "", func(d []string) []string { d[0] = ""; return d }),
		list("attachment in the clear", "not base64", func(d []string) []string { d[0] = string(must(base64Decode(d[0]))); return d }),
		{"names exchanged", "each value under the other's name in the claims", "attachments", func(f *forgery) {
			f.payload = strings.NewReplacer(`"secret":`, `"scrip":`, `"scrip":`, `"secret":`).Replace
		}},
		{"claims without the attachment", "", "attachments", func(f *forgery) { f.payload = with("attached", "{}") }},
		text("signed, but two parts", "no value", inArray(func(p []json.RawMessage) any { return p[:2] })),
		text("signed, but four parts", "", inArray(func(p []json.RawMessage) any { return append(p, p[0]) })),
		text("signed, but an object", "", inArray(func(p []json.RawMessage) any { return map[string]any{"salt": p[0], "name": p[1], "value": p[2]} })),
		text("signed, but with a short salt", "15 bytes", inArray(func(p []json.RawMessage) any { return []any{b64(make([]byte, 15)), p[1], p[2]} })),
		text("signed, but with a salt that is no text", "", inArray(func(p []json.RawMessage) any { return []any{1, p[1], p[2]} })),
		text("signed, but with another name inside", "", inArray(func(p []json.RawMessage) any { return []any{p[0], "other", p[2]} })),
		text("signed, but with a name that is no text", "", inArray(func(p []json.RawMessage) any { return []any{p[0], 1, p[2]} })),
		text("signed, but null", "null is not used", inArray(func(p []json.RawMessage) any { return []any{p[0], p[1], nil} })),
		text("signed, but with a duplicate member", "", func(s string) string {
			return s[:strings.LastIndex(s, ",")+1] + `{"a":1,"a":1}]`
		}),
		text("signed, but with trailing bytes", "", add("x")),
		text("signed, but with invalid UTF-8", "", func(s string) string { return s[:len(s)-1] + ",\"\xff\"]" }),
	}
}

func badPair(w world) []spoil {
	order, payment := w.pair()
	return []spoil{
		{"no dual", "one part sent as a message of its own", "sign-header", func(f *forgery) { f.dual = "" }},
		{"dual is no digest", "", "sign-header", func(f *forgery) { f.dual = "abc" }},
		{"dual with trailing bits", "", "sign-header", func(f *forgery) { f.dual = trailingBits(digestOf("")) }},
		{"dual empty", "", "sign-header", func(f *forgery) { f.signHeader = with("dual", `""`) }},
		{"dual null", "", "sign-header", func(f *forgery) { f.signHeader = with("dual", `null`) }},
		{"dual a list", "", "sign-header", func(f *forgery) { f.signHeader = with("dual", `[]`) }},
		{"dual twice", "", "sign-header", func(f *forgery) { f.signHeader = member(fmt.Sprintf(`"dual":%q`, digestOf(""))) }},
		{"dual changed", "the part put beside another order or payment", "signature", cut(func(s []string) {
			s[0] = b64([]byte(with("dual", fmt.Sprintf("%q", digestOf("another part")))(string(must(base64Decode(s[0]))))))
		})},
		{"parts swapped", "the other receiver's part sealed to this one", "sign-header", func(f *forgery) {
			if f.message.Typ == order.Typ {
				f.message, f.by = payment, w.account
			} else {
				f.message, f.by = order, w.pseudonym
			}
		}},
	}
}
