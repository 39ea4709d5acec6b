package jose_test

import (
	"fmt"
	"strings"
)

// flip changes one bit of the decoded bytes of segment n.
func flip(n int) func([]string) {
	return func(s []string) {
		b := must(base64Decode(s[n]))
		b[len(b)/2] ^= 1
		s[n] = b64(b)
	}
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// trailingBits sets a bit after the last byte of a base64url text, which most
// decoders overlook. The text's length must leave such bits.
func trailingBits(s string) string {
	if len(s)%4 == 0 {
		panic("no trailing bits")
	}
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + alphabet[last|1:last|1+1]
}

func badEnvelope() []spoil {
	segments := func(change func(s []string)) func(*forgery) {
		return func(f *forgery) { f.segments = change }
	}
	whole := func(change func(string) string) func(*forgery) {
		return func(f *forgery) { f.envelope = change }
	}
	return []spoil{
		{"empty", "nothing at all", "envelope", whole(func(string) string { return "" })},
		{"oversized", "one byte longer than the limit: add pad times A", "size", nil},
		{"four segments", "the tag is cut off with its dot", "envelope", whole(func(s string) string { return s[:strings.LastIndex(s, ".")] })},
		{"six segments", "one more segment", "envelope", whole(add(".AAAA"))},
		{"one more dot", "one more segment, empty", "envelope", whole(add("."))},
		{"truncated", "the last ten characters are missing", "envelope", whole(func(s string) string { return s[:len(s)-10] })},
		{"trailing bytes", "the tag is too long", "envelope", whole(add("AAAA"))},
		{"trailing newline", "as some decoders allow", "envelope", whole(add("\n"))},
		{"leading space", "", "envelope", whole(func(s string) string { return " " + s })},
		{"newline in base64", "as some decoders allow", "envelope", segments(func(s []string) { s[3] = s[3][:8] + "\r\n" + s[3][8:] })},
		{"newline in the header", "as some decoders allow", "envelope", segments(func(s []string) { s[0] = s[0][:8] + "\n" + s[0][8:] })},
		{"padding", "base64url comes without padding", "envelope", segments(func(s []string) { s[4] += "==" })},
		{"standard base64", "+ and / in the place of - and _", "envelope", segments(func(s []string) {
			s[3] = strings.NewReplacer("-", "+", "_", "/").Replace(s[3])
		})},
		{"trailing bits in the tag", "a second spelling of the same bytes", "envelope", segments(func(s []string) { s[4] = trailingBits(s[4]) })},
		{"border moved into the tag", "the ciphertext's last byte stands before the tag", "envelope", segments(func(s []string) {
			c, tag := must(base64Decode(s[3])), must(base64Decode(s[4]))
			s[3], s[4] = b64(c[:len(c)-1]), b64(append(c[len(c)-1:], tag...))
		})},
		{"border moved into the ciphertext", "the tag's first byte stands behind the ciphertext", "envelope", segments(func(s []string) {
			c, tag := must(base64Decode(s[3])), must(base64Decode(s[4]))
			s[3], s[4] = b64(append(c, tag[0])), b64(tag[1:])
		})},
		{"long iv", "16 bytes instead of 12", "envelope", segments(func(s []string) { s[2] += "AAAAAA" })},
		{"no iv", "", "envelope", segments(func(s []string) { s[2] = "" })},
		{"empty ciphertext", "", "decrypt", segments(func(s []string) { s[3] = "" })},
		{"bit flip in the iv", "", "decrypt", segments(flip(2))},
		{"bit flip in the ciphertext", "", "decrypt", segments(flip(3))},
		{"bit flip in the tag", "", "decrypt", segments(flip(4))},
		{"ciphertext cut", "whole bytes missing, the tag in place", "decrypt", segments(func(s []string) { s[3] = b64(must(base64Decode(s[3]))[:32]) })},
		{"header respelled", "the same header with a space in it: it is authenticated", "decrypt", segments(func(s []string) {
			s[0] = b64([]byte(strings.Replace(string(must(base64Decode(s[0]))), `,"enc"`, `, "enc"`, 1)))
		})},
		{"JSON serialization", "the same JWE in another form", "envelope", whole(func(s string) string {
			p := strings.Split(s, ".")
			return fmt.Sprintf(`{"protected":%q,"encrypted_key":%q,"iv":%q,"ciphertext":%q,"tag":%q}`, p[0], p[1], p[2], p[3], p[4])
		})},
		{"JWS without an envelope", "signed, but not sealed", "envelope", whole(func(string) string { return "e30.e30." + strings.Repeat("A", 86) })},
	}
}

func badSealHeader() []spoil {
	header := func(name, about string, change func(string) string) spoil {
		return spoil{"JWE header: " + name, about, "seal-header", func(f *forgery) { f.sealHeader = change }}
	}
	return []spoil{
		header("alg none", "", with("alg", `"none"`)),
		header("alg RSA", "", with("alg", `"RSA-OAEP-256"`)),
		header("alg A256KW", "", with("alg", `"A256KW"`)),
		header("alg ECDH-ES", "no key wrapping", with("alg", `"ECDH-ES"`)),
		header("alg PBES2", "", with("alg", `"PBES2-HS256+A128KW"`)),
		header("alg missing", "", without("alg")),
		header("alg a number", "", with("alg", `5`)),
		header("alg in other case", "", with("alg", `"DIR"`)),
		header("enc A128GCM", "", with("enc", `"A128GCM"`)),
		header("enc A256CBC-HS512", "", with("enc", `"A256CBC-HS512"`)),
		header("enc missing", "", without("enc")),
		header("typ JWT", "", with("typ", `"JWT"`)),
		header("typ in other case", "", with("typ", `"PeerScrip"`)),
		header("typ missing", "", without("typ")),
		header("zip", "no compression", member(`"zip":"DEF"`)),
		header("zip null", "null is not absence", member(`"zip":null`)),
		header("cty", "", member(`"cty":"JWT"`)),
		header("crit", "", member(`"crit":["exp"],"exp":1`)),
		header("apu and apv", "", member(`"apu":"QQ","apv":"Qg"`)),
		header("extra member", "", member(`"x":1`)),
		header("duplicate member", "the same value twice", member(`"enc":"A256GCM"`)),
		header("duplicate member, escaped", "the same name in two spellings", member(`"\u0065nc":"A256GCM"`)),
		header("member name in other case", "", replace(`"enc"`, `"Enc"`)),
		header("member in both cases", "", member(`"Enc":"A256GCM"`)),
		header("trailing bytes", "", add(`{}`)),
		header("trailing NUL", "", add("\x00")),
		header("byte order mark", "", func(s string) string { return "\ufeff" + s }),
		header("invalid UTF-8", "", with("typ", "\"peerscrip\xff\"")),
		header("a list", "", func(s string) string { return "[" + s + "]" }),
		header("empty", "", func(string) string { return "" }),
	}
}
