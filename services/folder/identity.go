package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Identity is what a party is: its name and its private keys.
type Identity struct {
	ID       scrip.ID
	Signing  jose.SigningKey
	Envelope jose.EnvelopeKey
	Bank     string // the bank's reference, of the account that owns a stand-alone stall

	Keys  []string           // a broker's KEYS, as it signed them; the last names Signing and Envelope
	Opens []jose.EnvelopeKey // a broker's envelope keys of before, the newest first
}

type identityFile struct {
	ID       scrip.ID `json:"id"`
	Signing  []byte   `json:"signing"`
	Envelope []byte   `json:"envelope"`
	Bank     string   `json:"bank,omitempty"`
	Begun    bool     `json:"begun,omitempty"` // the book beside it was made
	Keys     []string `json:"keys,omitempty"`
	Opens    [][]byte `json:"opens,omitempty"`

	read []byte // as it was read; nil for one that is not kept yet
}

// StallKeys are a stand-alone stall's, made where there are none.
func (f Folder) StallKeys(random io.Reader) (id Identity, err error) {
	err = inTurn(func() error {
		id, err = loadIdentity(f.stallKeys(), random)
		return err
	})
	return id, err
}

// HasStallKeys reports whether a stand-alone stall's were made.
func (f Folder) HasStallKeys() (bool, error) {
	_, err := readKeys(f.stallKeys())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// SampleKeys are those of a sample seller's account, made where there are none.
func (f Folder) SampleKeys(name string, random io.Reader) (Identity, error) {
	return loadIdentity(keysAt(f.file("demo", name+".json")), random)
}

// Person is the data folder of a sample buyer's wallet.
func (f Folder) Person(name string) Folder { return At(f.file("demo", name)) }

// Owner is the account that owns the stand-alone stall: fs.ErrNotExist when
// there is none.
func (f Folder) Owner() (Identity, error) { return readIdentity(f.account()) }

// MakeOwner makes the account that is to own the stand-alone stall, which is
// kept with its bank's reference. ErrReplaced: another process has made it.
func (f Folder) MakeOwner(bank string, random io.Reader) (Identity, error) {
	return makeIdentity(f.account(), bank, random)
}

// ReplaceOwnersKey keeps the key with which the account that owns the stand-alone stall signs
// now, in the place of the one before. fs.ErrNotExist when there is none.
func (f Folder) ReplaceOwnersKey(key jose.SigningKey) error {
	at := f.account()
	kept, err := readKeys(at)
	if err != nil {
		return err
	}
	kept.Signing = key.Secret()
	return writeKeys(at, kept)
}

// ForgetOwner forgets the account that MakeOwner made, and that the broker did not
// open.
func (f Folder) ForgetOwner() error {
	kept, err := readKeys(f.account())
	if err != nil {
		return err
	}
	return f.account().papers.Replace(f.account().name, kept.read, nil)
}

func (f Folder) brokerKeys() keyFile { return keyFile{f.papers, "keys.json"} }
func (f Folder) stallKeys() keyFile  { return keyFile{f.stall, "keys.json"} }
func (f Folder) account() keyFile    { return keyFile{f.stall, "account.json"} }

// loadIdentity reads the identity kept somewhere. Where there is none it makes
// one, durably: a party that forgot its keys would own nothing.
func loadIdentity(at keyFile, random io.Reader) (Identity, error) {
	id, err := readIdentity(at)
	if errors.Is(err, fs.ErrNotExist) {
		return makeIdentity(at, "", random)
	}
	return id, err
}

// readIdentity reads the identity kept somewhere: fs.ErrNotExist when there is
// none.
func readIdentity(at keyFile) (Identity, error) {
	f, err := readKeys(at)
	if err != nil {
		return Identity{}, err
	}
	id, err := f.identity()
	if err != nil {
		return Identity{}, fmt.Errorf("read keys in %s: %w", at.name, err)
	}
	return id, nil
}

func (f identityFile) identity() (Identity, error) {
	id := Identity{ID: f.ID, Bank: f.Bank, Keys: f.Keys}
	var err error
	if id.Signing, err = jose.ParseSigningKey(f.Signing); err == nil {
		id.Envelope, err = jose.ParseEnvelopeKey(f.Envelope)
	}
	for _, secret := range f.Opens {
		if err != nil {
			return Identity{}, err
		}
		var old jose.EnvelopeKey
		old, err = jose.ParseEnvelopeKey(secret)
		id.Opens = append(id.Opens, old)
	}
	return id, err
}

func readKeys(at keyFile) (identityFile, error) {
	var f identityFile
	b, err := at.papers.Read(at.name)
	if err != nil {
		return f, fmt.Errorf("read keys: %w", err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return f, fmt.Errorf("read keys in %s: %w", at.name, err)
	}
	f.read = b
	return f, nil
}

// makeIdentity makes an identity and keeps it somewhere. Of one with a bank's
// reference, that is kept with the keys.
func makeIdentity(at keyFile, bank string, random io.Reader) (Identity, error) {
	id := Identity{Bank: bank}
	var err error
	if id.ID, err = scrip.NewID(random); err != nil {
		return Identity{}, err
	}
	if id.Signing, err = jose.NewSigningKey(random); err != nil {
		return Identity{}, err
	}
	if id.Envelope, err = jose.NewEnvelopeKey(random); err != nil {
		return Identity{}, err
	}
	return id, writeKeys(at, identityFile{
		ID: id.ID, Signing: id.Signing.Secret(), Envelope: id.Envelope.Secret(), Bank: id.Bank,
	})
}

func writeKeys(at keyFile, f identityFile) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return at.papers.Replace(at.name, f.read, b)
}
