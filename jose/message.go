package jose

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// Message is what a sender says, before it is signed.
type Message struct {
	Typ string // one per kind of message, for instance "T5"
	Iss string // who speaks: an ID, or a key's thumbprint
	Aud string // who is spoken to: an ID, or a key's thumbprint
	Tx  string // the transaction, an ID; a reply repeats its request's
	Iat int64  // when, unix seconds
	// Body becomes a JSON object; nil is the empty object. Evidence shows it to
	// everybody: no secret stands in it.
	Body any
	// Attach are named JSON values of which the signed claims hold digests only:
	// secrets, and what a third party has no business to see.
	Attach map[string]any
	// SelfKeyed puts the public key into the header, for a receiver that cannot
	// know it. Iss must then be the key's thumbprint.
	SelfKeyed bool
}

// claims is the payload of the JWS, every member required.
type claims struct {
	Typ      string            `json:"typ"`
	Iss      string            `json:"iss"`
	Aud      string            `json:"aud"`
	Tx       string            `json:"tx"`
	Iat      int64             `json:"iat"`
	Attached map[string]string `json:"attached"` // name -> digest of the disclosure
	Body     jsontext.Value    `json:"body"`
}

// signHeader is the JWS header; jwk and dual stand in it only where they belong.
type signHeader struct {
	Alg  string     `json:"alg"`
	Typ  string     `json:"typ"`
	Kid  string     `json:"kid"`
	JWK  *VerifyKey `json:"jwk,omitzero"`
	Dual *string    `json:"dual,omitzero"`
}

// Signed is a signed message that is not sealed yet, and the plaintext of an
// envelope once it is. A sender may store it and seal it again and again; it
// holds the attachments in the clear.
type Signed struct {
	JWS         string   `json:"jws"`
	Attachments []string `json:"attachments"` // disclosures, by name
}

// Digest is the digest of the JWS payload: the name of this message in other
// messages and in the log. It is "" when there is no JWS.
func (s Signed) Digest() string {
	parts, err := splitSigned(s.JWS)
	if err != nil {
		return ""
	}
	return Digest(parts.payload)
}

// String names the message without showing its attachments.
func (s Signed) String() string { return "signed message " + s.Digest() }

var (
	errParty = errors.New("want an ID or a thumbprint")
	errTx    = errors.New("want an ID")
	errTime  = errors.New("want unix seconds")
)

// check fails on claims that no receiver would accept, whatever it expects.
func (c claims) check() error {
	switch {
	case c.Typ == "":
		return errors.New("typ: want a type")
	case !validParty(c.Iss):
		return fmt.Errorf("iss: %w", errParty)
	case !validParty(c.Aud):
		return fmt.Errorf("aud: %w", errParty)
	case !ValidID(c.Tx):
		return fmt.Errorf("tx: %w", errTx)
	case c.Iat <= 0 || c.Iat > MaxTime:
		return fmt.Errorf("iat: %w", errTime)
	case c.Attached == nil:
		return errors.New("attached: missing")
	case c.Body.Kind() != '{':
		return errors.New("body: want an object")
	}
	return nil
}
