package jose_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	josecipher "github.com/go-jose/go-jose/v4/cipher"

	"peerscrip/jose"
)

// A forgery makes one message by hand, layer by layer, from the RFCs and not
// from package jose: so that the two check each other, and so that a test can
// spoil one layer and have all the layers around it right. Each hook changes its
// layer before the next one is put around it; nil changes nothing.
type forgery struct {
	message jose.Message
	by      jose.SigningKey
	dual    string // digest of the other part, "" for none
	rand    io.Reader
	most    func(jws int) int // what the receiver says of the type's longest JWS, from this one's length

	disclosures func([]string) []string // after the claims hold their digests
	disclosure  func(string) string     // JSON text of each, before its digest
	payload     func(string) string     // JSON text of the claims
	signHeader  func(string) string     // JSON text of the JWS header
	jws         func(string) string     // compact
	plaintext   func(string) string     // JSON text
	sealHeader  func(string) string     // JSON text of the JWE header
	segments    func([]string)          // of the compact JWE
	envelope    func(string) string
}

func change(hook func(string) string, s string) string {
	if hook == nil {
		return s
	}
	return hook(s)
}

// signed is the compact JWS and the disclosures.
func (f forgery) signed() (string, []string) {
	m := f.message
	attached, disclosures := map[string]string{}, []string{}
	for _, name := range sortedNames(m.Attach) {
		text := string(must(marshal([]any{b64(f.bytes(16)), name, m.Attach[name]})))
		d := b64([]byte(change(f.disclosure, text)))
		disclosures, attached[name] = append(disclosures, d), digestOf(d)
	}
	payload := change(f.payload, fmt.Sprintf(`{"typ":%q,"iss":%q,"aud":%q,"tx":%q,"iat":%d,"attached":%s,"body":%s}`,
		m.Typ, m.Iss, m.Aud, m.Tx, m.Iat, must(marshal(attached)), must(marshal(m.Body))))
	private := ed25519.NewKeyFromSeed(f.by.Secret())
	header := fmt.Sprintf(`{"alg":"EdDSA","typ":%q,"kid":%q`, m.Typ, f.by.Thumbprint())
	if m.SelfKeyed {
		header += fmt.Sprintf(`,"jwk":{"kty":"OKP","crv":"Ed25519","x":%q}`, b64(private[32:]))
	}
	if f.dual != "" {
		header += fmt.Sprintf(`,"dual":%q`, f.dual)
	}
	input := b64([]byte(change(f.signHeader, header+"}"))) + "." + b64([]byte(payload))
	jws := change(f.jws, input+"."+b64(ed25519.Sign(private, []byte(input))))
	if f.disclosures != nil {
		disclosures = f.disclosures(disclosures)
	}
	return jws, disclosures
}

func (f forgery) letter() []byte {
	jws, disclosures := f.signed()
	text := string(must(marshal(struct {
		JWS         string   `json:"jws"`
		Attachments []string `json:"attachments"`
	}{jws, disclosures})))
	return []byte(change(f.plaintext, text))
}

// evidence is the JWS alone.
func (f forgery) evidence() string {
	jws, _ := f.signed()
	return change(f.envelope, jws)
}

// request seals to a public key: RFC 7518 section 4.6, with key wrapping.
func (f forgery) request(to jose.EnvelopeKey) string {
	plaintext := f.letter()
	ephemeral := must(jose.NewEnvelopeKey(f.rand))
	header := change(f.sealHeader, fmt.Sprintf(`{"alg":"ECDH-ES+A256KW","enc":"A256GCM","typ":"peerscrip","kid":%q,"epk":%s}`,
		to.Thumbprint(), must(json.Marshal(ephemeral.Public()))))
	ours := must(ecdh.P256().NewPrivateKey(ephemeral.Secret()))
	theirs := must(ecdh.P256().NewPrivateKey(to.Secret())).PublicKey()
	kek := concatKDF(must(ours.ECDH(theirs)), "ECDH-ES+A256KW")
	cek := f.bytes(32)
	wrapped := must(josecipher.KeyWrap(must(aes.NewCipher(kek)), cek))
	return f.encrypt(header, wrapped, cek, plaintext)
}

// answer seals under a reply key.
func (f forgery) answer(key jose.ReplyKey) string {
	plaintext := f.letter()
	header := change(f.sealHeader, `{"alg":"dir","enc":"A256GCM","typ":"peerscrip"}`)
	return f.encrypt(header, nil, key[:], plaintext)
}

func (f forgery) encrypt(header string, wrapped, cek, plaintext []byte) string {
	gcm := must(cipher.NewGCM(must(aes.NewCipher(cek))))
	iv, protected := f.bytes(12), b64([]byte(header))
	out := gcm.Seal(nil, iv, plaintext, []byte(protected))
	n := len(out) - 16
	segments := []string{protected, b64(wrapped), b64(iv), b64(out[:n]), b64(out[n:])}
	if f.segments != nil {
		f.segments(segments)
	}
	return change(f.envelope, strings.Join(segments, "."))
}

func (f forgery) bytes(n int) []byte {
	b := make([]byte, n)
	must(io.ReadFull(f.rand, b))
	return b
}

// concatKDF is NIST SP 800-56A's, one round, as RFC 7518 section 4.6.2 fills it in
// for a 256-bit key.
func concatKDF(secret []byte, alg string) []byte {
	var in bytes.Buffer
	number := func(n int) { must(0, binary.Write(&in, binary.BigEndian, uint32(n))) }
	number(1)
	in.Write(secret)
	number(len(alg))
	in.WriteString(alg)
	number(0)   // apu
	number(0)   // apv
	number(256) // bits
	sum := sha256.Sum256(in.Bytes())
	return sum[:]
}

func digestOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return b64(sum[:])
}

// What is made by hand opens, and so is what package jose makes.
func TestForgeryOpens(t *testing.T) {
	w := newWorld()
	f := forgery{message: w.announcement(), by: w.account, rand: seeded(t.Name())}
	_, err := jose.OpenStep(f.request(w.brokerEnvelope), []jose.EnvelopeKey{w.brokerEnvelope}, w.expectAnnouncement())
	noError(t, "open request", err)
	f = forgery{message: w.issue(), by: w.broker, rand: seeded(t.Name())}
	_, err = jose.OpenReplyStep(f.answer(w.reply), w.reply, w.expectIssue())
	noError(t, "open reply", err)
	f = forgery{message: w.mandate(), by: w.pseudonym, rand: seeded(t.Name())}
	_, err = jose.VerifyStep(f.evidence(), w.expectMandate())
	noError(t, "verify", err)
}
