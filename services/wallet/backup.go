package wallet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"peerscrip/services/scrip"
)

// Of backups of the wallet on the command line. (The browser's are another
// format: it stores other records.)
const (
	backupFormat  = "peerscrip purse backup"
	backupVersion = 1
	placeOfBackup = "backup"
)

// ErrBackup says that a file is no backup of a purse, or was changed.
var ErrBackup = errors.New("this file is not a backup of a purse, or it was changed")

// backup is a backup's file: the image of a purse under its data key, and that
// under the passphrase, as in the purse itself.
type backup struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	Lock    Lock   `json:"lock"`
	Sealed  []byte `json:"sealed"`
}

// SealBackup makes a backup's file of a purse's image.
func (w *Wallet) SealBackup(ctx context.Context, image []byte) ([]byte, error) {
	owner, err := w.cfg.Purse.Owner(ctx)
	if err != nil {
		return nil, fmt.Errorf("back up: %w", err)
	}
	sealed, err := w.vault.seal(placeOfBackup, image)
	if err != nil {
		return nil, err
	}
	file, err := json.Marshal(backup{backupFormat, backupVersion, owner.Lock, sealed})
	if err != nil {
		return nil, fmt.Errorf("write a backup: %w", err)
	}
	return file, nil
}

// OpenBackup returns the image in a backup's file: ErrBackup when it is none,
// ErrPassphrase when what cfg knows does not open it.
func OpenBackup(cfg Config, file []byte) ([]byte, error) {
	var b backup
	if err := json.Unmarshal(file, &b); err != nil || b.Format != backupFormat || b.Version != backupVersion {
		return nil, ErrBackup
	}
	v, err := openVault(cfg, b.Lock)
	if err != nil {
		return nil, err
	}
	image, err := v.open(placeOfBackup, b.Sealed)
	if err != nil {
		return nil, ErrBackup
	}
	return image, nil
}

// Inventory is what a purse holds, to compare it with its backup.
type Inventory struct {
	Balance  Balance
	Scrip    []scrip.ID
	Receipts int
	Bare     int // of the receipts: without what was signed
	Items    int // in the journal
}

// Equal reports whether two purses hold the same, but for what was signed of
// receipts, for which a backup may have no room.
func (i Inventory) Equal(other Inventory) bool {
	i.Bare, other.Bare = 0, 0
	return reflect.DeepEqual(i, other)
}

// Inventory adds the purse up, and unlocks every scrip, every unfinished item
// and every receipt on the way: an error says which does not open.
func (w *Wallet) Inventory(ctx context.Context) (Inventory, error) {
	var i Inventory
	var err error
	if i.Balance, err = w.Balance(ctx); err != nil {
		return Inventory{}, err
	}
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return Inventory{}, fmt.Errorf("count scrip: %w", err)
	}
	for _, h := range holdings {
		if _, err := w.unlock(h); err != nil {
			return Inventory{}, err
		}
		if h.Vendor != "" {
			if _, _, err := w.holder(ctx, h); err != nil {
				return Inventory{}, err
			}
		}
		i.Scrip = append(i.Scrip, h.ScripID)
	}
	if err := w.unlockItems(ctx); err != nil {
		return Inventory{}, err
	}
	err = w.eachReceipt(ctx, w.cfg.Purse, 0, func(r Receipt) error {
		i.Receipts++
		if r.IsBare() {
			i.Bare++
		}
		return nil
	})
	if err != nil {
		return Inventory{}, err
	}
	const page = 500
	for last := page; last == page; i.Items += last {
		list, err := w.History(ctx, i.Items, page)
		if err != nil {
			return Inventory{}, err
		}
		last = len(list)
	}
	return i, nil
}

func (w *Wallet) unlockItems(ctx context.Context) error {
	list, err := w.cfg.Purse.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("look up what is unfinished: %w", err)
	}
	for _, r := range list {
		if _, err := w.vault.open(placeOfItem(r.Tx), r.Sealed); err != nil {
			return err
		}
	}
	return nil
}

// Reclaim is for a purse restored from a backup: it finishes what was unfinished,
// collects what was being collected, and has every scrip renewed, due or not (6.8), also what a stored answer brought
// just now. What comes is in this purse alone; what its issuer does not know any
// more is set aside. It reports whether copies of this purse elsewhere are worth
// nothing now: nothing is at stake, and no issuer said no to what may be money.
// The error joins what could not be asked.
func (w *Wallet) Reclaim(ctx context.Context) (bool, error) {
	release, err := w.takeTurn(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	errs := []error{errors.Join(w.resume(ctx), w.collectUnanswered(ctx), w.renewOld(ctx))}
	holdings, err := w.cfg.Purse.Holdings(ctx)
	if err != nil {
		return false, fmt.Errorf("look for what to renew: %w", err)
	}
	whole := errs[0] == nil
	for _, h := range holdings {
		if h.Doubt != "" || h.Tx != "" {
			whole = whole && h.Tx == "" && !h.isTooOldElsewhere(w.now())
			continue
		}
		_, err := w.run(ctx, Leg{"6.8", h.Value, h.ScripID}, purpose{})
		if err != nil && !settled(err) {
			errs = append(errs, err)
		}
		whole = whole && (err == nil || errors.Is(err, scrip.ScripSpent))
	}
	return whole, errors.Join(errs...)
}
