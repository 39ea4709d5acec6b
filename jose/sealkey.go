package jose

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
)

// SealKey is a P-256 public key that envelopes are sealed to. Two keys are the
// same key when they are ==. The zero value seals nothing.
type SealKey struct {
	x, y [keySize]byte
}

// ecJWK is the key as RFC 7518 section 6.2 writes it.
type ecJWK struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
}

// ParseSealKey reads the JWK {"kty":"EC","crv":"P-256","x":...,"y":...}, with
// exactly these members. The point is on the curve.
func ParseSealKey(jwkJSON []byte) (SealKey, error) {
	var j ecJWK
	if err := Decode(jwkJSON, &j); err != nil {
		return SealKey{}, fmt.Errorf("parse seal key: %w", err)
	}
	k, err := j.key()
	if err != nil {
		return SealKey{}, fmt.Errorf("parse seal key: %w", err)
	}
	return k, nil
}

func (j ecJWK) key() (SealKey, error) {
	if j.Kty != "EC" || j.Crv != "P-256" {
		return SealKey{}, fmt.Errorf("want EC on P-256, got %q on %q", j.Kty, j.Crv)
	}
	x, err := decodeSized(j.X, keySize)
	if err != nil {
		return SealKey{}, fmt.Errorf("x: %w", err)
	}
	y, err := decodeSized(j.Y, keySize)
	if err != nil {
		return SealKey{}, fmt.Errorf("y: %w", err)
	}
	k := SealKey{[keySize]byte(x), [keySize]byte(y)}
	_, err = k.ecdsa()
	return k, err
}

func (k SealKey) jwk() ecJWK { return ecJWK{"EC", "P-256", encode64(k.x[:]), encode64(k.y[:])} }

// sealKeyAt takes an uncompressed point, 65 bytes.
func sealKeyAt(point []byte) SealKey {
	return SealKey{[keySize]byte(point[1:]), [keySize]byte(point[1+keySize:])}
}

// ecdsa is the key in the form go-jose asks for; it fails off the curve.
func (k SealKey) ecdsa() (*ecdsa.PublicKey, error) {
	point := append([]byte{4}, k.x[:]...)
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(point, k.y[:]...))
}

// Thumbprint is the RFC 7638 SHA-256 thumbprint, 43 characters; "" for the zero key.
func (k SealKey) Thumbprint() string {
	if k.IsZero() {
		return ""
	}
	return Digest([]byte(`{"crv":"P-256","kty":"EC","x":"` + encode64(k.x[:]) + `","y":"` + encode64(k.y[:]) + `"}`))
}

// Equal reports whether k and other are the same key.
func (k SealKey) Equal(other SealKey) bool { return k == other }

// IsZero reports whether there is no key.
func (k SealKey) IsZero() bool { return k == SealKey{} }

// String is the thumbprint.
func (k SealKey) String() string { return k.Thumbprint() }

// MarshalJSON writes the key as ParseSealKey reads it. The zero key is an error.
func (k SealKey) MarshalJSON() ([]byte, error) {
	if k.IsZero() {
		return nil, errors.New("jose: marshal seal key: no key")
	}
	return encode(k.jwk())
}

// UnmarshalJSON is ParseSealKey.
func (k *SealKey) UnmarshalJSON(b []byte) error {
	parsed, err := ParseSealKey(b)
	if err != nil {
		return err
	}
	*k = parsed
	return nil
}
