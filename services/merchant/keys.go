package merchant

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// StallKeys are a stall's private keys: one signs, one opens.
type StallKeys struct {
	Signing  jose.SigningKey
	Envelope jose.EnvelopeKey
}

// certifiedBy reports whether a certificate is for these keys.
func (k StallKeys) certifiedBy(c scrip.Certificate) bool {
	return c.Signing == k.Signing.Public() && c.Envelope == k.Envelope.Public()
}

// The sealed form: one byte for its version, then a 96-bit random nonce, the
// two 32-byte secrets encrypted with AES-256-GCM, and the tag.
const (
	sealVersion = 1
	secretSize  = 32
)

var errSealedKeys = errors.New("stall keys do not open: not sealed by this operator's key, or for another stall")

// SealKeys encrypts a stall's keys for storage under the operator's key. They
// open for the same id only, so a row's keys cannot be put into another row.
func SealKeys(operator [32]byte, id string, k StallKeys) ([]byte, error) {
	if k.Signing.IsZero() || k.Envelope.IsZero() {
		return nil, errors.New("seal stall keys: a key is missing")
	}
	aead, err := sealer(operator)
	if err != nil {
		return nil, fmt.Errorf("seal stall keys: %w", err)
	}
	secrets := append(k.Signing.Secret(), k.Envelope.Secret()...)
	defer clear(secrets)
	return aead.Seal([]byte{sealVersion}, nil, secrets, sealedFor(id)), nil
}

// SealAnew has all tenants' keys sealed under another operator's key. What a crash left of
// it is not to be used: some of the keys are sealed under the one, some under the other.
func SealAnew(ctx context.Context, store Hosted, was, is [32]byte) error {
	tenants, err := store.Tenants(ctx)
	if err != nil {
		return err
	}
	for _, t := range tenants {
		keys, err := OpenKeys(was, string(t.ID), t.Keys)
		if err != nil {
			return fmt.Errorf("stall %s: %w", t.Vendor, err)
		}
		sealed, err := SealKeys(is, string(t.ID), keys)
		if err != nil {
			return err
		}
		if err := store.Reseal(ctx, t.ID, sealed); err != nil {
			return err
		}
	}
	return nil
}

// OpenKeys is the way back from SealKeys.
func OpenKeys(operator [32]byte, id string, sealed []byte) (StallKeys, error) {
	aead, err := sealer(operator)
	if err != nil {
		return StallKeys{}, fmt.Errorf("open stall keys: %w", err)
	}
	if len(sealed) == 0 || sealed[0] != sealVersion {
		return StallKeys{}, errSealedKeys
	}
	secrets, err := aead.Open(nil, nil, sealed[1:], sealedFor(id))
	if err != nil || len(secrets) != 2*secretSize {
		return StallKeys{}, errSealedKeys
	}
	defer clear(secrets)
	signing, err := jose.ParseSigningKey(secrets[:secretSize])
	if err != nil {
		return StallKeys{}, fmt.Errorf("open stall keys: %w", err)
	}
	envelope, err := jose.ParseEnvelopeKey(secrets[secretSize:])
	if err != nil {
		return StallKeys{}, fmt.Errorf("open stall keys: %w", err)
	}
	return StallKeys{Signing: signing, Envelope: envelope}, nil
}

// sealer draws its nonces from the system's random source itself.
func sealer(operator [32]byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(operator[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sealedFor is the additional data: what the ciphertext is and whose.
func sealedFor(id string) []byte { return []byte("peerscrip stall keys 1\x00" + id) }
