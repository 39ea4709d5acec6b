// Package jose puts messages into envelopes and takes them out again. It is the
// only door to go-jose: no other package knows an algorithm by name.
//
// A message is signed inside (JWS, EdDSA with Ed25519, RFC 8037) and encrypted
// outside (JWE, RFC 7516). A request is sealed to the receiver's public key
// (ECDH-ES+A256KW on P-256, A256GCM); its reply is sealed under the reply key
// that the request carried (dir, A256GCM). See docs/protocol.md, "Envelopes".
//
//	Seal, Open            one request: sign, encrypt; decrypt, verify
//	Reply, OpenReply      the answer, under the request's ReplyKey
//	Sign, Signed.Seal     the two halves of Seal, for a sender that must write
//	                      down what it signed before it sends it
//	SignPair              a two-part message under SET's dual signature
//	Verify                evidence: a JWS alone, without its attachments
//	NoteSigner            signed notes: the heads of the broker's log
//	Cosigner              cosignatures of other logs' checkpoints: what a witness says
//
// What is promised: a message that opens was signed by the key that the
// receiver expects for its issuer, for this receiver, as this type, and not a
// bit of it was changed; each attachment is the one that was signed. Every
// message that does not open gives ErrOpen and nothing else, whatever was wrong.
// Freshness is not promised: a replayed message opens again, and it is the
// receiver's business to know the tx (docs/protocol.md, "Nothing is lost").
//
// There is exactly one way to write each thing: base64url without padding and
// with zero trailing bits, JSON without duplicate, unknown or wrongly cased
// members, without null and without anything after it; and what is signed has no
// white space between its tokens. All functions are safe for concurrent use; a
// rand argument must be a cryptographic source such as crypto/rand.Reader.
package jose

// Limits. A message beyond one of them is refused before anything is done with it.
const (
	// MaxEnvelope is the longest envelope, sealed reply or evidence, in bytes.
	MaxEnvelope = 262144
	// MaxAttachments is how many attachments one message may carry.
	MaxAttachments = 16
	// MaxAttachmentName is the longest name of an attachment, in bytes.
	MaxAttachmentName = 64
	// MaxJWKS is the longest key set document, in bytes.
	MaxJWKS = 65536
	// MaxKeys is how many keys, known or not, one key set may hold.
	MaxKeys = 64
	// MaxTime is the latest iat, in unix seconds: the largest integer that every
	// JSON implementation holds exactly (RFC 7493).
	MaxTime = 1<<53 - 1
)

// Sizes of what travels as base64url, in bytes before encoding.
const (
	idSize        = 16
	digestSize    = 32
	saltSize      = 16
	keySize       = 32
	signatureSize = 64
	wrappedSize   = keySize + 8 // AES key wrap, RFC 3394
	ivSize        = 12          // A256GCM, RFC 7518 section 5.3
	tagSize       = 16
)

// The algorithms: one of each, and no other is ever accepted.
const (
	algSign    = "EdDSA"
	algRequest = "ECDH-ES+A256KW"
	algReply   = "dir"
	encContent = "A256GCM"
	typSealed  = "peerscrip"
)
