package jose

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
)

var errZeroInSet = errors.New("jose: marshal key set: no key")

// JWKS is the key set that a broker publishes (RFC 7517). On rotation old and
// new keys stand in it together; the first of each list is the current one.
type JWKS struct {
	Signing  []VerifyKey // verify what the publisher signs; use "sig"
	Envelope []SealKey   // open what others seal to it; use "enc"
}

// jwksKey is one key of the set as published. Its own members first, so that a
// key without y is written without y.
type jwksKey struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y,omitzero"`
	D   string `json:"d,omitzero"` // private: never written, refused when read
	Kid string `json:"kid"`
	Use string `json:"use"`
	Alg string `json:"alg"`
}

type jwksDocument struct {
	Keys []jwksKey `json:"keys"`
}

// ParseJWKS reads a key set. Keys of other kinds, and members it does not need,
// are passed over: the publisher may have other uses for them. A key that claims
// to be one of ours must be right in every part, and must not be private.
func ParseJWKS(b []byte) (JWKS, error) {
	if len(b) > MaxJWKS {
		return JWKS{}, fmt.Errorf("parse key set: longer than %d bytes", MaxJWKS)
	}
	doc := jwksDocument{}
	if err := json.Unmarshal(b, &doc); err != nil {
		return JWKS{}, fmt.Errorf("parse key set: %w", err)
	}
	if doc.Keys == nil || len(doc.Keys) > MaxKeys {
		return JWKS{}, fmt.Errorf("parse key set: want up to %d keys", MaxKeys)
	}
	var set JWKS
	for i, k := range doc.Keys {
		if err := set.add(k); err != nil {
			return JWKS{}, fmt.Errorf("parse key set: key %d: %w", i, err)
		}
	}
	return set, nil
}

// add takes k in if it is a key of ours.
func (s *JWKS) add(k jwksKey) error {
	if k.D != "" {
		return errors.New("private key in a public set")
	}
	switch {
	case k.Kty == "OKP" && k.Use == "sig" && k.Alg == algSign:
		v, err := okpJWK{k.Kty, k.Crv, k.X}.key()
		if err == nil && v.Thumbprint() != k.Kid {
			err = errors.New("kid is not the thumbprint")
		}
		s.Signing = append(s.Signing, v)
		return err
	case k.Kty == "EC" && k.Use == "enc" && k.Alg == algRequest:
		v, err := ecJWK{k.Kty, k.Crv, k.X, k.Y}.key()
		if err == nil && v.Thumbprint() != k.Kid {
			err = errors.New("kid is not the thumbprint")
		}
		s.Envelope = append(s.Envelope, v)
		return err
	}
	return nil
}

// SigningKey finds the verification key with the thumbprint kid; ErrUnknownKey
// when there is none. Its shape suits Expect.Key.
func (s JWKS) SigningKey(kid string) (VerifyKey, error) {
	for _, k := range s.Signing {
		if k.Thumbprint() == kid {
			return k, nil
		}
	}
	return VerifyKey{}, ErrUnknownKey
}

// MarshalJSON writes the set for /.well-known/jwks.json. A zero key is an error.
func (s JWKS) MarshalJSON() ([]byte, error) {
	doc := jwksDocument{Keys: []jwksKey{}}
	for _, k := range s.Signing {
		if k.IsZero() {
			return nil, errZeroInSet
		}
		j := k.jwk()
		doc.Keys = append(doc.Keys, jwksKey{Kty: j.Kty, Crv: j.Crv, X: j.X, Kid: k.Thumbprint(), Use: "sig", Alg: algSign})
	}
	for _, k := range s.Envelope {
		if k.IsZero() {
			return nil, errZeroInSet
		}
		j := k.jwk()
		doc.Keys = append(doc.Keys, jwksKey{Kty: j.Kty, Crv: j.Crv, X: j.X, Y: j.Y, Kid: k.Thumbprint(), Use: "enc", Alg: algRequest})
	}
	return encode(doc)
}

// UnmarshalJSON is ParseJWKS.
func (s *JWKS) UnmarshalJSON(b []byte) error {
	parsed, err := ParseJWKS(b)
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}
