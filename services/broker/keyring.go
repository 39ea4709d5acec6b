package broker

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Keyring is what a broker signs with and is sealed to.
type Keyring struct {
	Chain    scrip.Chain
	Keys     []string           // of the chain, as they were signed
	Signing  jose.SigningKey    // the first of the last KEYS
	Envelope []jose.EnvelopeKey // the first is that of the last KEYS; the others still open
}

// How new keys are followed, in seconds. Their operator makes them at one time, all
// processes of the broker find them, each by itself, and what one of them signs or is sealed
// to, all others must have found before: so none shows new keys before keysShown, none goes
// on for longer than keysStale without looking, and old ones are good until
// scrip.KeysOverlap.
const (
	keysLooked = time.Second
	keysStale  = 4
	keysShown  = 6
)

// keyrings are the keys of a broker that runs.
type keyrings struct {
	now    atomic.Pointer[Keyring] // that it signs with
	next   atomic.Pointer[Keyring] // that it opens with already, and is going to sign with; nil: none
	looked atomic.Int64            // unix seconds: when they were last read

	looking sync.Mutex
	again   scrip.Pace // looks for the sake of what cannot be read
}

// responder answers under the key that is in force now.
func (b *Broker) responder() scrip.Responder {
	r := b.answers
	r.Signing = b.signing()
	return r
}

func (b *Broker) signing() jose.SigningKey { return b.keys.now.Load().Signing }

// Signer is the key that the broker signs with now.
func (b *Broker) Signer() jose.SigningKey { return b.signing() }

// opens are the keys to which what it gets may be sealed.
func (b *Broker) opens() []jose.EnvelopeKey {
	if next := b.keys.next.Load(); next != nil {
		return next.Envelope
	}
	return b.keys.now.Load().Envelope
}

// FollowKeys looks for new keys until ctx ends: in every process of the broker.
func (b *Broker) FollowKeys(ctx context.Context) {
	if b.Look == nil {
		return
	}
	for {
		if err := b.lookAtKeys(ctx); err != nil && ctx.Err() == nil {
			b.Log.Error("the broker's keys were not looked at", "err", err)
		}
		select {
		case <-time.After(keysLooked):
		case <-ctx.Done():
			return
		}
	}
}

// current is scrip.Unavailable where the keys were not looked at for so long that others may
// be in force, and cannot be looked at now.
func (b *Broker) current() error {
	if b.Look == nil || b.Clock().Unix()-b.keys.looked.Load() < keysStale {
		return nil
	}
	if err := b.lookAtKeys(context.Background()); err != nil {
		return fmt.Errorf("%w: the broker's keys: %w", scrip.Unavailable, err)
	}
	return nil
}

// lookedAgain looks at the keys because of something that they do not open, once a second at
// most, and reports whether there are others than a moment ago.
func (b *Broker) lookedAgain() bool {
	if b.Look == nil || b.keys.again.Take("", 1, b.Clock().Unix()) != nil {
		return false
	}
	before := b.keys.next.Load()
	err := b.lookAtKeys(context.Background())
	return err == nil && b.keys.next.Load() != before
}

// lookAtKeys reads the keys. New ones open at once what is sealed to them; they are shown,
// and signed with, once every process has had the time to find them.
func (b *Broker) lookAtKeys(ctx context.Context) error {
	b.keys.looking.Lock()
	defer b.keys.looking.Unlock()
	at := b.Clock().Unix()
	found, err := b.Look(ctx)
	if err != nil {
		return err
	}
	now := b.keys.now.Load()
	if found.Chain.Serial() > now.Chain.Serial() {
		if next := b.keys.next.Load(); next == nil || next.Chain.Serial() != found.Chain.Serial() {
			b.keys.next.Store(&found)
		}
		if shown := found.Chain.Links[found.Chain.Serial()-1].NotBefore - scrip.KeysOverlap + keysShown; at >= shown {
			if err := b.turnTo(ctx, found, at); err != nil {
				return err
			}
		}
	}
	b.keys.looked.Store(at)
	return nil
}

// turnTo shows new keys and signs with them from now on. A crash between the two is a start
// with the new ones.
func (b *Broker) turnTo(ctx context.Context, found Keyring, at int64) error {
	if err := b.Books.Apply(ctx, scrip.Change{At: at, Broker: &scrip.BrokerChange{Keys: found.Keys}}); err != nil {
		return fmt.Errorf("show new keys: %w", err)
	}
	b.keys.now.Store(&found)
	b.keys.next.Store(nil)
	b.Log.Info("the broker has new keys", "serial", found.Chain.Serial(), "fingerprint", found.Chain.Fingerprint())
	if b.Followed != nil {
		info, err := b.Info(ctx)
		if err != nil {
			return err
		}
		b.Followed(info)
	}
	return nil
}
