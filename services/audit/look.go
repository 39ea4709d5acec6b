package audit

import (
	"context"
	"errors"
	"maps"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
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

// questionOf asks the books whether they hold the T12s, T23s and REFUNDs
// that shelves wait for, and for the log's roots at heads.
func questionOf(shelves map[scrip.VendorID]db.ShelfSnapshot, heads []tree.Head) db.Question {
	q := db.Question{Sizes: sizesOf(heads)}
	for vendor, shelf := range shelves {
		q.Sales = append(q.Sales, shelf.Waiting...)
		q.Returns = append(q.Returns, named(vendor, shelf.Returning)...)
		q.Refunds = append(q.Refunds, named(vendor, shelf.Uncovered)...)
	}
	return q
}

// lookAtBooks looks at the broker's books, and has them answer q.
func lookAtBooks(ctx context.Context, path string, q db.Question) (db.BooksSnapshot, error) {
	database, err := db.OpenReadOnly(ctx, path, db.Broker)
	if err != nil {
		return db.BooksSnapshot{}, err
	}
	books, err := db.NewBooks(database)
	if err != nil {
		return db.BooksSnapshot{}, errors.Join(err, database.Close())
	}
	snapshot, err := books.Snapshot(ctx, q)
	return snapshot, errors.Join(err, database.Close())
}

// named are what a shelf waits for, by their full name.
func named(v scrip.VendorID, waiting []db.Return) []db.Return {
	var list []db.Return
	for _, r := range waiting {
		r.Vendor = v
		list = append(list, r)
	}
	return list
}

func lookAtShelf(ctx context.Context, path string) (db.ShelfSnapshot, error) {
	database, err := db.OpenReadOnly(ctx, path, db.Merchant)
	if err != nil {
		return db.ShelfSnapshot{}, err
	}
	shelf, err := db.NewShelf(database)
	if err != nil {
		return db.ShelfSnapshot{}, errors.Join(err, database.Close())
	}
	snapshot, err := shelf.Snapshot(ctx)
	return snapshot, errors.Join(err, database.Close())
}
