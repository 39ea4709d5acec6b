package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// Resume takes up every unfinished step: it is finished, undone, or still not
// settled. The error joins what is still not settled (ErrUnfinished, *Confirm);
// a step that turned out to be refused or undone is settled and no error. It
// begins nothing new but the renewal of what is due: an exchange that was made
// for a purchase leaves its VendorScrip in the purse, and Buy goes on from there.
func (w *Wallet) Resume(ctx context.Context) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	return errors.Join(w.resume(ctx), w.renewDue(ctx, false))
}

// settle is Resume without renewals.
func (w *Wallet) settle(ctx context.Context) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	return w.resume(ctx)
}

func (w *Wallet) resume(ctx context.Context) error {
	return w.resumeOnly(ctx, func(Item) bool { return true })
}

// resumeOnly takes up the unfinished steps that are wanted.
func (w *Wallet) resumeOnly(ctx context.Context, wanted func(Item) bool) error {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("look up what is unfinished: %w", err)
	}
	var errs []error
	for _, r := range list {
		if !wanted(r) {
			continue
		}
		way, ok := w.rows[r.Transaction]
		if !ok {
			errs = append(errs, fmt.Errorf("resume %s: this version cannot", r.Transaction))
			continue
		}
		err := way.finish(w, ctx, r)
		if err != nil && !settled(err) {
			errs = append(errs, fmt.Errorf("resume %s: %w", r.Transaction, err))
		}
	}
	return errors.Join(errs...)
}

// settled reports whether err says how a step ended.
func settled(err error) bool {
	return errors.Is(err, ErrUndone) || errors.Is(err, ErrReturned) || (errors.As(err, new(*Refused)) && !errors.Is(err, ErrUnfinished))
}

// tryUnfinished gives earlier steps a chance before a new one needs their
// money. What stays unfinished shows as ErrBusy where it matters.
func (w *Wallet) tryUnfinished(ctx context.Context) {
	if err := w.resume(ctx); err != nil {
		w.cfg.Log.Info("earlier steps stay unfinished", "err", err)
	}
}

// begun returns the unfinished step of the same transaction, vendor and
// amount: to ask for the same again is to go on with it. scrip.ErrAbsent when
// there is none.
func (w *Wallet) begun(ctx context.Context, same Item) (Item, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return Item{}, fmt.Errorf("look up what is unfinished: %w", err)
	}
	for _, r := range list {
		if r.Transaction == same.Transaction && r.Vendor == same.Vendor && r.Amount == same.Amount {
			return r, nil
		}
	}
	return Item{}, scrip.ErrAbsent
}

// Began reports whether a purchase with the very same order is unfinished.
func (w *Wallet) Began(ctx context.Context, order scrip.Order) (bool, error) {
	_, err := w.begunPurchase(ctx, order)
	if errors.Is(err, scrip.ErrAbsent) {
		return false, nil
	}
	return err == nil, err
}

// begunPurchase is begun for the very same order.
func (w *Wallet) begunPurchase(ctx context.Context, order scrip.Order) (Item, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return Item{}, fmt.Errorf("look up what is unfinished: %w", err)
	}
	for _, r := range list {
		if r.Transaction != "6.3" {
			continue
		}
		var p purchase
		if err := w.vault.take(placeOfItem(r.Tx), r.Sealed, &p); err != nil {
			return Item{}, err
		}
		if p.Order == order {
			return r, nil
		}
	}
	return Item{}, scrip.ErrAbsent
}
