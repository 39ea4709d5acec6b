package jose

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

var (
	errBase64 = errors.New("not canonical base64url")
	b64       = base64.RawURLEncoding.Strict()
)

// encode64 is base64url without padding (RFC 7515 section 2).
func encode64(b []byte) string { return b64.EncodeToString(b) }

// decode64 accepts exactly what encode64 writes: no padding, no line breaks
// (which encoding/base64 would skip), no set bits after the last byte.
func decode64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errBase64
	}
	b, err := b64.DecodeString(s)
	if err != nil {
		return nil, errBase64
	}
	return b, nil
}

// decodeSized is decode64 for a value of exactly n bytes.
func decodeSized(s string, n int) ([]byte, error) {
	if len(s) != b64.EncodedLen(n) {
		return nil, fmt.Errorf("want %d characters, got %d", b64.EncodedLen(n), len(s))
	}
	return decode64(s)
}

// Digest is base64url(SHA-256(b)), 43 characters.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return encode64(sum[:])
}

// ValidID reports whether s is an ID: canonical base64url of 16 bytes, 22
// characters.
func ValidID(s string) bool { return sized(s, idSize) }

// ValidDigest reports whether s has the form of a digest, a thumbprint, a key
// or a secret: canonical base64url of 32 bytes, 43 characters.
func ValidDigest(s string) bool { return sized(s, digestSize) }

// validParty reports whether s names a party: an ID (broker, account, vendor)
// or a key's thumbprint (pseudonym).
func validParty(s string) bool { return ValidID(s) || ValidDigest(s) }

func sized(s string, n int) bool {
	_, err := decodeSized(s, n)
	return err == nil
}
