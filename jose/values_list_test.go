package jose_test

import (
	"encoding/json"
	"fmt"
	"strings"
)

// ok and no are one value that is accepted, one that is refused.
func ok(kind, name, input string) value {
	return value{Kind: kind, Name: name, Input: input, Result: "ok"}
}

func no(kind, name, input string) value {
	return value{Kind: kind, Name: name, Input: input, Result: "refused"}
}

func keyValues(w world) []value {
	okp := string(must(json.Marshal(w.account.Public())))
	ec := string(must(json.Marshal(w.brokerEnvelope.Public())))
	reply := w.reply.Encode()
	rfc := `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	return []value{
		ok("verify-key", "good", okp),
		ok("verify-key", "RFC 8037 appendix A", rfc),
		ok("verify-key", "members in another order", reverseMembers(okp)),
		no("verify-key", "extra member", member(`"kid":"1"`)(okp)),
		no("verify-key", "private", member(`"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"`)(rfc)),
		no("verify-key", "duplicate member", member(`"kty":"OKP"`)(okp)),
		no("verify-key", "member name in other case", replace(`"kty"`, `"KTY"`)(okp)),
		no("verify-key", "no x", without("x")(okp)),
		no("verify-key", "x null", with("x", "null")(okp)),
		no("verify-key", "x short", replace(`"x":"11`, `"x":"`)(rfc)),
		no("verify-key", "x padded", strings.Replace(okp, `"}`, `="}`, 1)),
		no("verify-key", "x with trailing bits", replace("URo", "URp")(rfc)),
		no("verify-key", "other curve", with("crv", `"X25519"`)(okp)),
		no("verify-key", "other type", with("kty", `"EC"`)(okp)),
		no("verify-key", "a P-256 key", ec),
		no("verify-key", "small order: 0", with("x", fmt.Sprintf("%q", strings.Repeat("A", 43)))(okp)),
		no("verify-key", "small order: p-1, sign bit set", with("x", `"7P___________________________________________8"`)(okp)),
		no("verify-key", "trailing bytes", okp+"x"),
		no("verify-key", "null", "null"),
		no("verify-key", "a list", "["+okp+"]"),
		no("verify-key", "empty", ""),

		ok("seal-key", "good", ec),
		ok("seal-key", "RFC 7517 appendix A.1", `{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`),
		no("seal-key", "off the curve", with("y", `"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"`)(ec)),
		no("seal-key", "the point at infinity", with("x", fmt.Sprintf("%q", strings.Repeat("A", 43)))(with("y", fmt.Sprintf("%q", strings.Repeat("A", 43)))(ec))),
		no("seal-key", "x beyond the field", with("x", fmt.Sprintf("%q", strings.Repeat("_", 42)+"8"))(ec)),
		no("seal-key", "extra member", member(`"use":"enc"`)(ec)),
		no("seal-key", "private", member(fmt.Sprintf(`"d":%q`, b64(make([]byte, 32))))(ec)),
		no("seal-key", "no y", without("y")(ec)),
		no("seal-key", "other curve", with("crv", `"P-384"`)(ec)),
		no("seal-key", "an Ed25519 key", okp),

		ok("reply-key", "good", reply),
		no("reply-key", "all zeros", strings.Repeat("A", 43)),
		no("reply-key", "short", reply[:42]),
		no("reply-key", "padded", reply+"="),
		no("reply-key", "trailing bits", trailingBits(reply)),
		no("reply-key", "newline", reply+"\n"),
	}
}

func keySetValues(w world) []value {
	published := func(key any, kid, use, alg string) string {
		return member(fmt.Sprintf(`"kid":%q,"use":%q,"alg":%q`, kid, use, alg))(string(must(json.Marshal(key))))
	}
	sig := published(w.broker.Public(), w.broker.Thumbprint(), "sig", "EdDSA")
	old := published(w.vendor.Public(), w.vendor.Thumbprint(), "sig", "EdDSA")
	enc := published(w.brokerEnvelope.Public(), w.brokerEnvelope.Thumbprint(), "enc", "ECDH-ES+A256KW")
	rsa := `{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"r","x5c":["a"],"key_ops":["verify"]}`
	set := func(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }
	return []value{
		ok("key-set", "good", set(sig, old, enc)),
		ok("key-set", "no keys", set()),
		ok("key-set", "unknown kinds of key are passed over", set(rsa, sig, `{"kty":"XYZ"}`, `{}`, enc)),
		ok("key-set", "unknown members are passed over", replace(`{"keys"`, `{"next":"x","keys"`)(set(member(`"iat":1`)(sig)))),
		ok("key-set", "another use is passed over", set(with("use", `"enc"`)(sig), with("alg", `"ES256"`)(enc))),
		no("key-set", "kid is not the thumbprint", set(with("kid", `"1"`)(sig))),
		no("key-set", "kid of another key", set(with("kid", fmt.Sprintf("%q", w.vendor.Thumbprint()))(sig))),
		no("key-set", "kid of another key, envelope", set(with("kid", fmt.Sprintf("%q", w.vendor.Thumbprint()))(enc))),
		no("key-set", "no kid", set(without("kid")(enc))),
		no("key-set", "signing key on another curve", set(with("crv", `"Ed448"`)(sig))),
		no("key-set", "envelope key off the curve", set(with("x", fmt.Sprintf("%q", b64(make([]byte, 32))))(enc))),
		no("key-set", "private", set(member(`"d":"AQAB"`)(rsa))),
		no("key-set", "duplicate member", set(member(`"use":"sig"`)(sig))),
		no("key-set", "keys missing", `{}`),
		no("key-set", "keys null", `{"keys":null}`),
		no("key-set", "trailing bytes", set(sig)+"x"),
		no("key-set", "a key alone", sig),
		no("key-set", "empty", ""),
	}
}

func encodedValues() []value {
	salt := `["AAAAAAAAAAAAAAAAAAAAAA",`
	disclosed := func(text string) string { return b64([]byte(text)) }
	return []value{
		ok("id", "good", "AAECAwQFBgcICQoLDA0ODw"),
		ok("id", "all bits set", "_____________________w"),
		no("id", "empty", ""),
		no("id", "short", "AAECAwQFBgcICQoLDA0OD"),
		no("id", "long", "AAECAwQFBgcICQoLDA0ODwA"),
		no("id", "padded", "AAECAwQFBgcICQoLDA0ODw=="),
		no("id", "trailing bits", "AAECAwQFBgcICQoLDA0ODx"),
		no("id", "standard alphabet", "++++++++++++++++++++/w"),
		no("id", "newline inside", "AAECAwQFBgcICQoLDA0O\nw"),
		no("id", "space inside", "AAECAwQFBgcICQoLDA0O w"),
		no("id", "not ASCII", "AAECAwQFBgcICQoLDA0Oé"),
		no("id", "with dashes, as UUIDs have", "00000000-0000-0000-0000-00"),

		ok("digest", "SHA-256 of nothing", digestOf("")),
		no("digest", "trailing bits", trailingBits(digestOf(""))),
		no("digest", "padded", digestOf("")+"="),
		no("digest", "an ID", "AAECAwQFBgcICQoLDA0ODw"),

		ok("disclosure", "text", disclosed(salt+`"secret","x"]`)),
		ok("disclosure", "object", disclosed(salt+`"scrip",{"value":1,"props":{}}]`)),
		ok("disclosure", "white space", disclosed(" [ \"AAAAAAAAAAAAAAAAAAAAAA\" , \"n\" , 1 ] ")),
		ok("disclosure", "beyond ASCII", disclosed(`["_26bc4LT-ac6q2KI6cBW5Q","family_name","Möbius"]`)),
		no("disclosure", "salt with trailing bits", disclosed(`["_26bc4LT-ac6q2KI6cBW5R","family_name","Möbius"]`)),
		no("disclosure", "long salt", disclosed(`["AAAAAAAAAAAAAAAAAAAAAAA","n",1]`)),
		no("disclosure", "two parts", disclosed(salt+`"n"]`)),
		no("disclosure", "four parts", disclosed(salt+`"n",1,2]`)),
		no("disclosure", "no name", disclosed(salt+`"",1]`)),
		no("disclosure", "name of 65 bytes", disclosed(salt+`"`+strings.Repeat("n", 65)+`",1]`)),
		no("disclosure", "name a number", disclosed(salt+`1,1]`)),
		no("disclosure", "null", disclosed(salt+`"n",null]`)),
		no("disclosure", "duplicate member", disclosed(salt+`"n",{"a":1,"a":2}]`)),
		no("disclosure", "trailing bytes", disclosed(salt+`"n",1]]`)),
		no("disclosure", "not base64", salt+`"n",1]`),
		no("disclosure", "empty", ""),
	}
}

// jsonValues are read into {"text":string,"int":integer,"list":[string],"sub":{"text":string}}.
func jsonValues() []value {
	return []value{
		ok("json", "good", `{"text":"a","int":1,"list":["x"],"sub":{"text":"b"}}`),
		ok("json", "white space", " {\r\n\t\"text\" : \"a\" } \n"),
		ok("json", "escaped member name", `{"t\u0065xt":"a"}`),
		ok("json", "the word null in a text", `{"text":"null","list":["null"]}`),
		ok("json", "surrogate pair", `{"text":"\ud83d\ude80"}`),
		ok("json", "largest integer for all", `{"int":9007199254740991}`),
		no("json", "unknown member", `{"text":"a","x":1}`),
		no("json", "unknown member inside", `{"sub":{"x":1}}`),
		no("json", "member name in other case", `{"Text":"a"}`),
		no("json", "member name in other case inside", `{"sub":{"TEXT":"a"}}`),
		no("json", "duplicate member", `{"text":"a","text":"a"}`),
		no("json", "duplicate member, escaped", `{"text":"a","t\u0065xt":"b"}`),
		no("json", "duplicate member inside", `{"sub":{"text":"a","text":"b"}}`),
		no("json", "null", `null`),
		no("json", "null member", `{"text":null}`),
		no("json", "null in a list", `{"list":[null]}`),
		no("json", "null inside", `{"sub":{"text":null}}`),
		no("json", "trailing bytes", `{"text":"a"}x`),
		no("json", "two values", `{"text":"a"}{"text":"b"}`),
		no("json", "trailing comma", `{"text":"a",}`),
		no("json", "comment", `{"text":"a"/**/}`),
		no("json", "single quotes", `{'text':'a'}`),
		no("json", "byte order mark", "\ufeff"+`{"text":"a"}`),
		no("json", "invalid UTF-8 escape: half a pair", `{"text":"\ud800"}`),
		no("json", "control character", "{\"text\":\"\x01\"}"),
		no("json", "integer with a fraction", `{"int":1.0}`),
		no("json", "integer with an exponent", `{"int":1e3}`),
		no("json", "integer with a leading zero", `{"int":01}`),
		no("json", "integer as text", `{"int":"1"}`),
		no("json", "integer too large", `{"int":9223372036854775808}`),
		no("json", "text as number", `{"text":1}`),
		no("json", "object as list", `{"sub":[]}`),
		no("json", "NaN", `{"int":NaN}`),
		no("json", "empty", ``),
		no("json", "truncated", `{"text":"a"`),
	}
}
