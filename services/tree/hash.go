package tree

import (
	"encoding/base64"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a node of the tree. In JSON it is base64url, 43 characters.
type Hash tlog.Hash

var text64 = base64.RawURLEncoding.Strict()

// ParseHash reads what String writes.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != text64.EncodedLen(len(h)) || strings.ContainsAny(s, "\r\n") {
		return Hash{}, ErrProof
	}
	b, err := text64.DecodeString(s)
	if err != nil {
		return Hash{}, ErrProof
	}
	return Hash(b), nil
}

// String is the hash as JSON has it.
func (h Hash) String() string { return text64.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(b []byte) error {
	parsed, err := ParseHash(string(b))
	if err == nil {
		*h = parsed
	}
	return err
}
