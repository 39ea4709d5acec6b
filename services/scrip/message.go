package scrip

import (
	"encoding/base64"
	"strings"

	"peerscrip/jose"
)

// Sealed is what travels: one envelope, the two parts of a two-part message,
// or (T5) an envelope beside a part passed on. Every step of the protocol takes
// one and answers with one.
type Sealed struct {
	Envelope string `json:"envelope,omitempty"`
	Order    string `json:"order,omitempty"`
	Payment  string `json:"payment,omitempty"`
	// Head is the newest head of the broker's log that a stall has verified, as the broker
	// signed it: told beside T11 and TOLD, outside of what is sealed. On HTTP it is a header.
	Head string `json:"-"`
}

// MaxPassed bounds, in bytes, an envelope that a party keeps or passes on and
// cannot open: several times what an honest sender makes.
const MaxPassed = 16 << 10

// Passable reports whether an envelope is there and within MaxPassed.
func Passable(envelope string) bool { return envelope != "" && len(envelope) <= MaxPassed }

// Body is the part of a message that is its own: one type for each message.
type Body interface {
	// Type is the message's typ on the wire: "T1".
	Type() string
	// Valid refuses a body that no honest sender makes, by its form alone.
	Valid() error
}

// Attachments are the values that travel beside the signed claims, which hold
// only their digests: whatever evidence must not show. Absent ones are zero.
type Attachments struct {
	Scrip    *Scrip
	Secret   Secret
	ReplyKey *jose.ReplyKey
	Order    *Order
	// Possession is T3's and REKEY's: a JWS, see AliasPossession and KeyPossession.
	Possession string
	Photo      []byte // TELL's and TOLD's: a JPEG, unchecked but for its size and digest
}

// Names of attachments on the wire.
const (
	attachedScrip    = "scrip"
	attachedSecret   = "secret"
	attachedReplyKey = "reply_key"
	attachedOrder    = "order"
	attachedProof    = "possession"
	attachedPhoto    = "photo"
)

// Opened is a message that passed every check of its envelope and its form.
// What comes after may trust it to be well formed and to come from who signed.
type Opened[B Body] struct {
	From        string // iss: an ID, or the thumbprint of the signer's own key
	Tx          ID
	At          int64  // iat, unix seconds, by the sender's clock; evidence, not a check
	Digest      string // of the signed payload: with From, type and Tx, names the request
	Dual        string // digest of the other part of a two-part message, as signed
	OrderDigest string // digest of the attached order (T10)
	JWS         string // evidence: shows digests where attachments were
	Key         jose.VerifyKey
	Body        B
	Attachments
}

// Keys finds the key of a sender, as it was at a time that the sender tells (iat,
// unix seconds). It returns jose.ErrUnknownKey for a sender it does not know; any
// other error is a fault of its own.
type Keys func(from, kid string, at int64) (jose.VerifyKey, error)

// Compose makes the message that says body, ready to be signed.
func Compose[B Body](from, to string, tx ID, at int64, body B, a Attachments) jose.Message {
	attach := map[string]any{}
	if a.Scrip != nil {
		attach[attachedScrip] = a.Scrip
	}
	if a.Secret != "" {
		attach[attachedSecret] = string(a.Secret)
	}
	if a.ReplyKey != nil {
		attach[attachedReplyKey] = a.ReplyKey
	}
	if a.Order != nil {
		attach[attachedOrder] = a.Order
	}
	if a.Possession != "" {
		attach[attachedProof] = a.Possession
	}
	if len(a.Photo) > 0 {
		attach[attachedPhoto] = base64.RawURLEncoding.EncodeToString(a.Photo)
	}
	return jose.Message{
		Typ: body.Type(), Iss: from, Aud: to, Tx: string(tx), Iat: at, Body: body, Attach: attach,
		SelfKeyed: selfKeyed[body.Type()],
	}
}

// selfKeyed lists the messages whose sender the receiver cannot know yet: they
// carry the key they are signed with, and are from its thumbprint.
var selfKeyed = map[string]bool{
	"R1": true, "REKEY-possession": true, "POSSESSION": true, "KEYS": true, "T3-possession": true, "T4-order": true, "CLAIM": true, "T10": true, "T15-order": true,
	"T22-order": true, "T26": true, "COLLECT": true, "TELL": true, "RATE": true, "RELEASE": true, "RECLAIM": true, "DISPUTE": true, "WATCH": true,
}

