package jose_test

import (
	"crypto/ed25519"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// cut is a hook that changes the segments of the JWS.
func cut(change func(s []string)) func(*forgery) {
	return func(f *forgery) {
		f.jws = func(jws string) string {
			s := strings.Split(jws, ".")
			change(s)
			return strings.Join(s, ".")
		}
	}
}

func badSigned() []spoil {
	whole := func(change func(string) string) func(*forgery) { return func(f *forgery) { f.jws = change } }
	return []spoil{
		{"jws: two segments", "the signature is cut off with its dot", "signed", whole(func(s string) string { return s[:strings.LastIndex(s, ".")] })},
		{"jws: four segments", "", "signed", whole(add(".AAAA"))},
		{"jws: no signature", "", "signed", cut(func(s []string) { s[2] = "" })},
		{"jws: truncated", "", "signed", whole(func(s string) string { return s[:len(s)-1] })},
		{"jws: trailing bytes", "", "signed", whole(add("AA"))},
		{"jws: trailing newline", "", "signed", whole(add("\n"))},
		{"jws: padding", "", "signed", cut(func(s []string) { s[2] += "==" })},
		{"jws: newline in the payload", "as some decoders allow", "signed", cut(func(s []string) { s[1] = s[1][:4] + "\n" + s[1][4:] })},
		{"jws: trailing bits in the signature", "a second spelling of the same bytes", "signed", cut(func(s []string) { s[2] = trailingBits(s[2]) })},
		{"jws: detached payload", "", "payload", cut(func(s []string) { s[1] = "" })},
		{"jws: JSON serialization", "the same JWS in another form", "signed", whole(func(jws string) string {
			s := strings.Split(jws, ".")
			return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, s[0], s[1], s[2])
		})},
	}
}

func badSignHeader(w world) []spoil {
	header := func(name, about string, change func(string) string) spoil {
		return spoil{"JWS header: " + name, about, "sign-header", func(f *forgery) { f.signHeader = change }}
	}
	return []spoil{
		header("alg none", "with a good signature", with("alg", `"none"`)),
		{"JWS header: alg none, no signature", "", "signed", func(f *forgery) {
			f.signHeader = with("alg", `"none"`)
			f.jws = func(s string) string { return s[:strings.LastIndex(s, ".")+1] }
		}},
		header("alg RS256", "", with("alg", `"RS256"`)),
		header("alg PS256", "", with("alg", `"PS256"`)),
		header("alg ES256", "", with("alg", `"ES256"`)),
		header("alg HS256", "the public key taken for a secret", with("alg", `"HS256"`)),
		header("alg Ed25519", "RFC 9864's name for the same: one name only", with("alg", `"Ed25519"`)),
		header("alg in other case", "", with("alg", `"EDDSA"`)),
		header("alg missing", "", without("alg")),
		header("typ missing", "", without("typ")),
		header("typ not wanted", "a message of another kind", with("typ", `"T99"`)),
		header("typ in other case", "", func(s string) string { return strings.Replace(s, `"typ":"T`, `"typ":"t`, 1) }),
		header("kid missing", "", without("kid")),
		header("kid null", "", with("kid", "null")),
		header("extra member", "", member(`"x":1`)),
		header("cty", "", member(`"cty":"json"`)),
		header("jku", "a key from elsewhere", member(`"jku":"https://example.com/jwks.json"`)),
		header("x5c", "", member(`"x5c":[]`)),
		header("crit", "", member(`"crit":["b64"],"b64":true`)),
		header("nonce", "", member(`"nonce":"a"`)),
		header("duplicate member", "", member(`"alg":"EdDSA"`)),
		header("duplicate member, first one bad", "", member(`"alg":"none"`)),
		header("member name in other case", "", replace(`"kid"`, `"KID"`)),
		header("trailing bytes", "", add("{}")),
		header("white space between members", "a signed header is compact, as its payload is", replace(`,"kid"`, `, "kid"`)),
		header("white space after it", "", add("\n")),
		header("invalid UTF-8", "", with("typ", "\"T2\xff\"")),
		header("dual on a message of its own", "", member(fmt.Sprintf(`"dual":%q`, digestOf("other")))),
		header("dual null", "null is not absence", member(`"dual":null`)),
		header("dual empty", "", member(`"dual":""`)),
		header("jwk null", "null is not absence", func(s string) string {
			if strings.Contains(s, `"jwk"`) {
				return with("jwk", "null")(s)
			}
			return member(`"jwk":null`)(s)
		}),
	}
}

// badKeyed is for messages whose signer the receiver knows: here B's.
func badKeyed(w world) []spoil {
	jwk := fmt.Sprintf(`"jwk":{"kty":"OKP","crv":"Ed25519","x":%q}`, b64(ed25519.NewKeyFromSeed(w.broker.Secret())[32:]))
	return []spoil{
		{"JWS header: jwk of a known signer", "the receiver's own key counts, so none is sent", "sign-header", func(f *forgery) { f.signHeader = member(jwk) }},
		{"key: unknown issuer", "", "key", func(f *forgery) { f.message.Iss = testID("nobody") }},
		{"key: another party's", "signed by the stall in the broker's name", "key", func(f *forgery) { f.by = w.vendor }},
		{"key: unknown kid", "", "key", func(f *forgery) { f.by = w.pseudonym }},
		{"key: kid of the issuer, signed by another", "", "signature", func(f *forgery) {
			f.by, f.signHeader = w.vendor, with("kid", fmt.Sprintf("%q", w.broker.Thumbprint()))
		}},
	}
}

