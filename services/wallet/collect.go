package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// askedAtMost bounds how often one merchant is asked in a row.
const askedAtMost = 20

// Collect asks a merchant for what it takes back of purchases there, and returns
// how much VendorScrip came. Where the wallet never was it asks nothing. Interrupted, the same call goes on; no other payment
// waits for it.
func (w *Wallet) Collect(ctx context.Context, vendor scrip.VendorID) (scrip.Money, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	return w.collect(ctx, vendor)
}

// CollectAll is Collect at every merchant the wallet ever met. The error joins
// what it could not ask.
func (w *Wallet) CollectAll(ctx context.Context) (scrip.Money, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	return w.collectAll(ctx)
}

// CollectToBank is CollectAll, and what comes goes on to the bank (6.7) instead of waiting
// there for another purchase. What a crash leaves in between is money at the stall, as
// CollectAll would have it; a giveback that was begun goes on with Resume. It returns how
// much is at the bank.
func (w *Wallet) CollectToBank(ctx context.Context) (scrip.Money, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	had := map[scrip.ID]bool{}
	before, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return 0, fmt.Errorf("collect refunds: %w", err)
	}
	for _, h := range before {
		had[h.ScripID] = true
	}
	_, asked := w.collectAll(ctx)
	after, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return 0, fmt.Errorf("collect refunds: %w", errors.Join(asked, err))
	}
	sum, errs := scrip.Money(0), []error{asked}
	for _, h := range after {
		if h.Vendor == "" || had[h.ScripID] || h.Tx != "" || h.Doubt != "" {
			continue
		}
		if err := w.giveBack(ctx, h); err != nil {
			errs = append(errs, err)
			continue
		}
		sum += h.Value
	}
	return sum, errors.Join(errs...)
}

func (w *Wallet) collectAll(ctx context.Context) (scrip.Money, error) {
	met, err := w.cfg.Purse.Met(ctx)
	if err != nil {
		return 0, fmt.Errorf("collect refunds: %w", err)
	}
	sum, errs := scrip.Money(0), []error{}
	for _, vendor := range met {
		amount, err := w.collect(ctx, vendor)
		sum += amount
		errs = append(errs, err)
	}
	return sum, errors.Join(errs...)
}

