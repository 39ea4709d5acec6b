package services

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// noStrays refuses a market that is an older copy than the books of its stalls
// (folder.ErrHalf): one of them owes money, and the market has not the stall's keys. A
// book that owes nothing is of a stall that is still being opened, or of none.
func noStrays(ctx context.Context, in folder.Folder, hosted func(scrip.VendorID) bool) error {
	shelves, err := in.Shelves()
	if err != nil {
		return err
	}
	for vendor, path := range shelves {
		if hosted(vendor) || path == in.OwnShelf() {
			continue
		}
		if owes, err := owesMoney(ctx, path, vendor); err == nil && owes { // what cannot be read is nobody's
			return in.Stray(path)
		}
	}
	return nil
}

// owesMoney reports whether a stall's book has money of customers, or has yet to tell
// the broker of some.
func owesMoney(ctx context.Context, path string, vendor scrip.VendorID) (owes bool, err error) {
	database, err := db.OpenReadOnly(ctx, path, db.Merchant)
	if err != nil {
		return false, fmt.Errorf("look at %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	shelf, err := db.NewShelf(database, vendor)
	if err != nil {
		return false, err
	}
	snap, err := shelf.Snapshot(ctx)
	return snap.Live.Count+snap.Unsettled.Count+snap.Unrecorded.Count+snap.Due.Count > 0, err
}
