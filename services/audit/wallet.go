package audit

import (
	"context"
	"errors"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
	"peerscrip/services/wallet"
)

// auditWallets checks I5 for the command-line wallets in the folders: every
// scrip in a wallet is live at its issuer, or at stake in a transaction that is
// not finished. Wallets are looked at before issuers, so that a payment made
// meanwhile is tried again and not found guilty.
func (r *Report) auditWallets(ctx context.Context, all []storage.Storage, from issuers) error {
	for _, s := range all {
		if !s.Folder.HasPurse() {
			continue
		}
		holdings, err := lookAtPurse(ctx, s)
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
		if !from.has(h) {
			elsewhere++
			continue
		}
		live, err := from.live(ctx, h)
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
	books   *db.DB
	shelves map[scrip.VendorID]shelfAt
}

// has reports whether the issuer of a scrip is here.
func (i issuers) has(h wallet.Holding) bool {
	_, here := i.shelves[h.Vendor]
	return here || h.Vendor == ""
}

// live reports whether the issuer of a scrip has it and would take it.
func (i issuers) live(ctx context.Context, h wallet.Holding) (bool, error) {
	if h.Vendor == "" {
		books, err := db.NewBooks(i.books)
		if err != nil {
			return false, err
		}
		return isLive(ctx, books, h)
	}
	return onShelf(ctx, i.shelves[h.Vendor], h.Vendor, func(s *db.Shelf) (bool, error) { return isLive(ctx, s, h) })
}

func isLive(ctx context.Context, book scrip.Book, h wallet.Holding) (bool, error) {
	_, err := book.Live(ctx, h.ScripID)
	if errors.Is(err, scrip.ScripSpent) {
		return false, nil
	}
	return err == nil, err
}
