package db

import (
	"context"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// admittedRow is a listing as it was filled in.
type admittedRow struct {
	Offer      scrip.ID `db:"offer"`
	Version    scrip.ID `db:"version"`
	ValidUntil int64    `db:"valid_until"`
	Signed     string   `db:"signed"`
}

// Admitted are the listings of a stall as they were filled in, by their signed text.
func (c *Catalogue) Admitted(ctx context.Context, vendor scrip.VendorID) (map[string]market.Admitted, error) {
	var rows []admittedRow
	err := c.db.list(ctx, &rows, `SELECT offer, version, valid_until, signed FROM catalogue_listing WHERE vendor = ?`, vendor)
	if err != nil {
		return nil, fmt.Errorf("read what was admitted of a stall: %w", err)
	}
	known := make(map[string]market.Admitted, len(rows))
	for _, r := range rows {
		known[r.Signed] = market.Admitted{Offer: r.Offer, Version: r.Version, ValidUntil: r.ValidUntil}
	}
	return known, nil
}

// restock makes what is left of a listing that stays as it is signed what its stall says
// now; one that had ended is there again. It reports whether that may change that it is offered.
func restock(tx *sqlx.Tx, vendor scrip.VendorID, l market.Left) (changes bool, err error) {
	var offered bool
	err = absent(tx.Get(&offered, `UPDATE catalogue_listing SET stock = ?, ended = 0 WHERE vendor = ? AND offer = ? AND signed = ? RETURNING offered`,
		l.Stock, vendor, l.Offer, l.Signed))
	if err != nil {
		return false, fmt.Errorf("store what is left of a listing: %w", err)
	}
	return offered != (l.Stock > 0), nil
}

// Restock makes what is left of some listings of a stall what it says now. What is so
// already costs no commit: of most things more are left than anyone is told.
func (c *Catalogue) Restock(ctx context.Context, vendor scrip.VendorID, left []market.Left) error {
	var changed []market.Left
	turned := map[scrip.ID]bool{} // there is one again, or none any more
	for _, l := range left {
		var stock int
		err := c.db.get(ctx, &stock, `SELECT stock FROM catalogue_listing WHERE vendor = ? AND offer = ? AND signed = ? AND ended = 0`,
			vendor, l.Offer, l.Signed)
		if err != nil {
			return fmt.Errorf("read what is left of a listing: %w", err)
		}
		if stock != l.Stock {
			changed = append(changed, l)
			turned[l.Offer] = (stock > 0) != (l.Stock > 0)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	return c.db.commit(ctx, func(tx *sqlx.Tx) error {
		return each(changed, "take over what was bought", func(l market.Left) error {
			changes, err := restock(tx, vendor, l)
			if err != nil || !changes && !turned[l.Offer] {
				return err
			}
			x, err := index(tx)
			if err != nil {
				return err
			}
			if err := x.tell(vendor, l.Offer); err != nil {
				return err
			}
			return x.reoffer(vendor, l.Offer, 0) // what is over is taken out where it is looked for
		})
	})
}
