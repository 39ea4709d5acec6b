package jose

import (
	"errors"
	"fmt"
	"io"

	gojose "github.com/go-jose/go-jose/v4"
)

// Seal signs m and seals it to one receiver: a request.
func Seal(rand io.Reader, m Message, by SigningKey, to SealKey) (string, error) {
	s, err := Sign(rand, m, by)
	if err != nil {
		return "", err
	}
	return s.Seal(to)
}

// Reply signs m and seals it under the reply key of the request it answers.
func Reply(rand io.Reader, m Message, by SigningKey, key ReplyKey) (string, error) {
	s, err := Sign(rand, m, by)
	if err != nil {
		return "", err
	}
	return s.Reply(key)
}

// Seal encrypts s to a public key. The one-time keys come from the system's
// random source, so two envelopes of the same message differ in every byte that
// matters; receivers know the message by its digest.
func (s Signed) Seal(to SealKey) (string, error) {
	public, err := to.ecdsa()
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	return s.encrypt(gojose.Recipient{Algorithm: algRequest, Key: public, KeyID: to.Thumbprint()})
}

// Reply encrypts s under the key that the request brought.
func (s Signed) Reply(key ReplyKey) (string, error) {
	if key.IsZero() {
		return "", fmt.Errorf("reply: %w", errNoKey)
	}
	return s.encrypt(gojose.Recipient{Algorithm: algReply, Key: key[:]})
}

func (s Signed) encrypt(to gojose.Recipient) (string, error) {
	if s.JWS == "" || s.Attachments == nil {
		return "", errors.New("seal: nothing signed")
	}
	plaintext, err := encode(s)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	e, err := gojose.NewEncrypter(encContent, to, (&gojose.EncrypterOptions{}).WithType(typSealed))
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	jwe, err := e.Encrypt(plaintext)
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	envelope, err := jwe.CompactSerialize()
	if err != nil {
		return "", fmt.Errorf("seal: %w", err)
	}
	if len(envelope) > MaxEnvelope {
		return "", fmt.Errorf("seal: envelope of %d bytes, at most %d", len(envelope), MaxEnvelope)
	}
	return envelope, nil
}