// collectUnanswered goes on with each COLLECT that was not answered. The error joins
// those that still are not.
func (w *Wallet) collectUnanswered(ctx context.Context) error {
	met, err := w.cfg.Purse.Met(ctx)
	if err != nil {
		return fmt.Errorf("collect refunds: %w", err)
	}
	var errs []error
	for _, vendor := range met {
		last, err := w.cfg.Purse.Collection(ctx, vendor)
		if errors.Is(err, scrip.ErrAbsent) || (err == nil && len(last.Sealed) == 0) {
			continue
		}
		if err == nil {
			_, err = w.collect(ctx, vendor)
		}
		if !settled(err) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// collect asks until nothing more is due. First it goes on with a COLLECT whose
// answer was lost: while that answer lives, nothing else brings what is in it.
func (w *Wallet) collect(ctx context.Context, vendor scrip.VendorID) (scrip.Money, error) {
	_, err := w.cfg.Purse.Pseudonym(ctx, vendor)
	if errors.Is(err, scrip.ErrAbsent) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("collect refunds: %w", err)
	}
	sum, recounted := scrip.Money(0), false
	for range askedAtMost {
		last, err := w.cfg.Purse.Collection(ctx, vendor)
		if err != nil && !errors.Is(err, scrip.ErrAbsent) {
			return sum, fmt.Errorf("collect refunds: %w", err)
		}
		again := len(last.Sealed) > 0
		if !again {
			next := last.Counter + 1
			if !recounted { // by the clock, as for T1: a purse restored from a copy is behind
				next = max(next, w.cfg.Clock().UnixMilli())
			}
			if last, err = w.beginCollect(ctx, vendor, next); err != nil {
				return sum, fmt.Errorf("collect refunds: %w", err)
			}
		}
		amount, err := w.finishCollect(ctx, last)
		sum += amount
		switch {
		case again && (err == nil || settled(err)): // now what has come up since
		case errors.Is(err, scrip.CounterStale) && !recounted: // from where the merchant's count stands
			recounted = true
		case err != nil || amount == 0:
			return sum, err
		}
	}
	return sum, nil
}

// beginCollect writes COLLECT down.
func (w *Wallet) beginCollect(ctx context.Context, vendor scrip.VendorID, counter int64) (Collection, error) {
	key, _, err := w.pseudonym(ctx, vendor)
	if err != nil {
		return Collection{}, err
	}
	tx, err := scrip.NewID(w.cfg.Random)
	if err != nil {
		return Collection{}, err
	}
	c := Collection{Vendor: vendor, Tx: tx, Counter: counter}
	r, err := w.sign(draft{key.Thumbprint(), string(vendor), tx, scrip.Collect{
		Vendor: vendor, Counter: c.Counter,
	}, scrip.Attachments{}}, key)
	if err != nil {
		return Collection{}, err
	}
	if c.Sealed, err = w.vault.put(placeOfCollection(tx), r); err != nil {
		return Collection{}, err
	}
	return c, w.cfg.Purse.Apply(ctx, PurseChange{Collect: &c})
}

// finishCollect sends COLLECT, keeps what COLLECTED brings, and returns how much
// that is. A crash before it is kept leaves a COLLECT that is sent again, and
// answered with the same.
func (w *Wallet) finishCollect(ctx context.Context, c Collection) (scrip.Money, error) {
	var r request
	if err := w.vault.take(placeOfCollection(c.Tx), c.Sealed, &r); err != nil {
		return 0, err
	}
	it := Item{Tx: c.Tx, Transaction: "COLLECT", Vendor: c.Vendor}
	a, err := askStall[scrip.CollectedRefunds](ctx, w, it, r)
	if err != nil {
		return 0, err
	}
	change, err := w.settleCollect(ctx, c, a)
	if err != nil {
		return 0, err
	}
	if err := w.cfg.Purse.Apply(ctx, change); err != nil {
		return 0, unfinished("keep COLLECTED", err)
	}
	if a.no != nil {
		return 0, a.no
	}
	return a.said.Body.Amount, nil
}

// settleCollect decides what an answer to COLLECT changes. After a final no too
// the COLLECT is answered, and the next one asks anew.
func (w *Wallet) settleCollect(ctx context.Context, c Collection, a answer[scrip.CollectedRefunds]) (PurseChange, error) {
	c.Sealed = nil
	answered := PurseChange{Collect: &c}
	switch {
	case a.no != nil && a.no.Reason.Transient():
		return PurseChange{}, unfinished("collect refunds", a.no)
	case a.no != nil:
		if a.no.Reason == scrip.CounterStale {
			c.Counter = scrip.CaughtUp(c.Counter, a.no.Stale)
		}
		return answered, nil
	case a.said.Body.Vendor != c.Vendor:
		return PurseChange{}, unfinished("check COLLECTED", errAnswer)
	}
	if a.said.Body.Amount == 0 {
		return answered, nil
	}
	return w.collected(answered, *a.said)
}

// collection is what is kept of a COLLECTED, for its receipts.
type collection struct {
	Refunds   []scrip.CollectedRefund `json:"refunds"`
	Collected string                  `json:"collected"` // its JWS
}

// collected adds the scrip of a COLLECTED, and the seller's word for what it is.
func (w *Wallet) collected(c PurseChange, m scrip.Opened[scrip.CollectedRefunds]) (PurseChange, error) {
	vendor := m.Body.Vendor
	h, err := w.received(m.Attachments, vendor, m.Body.Amount, m.At)
	if err != nil {
		return PurseChange{}, unfinished("check COLLECTED", err)
	}
	sealed, err := w.vault.put(placeOfItem(m.Tx), collection{m.Body.Refunds, m.JWS})
	if err != nil {
		return PurseChange{}, err
	}
	c.Keep = []Holding{h}
	c.Write = &Item{
		Tx: m.Tx, Transaction: "COLLECT", Phase: PhaseDone, Vendor: vendor, Amount: m.Body.Amount,
		Stake: scrip.ID(vendor), StartedAt: w.now(), EndedAt: w.now(), Sealed: sealed,
	}
	return c, nil
}
