package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"peerscrip/services/scrip"
)

// noticesAtOnce bounds one round of Deliver.
const noticesAtOnce = 64

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
	}, scrip.Attachments{}), w.key)
	if err != nil {
		return Notice{}, err
	}
	sealed, err := w.vault.put(placeOfNotice(it.Tx), t9)
	return Notice{Tx: it.Tx, Vendor: it.Vendor, Price: it.Amount, Sealed: sealed}, err
}

// Deliver brings the queued notices (T9) to the broker, once each. The error
// joins what stays queued. No purchase waits for it, and it waits for none.
func (w *Wallet) Deliver(ctx context.Context) error {
	list, err := w.cfg.Purse.Notices(ctx, noticesAtOnce)
	if err != nil {
		return fmt.Errorf("look up notices: %w", err)
	}
	var errs []error
	for _, n := range list {
		if err := w.deliver(ctx, n); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// deliver sends one T9. A signed no ends it too: a notice authorizes nothing,
// and nothing depends on it.
func (w *Wallet) deliver(ctx context.Context, n Notice) error {
	var t9 request
	if err := w.vault.take(placeOfNotice(n.Tx), n.Sealed, &t9); err != nil {
		return err
	}
	e := Event{Tx: n.Tx, Vendor: n.Vendor, Amount: n.Price}
	envelope, err := w.ask(ctx, talk{t9, w.brokerInfo(ctx).Envelope, w.cfg.Broker, e})
	if err != nil {
		return err
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
	return w.cfg.Purse.Apply(ctx, PurseChange{Delivered: n.Tx})
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
