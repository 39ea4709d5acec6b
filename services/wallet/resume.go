package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// Resume takes up every unfinished item: it is done, undone, or still not
// settled. The error joins what is still not settled (ErrUnfinished, *Confirm);
// an item that turned out to be refused or undone is settled and no error. It
// begins nothing new but the renewal of what is due, and RESCUE of what is stuck at a
// merchant: an exchange that was made
// for a purchase leaves its VendorScrip in the purse, and Buy goes on from there.
func (w *Wallet) Resume(ctx context.Context) error {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer release()
	return errors.Join(w.resume(ctx), w.renewOld(ctx), w.renewDue(ctx, false), w.rescueStuck(ctx))
}

// settleAll is Resume without renewals.
func (w *Wallet) settleAll(ctx context.Context) error {
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

// resumeOnly takes up the unfinished items that are wanted.
func (w *Wallet) resumeOnly(ctx context.Context, wanted func(Item) bool) error {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("look up what is unfinished: %w", err)
	}
	var errs []error
	if err := w.finishBank(ctx); err != nil && !settled(err) {
		errs = append(errs, fmt.Errorf("resume BANK: %w", err))
	}
	if err := w.finishRekey(ctx); err != nil && !settled(err) {
		errs = append(errs, fmt.Errorf("resume REKEY: %w", err))
	}
	for _, it := range list {
		if !wanted(it) {
			continue
		}
		if err := w.finish(ctx, it); err != nil && !settled(err) {
			errs = append(errs, fmt.Errorf("resume %s: %w", it.Transaction, err))
		}
	}
	return errors.Join(errs...)
}

// tryUnfinished gives earlier items a chance before a new one needs their
// money. What stays unfinished shows as ErrBusy where it matters.
func (w *Wallet) tryUnfinished(ctx context.Context) {
	if err := w.resume(ctx); err != nil {
		w.cfg.Log.Info("earlier payments stay unfinished", "err", err)
	}
}

// begun returns the unfinished item of the same transaction, vendor and
// amount: to ask for the same again is to go on with it. scrip.ErrAbsent when
// there is none.
func (w *Wallet) begun(ctx context.Context, same Item) (Item, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return Item{}, fmt.Errorf("look up what is unfinished: %w", err)
	}
	for _, it := range list {
		if it.Transaction == same.Transaction && it.Vendor == same.Vendor && it.Amount == same.Amount {
			return it, nil
		}
	}
	return Item{}, scrip.ErrAbsent
}

// Began reports whether a purchase of the very same basket, as BuyAhead takes
// it, is unfinished.
func (w *Wallet) Began(ctx context.Context, basket Basket) (bool, error) {
	_, order, err := basket.order()
	if err == nil {
		_, err = w.begunPurchase(ctx, order)
	}
	if errors.Is(err, scrip.ErrAbsent) {
		return false, nil
	}
	return err == nil, err
}

// begunPurchase is the unfinished purchase with the very same order, or
// scrip.ErrAbsent.
func (w *Wallet) begunPurchase(ctx context.Context, order scrip.Order) (Item, error) {
	return begunWith(ctx, w, "6.3", func(p purchase) bool { return sameOrder(p.Order, order) })
}

// begunWith returns the unfinished item of a transaction whose content asks the same,
// or scrip.ErrAbsent.
func begunWith[P any](ctx context.Context, w *Wallet, transaction string, same func(P) bool) (Item, error) {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return Item{}, fmt.Errorf("look up what is unfinished: %w", err)
	}
	for _, it := range list {
		if it.Transaction != transaction {
			continue
		}
		var content P
		if err := w.vault.take(placeOfItem(it.Tx), it.Sealed, &content); err != nil {
			return Item{}, err
		}
		if same(content) {
			return it, nil
		}
	}
	return Item{}, scrip.ErrAbsent
}
