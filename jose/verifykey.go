package jose

import (
	"crypto/ed25519"
	"errors"
	"fmt"
)

var (
	errWeakKey       = errors.New("key of small order")
	errMarshalSecret = errors.New("jose: private keys are not marshalled")
)

// VerifyKey is an Ed25519 public key. Two keys are the same key when they are
// ==. The zero value verifies nothing.
type VerifyKey struct {
	x [keySize]byte
}

// okpJWK is the key as RFC 8037 writes it.
type okpJWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
}

// ParseVerifyKey reads the JWK {"kty":"OKP","crv":"Ed25519","x":...}, with
// exactly these members.
func ParseVerifyKey(jwkJSON []byte) (VerifyKey, error) {
	var j okpJWK
	if err := Decode(jwkJSON, &j); err != nil {
		return VerifyKey{}, fmt.Errorf("parse verify key: %w", err)
	}
	k, err := j.key()
	if err != nil {
		return VerifyKey{}, fmt.Errorf("parse verify key: %w", err)
	}
	return k, nil
}

func (j okpJWK) key() (VerifyKey, error) {
	if j.Kty != "OKP" || j.Crv != "Ed25519" {
		return VerifyKey{}, fmt.Errorf("want OKP on Ed25519, got %q on %q", j.Kty, j.Crv)
	}
	x, err := decodeSized(j.X, keySize)
	if err != nil {
		return VerifyKey{}, fmt.Errorf("x: %w", err)
	}
	k := VerifyKey{x: [keySize]byte(x)}
	if k.weak() {
		return VerifyKey{}, errWeakKey
	}
	return k, nil
}

func (k VerifyKey) jwk() okpJWK { return okpJWK{"OKP", "Ed25519", encode64(k.x[:])} }

// Thumbprint is the RFC 7638 SHA-256 thumbprint, 43 characters; "" for the zero key.
func (k VerifyKey) Thumbprint() string {
	if k.IsZero() {
		return ""
	}
	return Digest([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + encode64(k.x[:]) + `"}`))
}

// Equal reports whether k and other are the same key.
func (k VerifyKey) Equal(other VerifyKey) bool { return k == other }

// IsZero reports whether there is no key.
func (k VerifyKey) IsZero() bool { return k == VerifyKey{} }

// String is the thumbprint.
func (k VerifyKey) String() string { return k.Thumbprint() }

// MarshalJSON writes the key as ParseVerifyKey reads it. The zero key is an error.
func (k VerifyKey) MarshalJSON() ([]byte, error) {
	if k.IsZero() {
		return nil, errors.New("jose: marshal verify key: no key")
	}
	return encode(k.jwk())
}

// UnmarshalJSON is ParseVerifyKey.
func (k *VerifyKey) UnmarshalJSON(b []byte) error {
	parsed, err := ParseVerifyKey(b)
	if err != nil {
		return err
	}
	*k = parsed
	return nil
}

func (k VerifyKey) ed25519() ed25519.PublicKey { return ed25519.PublicKey(k.x[:]) }
