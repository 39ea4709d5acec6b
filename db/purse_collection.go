package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// collect writes a COLLECT down in place of the one before, or, for the same
// one, that it was answered.
func (c purseChange) collect() error {
	k := c.Collect
	if k == nil {
		return nil
	}
	return c.move("write down a collection", `INSERT INTO collection (vendor, tx, counter, sealed) VALUES (?, ?, ?, ?)
		ON CONFLICT (vendor) DO UPDATE SET tx = excluded.tx, counter = excluded.counter, sealed = excluded.sealed
		WHERE excluded.counter > collection.counter OR excluded.tx = collection.tx`,
		k.Vendor, k.Tx, k.Counter, blob(k.Sealed))
}

type collectionRow struct {
	Vendor  scrip.VendorID `db:"vendor"`
	Tx      scrip.ID       `db:"tx"`
	Counter int64          `db:"counter"`
	Sealed  []byte         `db:"sealed"`
}

// Collection returns the last COLLECT for a merchant, or scrip.ErrAbsent.
func (p *Purse) Collection(ctx context.Context, vendor scrip.VendorID) (wallet.Collection, error) {
	var r collectionRow
	err := p.db.get(ctx, &r, `SELECT vendor, tx, counter, sealed FROM collection WHERE vendor = ?`, vendor)
	if err != nil {
		return wallet.Collection{}, fmt.Errorf("read a collection: %w", err)
	}
	return wallet.Collection(r), nil
}

// Met lists the merchants for which there is a pseudonym.
func (p *Purse) Met(ctx context.Context) ([]scrip.VendorID, error) {
	var list []scrip.VendorID
	if err := p.db.list(ctx, &list, `SELECT vendor FROM pseudonym ORDER BY vendor`); err != nil {
		return nil, fmt.Errorf("list pseudonyms: %w", err)
	}
	return list, nil
}
