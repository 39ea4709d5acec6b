package wallet

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"peerscrip/services/scrip"
)

// Lock is how the purse's secrets are locked: with a random data key, which is
// itself encrypted under what the customer knows. It is kept in the clear.
type Lock struct {
	KDF        string `json:"kdf"`        // how the customer's key is made: kdfPassphrase or kdfRaw
	Iterations int    `json:"iterations"` // of PBKDF2; 0 for a raw key
	Salt       []byte `json:"salt"`
	Wrapped    []byte `json:"wrapped"` // the data key under the customer's key
}

const (
	kdfPassphrase = "pbkdf2-sha256"
	kdfRaw        = "raw"

	// iterations for new purses: OWASP's figure for PBKDF2 with SHA-256. Old
	// purses open with the number they were made with.
	iterations    = 600_000
	maxIterations = 100_000_000 // what a changed purse can make us compute
	keySize       = 32          // AES-256
)

// vault encrypts what the purse keeps (AES-256-GCM, a random nonce for each).
type vault struct {
	aead   cipher.AEAD
	random io.Reader
}

// newVault draws a data key and locks it with what cfg knows.
func newVault(cfg Config) (vault, Lock, error) {
	lock := Lock{KDF: kdfPassphrase, Iterations: iterations}
	if cfg.Key != nil {
		lock = Lock{KDF: kdfRaw}
	}
	var b [2 * keySize]byte
	if _, err := io.ReadFull(cfg.Random, b[:]); err != nil {
		return vault{}, Lock{}, fmt.Errorf("draw a data key: %w", err)
	}
	lock.Salt = b[keySize:]
	outer, err := lock.outer(cfg)
	if err != nil {
		return vault{}, Lock{}, err
	}
	if lock.Wrapped, err = outer.seal("data key", b[:keySize]); err != nil {
		return vault{}, Lock{}, err
	}
	inner, err := vaultOf(b[:keySize], cfg.Random)
	return inner, lock, err
}

// openVault unlocks the data key: ErrPassphrase when cfg does not know enough.
func openVault(cfg Config, lock Lock) (vault, error) {
	outer, err := lock.outer(cfg)
	if err != nil {
		return vault{}, err
	}
	key, err := outer.open("data key", lock.Wrapped)
	if err != nil {
		return vault{}, ErrPassphrase
	}
	return vaultOf(key, cfg.Random)
}

// outer is the vault that holds the data key alone.
func (l Lock) outer(cfg Config) (vault, error) {
	words := scrip.CleanPassphrase(cfg.Passphrase)
	switch {
	case l.KDF == kdfRaw && len(cfg.Key) == keySize:
		return vaultOf(cfg.Key, cfg.Random)
	case l.KDF == kdfRaw && cfg.Key != nil:
		return vault{}, fmt.Errorf("purse key: want %d bytes, got %d", keySize, len(cfg.Key))
	case l.KDF == kdfPassphrase && words != "" && l.Iterations > 0 && l.Iterations <= maxIterations:
		key, err := pbkdf2.Key(sha256.New, words, l.Salt, l.Iterations, keySize)
		if err != nil {
			return vault{}, fmt.Errorf("derive the purse's key: %w", err)
		}
		return vaultOf(key, cfg.Random)
	}
	return vault{}, ErrPassphrase
}

func vaultOf(key []byte, random io.Reader) (vault, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return vault{}, fmt.Errorf("make a vault: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	return vault{aead, random}, err
}

// seal encrypts plain for the one place it belongs to, so that rows of the
// purse cannot be exchanged for one another.
func (v vault) seal(place string, plain []byte) ([]byte, error) {
	nonce := make([]byte, v.aead.NonceSize())
	if _, err := io.ReadFull(v.random, nonce); err != nil {
		return nil, fmt.Errorf("lock %s: %w", place, err)
	}
	return v.aead.Seal(nonce, nonce, plain, []byte(place)), nil
}

func (v vault) open(place string, sealed []byte) ([]byte, error) {
	n := v.aead.NonceSize()
	if len(sealed) < n {
		return nil, fmt.Errorf("unlock %s: nothing there", place)
	}
	plain, err := v.aead.Open(nil, sealed[:n], sealed[n:], []byte(place))
	if err != nil {
		return nil, fmt.Errorf("unlock %s: changed, or of another purse", place)
	}
	return plain, nil
}

// put encrypts value as JSON.
func (v vault) put(place string, value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", place, err)
	}
	return v.seal(place, plain)
}

// take decrypts what put wrote.
func (v vault) take(place string, sealed []byte, value any) error {
	plain, err := v.open(place, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(plain, value); err != nil {
		return errors.Join(fmt.Errorf("read %s", place), err)
	}
	return nil
}
