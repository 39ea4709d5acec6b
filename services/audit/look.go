package audit

import (
	"context"
	"errors"
	"maps"
	"slices"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
	"peerscrip/services/wallet"
)

// brokerIn finds the folder with the broker's books.
func brokerIn(folders []folder.Folder) (folder.Folder, error) {
	for _, f := range folders {
		if f.HasBooks() {
			return f, nil
		}
	}
	return folder.Folder{}, errNothingToAudit
}

// shelvesIn finds the databases of stalls, by vendor.
func shelvesIn(folders []folder.Folder) (map[scrip.VendorID]string, error) {
	all := map[scrip.VendorID]string{}
	for _, f := range folders {
		shelves, err := f.Shelves()
		if err != nil {
			return nil, err
		}
		maps.Copy(all, shelves)
	}
	return all, nil
}

// questionOf asks the books whether they hold the T12s, T23s and REFUNDs that
// shelves wait for, whose the pseudonyms on them are, and for the log's roots at
// heads.
func questionOf(shelves map[scrip.VendorID]db.ShelfSnapshot, heads []tree.Head) db.Question {
	q := db.Question{Sizes: sizesOf(heads)}
	for vendor, shelf := range shelves {
		q.Sales = append(q.Sales, shelf.Waiting...)
		q.GiveBacks = append(q.GiveBacks, named(vendor, shelf.GivingBack)...)
		q.Refunds = append(q.Refunds, named(vendor, shelf.Uncovered)...)
		q.Holders = append(q.Holders, holdersOn(vendor, shelf)...)
	}
	return q
}

// look reads something of a database beside the process that writes it. store
// makes what is read of the database.
func look[S, T any](
	ctx context.Context, path string, kind db.Kind, store func(*db.DB) (S, error), read func(S) (T, error),
) (found T, err error) {
	database, err := db.OpenReadOnly(ctx, path, kind)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	from, err := store(database)
	if err != nil {
		return found, err
	}
	return read(from)
}

// lookAtBooks looks at the broker's books, and has them answer q.
func lookAtBooks(ctx context.Context, path string, q db.Question) (db.BooksSnapshot, error) {
	return look(ctx, path, db.Broker, db.NewBooks, func(b *db.Books) (db.BooksSnapshot, error) { return b.Snapshot(ctx, q) })
}

func lookAtShelf(ctx context.Context, path string, vendor scrip.VendorID) (db.ShelfSnapshot, error) {
	shelf := func(database *db.DB) (*db.Shelf, error) { return db.NewShelf(database, vendor) }
	return look(ctx, path, db.Merchant, shelf, func(s *db.Shelf) (db.ShelfSnapshot, error) { return s.Snapshot(ctx) })
}

func lookAtPurse(ctx context.Context, path string) ([]wallet.Holding, error) {
	return look(ctx, path, db.Wallet, db.NewPurse, func(p *db.Purse) ([]wallet.Holding, error) { return p.Holdings(ctx) })
}

// named are what a shelf waits for, by their full name.
func named(v scrip.VendorID, waiting []db.Owed) []db.Owed {
	var list []db.Owed
	for _, r := range waiting {
		r.Vendor = v
		list = append(list, r)
	}
	return list
}

// holdersOn are the pseudonyms to whom a shelf owes anything.
func holdersOn(v scrip.VendorID, shelf db.ShelfSnapshot) []db.Holder {
	all := map[scrip.Pseudonym]bool{}
	for p := range shelf.Holders {
		all[p] = true
	}
	for _, sale := range shelf.Waiting {
		all[sale.Pseudonym] = true
	}
	for _, owed := range slices.Concat(shelf.GivingBack, shelf.Uncovered) {
		all[owed.Pseudonym] = true
	}
	var list []db.Holder
	for p := range all {
		list = append(list, db.Holder{Pseudonym: p, Vendor: v})
	}
	return list
}
