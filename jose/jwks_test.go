package jose_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"peerscrip/jose"
)

func TestJWKSRoundTrip(t *testing.T) {
	w := newWorld()
	set := jose.JWKS{
		Signing:  []jose.VerifyKey{w.broker.Public(), w.vendor.Public()},
		Envelope: []jose.SealKey{w.brokerEnvelope.Public(), w.oldEnvelope.Public()},
	}
	b, err := json.Marshal(set)
	noError(t, "marshal", err)
	got, err := jose.ParseJWKS(b)
	noError(t, "parse", err)
	if !reflect.DeepEqual(got, set) {
		t.Errorf("got %v, want %v", got, set)
	}
	var again jose.JWKS
	noError(t, "unmarshal", json.Unmarshal(b, &again))
	for _, member := range []string{`"use":"sig"`, `"use":"enc"`, `"alg":"EdDSA"`, `"alg":"ECDH-ES+A256KW"`, `"kid":"` + w.broker.Thumbprint()} {
		if !strings.Contains(string(b), member) {
			t.Errorf("%s is not in %s", member, b)
		}
	}
	if strings.Contains(string(b), `"d"`) {
		t.Errorf("a private member in %s", b)
	}
}

func TestJWKSSigningKey(t *testing.T) {
	w := newWorld()
	set := jose.JWKS{Signing: []jose.VerifyKey{w.vendor.Public(), w.broker.Public()}}
	if k, err := set.SigningKey(w.broker.Thumbprint()); err != nil || k != w.broker.Public() {
		t.Errorf("got %v, %v", k, err)
	}
	for _, kid := range []string{"", w.account.Thumbprint()} {
		if _, err := set.SigningKey(kid); !errors.Is(err, jose.ErrUnknownKey) {
			t.Errorf("key %q: got %v, want ErrUnknownKey", kid, err)
		}
	}
}

func TestJWKSOfNoKeys(t *testing.T) {
	b, err := json.Marshal(jose.JWKS{})
	if err != nil || string(b) != `{"keys":[]}` {
		t.Errorf("got %s, %v", b, err)
	}
	if _, err := json.Marshal(jose.JWKS{Signing: []jose.VerifyKey{{}}}); err == nil {
		t.Error("marshal a set with a zero key: got no error")
	}
	if _, err := json.Marshal(jose.JWKS{Envelope: []jose.SealKey{{}}}); err == nil {
		t.Error("marshal a set with a zero key: got no error")
	}
}

func TestJWKSLimits(t *testing.T) {
	many := `{"keys":[` + strings.Repeat(`{"kty":"RSA"},`, jose.MaxKeys) + `{"kty":"RSA"}]}`
	long := `{"keys":[],"x":"` + strings.Repeat("x", jose.MaxJWKS) + `"}`
	for _, doc := range []string{many, long} {
		var set jose.JWKS
		if err := json.Unmarshal([]byte(doc), &set); err == nil {
			t.Errorf("%.40s...: got no error", doc)
		}
	}
}
