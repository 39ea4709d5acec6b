package jose

import (
	"fmt"
	"log/slog"
)

// Expect is what a receiver knows about a message before it has opened it.
type Expect struct {
	Types []string // the types it can make use of here
	Iss   string   // who must have sent it; "" for anyone whom Key knows
	Aud   string   // the receiver's own name; required
	Tx    string   // the transaction it must belong to; "" for any
	// Key finds an issuer's key. It is called before the signature is checked,
	// so iss, kid and iat are what the sender says: look up, and do nothing else.
	// ErrUnknownKey (or ErrOpen) refuses the message; any other error is a fault
	// of the receiver and comes back from Open, wrapped. The key found must have
	// the thumbprint kid.
	//
	// A nil Key asks for a message that brings its own key: header jwk, with iss
	// and kid its thumbprint. A Key that is set refuses such a message.
	Key func(iss, kid string, iat int64) (VerifyKey, error)
	// Pair asks for one part of a two-part message; without it such a part is refused.
	Pair bool
	// Most is the longest JWS of a type, in bytes. Nil leaves MaxEnvelope alone.
	Most func(typ string) int
}

// Opened is a message that is what Expect asked for.
type Opened struct {
	Typ, Iss, Aud, Tx string
	Iat               int64             // unix seconds, by the sender's clock
	Attached          map[string]string // name -> digest of every attachment
	Body              []byte            // raw JSON object
	JWS               string            // the evidence
	Digest            string            // of the JWS payload
	Dual              string            // digest of the other part's payload, "" unless Expect.Pair
	Key               VerifyKey         // the signer's
	// Attachments are raw JSON values, one for each name in Attached; empty from
	// Verify, which sees the digests only.
	Attachments map[string][]byte
	// RefusedAt names, with ErrOpen, the step at which the message was refused: for
	// the developer of another implementation, and never for a stranger.
	RefusedAt string
}

// Open opens a request with whichever of the receiver's keys it was sealed to.
// It returns ErrOpen for any message that is not what want describes; another
// error comes from want.Key.
func Open(envelope string, keys []EnvelopeKey, want Expect) (Opened, error) {
	return uniform(open(envelope, requestKeys(keys), want))
}

// OpenReply opens the answer to the request that carried key. Errors as in Open.
func OpenReply(envelope string, key ReplyKey, want Expect) (Opened, error) {
	return uniform(open(envelope, replyKey(key), want))
}

// Verify checks evidence: a JWS without envelope and without attachments.
// Errors as in Open.
func Verify(jws string, want Expect) (Opened, error) {
	return uniform(verify(jws, want))
}

// open is the one way in: size, envelope, header, decryption, plaintext, then
// what verify checks, then the attachments. Each step trusts the ones before it,
// and the first that fails ends it.
func open(envelope string, keys unsealer, want Expect) (Opened, error) {
	if len(envelope) > MaxEnvelope {
		return Opened{}, atSize
	}
	sealed, err := splitSealed(envelope)
	if err != nil {
		return Opened{}, err
	}
	key, err := keys.find(sealed)
	if err != nil {
		return Opened{}, err
	}
	plaintext, err := sealed.decrypt(key)
	if err != nil {
		return Opened{}, err
	}
	letter, err := parsePlaintext(plaintext)
	if err != nil {
		return Opened{}, err
	}
	o, err := verify(letter.JWS, want)
	if err != nil {
		return Opened{}, err
	}
	o.Attachments, err = matchAttachments(letter.Attachments, o.Attached)
	return o, err
}

// verify is the inner half: size, segments, header, the size of its type, syntax
// of the claims, key, signature, and at last whether the claims are what is
// expected. The claims are
// read before the signature is checked because they name the issuer, and nothing
// but the issuer's name is used until then.
func verify(jws string, want Expect) (Opened, error) {
	if len(jws) > MaxEnvelope {
		return Opened{}, atSize
	}
	parts, err := splitSigned(jws)
	if err != nil {
		return Opened{}, err
	}
	header, err := parseSignHeader(parts.header, want)
	if err != nil {
		return Opened{}, err
	}
	if want.Most != nil && len(jws) > want.Most(header.Typ) {
		return Opened{}, atSize
	}
	said, err := parseClaims(parts.payload)
	if err != nil {
		return Opened{}, err
	}
	key, err := want.signer(header, said.Iss, said.Iat)
	if err != nil {
		return Opened{}, err
	}
	if err := parts.checkSignature(key); err != nil {
		return Opened{}, err
	}
	if err := said.meet(want, header); err != nil {
		return Opened{}, err
	}
	return opened(parts, header, said, key), nil
}

func opened(parts signedParts, h signHeader, c claims, key VerifyKey) Opened {
	o := Opened{
		Typ: c.Typ, Iss: c.Iss, Aud: c.Aud, Tx: c.Tx, Iat: c.Iat,
		Attached: c.Attached, Body: c.Body,
		JWS: parts.compact, Digest: Digest(parts.payload), Key: key,
		Attachments: map[string][]byte{},
	}
	if h.Dual != nil {
		o.Dual = *h.Dual
	}
	return o
}

// String names the message without showing its attachments.
func (o Opened) String() string { return o.Typ + " " + o.Tx + " " + o.Digest }

// LogValue is String: an opened message may be logged, its secrets not.
func (o Opened) LogValue() slog.Value { return slog.StringValue(o.String()) }

// DecodeBody reads the body into v, strictly (see Decode), and refuses one that
// lacks a member of v.
func (o Opened) DecodeBody(v any) error {
	if err := DecodeWhole(o.Body, v); err != nil {
		return fmt.Errorf("body of %s: %w", o.Typ, err)
	}
	return nil
}

// DecodeAttachment reads one attachment into v as DecodeBody does. It fails when
// the message has none of that name.
func (o Opened) DecodeAttachment(name string, v any) error {
	b, ok := o.Attachments[name]
	if !ok {
		return fmt.Errorf("attachment %q of %s: missing", name, o.Typ)
	}
	if err := DecodeWhole(b, v); err != nil {
		return fmt.Errorf("attachment %q of %s: %w", name, o.Typ, err)
	}
	return nil
}
