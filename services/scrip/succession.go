package scrip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"peerscrip/jose"
)

// Bounds on a broker's KEYS.
const (
	MaxSerial      = 1000 // KEYS of a broker
	MaxKeysPage    = 16   // KEYS that it shows at once
	maxSigningKeys = 4    // of one KEYS
)

// KeysOverlap is for how long, in seconds, the keys before are in force when a broker's
// operator makes new ones: until then every process of the broker has them, and signs with
// them.
const KeysOverlap = 20

// ErrSuccession says that a broker shows keys that do not follow from those it
// had. Nothing of what it shows may be believed.
var ErrSuccession = errors.New("the broker shows keys that do not follow from the ones it had")

// BrokerKeys is KEYS: what a broker signs with and is sealed to from a time on. It
// stands alone and brings the key that signed it, one of the KEYS before; the first
// is signed by one of its own.
type BrokerKeys struct {
	Broker    ID               `json:"broker"`
	Serial    int              `json:"serial"` // from 1, without a gap
	Signing   []jose.VerifyKey `json:"signing"`
	Envelope  jose.SealKey     `json:"envelope"`
	NotBefore int64            `json:"not_before"`         // unix seconds; until then the KEYS before are in force
	Previous  string           `json:"previous,omitempty"` // digest of the KEYS before; the first has none
}

// Type returns the message's typ on the wire.
func (BrokerKeys) Type() string { return "KEYS" }

// Valid checks the form of KEYS, not what they follow.
func (k BrokerKeys) Valid() error {
	if k.Serial < 1 || k.Serial > MaxSerial || len(k.Signing) < 1 || len(k.Signing) > maxSigningKeys {
		return TooMany
	}
	if slices.ContainsFunc(k.Signing, jose.VerifyKey.IsZero) || k.Envelope.IsZero() {
		return Unreadable
	}
	return valid(k.Broker.Valid() && validTime(k.NotBefore) && (k.Previous == "") == (k.Serial == 1) &&
		(k.Previous == "" || validHash(k.Previous)))
}

// Chain is a broker's KEYS, from the first to the last that is known, and the only
// reason to believe a key of it. A Chain without links has pinned nothing: it
// believes the first KEYS of its broker that it is shown.
type Chain struct {
	Broker   ID
	Links    []Link       // by serial, from 1
	Envelope jose.SealKey // of the last KEYS: what requests are sealed to
}

// Link is what is remembered of one KEYS.
type Link struct {
	Digest    string // its fingerprint: of the payload, and so of all the KEYS before it
	NotBefore int64  // unix seconds
	Signing   []jose.VerifyKey
}

// Serial is the last KEYS that is known; 0 before the first.
func (c Chain) Serial() int64 { return int64(len(c.Links)) }

// ReadChain is the chain of all KEYS of a broker, as they were signed.
func ReadChain(broker ID, signed []string) (Chain, error) {
	c := Chain{Broker: broker}
	for _, keys := range signed {
		if err := c.add(keys); err != nil {
			return Chain{}, err
		}
	}
	return c, nil
}

// Fingerprint names the last KEYS, and with it the whole chain; empty before the
// first.
func (c Chain) Fingerprint() string {
	if len(c.Links) == 0 {
		return ""
	}
	return c.Links[len(c.Links)-1].Digest
}

// Has reports whether a fingerprint is that of one of the chain's KEYS.
func (c Chain) Has(fingerprint string) bool {
	return slices.ContainsFunc(c.Links, func(l Link) bool { return l.Digest == fingerprint })
}

// Pinned refuses a chain that has none with this fingerprint (ErrSuccession). No
// fingerprint was given where it is empty.
func (c Chain) Pinned(fingerprint string) error {
	if fingerprint != "" && !c.Has(fingerprint) {
		return fmt.Errorf("%w: none of the broker's has the fingerprint %s", ErrSuccession, fingerprint)
	}
	return nil
}

// Signing are the keys of the last KEYS; the first of them signs.
func (c Chain) Signing() []jose.VerifyKey {
	if len(c.Links) == 0 {
		return nil
	}
	return c.Links[len(c.Links)-1].Signing
}

// Ever are all signing keys that the broker ever had, the newest first, for what
// is signed without a time: heads of the log.
func (c Chain) Ever() []jose.VerifyKey {
	var all []jose.VerifyKey
	for _, link := range slices.Backward(c.Links) {
		for _, key := range link.Signing {
			if !slices.ContainsFunc(all, key.Equal) {
				all = append(all, key)
			}
		}
	}
	return all
}

