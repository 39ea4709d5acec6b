package jose

import (
	"strings"

	gojose "github.com/go-jose/go-jose/v4"
)

// sealedParts is a compact JWE cut at its dots. Every segment is known to be
// canonical base64url, the iv and the tag to have their length.
type sealedParts struct {
	compact string
	header  []byte
	wrapped int // length of the wrapped content key
}

// splitSealed cuts a compact JWE. It checks what go-jose lets pass: line breaks
// inside base64, and a border between ciphertext and tag that has moved.
func splitSealed(envelope string) (sealedParts, error) {
	s := strings.SplitN(envelope, ".", 6)
	if len(s) != 5 || !sized(s[2], ivSize) || !sized(s[4], tagSize) {
		return sealedParts{}, atEnvelope
	}
	header, err := decode64(s[0])
	if err != nil {
		return sealedParts{}, atEnvelope
	}
	wrapped, err := decode64(s[1])
	if err != nil {
		return sealedParts{}, atEnvelope
	}
	if _, err := decode64(s[3]); err != nil {
		return sealedParts{}, atEnvelope
	}
	return sealedParts{compact: envelope, header: header, wrapped: len(wrapped)}, nil
}

// decryptKey is a key in the form go-jose asks for, with the one algorithm that
// it may be used with.
type decryptKey struct {
	alg gojose.KeyAlgorithm
	key any
}

// unsealer checks the JWE header and finds the key that it asks for.
type unsealer interface {
	find(s sealedParts) (decryptKey, error)
}

// requestHeader is the JWE header of a request: exactly these members.
type requestHeader struct {
	Alg string  `json:"alg"`
	Enc string  `json:"enc"`
	Typ string  `json:"typ"`
	Kid string  `json:"kid"`
	EPK SealKey `json:"epk"`
}

// maxHeader bounds what SealedTo decodes, in bytes: the header of a request has some 300.
const maxHeader = 1024

// SealedTo tells to which key a request says that it is sealed, by its thumbprint, or
// "". It looks at the header alone, so that whoever has many keys can choose one
// before anything is decoded; the choice proves nothing.
func SealedTo(envelope string) string {
	encoded, _, _ := strings.Cut(envelope, ".")
	var h requestHeader
	if len(encoded) > maxHeader {
		return ""
	}
	header, err := decode64(encoded)
	if err != nil || Decode(header, &h) != nil {
		return ""
	}
	return h.Kid
}

// replyHeader is the JWE header of a reply: exactly these members.
type replyHeader struct {
	Alg string `json:"alg"`
	Enc string `json:"enc"`
	Typ string `json:"typ"`
}

type requestKeys []EnvelopeKey

func (keys requestKeys) find(s sealedParts) (decryptKey, error) {
	var h requestHeader
	if err := Decode(s.header, &h); err != nil {
		return decryptKey{}, atSealHeader
	}
	if h.Alg != algRequest || h.Enc != encContent || h.Typ != typSealed || h.EPK.IsZero() || s.wrapped != wrappedSize {
		return decryptKey{}, atSealHeader
	}
	for _, k := range keys {
		if !k.IsZero() && k.Thumbprint() == h.Kid {
			return decryptKey{algRequest, k.k.private}, nil
		}
	}
	return decryptKey{}, atDecrypt
}

type replyKey ReplyKey

func (key replyKey) find(s sealedParts) (decryptKey, error) {
	var h replyHeader
	if err := Decode(s.header, &h); err != nil {
		return decryptKey{}, atSealHeader
	}
	// With dir there is no wrapped key, and go-jose would not look at one.
	if h.Alg != algReply || h.Enc != encContent || h.Typ != typSealed || s.wrapped != 0 {
		return decryptKey{}, atSealHeader
	}
	if ReplyKey(key).IsZero() {
		return decryptKey{}, atDecrypt
	}
	return decryptKey{algReply, key[:]}, nil
}

func (s sealedParts) decrypt(with decryptKey) ([]byte, error) {
	jwe, err := gojose.ParseEncryptedCompact(s.compact, []gojose.KeyAlgorithm{with.alg}, []gojose.ContentEncryption{encContent})
	if err != nil {
		return nil, atDecrypt
	}
	plaintext, err := jwe.Decrypt(with.key)
	if err != nil {
		return nil, atDecrypt
	}
	return plaintext, nil
}

// parsePlaintext reads exactly {"jws":...,"attachments":[...]}.
func parsePlaintext(b []byte) (Signed, error) {
	var s Signed
	if err := Decode(b, &s); err != nil || s.JWS == "" || s.Attachments == nil {
		return Signed{}, atPlaintext
	}
	return s, nil
}
