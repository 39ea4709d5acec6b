package services

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// auditWallets checks I5 for the command-line wallets in the folders: every
// scrip in a wallet is live at its issuer, or at stake in a transaction that is
// not finished. Wallets are looked at before issuers, so that a payment made
// meanwhile is tried again and not found guilty.
func (r *Report) auditWallets(ctx context.Context, folders []string, shelves map[scrip.VendorID]string) error {
	for _, folder := range folders {
		path := filepath.Join(folder, "wallet", "purse.db")
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		holdings, err := lookAtPurse(ctx, path)
		if err != nil {
			return err
		}
		if err := r.auditWallet(ctx, holdings, folders, shelves); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) auditWallet(ctx context.Context, holdings []wallet.Holding, folders []string, shelves map[scrip.VendorID]string) error {
	dead, elsewhere := 0, 0
	for _, h := range holdings {
		if h.Tx != "" || h.Doubt != "" {
			continue
		}
		issuer, kind, known := issuerOf(h, folders, shelves)
		if !known {
			elsewhere++
			continue
		}
		live, err := isLive(ctx, issuer, kind, h.ScripID)
		if err != nil {
			return err
		}
		if !live {
			dead++
		}
	}
	r.say("I5", dead == 0, "a wallet's %d scrip: %d not live at their issuers, %d of stalls that are elsewhere", len(holdings), dead, elsewhere)
	return nil
}

// issuerOf says which database has the row of a scrip, if it is here.
func issuerOf(h wallet.Holding, folders []string, shelves map[scrip.VendorID]string) (string, db.Kind, bool) {
	if h.Vendor != "" {
		path, here := shelves[h.Vendor]
		return path, db.Merchant, here
	}
	path, here := booksIn(folders)
	return path, db.Broker, here
}

func isLive(ctx context.Context, path string, kind db.Kind, id scrip.ID) (bool, error) {
	database, err := db.OpenReadOnly(ctx, path, kind)
	if err != nil {
		return false, err
	}
	issuer, err := issuerIn(database, kind)
	if err != nil {
		return false, errors.Join(err, database.Close())
	}
	_, err = issuer.Live(ctx, id)
	if errors.Is(err, scrip.ScripSpent) {
		return false, database.Close()
	}
	return err == nil, errors.Join(err, database.Close())
}

// issuerIn is the book in a database of the kind.
func issuerIn(database *db.DB, kind db.Kind) (scrip.Book, error) {
	if kind == db.Broker {
		return db.NewBooks(database)
	}
	return db.NewShelf(database)
}

func lookAtPurse(ctx context.Context, path string) ([]wallet.Holding, error) {
	database, err := db.OpenReadOnly(ctx, path, db.Wallet)
	if err != nil {
		return nil, err
	}
	purse, err := db.NewPurse(database)
	if err != nil {
		return nil, errors.Join(err, database.Close())
	}
	holdings, err := purse.Holdings(ctx)
	return holdings, errors.Join(err, database.Close())
}
