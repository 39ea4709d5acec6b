package jose

import "errors"

// ErrOpen says that a message did not open. It is the same value for every
// cause (decryption, signature, claims, attachments), so that an answer built
// from it tells a stranger nothing.
var ErrOpen = errors.New("jose: message does not open")

// ErrUnknownKey is what Expect.Key returns when the issuer has no such key. To
// the sender of the message it is ErrOpen like every other failure.
var ErrUnknownKey = errors.New("jose: unknown key")

// refusal names the step at which a message was refused. uniform turns it into
// ErrOpen, beside which it stands in Opened.RefusedAt. Tests and vectors look at
// it, so that a bad message is known to fail for the intended reason.
type refusal string

const (
	atSize        refusal = "size"        // longer than MaxEnvelope, or than Expect.Most for its type
	atEnvelope    refusal = "envelope"    // not the right number of canonical segments
	atSealHeader  refusal = "seal-header" // JWE header: algorithms, typ, members
	atDecrypt     refusal = "decrypt"     // no key for it, or changed on the way
	atPlaintext   refusal = "plaintext"   // not exactly jws and attachments
	atSigned      refusal = "signed"      // JWS: segments
	atSignHeader  refusal = "sign-header" // JWS header: alg, typ, kid, jwk, dual
	atPayload     refusal = "payload"     // claims: syntax
	atKey         refusal = "key"         // not a key of this issuer
	atSignature   refusal = "signature"   // made by another key, or changed
	atClaims      refusal = "claims"      // claims: not what is expected here
	atAttachments refusal = "attachments" // not exactly those signed
)

// Error is the step's name.
func (r refusal) Error() string { return "jose: refused at " + string(r) }

// uniform hides from the error at which step a message was refused. An error that is not about
// the message (a key store that is down) passes through: the message may be
// good and the sender may try again.
func uniform(o Opened, err error) (Opened, error) {
	var r refusal
	switch {
	case err == nil:
		return o, nil
	case errors.As(err, &r):
		return Opened{RefusedAt: string(r)}, ErrOpen
	default:
		return Opened{}, err
	}
}
