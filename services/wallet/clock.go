package wallet

import (
	"context"
	"errors"
	"sync"

	"peerscrip/services/scrip"
)

// ErrClock says that the time of something signed is not now by the device's
// clock, and that the broker could not be asked whether that clock is right.
var ErrClock = errors.New("by the clock of this device it is not in force, and the broker cannot be asked for the time")

// reckoning is what the broker's signed times say of the device's clock, which
// may be wrong: how many seconds that is behind. The zero value believes the
// device. Whether a certificate or an offer is in force is decided by it; what a
// deadline is, by the party that set it.
type reckoning struct {
	mu     sync.Mutex
	behind int64 // under mu; below 0 where the device is ahead
}

// moment is a signed time, and what the device's clock said; unix seconds.
type moment struct {
	asked  int64 // before it was asked for; 0 where the answer may have been signed before, and be a stored one
	signed int64
	came   int64 // when the answer was here
}

// behindAfter is how far a clock is behind that was thought to be so far behind,
// after one signed time more. An answer was signed before it came, and a fresh one
// after it was asked for; nothing else is concluded, so that a slow answer moves a
// right clock not at all.
func behindAfter(behind int64, m moment) int64 {
	behind = max(behind, m.signed-m.came)
	if m.asked > 0 {
		behind = min(behind, m.signed-m.asked)
	}
	return behind
}

func (r *reckoning) hear(m moment) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.behind = behindAfter(r.behind, m)
}

func (r *reckoning) seconds() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.behind
}

// brokerTime is the time by the broker's clock, as far as is known.
func (w *Wallet) brokerTime() int64 { return w.now() + w.reckoning.seconds() }

// earliest is the earlier of the device's time and the broker's, as far as that is
// known. What expires has done so when both say it: no clock that is ahead ages money
// alone. Its issuer decides all the same.
func (w *Wallet) earliest() int64 { return w.now() + min(0, w.reckoning.seconds()) }

// inTime decides by the broker's time what check says of it. What refuses is asked
// once more when the broker has told its time: so no clock of a device refuses
// anything alone.
func (w *Wallet) inTime(ctx context.Context, check func(at int64) error) error {
	if check(w.brokerTime()) == nil {
		return nil
	}
	if err := w.askTime(ctx); err != nil {
		w.cfg.Log.Warn("the broker was not asked for its time", "err", err)
		return ErrClock
	}
	return check(w.brokerTime())
}

// askTime hears the broker's time in the answer to a STATEMENT, which is never a
// stored one.
func (w *Wallet) askTime(ctx context.Context) error {
	asked := w.now()
	_, signed, err := w.stated(ctx)
	if err != nil {
		return err
	}
	w.reckoning.hear(moment{asked, signed, w.now()})
	return nil
}

// hearAnswer learns from any answer that a party signed, if it is the broker.
func (w *Wallet) hearAnswer(from string, signed int64) {
	if from == string(w.brokerID()) {
		w.reckoning.hear(moment{0, signed, w.now()})
	}
}

// offerTime refuses an offer that has ended.
func offerTime(o scrip.Offer) func(at int64) error {
	return func(at int64) error {
		if at >= o.ValidUntil {
			return scrip.OfferExpired
		}
		return nil
	}
}
