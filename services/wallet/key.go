package wallet

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Key is how somebody names a purchase, or what is said about an offer, who asks for it and may not hear
// the answer: the same again is answered with that purchase, or conversation, and makes no second one.
type Key struct {
	Name   string // of the asker's choice
	Digest string // of what is asked: the same name with another is scrip.TxConflict
}

// Keyed is a Key as the purse keeps it, by a digest of its name.
type Keyed struct {
	Name   string
	Tx     scrip.ID // of the last purchase that was begun for it
	Sealed []byte   // Key.Digest
}

func placeOfKey(name string) string { return "key " + name }

// BoughtAs returns the purchase of a key, and goes on with it if it is unfinished.
// scrip.ErrAbsent: none was begun, or what was begun was refused, which moved nothing:
// BuyAgreed may begin it. ErrNoAnswer: nobody knows whether it was made, and it is not begun again
// for this key. scrip.TxConflict: the key was used for something else.
func (w *Wallet) BoughtAs(ctx context.Context, key Key) (Receipt, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return Receipt{}, err
	}
	defer release()
	return w.boughtAs(ctx, key)
}

func (w *Wallet) boughtAs(ctx context.Context, key Key) (Receipt, error) {
	name := jose.Digest([]byte(key.Name))
	row, err := w.cfg.Purse.Keyed(ctx, name)
	if err != nil {
		return Receipt{}, fmt.Errorf("look up a key: %w", err)
	}
	digest := ""
	if err := w.vault.take(placeOfKey(name), row.Sealed, &digest); err != nil {
		return Receipt{}, err
	}
	if key.Digest != "" && digest != key.Digest {
		return Receipt{}, scrip.TxConflict
	}
	it, err := w.cfg.Purse.Item(ctx, row.Tx)
	switch {
	case err != nil:
		return Receipt{}, fmt.Errorf("look up the purchase of a key: %w", err)
	case it.Phase == PhaseRefused:
		return Receipt{}, scrip.ErrAbsent
	case it.Phase == PhaseUndone:
		return Receipt{}, ErrNoAnswer
	case it.Phase != PhaseDone:
		if err := w.finish(ctx, it); err != nil {
			return Receipt{}, err
		}
	}
	return w.Receipt(ctx, it.Tx)
}

// keyed is what is kept of the key of a purchase in the commit that writes T10.
func (w *Wallet) keyed(key Key, tx scrip.ID) (*Keyed, error) {
	if key.Name == "" {
		return nil, nil
	}
	name := jose.Digest([]byte(key.Name))
	sealed, err := w.vault.put(placeOfKey(name), key.Digest)
	return &Keyed{name, tx, sealed}, err
}

// goneOn is the purchase that an earlier call has begun and that goes on now: of the same key or,
// without one, of the very same order. scrip.ErrAbsent: none was.
func (w *Wallet) goneOn(ctx context.Context, key Key, order scrip.Order) (Receipt, error) {
	if key.Name != "" {
		return w.boughtAs(ctx, key)
	}
	it, err := w.begunPurchase(ctx, order)
	if errors.Is(err, scrip.ErrAbsent) {
		return Receipt{}, err
	}
	if err == nil {
		err = w.finish(ctx, it)
	}
	if err != nil {
		return Receipt{}, err
	}
	return w.Receipt(ctx, it.Tx)
}
