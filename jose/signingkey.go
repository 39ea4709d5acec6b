package jose

import (
	"crypto/ed25519"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every secret prints as.
const redacted = "[secret]"

// SigningKey is an Ed25519 private key: it signs as an account, a stall, a
// broker or a pseudonym. The zero value signs nothing.
type SigningKey struct {
	// The secret is two pointers away, so that fmt, which calls no methods on
	// unexported fields, shows an address when a structure holds a key in one.
	k *signingKey
}

type signingKey struct {
	private *ed25519.PrivateKey
	public  VerifyKey
	id      string // thumbprint of public
}

var (
	_ fmt.Formatter  = SigningKey{}
	_ slog.LogValuer = SigningKey{}
)

// NewSigningKey makes a fresh key from 32 bytes of rand.
func NewSigningKey(rand io.Reader) (SigningKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return SigningKey{}, fmt.Errorf("make signing key: %w", err)
	}
	return ParseSigningKey(seed)
}

// ParseSigningKey reads what Secret gave: the 32-byte seed of RFC 8032.
func ParseSigningKey(b []byte) (SigningKey, error) {
	if len(b) != ed25519.SeedSize {
		return SigningKey{}, fmt.Errorf("parse signing key: want %d bytes, got %d", ed25519.SeedSize, len(b))
	}
	private := ed25519.NewKeyFromSeed(b)
	public := VerifyKey{x: [keySize]byte(private[ed25519.SeedSize:])}
	return SigningKey{&signingKey{&private, public, public.Thumbprint()}}, nil
}

// Secret is the seed itself. Whoever has it signs as this key: it goes to
// encrypted storage and nowhere else. It is nil for the zero key.
func (k SigningKey) Secret() []byte {
	if k.IsZero() {
		return nil
	}
	return k.k.private.Seed()
}

// Public is the key that verifies what this one signs.
func (k SigningKey) Public() VerifyKey {
	if k.IsZero() {
		return VerifyKey{}
	}
	return k.k.public
}

// Thumbprint is the RFC 7638 thumbprint of the public key, "" for the zero key.
func (k SigningKey) Thumbprint() string {
	if k.IsZero() {
		return ""
	}
	return k.k.id
}

// IsZero reports whether there is no key.
func (k SigningKey) IsZero() bool { return k.k == nil }

// String does not show the secret, nor do the other ways to print a key.
func (k SigningKey) String() string { return redacted }

// GoString does not show the secret.
func (k SigningKey) GoString() string { return redacted }

// Format does not show the secret, whatever the verb.
func (k SigningKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue does not show the secret.
func (k SigningKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText fails: a private key is stored on purpose, with Secret, or not at all.
func (k SigningKey) MarshalText() ([]byte, error) { return nil, errMarshalSecret }
