package jose

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/go-json-experiment/json"
)

// ReplyKey is the 256-bit key that a request carries for its answer. One key
// seals one answer. It travels as an attachment only, never in a body.
type ReplyKey [keySize]byte

var (
	_ fmt.Formatter  = ReplyKey{}
	_ slog.LogValuer = ReplyKey{}
)

// NewReplyKey makes a fresh key from rand.
func NewReplyKey(rand io.Reader) (ReplyKey, error) {
	var k ReplyKey
	if _, err := io.ReadFull(rand, k[:]); err != nil {
		return ReplyKey{}, fmt.Errorf("make reply key: %w", err)
	}
	return k, nil
}

// ParseReplyKey reads what Encode wrote: 43 characters. The key of all zeros is
// no key.
func ParseReplyKey(s string) (ReplyKey, error) {
	b, err := decodeSized(s, keySize)
	if err != nil {
		return ReplyKey{}, fmt.Errorf("parse reply key: %w", err)
	}
	k := ReplyKey(b)
	if k.IsZero() {
		return ReplyKey{}, errors.New("parse reply key: no key")
	}
	return k, nil
}

// Encode is the secret itself, as 43 characters.
func (k ReplyKey) Encode() string { return encode64(k[:]) }

// IsZero reports whether there is no key.
func (k ReplyKey) IsZero() bool { return k == ReplyKey{} }

// String does not show the secret, nor do the other ways to print a key.
func (k ReplyKey) String() string { return redacted }

// GoString does not show the secret.
func (k ReplyKey) GoString() string { return redacted }

// Format does not show the secret, whatever the verb.
func (k ReplyKey) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, redacted) }

// LogValue does not show the secret.
func (k ReplyKey) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON writes the secret as 43 characters: for attachments and encrypted
// storage. The zero key is an error.
func (k ReplyKey) MarshalJSON() ([]byte, error) {
	if k.IsZero() {
		return nil, errors.New("jose: marshal reply key: no key")
	}
	return encode(k.Encode())
}

// UnmarshalJSON is ParseReplyKey on a JSON string.
func (k *ReplyKey) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("parse reply key: %w", err)
	}
	parsed, err := ParseReplyKey(s)
	if err != nil {
		return err
	}
	*k = parsed
	return nil
}
