package services

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// identity is what a party is: its name and its private keys. It is kept in a
// file that only this program's user can read.
type identity struct {
	ID       scrip.ID
	Signing  jose.SigningKey
	Envelope jose.EnvelopeKey
	Token    string // opens the desk of a stand-alone stall
	Bank     string // the bank's reference, of the account that owns a stand-alone stall
}

type identityFile struct {
	ID       scrip.ID `json:"id"`
	Signing  []byte   `json:"signing"`
	Envelope []byte   `json:"envelope"`
	Token    string   `json:"token,omitempty"`
	Bank     string   `json:"bank,omitempty"`
}

// loadIdentity reads the identity kept at path. Where there is none it makes
// one, durably: a party that forgot its keys would own nothing.
func loadIdentity(path string, random io.Reader) (identity, error) {
	id, err := readIdentity(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeIdentity(path, "", random)
	}
	return id, err
}

// readIdentity reads the identity kept at path: fs.ErrNotExist when there is
// none.
func readIdentity(path string) (identity, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return identity{}, fmt.Errorf("read keys: %w", err)
	}
	var f identityFile
	if err := json.Unmarshal(b, &f); err != nil {
		return identity{}, fmt.Errorf("read keys in %s: %w", path, err)
	}
	id := identity{ID: f.ID, Token: f.Token, Bank: f.Bank}
	if id.Signing, err = jose.ParseSigningKey(f.Signing); err != nil {
		return identity{}, fmt.Errorf("read keys in %s: %w", path, err)
	}
	id.Envelope, err = jose.ParseEnvelopeKey(f.Envelope)
	return id, err
}

// makeIdentity makes an identity and keeps it at path. Of one with a bank's
// reference, that is kept with the keys.
func makeIdentity(path, bank string, random io.Reader) (identity, error) {
	id := identity{Bank: bank}
	var err error
	if id.ID, err = scrip.NewID(random); err != nil {
		return identity{}, err
	}
	if id.Signing, err = jose.NewSigningKey(random); err != nil {
		return identity{}, err
	}
	if id.Envelope, err = jose.NewEnvelopeKey(random); err != nil {
		return identity{}, err
	}
	if id.Token, err = newSecret(random); err != nil {
		return identity{}, err
	}
	b, err := json.Marshal(identityFile{
		ID: id.ID, Signing: id.Signing.Secret(), Envelope: id.Envelope.Secret(), Token: id.Token, Bank: id.Bank,
	})
	if err != nil {
		return identity{}, err
	}
	return id, writeSecret(path, b)
}

// currencyFile is where the currency of the broker's books is kept, beside them.
const currencyFile = "currency"

// keepCurrency refuses to open books in another currency than they were begun
// in: every amount in them would mean something else.
func keepCurrency(c Config) (scrip.Currency, error) {
	currency, err := scrip.ParseCurrency(c.Currency)
	if err != nil {
		return scrip.Currency{}, err
	}
	path := c.file("broker", currencyFile)
	kept, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return currency, writeSecret(path, []byte(currency.Code))
	}
	if err == nil && string(kept) != currency.Code {
		err = fmt.Errorf("the books are kept in %s, not in %s", kept, currency.Code)
	}
	return currency, err
}

// operatorKey returns the key that seals hosted stalls' keys: the configured
// one, or the one in the data folder, made when missing.
func operatorKey(c Config) ([32]byte, error) {
	text := c.OperatorKey
	if text == "" {
		path := c.file("market", "operator.key")
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			made, err := newSecret(c.Random)
			if err != nil {
				return [32]byte{}, err
			}
			b = []byte(made)
			if err := writeSecret(path, b); err != nil {
				return [32]byte{}, err
			}
		} else if err != nil {
			return [32]byte{}, fmt.Errorf("read the operator's key: %w", err)
		}
		text = string(b)
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 32 {
		return [32]byte{}, errors.New("the operator's key is not 43 characters of base64url")
	}
	return [32]byte(raw), nil
}

func newSecret(random io.Reader) (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// writeSecret writes a file of mode 0600 so that after a crash it is there
// whole or not at all.
func writeSecret(path string, b []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer os.Remove(f.Name()) // gone already when all went well
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
