package jose_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strings"
	"testing"

	"peerscrip/jose"
)

func TestSigningKeyRoundTrip(t *testing.T) {
	k, err := jose.NewSigningKey(rand.Reader)
	noError(t, "make key", err)
	again, err := jose.ParseSigningKey(k.Secret())
	noError(t, "parse key", err)
	if again.Public() != k.Public() || again.Thumbprint() != k.Thumbprint() {
		t.Errorf("got %v, want %v", again.Public(), k.Public())
	}
	if k.Thumbprint() != k.Public().Thumbprint() || !jose.ValidDigest(k.Thumbprint()) {
		t.Errorf("thumbprint: got %s", k.Thumbprint())
	}
	var zero jose.SigningKey
	if !zero.IsZero() || k.IsZero() || zero.Secret() != nil || zero.Thumbprint() != "" || !zero.Public().IsZero() {
		t.Error("zero key: want no key at all")
	}
	for _, n := range []int{0, 31, 33, 64} {
		if _, err := jose.ParseSigningKey(make([]byte, n)); err == nil {
			t.Errorf("parse %d bytes: got no error", n)
		}
	}
	if _, err := jose.NewSigningKey(strings.NewReader("short")); err == nil {
		t.Error("make a key from too little randomness: got no error")
	}
}

// The key pair of RFC 8037, appendix A.
func TestSigningKeyOfRFC8037(t *testing.T) {
	seed := must(base64Decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
	k := must(jose.ParseSigningKey(seed))
	if got, want := k.Thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; got != want {
		t.Errorf("thumbprint: got %s, want %s", got, want)
	}
	got := string(must(json.Marshal(k.Public())))
	want := `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	if got != want {
		t.Errorf("JWK: got %s, want %s", got, want)
	}
}

func TestEnvelopeKeyRoundTrip(t *testing.T) {
	k, err := jose.NewEnvelopeKey(rand.Reader)
	noError(t, "make key", err)
	again, err := jose.ParseEnvelopeKey(k.Secret())
	noError(t, "parse key", err)
	if again.Public() != k.Public() || again.Thumbprint() != k.Thumbprint() || k.Thumbprint() != k.Public().Thumbprint() {
		t.Errorf("got %v, want %v", again.Public(), k.Public())
	}
	var zero jose.EnvelopeKey
	if !zero.IsZero() || k.IsZero() || zero.Secret() != nil || zero.Thumbprint() != "" || !zero.Public().IsZero() {
		t.Error("zero key: want no key at all")
	}
	for _, b := range [][]byte{nil, make([]byte, 31), make([]byte, 32), bytes.Repeat([]byte{0xff}, 32), make([]byte, 33)} {
		if _, err := jose.ParseEnvelopeKey(b); err == nil {
			t.Errorf("parse %x: got no error", b)
		}
	}
	// A scalar beyond the group's order is drawn again.
	draws := append(bytes.Repeat([]byte{0xff}, 32), k.Secret()...)
	if drawn, err := jose.NewEnvelopeKey(bytes.NewReader(draws)); err != nil || drawn.Public() != k.Public() {
		t.Errorf("second draw: got %v, %v", drawn.Public(), err)
	}
	if _, err := jose.NewEnvelopeKey(strings.NewReader("short")); err == nil {
		t.Error("make a key from too little randomness: got no error")
	}
}

func TestReplyKeyRoundTrip(t *testing.T) {
	k, err := jose.NewReplyKey(rand.Reader)
	noError(t, "make key", err)
	again, err := jose.ParseReplyKey(k.Encode())
	if err != nil || again != k {
		t.Errorf("got another key, %v", err)
	}
	b := must(json.Marshal(k))
	if string(b) != `"`+k.Encode()+`"` || len(k.Encode()) != 43 {
		t.Errorf("JSON: got %s", b)
	}
	for _, bad := range []string{`""`, `null`, `"short"`, `43`, `"` + strings.Repeat("A", 43) + `"`, `"` + k.Encode() + `="`} {
		if err := json.Unmarshal([]byte(bad), &again); err == nil && bad != "null" {
			t.Errorf("unmarshal %s: got no error", bad)
		}
		if err := jose.Decode([]byte(bad), &again); err == nil {
			t.Errorf("decode %s: got no error", bad)
		}
	}
	if _, err := json.Marshal(jose.ReplyKey{}); err == nil {
		t.Error("marshal no key: got no error")
	}
	if _, err := jose.NewReplyKey(strings.NewReader("short")); err == nil {
		t.Error("make a key from too little randomness: got no error")
	}
}

// However a key is printed, logged or marshalled by accident, its secret does
// not show.
func TestSecretsDoNotPrint(t *testing.T) {
	w := newWorld()
	type inside struct {
		Signing  jose.SigningKey
		Envelope jose.EnvelopeKey
		Reply    jose.ReplyKey
		signing  jose.SigningKey
		envelope jose.EnvelopeKey
	}
	v := inside{w.account, w.brokerEnvelope, w.reply, w.account, w.brokerEnvelope}
	var shown bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o"} {
		fmt.Fprintf(&shown, verb+verb+verb, w.account, w.brokerEnvelope, w.reply)
		fmt.Fprintf(&shown, verb+verb+verb, &w.account, &w.brokerEnvelope, &w.reply)
		fmt.Fprintf(&shown, verb+verb, v, &v)
		fmt.Fprintf(&shown, verb, []any{w.account, w.brokerEnvelope, w.reply})
	}
	fmt.Fprintln(&shown, w.account.String(), w.account.GoString(), w.brokerEnvelope.String(), w.brokerEnvelope.GoString(), w.reply.String(), w.reply.GoString())
	for _, h := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
		slog.New(h).Info("keys", "signing", w.account, "envelope", w.brokerEnvelope, "reply", w.reply, "all", &v.signing, "e", &v.envelope)
	}
	for _, k := range []any{w.account, w.brokerEnvelope, &v} {
		if b, err := json.Marshal(k); err == nil {
			t.Errorf("marshal %T: got %s, want an error", k, b)
		}
	}
	text := shown.String()
	for _, secret := range [][]byte{w.account.Secret(), w.brokerEnvelope.Secret(), w.reply[:]} {
		decimal := strings.Trim(fmt.Sprint(secret[:4]), "[]")
		for _, form := range []string{string(secret), fmt.Sprintf("%x", secret[:8]), fmt.Sprintf("%X", secret[:8]), b64(secret)[:10], decimal, fmt.Sprintf("%#x, %#x", secret[0], secret[1])} {
			if strings.Contains(text, form) {
				t.Errorf("a secret shows as %q", form)
			}
		}
	}
}

func TestPublicKeysJSON(t *testing.T) {
	w := newWorld()
	var v jose.VerifyKey
	noError(t, "unmarshal verify key", json.Unmarshal(must(json.Marshal(w.account.Public())), &v))
	if !v.Equal(w.account.Public()) || v.Equal(w.vendor.Public()) || v.String() != w.account.Thumbprint() {
		t.Errorf("verify key: got %v, want %v", v, w.account.Public())
	}
	var s jose.SealKey
	noError(t, "unmarshal seal key", json.Unmarshal(must(json.Marshal(w.brokerEnvelope.Public())), &s))
	if !s.Equal(w.brokerEnvelope.Public()) || s.Equal(w.vendorEnvel.Public()) || s.String() != w.brokerEnvelope.Thumbprint() {
		t.Errorf("seal key: got %v, want %v", s, w.brokerEnvelope.Public())
	}
	if _, err := json.Marshal(jose.VerifyKey{}); err == nil {
		t.Error("marshal no verify key: got no error")
	}
	if _, err := json.Marshal(jose.SealKey{}); err == nil {
		t.Error("marshal no seal key: got no error")
	}
	if (jose.VerifyKey{}).Thumbprint() != "" || (jose.SealKey{}).Thumbprint() != "" {
		t.Error("no key has a thumbprint")
	}
	for _, bad := range []string{`{}`, `null`, `[]`, `"x"`, `{"kty":"OKP"}`} {
		if err := jose.Decode([]byte(bad), &v); err == nil {
			t.Errorf("verify key %s: got no error", bad)
		}
		if err := jose.Decode([]byte(bad), &s); err == nil {
			t.Errorf("seal key %s: got no error", bad)
		}
	}
}

// The refused keys are the points of small order, computed here from the curve:
// those y for which 8 times the point is the neutral element.
func TestWeakPoints(t *testing.T) {
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	// d = -121665/121666 (RFC 8032 section 5.1)
	d := new(big.Int).ModInverse(big.NewInt(121666), p)
	d.Mul(d, big.NewInt(-121665)).Mod(d, p)
	for _, encoded := range jose.WeakPoints() {
		little := slices.Clone(encoded[:])
		slices.Reverse(little)
		y := new(big.Int).SetBytes(little)
		if order := orderUpTo8(y.Mod(y, p), d, p); order == 0 {
			t.Errorf("%x: not of small order", encoded)
		}
		for _, sign := range []byte{0, 0x80} {
			x := encoded
			x[31] |= sign
			jwk := fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, b64(x[:]))
			if _, err := jose.ParseVerifyKey([]byte(jwk)); err == nil {
				t.Errorf("%s: got no error", jwk)
			}
		}
	}
}

// orderUpTo8 is 1, 2, 4 or 8 when the point with this y has that order, else 0.
// It doubles in the y coordinate alone: with x^2 = (y^2-1)/(d y^2+1), the
// doubled y is (y^2+x^2)/(1-d x^2 y^2).
func orderUpTo8(y, d, p *big.Int) int {
	one := big.NewInt(1)
	for order := 1; order <= 8; order *= 2 {
		if y.Cmp(one) == 0 {
			return order
		}
		y2 := new(big.Int).Mul(y, y)
		x2 := divide(new(big.Int).Sub(y2, one), new(big.Int).Add(new(big.Int).Mul(d, y2), one), p)
		product := new(big.Int).Mul(new(big.Int).Mul(d, x2), y2)
		y = divide(new(big.Int).Add(y2, x2), new(big.Int).Sub(one, product), p)
	}
	return 0
}

func divide(a, b, p *big.Int) *big.Int {
	inverse := new(big.Int).ModInverse(new(big.Int).Mod(b, p), p)
	return a.Mod(a.Mul(a, inverse), p)
}