// Signer returns Keys that know the broker alone: of old keys what they signed
// before the KEYS that do not have them any more.
func (c Chain) Signer() Keys {
	return func(from, kid string, at int64) (jose.VerifyKey, error) {
		for i, link := range c.Links {
			for _, key := range link.Signing {
				if from == string(c.Broker) && kid == key.Thumbprint() && at <= c.until(i) {
					return key, nil
				}
			}
		}
		return jose.VerifyKey{}, jose.ErrUnknownKey
	}
}

// until is the last second in which the keys of a link are in force.
func (c Chain) until(i int) int64 {
	if i+1 == len(c.Links) {
		return math.MaxInt64
	}
	return c.Links[i+1].NotBefore
}

// Follow returns the chain with what a page of KEYS adds to it. The page begins
// with the last KEYS that c knows, so that a broker which went back, or has others
// of the same serial, is found out (ErrSuccession).
func (c Chain) Follow(page []string) (Chain, error) {
	if len(page) == 0 || len(page) > MaxKeysPage {
		return c, fmt.Errorf("%w: %d KEYS after %d", ErrSuccession, len(page), c.Serial())
	}
	next := c
	next.Links = slices.Clone(c.Links)
	for i, signed := range page {
		if i == 0 && len(c.Links) > 0 {
			if (jose.Signed{JWS: signed}).Digest() != c.Fingerprint() {
				return c, fmt.Errorf("%w: others with the serial %d", ErrSuccession, c.Serial())
			}
			continue
		}
		if err := next.add(signed); err != nil {
			return c, err
		}
	}
	return next, nil
}

// add is the rule: KEYS follow when they are of the broker, the next by serial,
// name the ones before by digest, are signed by one of their keys, and are not in
// force before them.
func (c *Chain) add(signed string) error {
	refused := func(why string) error {
		return fmt.Errorf("%w: those with the serial %d %s", ErrSuccession, c.Serial()+1, why)
	}
	m, err := Verify[BrokerKeys](signed, string(c.Broker), nil)
	if err != nil {
		return refused("are not readable, or not this broker's")
	}
	before := m.Body.Signing
	if len(c.Links) > 0 {
		before = c.Signing()
	}
	switch k := m.Body; {
	case k.Broker != c.Broker:
		return refused("are of another broker")
	case k.Serial != len(c.Links)+1:
		return refused("are out of turn")
	case k.Previous != c.Fingerprint():
		return refused("follow others")
	case !slices.ContainsFunc(before, m.Key.Equal):
		return refused("are signed by none of the keys before")
	case len(c.Links) > 0 && k.NotBefore < c.Links[len(c.Links)-1].NotBefore:
		return refused("are in force before those they follow")
	}
	c.Envelope = m.Body.Envelope
	c.Links = append(c.Links, Link{m.Digest, m.Body.NotBefore, m.Body.Signing})
	return nil
}

// Learn follows a broker's KEYS to the last, asking for those after a serial, the
// oldest first, a page at a time. An error that is not ErrSuccession says that
// nothing was learnt of them.
func (c Chain) Learn(ctx context.Context, ask func(ctx context.Context, after int64) ([]string, error)) (Chain, error) {
	for {
		page, err := ask(ctx, max(c.Serial()-1, 0))
		if err != nil {
			return c, fmt.Errorf("ask for the broker's keys: %w", err)
		}
		next, err := c.Follow(page)
		if err != nil || next.Serial() == c.Serial() || len(page) < MaxKeysPage {
			return next, err
		}
		c = next
	}
}

// Succeed signs the KEYS that come after c's last, with a key of them, or the first
// with one of its own: their keys are signing and envelope, in force from a time
// on that is not before the last's.
func (c Chain) Succeed(random io.Reader, signing []jose.VerifyKey, envelope jose.SealKey, at int64, by jose.SigningKey) (string, Chain, error) {
	tx, err := NewID(random)
	if err != nil {
		return "", c, err
	}
	if n := len(c.Links); n > 0 {
		at = max(at, c.Links[n-1].NotBefore)
	}
	body := BrokerKeys{
		Broker: c.Broker, Serial: len(c.Links) + 1, Signing: signing, Envelope: envelope, NotBefore: at, Previous: c.Fingerprint(),
	}
	signed, err := jose.Sign(random, Compose(by.Thumbprint(), string(c.Broker), tx, at, body, Attachments{}), by)
	if err != nil {
		return "", c, err
	}
	next := c
	next.Links = slices.Clone(c.Links)
	err = next.add(signed.JWS)
	return signed.JWS, next, err
}
