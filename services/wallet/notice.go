package wallet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"peerscrip/services/scrip"
)

// mostUnheard is after how many notices without any answer a round of Deliver ends; the
// browser's number too.
const mostUnheard = 8

// Pauses of Run between rounds that left something undone.
const (
	shortestPause = time.Second
	longestPause  = 5 * time.Minute
)

// lookForDue is how often Run looks for scrip to renew.
const lookForDue = time.Hour

// noticeOf is T9 for a purchase, to be kept in the commit that writes T10.
func (w *Wallet) noticeOf(it Item, p purchase) (Notice, error) {
	t9, err := w.sign(w.toBroker(it.Tx, scrip.Notice{
		Account: w.account, Vendor: it.Vendor, Price: it.Amount, OrderDigest: p.OrderDigest,
	}, scrip.Attachments{}), w.Key())
	if err != nil {
		return Notice{}, err
	}
	sealed, err := w.vault.put(placeOfNotice(it.Tx), t9)
	return Notice{Tx: it.Tx, Vendor: it.Vendor, Price: it.Amount, Sealed: sealed}, err
}

// errUnheard is the cause of what was sent and got no answer at all.
var errUnheard = errors.New("the broker did not answer")

// Deliver brings the queued notices (T9) to the broker, once each, in another sequence
// each time: one that cannot go keeps none waiting. After mostUnheard without an answer
// the rest is left for the next time. The error joins what stays queued. No purchase
// waits for it, and it waits for none.
func (w *Wallet) Deliver(ctx context.Context) error {
	waiting, err := w.cfg.Purse.Notices(ctx)
	if err != nil {
		return fmt.Errorf("look up notices: %w", err)
	}
	rand.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
	var errs []error
	unheard := 0
	for _, tx := range waiting {
		err := w.deliver(ctx, tx)
		errs = append(errs, err)
		if errors.Is(err, errUnheard) {
			unheard++
		}
		if unheard == mostUnheard {
			break
		}
	}
	return errors.Join(errs...)
}

// deliver sends one T9. A signed no ends it too, and so does what cannot be read any more:
// a notice authorizes nothing, and nothing depends on it.
func (w *Wallet) deliver(ctx context.Context, tx scrip.ID) error {
	n, err := w.cfg.Purse.Notice(ctx, tx)
	if errors.Is(err, scrip.ErrAbsent) {
		return nil // its purchase was refused meanwhile
	}
	if err != nil {
		return fmt.Errorf("look up a notice: %w", err)
	}
	var t9 request
	if err := w.vault.take(placeOfNotice(tx), n.Sealed, &t9); err != nil {
		w.cfg.Log.Warn("notice is damaged: the broker is not told of this purchase", "tx", tx, "err", err)
		return w.cfg.Purse.Apply(ctx, PurseChange{Delivered: tx})
	}
	e := Event{Tx: tx, Vendor: n.Vendor, Amount: n.Price}
	envelope, err := w.ask(ctx, talk{t9, w.brokerInfo(ctx).Envelope, w.cfg.Broker, e})
	if err != nil {
		return errors.Join(errUnheard, err)
	}
	_, err = take[scrip.Noted](w, envelope, t9, e, w.brokerKeys(ctx))
	var no *Refused
	if errors.As(err, &no) && !no.Reason.Transient() {
		w.cfg.Log.Warn("notice refused", "reason", no.Reason)
		err = nil
	}
	if err != nil {
		return err
	}
	return w.cfg.Purse.Apply(ctx, PurseChange{Delivered: tx})
}

// Run delivers and resumes in the background until ctx ends: at once, whenever
// there is something new, and with growing pauses while something is left. Once
// an hour it renews what is due.
func (w *Wallet) Run(ctx context.Context) {
	pause, look := shortestPause, time.Now()
	for {
		resume := w.settleAll
		if !time.Now().Before(look) {
			resume, look = w.Resume, time.Now().Add(lookForDue)
		}
		wait := time.Until(look)
		if err := w.CompareHeads(ctx); err != nil && ctx.Err() == nil {
			w.cfg.Log.Debug("heads of the broker's log were not compared", "err", err)
		}
		if err := errors.Join(w.Deliver(ctx), resume(ctx)); err != nil {
			w.cfg.Log.Info("wallet will try again", "in", pause, "err", err)
			wait = min(wait, pause)
			pause = min(2*pause, longestPause)
		} else {
			pause = shortestPause
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		case <-w.wake:
		}
	}
}

// knock tells Run that there is something to deliver, or perhaps to resume.
func (w *Wallet) knock() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
