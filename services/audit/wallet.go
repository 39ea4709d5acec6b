package audit

import (
	"context"
	"errors"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// auditWallets checks I5 for the command-line wallets in the folders: every
// scrip in a wallet is live at its issuer, or at stake in a transaction that is
// not finished. Wallets are looked at before issuers, so that a payment made
// meanwhile is tried again and not found guilty.
func (r *Report) auditWallets(ctx context.Context, folders []folder.Folder, from issuers) error {
	for _, f := range folders {
		if !f.HasPurse() {
			continue
		}
		holdings, err := lookAtPurse(ctx, f.Purse())
		if err != nil {
			return err
		}
		if err := r.auditWallet(ctx, holdings, from); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) auditWallet(ctx context.Context, holdings []wallet.Holding, from issuers) error {
	dead, elsewhere := 0, 0
	for _, h := range holdings {
		if h.Tx != "" || h.Doubt != "" {
			continue
		}
		issuer, kind, known := from.of(h)
		if !known {
			elsewhere++
			continue
		}
		live, err := isLive(ctx, issuer, kind, h)
		if err != nil {
			return err
		}
		if !live {
			dead++
		}
	}
	r.say("I5", dead == 0, purseLive, Values{"Pieces": len(holdings), "Dead": dead, "Elsewhere": elsewhere})
	return nil
}

// issuers are the databases of those whose scrip can be asked after.
type issuers struct {
	books   string
	shelves map[scrip.VendorID]string
}

// of says which database has the row of a scrip, if it is here.
func (i issuers) of(h wallet.Holding) (path string, kind db.Kind, here bool) {
	if h.Vendor == "" {
		return i.books, db.Broker, true
	}
	path, here = i.shelves[h.Vendor]
	return path, db.Merchant, here
}

// isLive reports whether the issuer of a scrip has it and would take it.
func isLive(ctx context.Context, path string, kind db.Kind, h wallet.Holding) (bool, error) {
	issuer := func(database *db.DB) (scrip.Book, error) { return db.NewShelf(database, h.Vendor) }
	if kind == db.Broker {
		issuer = func(database *db.DB) (scrip.Book, error) { return db.NewBooks(database) }
	}
	return look(ctx, path, kind, issuer, func(book scrip.Book) (bool, error) {
		_, err := book.Live(ctx, h.ScripID)
		if errors.Is(err, scrip.ScripSpent) {
			return false, nil
		}
		return err == nil, err
	})
}
