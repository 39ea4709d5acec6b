package merchant

import (
	"bytes"
	"crypto/rand"
	"testing"

	"peerscrip/jose"
)

func newKeys(t testing.TB) StallKeys {
	t.Helper()
	signing, err := jose.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := jose.NewEnvelopeKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return StallKeys{Signing: signing, Envelope: envelope}
}

func TestSealedKeysOpen(t *testing.T) {
	keys, operator := newKeys(t), [32]byte{1}
	sealed, err := SealKeys(operator, "draft", keys)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenKeys(operator, "draft", sealed)
	if err != nil {
		t.Fatal(err)
	}
	if got.Signing.Thumbprint() != keys.Signing.Thumbprint() || got.Envelope.Thumbprint() != keys.Envelope.Thumbprint() {
		t.Error("got other keys than were sealed")
	}
	for _, secret := range [][]byte{keys.Signing.Secret(), keys.Envelope.Secret()} {
		if bytes.Contains(sealed, secret) {
			t.Error("a secret stands in the sealed form")
		}
	}
	again, err := SealKeys(operator, "draft", keys)
	if err != nil || bytes.Equal(again, sealed) {
		t.Errorf("sealed twice: got the same bytes, %v, want a fresh nonce", err)
	}
}

func TestSealedKeysStayClosed(t *testing.T) {
	operator := [32]byte{1}
	sealed, err := SealKeys(operator, "draft", newKeys(t))
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(what string, operator [32]byte, id string, b []byte) {
		t.Helper()
		if k, err := OpenKeys(operator, id, b); err == nil || !k.Signing.IsZero() {
			t.Errorf("%s: got %v, want an error and no keys", what, err)
		}
	}
	refuse("another operator", [32]byte{2}, "draft", sealed)
	refuse("another stall", operator, "draft2", sealed)
	refuse("nothing", operator, "draft", nil)
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		refuse("a changed bit", operator, "draft", changed)
		refuse("cut", operator, "draft", sealed[:i])
	}
	if _, err := SealKeys(operator, "draft", StallKeys{}); err == nil {
		t.Error("no keys: got no error, want one")
	}
}
