package jose

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"io"
	"log/slog"
)

// EnvelopeKey is a P-256 private key: it opens what was sealed to its SealKey.
// The zero value opens nothing.
type EnvelopeKey struct {
	k *envelopeKey // the secret is two pointers away, as in SigningKey
}

type envelopeKey struct {
	private *ecdsa.PrivateKey // the form go-jose asks for; never signs
	public  SealKey
	id      string // thumbprint of public
}

var (
	_ fmt.Formatter  = EnvelopeKey{}
	_ slog.LogValuer = EnvelopeKey{}
)

// NewEnvelopeKey makes a fresh key from rand.
func NewEnvelopeKey(rand io.Reader) (EnvelopeKey, error) {
	b := make([]byte, keySize)
	for {
		if _, err := io.ReadFull(rand, b); err != nil {
			return EnvelopeKey{}, fmt.Errorf("make envelope key: %w", err)
		}
		// All but one in 2^32 draws are below the group's order.
		if _, err := ecdh.P256().NewPrivateKey(b); err == nil {
			return ParseEnvelopeKey(b)
		}
	}
}

// ParseEnvelopeKey reads what Secret gave: the scalar, 32 bytes, big-endian.
func ParseEnvelopeKey(b []byte) (EnvelopeKey, error) {
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), b)
	if err != nil {
		return EnvelopeKey{}, fmt.Errorf("parse envelope key: %w", err)
	}
	point, err := private.PublicKey.Bytes()
	if err != nil {
		return EnvelopeKey{}, fmt.Errorf("parse envelope key: %w", err)
	}
	public := sealKeyAt(point)
	return EnvelopeKey{&envelopeKey{private, public, public.Thumbprint()}}, nil
}

// Secret is the scalar itself. Whoever has it reads everything sealed to this
// key, past and future: it goes to encrypted storage and nowhere else. It is nil
// for the zero key.
func (k EnvelopeKey) Secret() []byte {
	if k.IsZero() {
		return nil
	}
	b, err := k.k.private.Bytes()
	if err != nil { // only for curves other than ours
		return nil
	}
	return b
}

// Public is the key that others seal to.
func (k EnvelopeKey) Public() SealKey {
	if k.IsZero() {
		return SealKey{}
	}
	return k.k.public
}

// Thumbprint is the RFC 7638 thumbprint of the public key, "" for the zero key.
func (k EnvelopeKey) Thumbprint() string {
	if k.IsZero() {
		return ""
	}
	return k.k.id
}

// IsZero reports whether there is no key.
func (k EnvelopeKey) IsZero() bool { return k.k == nil }

// String does not show the secret, nor do the other ways to print a key.
func (k EnvelopeKey) String() string { return redacted }

// GoString does not show the secret.
func (k EnvelopeKey) GoString() string { return redacted }

// Format does not show the secret, whatever the verb.
func (k EnvelopeKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue does not show the secret.
func (k EnvelopeKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText fails: a private key is stored on purpose, with Secret, or not at all.
func (k EnvelopeKey) MarshalText() ([]byte, error) { return nil, errMarshalSecret }
