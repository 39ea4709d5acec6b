package scrip

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"

	"peerscrip/jose"
)

// ID is a random 128-bit name in unpadded base64url: 22 characters. Brokers,
// accounts, vendors, transactions, orders, offers and scrip are named so.
type ID string

// AccountID names a peer as the broker knows it. It never reaches a merchant.
type AccountID ID

// VendorID names a merchant: a peer in its selling role.
type VendorID ID

// Pseudonym names a customer to one merchant: the RFC 7638 thumbprint of a key
// pair made for that merchant alone.
type Pseudonym string

// NewID draws a fresh ID from random, which must be a cryptographic source.
func NewID(random io.Reader) (ID, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw an id: %w", err)
	}
	return ID(base64.RawURLEncoding.EncodeToString(b[:])), nil
}

// Valid reports whether id has the one spelling an ID can have.
func (id ID) Valid() bool { return jose.ValidID(string(id)) }

// Valid reports whether id has the one spelling an ID can have.
func (id AccountID) Valid() bool { return jose.ValidID(string(id)) }

// Valid reports whether id has the one spelling an ID can have.
func (id VendorID) Valid() bool { return jose.ValidID(string(id)) }

// Valid reports whether p is spelled as a thumbprint is.
func (p Pseudonym) Valid() bool { return validHash(string(p)) }

// isJWS reports whether a text has the form of a compact JWS: three parts in base64url,
// none of them empty. What it says is for who needs it to verify; until then it is kept,
// passed on and printed as what it is.
func isJWS(text string) bool {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	parts := strings.Split(text, ".")
	return len(parts) == 3 && !slices.ContainsFunc(parts, func(part string) bool { return part == "" || strings.Trim(part, letters) != "" })
}

// maybeJWS is isJWS, or nothing.
func maybeJWS(text string) bool { return text == "" || isJWS(text) }

// validHash reports whether s is 32 bytes in canonical unpadded base64url, as
// digests, thumbprints and secrets are written.
func validHash(s string) bool {
	if len(s) != 43 {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == 32
}
