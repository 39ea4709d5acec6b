package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// How old, in seconds, what the directory said may be before it is asked
// again. If it cannot be reached, what it said before goes on being used.
const (
	infoAge  = 3600
	stallAge = 24 * 3600
	movedAge = 60 // of a stall that does not answer
)

// brokerInfo returns the broker's keys and limits, asking again when what is
// known is old. Keys that do not follow are not used.
func (w *Wallet) brokerInfo(ctx context.Context) scrip.BrokerInfo {
	w.mu.Lock()
	known := w.info
	w.mu.Unlock()
	if w.isFresh(known.SeenAt, infoAge) {
		return known.BrokerInfo
	}
	if err := w.refreshInfo(ctx); err != nil {
		w.cfg.Log.Warn("broker's keys not refreshed", "err", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.info.BrokerInfo
}

// isFresh reports whether something happened less than so many seconds ago: nothing did
// that a clock which was ahead put into the time to come.
func (w *Wallet) isFresh(at, within int64) bool {
	age := w.now() - at
	return age >= 0 && age < within
}

func (w *Wallet) refreshInfo(ctx context.Context) error {
	told, err := w.cfg.Directory.Info(ctx)
	if err != nil {
		return fmt.Errorf("ask who the broker is: %w", err)
	}
	if told.ID != w.brokerID() {
		return ErrOtherBroker
	}
	w.mu.Lock()
	known := w.info
	w.mu.Unlock()
	if told.Chain, err = known.Learn(ctx, w.cfg.Directory.Keys); err != nil {
		return err
	}
	told.Currency = known.Currency // nobody signs it, and money never changes its own
	info := Info{told, w.now()}
	if err := w.cfg.Purse.Apply(ctx, PurseChange{Info: &info}); err != nil {
		return fmt.Errorf("keep the broker's keys: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.info = info
	return nil
}

// suspect looks, after what did not open, whether the broker still shows keys that
// follow: if not, that is what a person must know (scrip.ErrSuccession).
func (w *Wallet) suspect(ctx context.Context, err error) error {
	if !errors.Is(err, scrip.Unreadable) || errors.Is(err, scrip.ErrSuccession) {
		return err
	}
	if asked := w.refreshInfo(ctx); errors.Is(asked, scrip.ErrSuccession) {
		return fmt.Errorf("%w: %w", err, asked)
	}
	return err
}

// brokerKeys are Keys that know the broker alone, and ask it for its keys when
// it signs with a new one.
func (w *Wallet) brokerKeys(ctx context.Context) scrip.Keys {
	return func(from, kid string, at int64) (jose.VerifyKey, error) {
		key, err := w.brokerInfo(ctx).Signer()(from, kid, at)
		if !errors.Is(err, jose.ErrUnknownKey) || from != string(w.brokerID()) {
			return key, err
		}
		if err := w.refreshInfo(ctx); err != nil {
			return jose.VerifyKey{}, err
		}
		return w.brokerInfo(ctx).Signer()(from, kid, at)
	}
}

func (w *Wallet) currency() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.info.Currency.Code
}

// Info returns the broker's keys and limits, as last seen.
func (w *Wallet) Info(ctx context.Context) scrip.BrokerInfo { return w.brokerInfo(ctx) }
