package jose

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// signedParts is a compact JWS cut at its dots, every segment canonical.
type signedParts struct {
	compact         string
	header, payload []byte
}

func splitSigned(jws string) (signedParts, error) {
	s := strings.SplitN(jws, ".", 4)
	if len(s) != 3 || !sized(s[2], signatureSize) {
		return signedParts{}, atSigned
	}
	header, err := decode64(s[0])
	if err != nil {
		return signedParts{}, atSigned
	}
	payload, err := decode64(s[1])
	if err != nil {
		return signedParts{}, atSigned
	}
	return signedParts{jws, header, payload}, nil
}

// parseSignHeader reads the JWS header and checks it against what is expected:
// the algorithm, the type, a jwk and a dual exactly where they belong.
func parseSignHeader(b []byte, want Expect) (signHeader, error) {
	var h signHeader
	if err := decodeCompact(b, &h); err != nil {
		return signHeader{}, atSignHeader
	}
	selfKeyed, pair := h.JWK != nil, h.Dual != nil
	switch {
	case h.Alg != algSign,
		!slices.Contains(want.Types, h.Typ),
		selfKeyed != (want.Key == nil),
		selfKeyed && h.JWK.Thumbprint() != h.Kid,
		pair != want.Pair,
		pair && !ValidDigest(*h.Dual),
		!ValidDigest(h.Kid):
		return signHeader{}, atSignHeader
	}
	return h, nil
}

// parseClaims reads the payload: every member there, none besides, each of its
// form. Whether they are the claims that are wanted here, meet decides.
func parseClaims(b []byte) (claims, error) {
	var c claims
	if err := decodeCompact(b, &c); err != nil {
		return claims{}, atPayload
	}
	if err := c.check(); err != nil {
		return claims{}, atPayload
	}
	if len(c.Attached) > MaxAttachments {
		return claims{}, atPayload
	}
	for name, digest := range c.Attached {
		if !validName(name) || !ValidDigest(digest) {
			return claims{}, atPayload
		}
	}
	return c, nil
}

// signer is the key that must have signed: the header's own, or the one that
// the receiver knows for iss.
func (want Expect) signer(h signHeader, iss string, iat int64) (VerifyKey, error) {
	if want.Key == nil {
		if iss != h.Kid {
			return VerifyKey{}, atKey
		}
		return *h.JWK, nil
	}
	key, err := want.Key(iss, h.Kid, iat)
	switch {
	case errors.Is(err, ErrUnknownKey), errors.Is(err, ErrOpen):
		return VerifyKey{}, atKey
	case err != nil:
		return VerifyKey{}, fmt.Errorf("find the key of %s: %w", iss, err)
	case key.Thumbprint() != h.Kid:
		return VerifyKey{}, atKey
	}
	return key, nil
}

// checkSignature is RFC 8037 section 3.1 over what RFC 7515 section 5.2 signs: the header
// and the payload as they came. Both are read already, more strictly than go-jose would
// read them again; the algorithm is the one there is.
func (p signedParts) checkSignature(key VerifyKey) error {
	end := strings.LastIndexByte(p.compact, '.')
	signature, err := decode64(p.compact[end+1:])
	if err != nil || key.IsZero() || !ed25519.Verify(key.ed25519(), []byte(p.compact[:end]), signature) {
		return atSignature
	}
	return nil
}

// meet checks the claims against what the receiver expects.
func (c claims) meet(want Expect, h signHeader) error {
	switch {
	case c.Typ != h.Typ,
		want.Iss != "" && c.Iss != want.Iss,
		c.Aud != want.Aud,
		want.Tx != "" && c.Tx != want.Tx:
		return atClaims
	}
	return nil
}
