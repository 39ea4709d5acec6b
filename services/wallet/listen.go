package wallet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"peerscrip/services/scrip"
)

// toldAtMost bounds how many answers in a row one thread is read in.
const toldAtMost = 2 * scrip.MaxEvents / 10

// Listen asks what was said about an order, or in a conversation, by its tx, and
// returns it. What was written down and not answered goes first.
func (w *Wallet) Listen(ctx context.Context, tx scrip.ID) (Conversation, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return Conversation{}, err
	}
	defer release()
	t, err := w.thread(ctx, tx)
	if err != nil {
		return Conversation{}, err
	}
	err = w.listen(ctx, &t)
	return t.now, err
}

// listen asks until there is no more.
func (w *Wallet) listen(ctx context.Context, t *thread) error {
	if t.kept.Tell != nil {
		if err := w.tellAgain(ctx, t); err != nil && !settled(err) {
			return err
		}
	}
	if t.unasked() {
		return nil // the stall does not know of it
	}
	for range toldAtMost {
		r, err := w.signTell(t)
		if err != nil {
			return err
		}
		a, err := w.askTell(ctx, t, r)
		if err != nil {
			return err
		}
		if a.no != nil {
			return a.no
		}
		if err := w.hearTold(ctx, t, a.said.Body); err != nil {
			return err
		}
		if t.now.Seq >= a.said.Body.Seq {
			return nil
		}
	}
	return nil
}

// ListenAll is Listen in every thread where more is to be expected, and of the last
// orders: in another sequence each time, so that no stall learns of others by when
// it is asked. The error joins what it could not ask.
func (w *Wallet) ListenAll(ctx context.Context) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	open, err := w.openThreads(ctx)
	if err != nil {
		return err
	}
	rand.Shuffle(len(open), func(i, j int) { open[i], open[j] = open[j], open[i] })
	var errs []error
	for _, t := range open {
		errs = append(errs, w.listen(ctx, &t))
	}
	return errors.Join(errs...)
}

// mostOrders is how many of the last orders are asked about that nothing was said of. What
// is said of an older one lies at its stall until Listen asks there; its thread is among
// those that are asked from then on.
const mostOrders = 200

// asks reports whether more is to be expected in a thread, or something of it was not
// answered.
func (w *Wallet) asks(ctx context.Context, t thread) (bool, error) {
	open := t.kept.Tell != nil || t.now.Open(w.now())
	if !open || t.kept.Tell != nil || t.now.Talk || !t.now.Quiet(w.now()) {
		return open, nil
	}
	r, err := w.Receipt(ctx, t.row.Tx)
	if errors.Is(err, scrip.ErrAbsent) {
		return true, nil // a backup had no room for it
	}
	return r.Delivery.Way != scrip.WayNone, err
}

// openThreads are those where more is to be expected.
func (w *Wallet) openThreads(ctx context.Context) ([]thread, error) {
	rows, err := w.cfg.Purse.Threads(ctx)
	if err != nil {
		return nil, fmt.Errorf("list threads: %w", err)
	}
	receipts, err := w.cfg.Purse.Receipts(ctx, 0, mostOrders)
	if err != nil {
		return nil, fmt.Errorf("list receipts: %w", err)
	}
	all, seen := []scrip.ID{}, map[scrip.ID]bool{}
	for _, row := range rows {
		all = append(all, row.Tx)
	}
	for _, r := range receipts {
		all = append(all, r.Tx)
	}
	var open []thread
	for _, tx := range all {
		if seen[tx] {
			continue
		}
		seen[tx] = true
		t, err := w.thread(ctx, tx)
		if err != nil {
			return nil, err
		}
		asks, err := w.asks(ctx, t)
		if err != nil {
			return nil, err
		}
		if asks {
			open = append(open, t)
		}
	}
	return open, nil
}

// hearTold keeps the events of a TOLD, in one commit with what they say of the
// receipt. Each follows the one before, or nothing of it is kept; and where an event
// was told, it is among them.
func (w *Wallet) hearTold(ctx context.Context, t *thread, told scrip.Told) error {
	certificate, err := w.anyCertificate(ctx, t.kept.Vendor)
	if err != nil {
		return err
	}
	heard := *t
	heard.now.Said, heard.kept.Events = heard.now.Said[:len(heard.now.Said):len(heard.now.Said)], heard.kept.Events[:len(heard.kept.Events):len(heard.kept.Events)]
	for _, e := range told.Events {
		if err := heard.add(e.Event, w.merchantKeys(ctx, certificate), w.brokerKeys(ctx)); err != nil {
			return unfinished("check TOLD", errors.Join(errAnswer, err))
		}
		if last := heard.now.Said[len(heard.now.Said)-1]; last.By == scrip.Seller && last.At > w.now()+scrip.MaxAhead {
			return unfinished("check TOLD", errAnswer) // until it is time
		}
		heard.kept.Events = append(heard.kept.Events, e.Event)
	}
	if told.Order != t.now.Order || told.Seq < heard.now.Seq || told.Seq > heard.now.Seq && len(told.Events) == 0 {
		return unfinished("check TOLD", errAnswer)
	}
	if heard.kept.Tell != nil && !heard.hasUnsaid() {
		if told.Seq > heard.now.Seq {
			return w.keepTold(ctx, t, heard) // it is among those that did not fit
		}
		return unfinished("check TOLD", errAnswer)
	}
	heard.kept.Event, heard.kept.Tell, heard.now.Unsaid = "", nil, nil
	return w.keepTold(ctx, t, heard)
}

// hasUnsaid reports whether the event that was written down is in the thread.
func (t *thread) hasUnsaid() bool {
	for _, s := range t.now.Said {
		if s.Signed == t.kept.Event {
			return true
		}
	}
	return false
}

// keepTold makes heard what is kept, if it is any news.
func (w *Wallet) keepTold(ctx context.Context, t *thread, heard thread) error {
	if heard.now.Seq == t.now.Seq && (heard.kept.Tell == nil) == (t.kept.Tell == nil) {
		return nil
	}
	heard.now.Now = heard.now.At(w.now())
	change, err := w.keepThread(&heard)
	if err != nil {
		return err
	}
	if change.Amend, err = w.sentBy(ctx, heard.now); err != nil {
		return err
	}
	if err := w.cfg.Purse.Apply(ctx, change); err != nil {
		return unfinished("keep TOLD", err)
	}
	*t = heard
	return nil
}

// sentBy amends the receipt of an order by what its seller said of sending it,
// where that is news.
func (w *Wallet) sentBy(ctx context.Context, c Conversation) ([]SealedReceipt, error) {
	if c.Talk {
		return nil, nil
	}
	sealed, err := w.cfg.Purse.Receipt(ctx, c.Tx)
	if err != nil {
		return nil, fmt.Errorf("look up a receipt: %w", err)
	}
	r, err := w.openReceipt(sealed)
	if err != nil {
		return nil, err
	}
	at, note := r.Sent, r.Note
	for _, s := range c.Said {
		if s.By != scrip.Seller || s.Kind != string(scrip.StateSent) {
			continue
		}
		if r.Sent == 0 {
			r.Sent = s.At
		}
		r.Note = s.Text
	}
	if r.Sent == at && r.Note == note {
		return nil, nil
	}
	sealed, err = w.seal(r)
	return []SealedReceipt{sealed}, err
}