// attached lists what each type of message carries beside its claims. The
// types not listed carry nothing. T6 and T11 carry scrip only if there is
// change; their bodies say so.
var attached = map[string][]string{
	"R1": {attachedReplyKey}, "BANK": {attachedReplyKey}, "R3": {attachedReplyKey}, "RENAME": {attachedReplyKey}, "REVOKE": {attachedReplyKey},
	"REKEY": {attachedProof, attachedReplyKey}, "OWNER": {attachedReplyKey},
	"T1": {attachedReplyKey}, "T2": {attachedScrip, attachedSecret},
	"T3":       {attachedProof, attachedReplyKey, attachedSecret},
	"T4-order": {attachedReplyKey}, "T4-payment": {attachedReplyKey, attachedScrip},
	"T5": {attachedReplyKey}, "T8": {attachedScrip, attachedSecret},
	"CLAIM": {attachedReplyKey}, "T9": {attachedReplyKey},
	"T10": {attachedOrder, attachedReplyKey, attachedScrip, attachedSecret},
	"T12": {attachedReplyKey},
	"T13": {attachedReplyKey, attachedScrip, attachedSecret}, "T14": {attachedScrip, attachedSecret},
	"T15-payment": {attachedReplyKey, attachedScrip, attachedSecret},
	"T15-order":   {attachedReplyKey, attachedScrip, attachedSecret},
	"T16":         {attachedReplyKey}, "T17": {attachedScrip, attachedSecret}, "T19": {attachedScrip, attachedSecret},
	"T20":       {attachedReplyKey, attachedScrip, attachedSecret},
	"T22-order": {attachedReplyKey, attachedScrip, attachedSecret}, "T22-payment": {attachedReplyKey},
	"T23": {attachedReplyKey},
	"T26": {attachedReplyKey, attachedScrip, attachedSecret}, "T27": {attachedScrip, attachedSecret},
	"REFUND": {attachedReplyKey}, "COLLECT": {attachedReplyKey}, "TELL": {attachedReplyKey},
	"STATEMENT": {attachedReplyKey}, "PAYOUT": {attachedReplyKey},
	"RATE": {attachedReplyKey}, "ANSWER": {attachedReplyKey},
	"RESCUE": {attachedReplyKey}, "CALL": {attachedReplyKey},
	"SENT": {attachedReplyKey}, "RELEASE": {attachedReplyKey}, "RECLAIM": {attachedReplyKey}, "DISPUTE": {attachedReplyKey},
	"DEFEND": {attachedReplyKey}, "WATCH": {attachedReplyKey},
}

// pictured is a body that may come with a photo: the digest of it, or empty.
type pictured interface{ pictured() string }

// changer is a body that may bring scrip.
type changer interface{ brings() Money }

// presenter is a request that may or may not come with scrip and its secret.
type presenter interface{ presents() bool }

// Open opens a request sealed to one of keys and meant for audience. Whatever
// keeps it from opening is Unreadable, and a form that no honest sender gives it
// is refused as its Valid says. A fault of senders is returned as it is.
func Open[B Body](envelope string, keys []jose.EnvelopeKey, audience string, senders Keys) (Opened[B], error) {
	var b B
	want := jose.Expect{Types: []string{b.Type()}, Aud: audience, Pair: isPart(b.Type()), Most: MaxJWS}
	if !selfKeyed[b.Type()] {
		want.Key = senders
	}
	o, err := jose.Open(envelope, keys, want)
	if err != nil {
		return Opened[B]{}, opening(o, err)
	}
	return read[B](o, false)
}

// OpenReply opens the reply to the request tx, which is either a B or a
// REFUSE: then the error is the Refusal, or Stale. A reply that is neither, or is
// malformed, is Unreadable: no other refusal is returned that was not signed.
func OpenReply[B Body](envelope string, key jose.ReplyKey, audience string, tx ID, senders Keys) (Opened[B], error) {
	var b B
	want := jose.Expect{Types: []string{b.Type(), Refuse{}.Type()}, Aud: audience, Tx: string(tx), Key: senders, Most: MaxJWS}
	o, err := jose.OpenReply(envelope, key, want)
	if err != nil {
		return Opened[B]{}, opening(o, err)
	}
	if o.Typ == b.Type() {
		m, err := read[B](o, false)
		if err != nil {
			return Opened[B]{}, Unreadable
		}
		return m, nil
	}
	refused, err := read[Refuse](o, false)
	if err != nil {
		return Opened[B]{}, Unreadable
	}
	return Opened[B]{}, refused.Body.refusal(refused.At)
}

// Verify reads evidence: a signed message alone, without its attachments.
func Verify[B Body](jws, audience string, senders Keys) (Opened[B], error) {
	var b B
	want := jose.Expect{Types: []string{b.Type()}, Aud: audience, Pair: isPart(b.Type()), Most: MaxJWS}
	if !selfKeyed[b.Type()] {
		want.Key = senders
	}
	o, err := jose.Verify(jws, want)
	if err != nil {
		return Opened[B]{}, opening(o, err)
	}
	return read[B](o, true)
}

// isPart reports whether a type is one part of a two-part message.
func isPart(typ string) bool { return strings.HasSuffix(typ, orderPart) || isPayment(typ) }

func isPayment(typ string) bool { return strings.HasSuffix(typ, paymentPart) }

// What the types of the two parts end in.
const (
	orderPart   = "-order"
	paymentPart = "-payment"
)