// badSelfKeyed is for messages that bring their own key: here a pseudonym's.
func badSelfKeyed(w world) []spoil {
	header := func(name, about string, change func(string) string) spoil {
		return spoil{"JWS header: " + name, about, "sign-header", func(f *forgery) { f.signHeader = change }}
	}
	jwk := func(s string) func(string) string { return with("jwk", s) }
	x := b64(ed25519.NewKeyFromSeed(w.pseudonym.Secret())[32:])
	other := b64(ed25519.NewKeyFromSeed(w.vendor.Secret())[32:])
	return []spoil{
		header("jwk missing", "", without("jwk")),
		header("jwk of another key than kid", "", jwk(fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, other))),
		header("kid of another key than jwk", "", with("kid", fmt.Sprintf("%q", w.vendor.Thumbprint()))),
		header("jwk on Ed448", "", jwk(fmt.Sprintf(`{"kty":"OKP","crv":"Ed448","x":%q}`, b64(make([]byte, 57))))),
		header("jwk on X25519", "", jwk(fmt.Sprintf(`{"kty":"OKP","crv":"X25519","x":%q}`, x))),
		header("jwk on P-256", "", jwk(`{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`)),
		header("jwk is RSA", "", jwk(`{"kty":"RSA","n":"AQAB","e":"AQAB"}`)),
		header("jwk is a secret", "", jwk(`{"kty":"oct","k":"AQAB"}`)),
		header("jwk with kid", "an extra member in jwk", jwk(fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q,"kid":"1"}`, x))),
		header("jwk with d", "a private key", jwk(fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q,"d":%q}`, x, x))),
		header("jwk with trailing bits", "a second spelling of the same bytes", jwk(fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, trailingBits(x)))),
		header("jwk member name in other case", "", jwk(fmt.Sprintf(`{"kty":"OKP","Crv":"Ed25519","x":%q}`, x))),
		header("jwk of small order", "a key that accepts signatures which nobody made", func(s string) string {
			weak := b64(append([]byte{1}, make([]byte, 31)...))
			s = jwk(fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, weak))(s)
			return with("kid", fmt.Sprintf("%q", digestOf(`{"crv":"Ed25519","kty":"OKP","x":"`+weak+`"}`)))(s)
		}),
		{"key: iss is another thumbprint", "the pseudonym speaks for another", "key", func(f *forgery) { f.message.Iss = w.vendor.Thumbprint() }},
		{"key: iss is an ID", "", "key", func(f *forgery) { f.message.Iss = w.accountID }},
		{"key: jwk and kid of another, signed by oneself", "", "signature", func(f *forgery) {
			f.message.Iss = w.vendor.Thumbprint()
			f.signHeader = func(s string) string {
				s = jwk(fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, other))(s)
				return with("kid", fmt.Sprintf("%q", w.vendor.Thumbprint()))(s)
			}
		}},
	}
}

func badSignature(w world) []spoil {
	return []spoil{
		{"signature: bit flip", "", "signature", cut(func(s []string) { flip(2)(s) })},
		{"signature: all zeros", "", "signature", cut(func(s []string) { s[2] = b64(make([]byte, 64)) })},
		{"signature: payload changed", "another price or value", "signature", cut(func(s []string) {
			text := string(must(base64Decode(s[1])))
			s[1] = b64([]byte(strings.Replace(text, fmt.Sprint(testTime), fmt.Sprint(testTime+1), 1)))
		})},
		{"signature: payload respelled", "the same claims in another order", "signature", cut(func(s []string) {
			s[1] = b64([]byte(reverseMembers(string(must(base64Decode(s[1]))))))
		})},
		{"signature: header respelled", "the same members in another order", "signature", cut(func(s []string) {
			s[0] = b64([]byte(reverseMembers(string(must(base64Decode(s[0]))))))
		})},
		{"signature: of the payload alone", "", "signature", func(f *forgery) {
			key := ed25519.NewKeyFromSeed(f.by.Secret())
			cut(func(s []string) { s[2] = b64(ed25519.Sign(key, must(base64Decode(s[1])))) })(f)
		}},
		{"signature: S plus the group's order", "the same signature to a careless verifier (RFC 8032 section 5.1.7)", "signature", cut(func(s []string) {
			s[2] = b64(addOrder(must(base64Decode(s[2]))))
		})},
	}
}

// addOrder adds the group's order, 2^252 + 27742317777372353535851937790883648493,
// to the second half of an Ed25519 signature.
func addOrder(signature []byte) []byte {
	order, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	order.Add(order, new(big.Int).Lsh(big.NewInt(1), 252))
	half := slices.Clone(signature[32:])
	slices.Reverse(half)
	s := order.Add(order, new(big.Int).SetBytes(half)).FillBytes(make([]byte, 32))
	slices.Reverse(s)
	return append(slices.Clone(signature[:32]), s...)
}
