package services

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"peerscrip/api"
	"peerscrip/jose"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// Bounds on following the keys of a broker elsewhere. Whoever sends something in
// the broker's name can have it asked, and so not often.
const (
	learnPause   = 5 * time.Second
	learnTimeout = 5 * time.Second
)

// issuer is the broker as this process knows it: what it says of itself, with its
// keys as far as their chain was followed.
type issuer struct {
	known atomic.Pointer[scrip.BrokerInfo]

	// Of a broker elsewhere:

	broker  api.Broker // nil where the broker is here
	folder  folder.Folder
	log     *slog.Logger
	foreign atomic.Pointer[error] // what it shows, does not follow

	mu    sync.Mutex // one asks
	turn  sync.Mutex
	asked time.Time // under turn: by who met a key it does not know
}

func (i *issuer) info() scrip.BrokerInfo { return *i.known.Load() }

// keys are scrip.Keys that know the broker alone, and follow its keys when it
// signs with one that is not known yet.
func (i *issuer) keys(from, kid string, at int64) (jose.VerifyKey, error) {
	info := i.info()
	key, err := info.Signer()(from, kid, at)
	if i.broker == nil || !errors.Is(err, jose.ErrUnknownKey) || from != string(info.ID) {
		return key, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), learnTimeout)
	defer cancel()
	i.learnInTurn(ctx)
	return i.info().Signer()(from, kid, at)
}

// learnInTurn is learn, at most once in learnPause.
func (i *issuer) learnInTurn(ctx context.Context) {
	i.turn.Lock()
	defer i.turn.Unlock()
	if time.Since(i.asked) < learnPause {
		return
	}
	if err := i.learn(ctx); err != nil && !errors.Is(err, scrip.ErrSuccession) {
		i.log.Debug("the broker's keys were not looked at", "err", err)
	}
	i.asked = time.Now()
}

// learn follows the broker's keys and keeps what it learnt before it is used.
func (i *issuer) learn(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	info := i.info()
	next, err := info.Chain.Learn(ctx, i.broker.Keys)
	if errors.Is(err, scrip.ErrSuccession) {
		i.foreign.Store(&err)
		i.log.Error("The broker's address shows keys that do not follow from those this node knows. They are not used; it goes on with those it knows. Somebody may stand between, or the broker lost its keys: ask its operator, by another way than this address", "err", err)
		return err
	}
	if err != nil {
		return err
	}
	i.foreign.Store(nil)
	if next.Serial() == info.Serial() {
		return nil
	}
	info.Chain = next
	if err := i.folder.KeepBroker(info); err != nil {
		return fmt.Errorf("keep the broker's keys: %w", err)
	}
	i.known.Store(&info)
	i.log.Info("the broker has new keys, which follow from those it had", "serial", next.Serial(), "fingerprint", next.Fingerprint())
	return nil
}

// check is for readiness: ErrSuccession while the broker shows keys that do not
// follow.
func (i *issuer) check(context.Context) error {
	if err := i.foreign.Load(); err != nil {
		return *err
	}
	return nil
}
