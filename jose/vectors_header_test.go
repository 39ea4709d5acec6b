package jose_test

import (
	"crypto/ecdh"
	"encoding/json"
	"fmt"
)

func badRequestHeader(w world) []spoil {
	header := func(name, about, at string, change func(string) string) spoil {
		return spoil{"JWE header: " + name, about, at, func(f *forgery) { f.sealHeader = change }}
	}
	epk := func(name, about string, change func(string) string) spoil {
		return header(name, about, "seal-header", func(s string) string {
			var h struct{ EPK json.RawMessage }
			noFault(json.Unmarshal([]byte(s), &h))
			return with("epk", change(string(h.EPK)))(s)
		})
	}
	p384 := must(ecdh.P384().NewPrivateKey(append(make([]byte, 47), 7))).PublicKey().Bytes()
	return []spoil{
		header("sealed to another key", "kid names a key that the receiver does not have", "decrypt", with("kid", fmt.Sprintf("%q", w.vendorEnvel.Thumbprint()))),
		header("kid of another key of the receiver", "", "decrypt", with("kid", fmt.Sprintf("%q", w.oldEnvelope.Thumbprint()))),
		header("kid missing", "", "decrypt", without("kid")),
		header("kid empty", "", "decrypt", with("kid", `""`)),
		header("kid null", "", "seal-header", with("kid", `null`)),
		header("alg dir", "a reply's algorithm", "seal-header", with("alg", `"dir"`)),
		header("alg with A128KW", "", "seal-header", with("alg", `"ECDH-ES+A128KW"`)),
		header("jwk", "", "seal-header", member(`"jwk":{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)),
		header("epk missing", "", "seal-header", without("epk")),
		header("another epk", "on the curve, but not the one used", "decrypt", with("epk", string(must(json.Marshal(w.vendorEnvel.Public()))))),
		epk("epk null", "", func(string) string { return "null" }),
		epk("epk on P-384", "", func(string) string {
			return fmt.Sprintf(`{"kty":"EC","crv":"P-384","x":%q,"y":%q}`, b64(p384[1:49]), b64(p384[49:]))
		}),
		epk("epk is X25519", "", func(string) string {
			return `{"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}`
		}),
		epk("epk off the curve", "x and y of two points", with("y", fmt.Sprintf("%q", b64(make([]byte, 32))))),
		epk("epk is the point at infinity", "", func(string) string {
			return fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q}`, b64(make([]byte, 32)), b64(make([]byte, 32)))
		}),
		epk("epk with kid", "an extra member in epk", member(`"kid":"1"`)),
		epk("epk with d", "a private key", member(fmt.Sprintf(`"d":%q`, b64(make([]byte, 32))))),
		epk("epk with a long coordinate", "a leading zero byte", func(s string) string {
			var j privateJWK
			noFault(json.Unmarshal([]byte(s), &j))
			return with("x", fmt.Sprintf("%q", b64(append([]byte{0}, must(base64Decode(j.X))...))))(s)
		}),
		epk("epk with trailing bits", "a second spelling of the same bytes", func(s string) string {
			var j privateJWK
			noFault(json.Unmarshal([]byte(s), &j))
			return with("x", fmt.Sprintf("%q", trailingBits(j.X)))(s)
		}),
		{"bit flip in the wrapped key", "", "decrypt", func(f *forgery) { f.segments = flip(1) }},
		{"no wrapped key", "", "seal-header", func(f *forgery) { f.segments = func(s []string) { s[1] = "" } }},
		{"long wrapped key", "", "seal-header", func(f *forgery) { f.segments = func(s []string) { s[1] = b64(make([]byte, 48)) } }},
	}
}

func badReplyHeader(w world) []spoil {
	return []spoil{
		{"wrapped key", "with dir the second segment is empty, and nothing authenticates it", "seal-header", func(f *forgery) {
			f.segments = func(s []string) { s[1] = b64(make([]byte, 40)) }
		}},
		{"JWE header: kid", "a request's member", "seal-header", func(f *forgery) { f.sealHeader = member(fmt.Sprintf("%q:%q", "kid", w.brokerEnvelope.Thumbprint())) }},
		{"JWE header: alg of a request", "", "seal-header", func(f *forgery) { f.sealHeader = with("alg", `"ECDH-ES+A256KW"`) }},
	}
}

func badPlaintext() []spoil {
	plain := func(name, about string, change func(string) string) spoil {
		return spoil{name, about, "plaintext", func(f *forgery) { f.plaintext = change }}
	}
	return []spoil{
		plain("plaintext: extra member", "", member(`"x":1`)),
		plain("plaintext: duplicate member", "", member(`"attachments":[]`)),
		plain("plaintext: member name in other case", "", replace(`"jws"`, `"JWS"`)),
		plain("plaintext: no jws", "", without("jws")),
		plain("plaintext: no attachments", "they are always there, be it empty", without("attachments")),
		plain("plaintext: attachments null", "", with("attachments", "null")),
		plain("plaintext: attachments an object", "", with("attachments", "{}")),
		plain("plaintext: an attachment is no string", "", with("attachments", "[1]")),
		plain("plaintext: jws a number", "", with("jws", "1")),
		plain("plaintext: jws empty", "", with("jws", `""`)),
		plain("plaintext: trailing bytes", "", add("x")),
		plain("plaintext: two values", "", func(s string) string { return s + s }),
		plain("plaintext: truncated", "", func(s string) string { return s[:len(s)-1] }),
		plain("plaintext: invalid UTF-8", "", with("attachments", "[\"\xc3\"]")),
		plain("plaintext: empty", "", func(string) string { return "" }),
		plain("plaintext: a JWS", "without the object around it", func(string) string { return "e30.e30." + b64(make([]byte, 64)) }),
	}
}
