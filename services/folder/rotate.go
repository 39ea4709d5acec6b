package folder

import (
	"errors"
	"fmt"
	"io"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// maxOpens is how many envelope keys of before still open what was sealed to them
// and waits: exchanges and givebacks in the queues of stalls.
const maxOpens = 8

// ErrNothingNew says that Rotate was asked for no new key.
var ErrNothingNew = errors.New("say which key is to be new: the signing key, the envelope key, or both")

// BrokerKeys are the broker's, made where there are none, with the first KEYS,
// which name them from a time on (unix seconds).
func (f Folder) BrokerKeys(random io.Reader, at int64) (id Identity, err error) {
	err = inTurn(func() error {
		id, err = f.makeBrokerKeys(random, at)
		return err
	})
	return id, err
}

func (f Folder) makeBrokerKeys(random io.Reader, at int64) (Identity, error) {
	id, err := loadIdentity(f.brokerKeys(), random)
	if err != nil || len(id.Keys) > 0 {
		return id, err
	}
	file, err := readKeys(f.brokerKeys())
	if err != nil {
		return Identity{}, err
	}
	if err := file.succeed(random, at, id); err != nil {
		return Identity{}, err
	}
	id.Keys = file.Keys
	return id, writeKeys(f.brokerKeys(), file)
}

// KnownBrokerKeys are the broker's as they are now: fs.ErrNotExist where there are none.
func (f Folder) KnownBrokerKeys() (Identity, error) { return readIdentity(f.brokerKeys()) }

// BrokerChain is the chain of the broker's keys, for who checks what it signed:
// fs.ErrNotExist where they are not beside its books.
func (f Folder) BrokerChain() (scrip.Chain, error) {
	file, err := readKeys(f.brokerKeys())
	if err != nil {
		return scrip.Chain{}, err
	}
	return scrip.ReadChain(file.ID, file.Keys)
}

// Rotation says which keys the next KEYS bring.
type Rotation struct{ Signing, Envelope bool }

// ErrOverlap says that the keys before the last are in force still.
var ErrOverlap = errors.New("new keys were made a moment ago: wait until they alone are in force")

// Rotate makes the broker's next KEYS, signed with the key that is in force, and
// the private keys they name. All is in one file, which is the new one or the old
// one after a crash. Beside the broker, which follows: the keys before are in force for
// scrip.KeysOverlap seconds from at on, and until then there are no others (ErrOverlap).
// The signing key of before is gone then; the envelope key of before opens what
// waits. ErrReplaced: another process made keys at the same time.
func (f Folder) Rotate(random io.Reader, at int64, r Rotation) (scrip.Chain, error) {
	if r == (Rotation{}) {
		return scrip.Chain{}, ErrNothingNew
	}
	file, err := readKeys(f.brokerKeys())
	if err != nil {
		return scrip.Chain{}, err
	}
	now, err := file.identity()
	if err != nil {
		return scrip.Chain{}, fmt.Errorf("read the broker's keys: %w", err)
	}
	if err := overlapping(now, at); err != nil {
		return scrip.Chain{}, err
	}
	next := now
	if r.Signing {
		if next.Signing, err = jose.NewSigningKey(random); err != nil {
			return scrip.Chain{}, err
		}
	}
	if r.Envelope {
		if next.Envelope, err = jose.NewEnvelopeKey(random); err != nil {
			return scrip.Chain{}, err
		}
		file.Opens = append([][]byte{now.Envelope.Secret()}, file.Opens...)
		file.Opens = file.Opens[:min(len(file.Opens), maxOpens)]
	}
	if err := file.succeed(random, at+scrip.KeysOverlap, next); err != nil {
		return scrip.Chain{}, err
	}
	if err := writeKeys(f.brokerKeys(), file); err != nil {
		return scrip.Chain{}, err
	}
	return f.BrokerChain()
}

// overlapping refuses keys while the last are not yet alone in force.
func overlapping(now Identity, at int64) error {
	chain, err := scrip.ReadChain(now.ID, now.Keys)
	if n := len(chain.Links); err == nil && n > 1 && chain.Links[n-1].NotBefore > at {
		err = fmt.Errorf("%w (%d seconds)", ErrOverlap, chain.Links[n-1].NotBefore-at)
	}
	return err
}

// succeed puts the keys of next in the place of the file's, with KEYS that say so.
func (f *identityFile) succeed(random io.Reader, at int64, next Identity) error {
	chain, err := scrip.ReadChain(f.ID, f.Keys)
	if err != nil {
		return fmt.Errorf("read the broker's keys: %w", err)
	}
	by, err := jose.ParseSigningKey(f.Signing)
	if err != nil {
		return err
	}
	signed, _, err := chain.Succeed(random, []jose.VerifyKey{next.Signing.Public()}, next.Envelope.Public(), at, by)
	if err != nil {
		return err
	}
	f.Keys = append(f.Keys, signed)
	f.Signing, f.Envelope = next.Signing.Secret(), next.Envelope.Secret()
	return nil
}
