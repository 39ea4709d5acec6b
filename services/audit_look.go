package services

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// booksIn finds the broker's books.
func booksIn(folders []string) (string, bool) {
	for _, folder := range folders {
		path := filepath.Join(folder, "broker", "book.db")
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path, true
		}
	}
	return "", false
}

// currencyOf returns the currency in which the broker's books are kept.
func currencyOf(folders []string) (scrip.Currency, error) {
	books, ok := booksIn(folders)
	if !ok {
		return scrip.Currency{}, errNothingToAudit
	}
	code, err := os.ReadFile(filepath.Join(filepath.Dir(books), currencyFile))
	if err != nil {
		return scrip.Currency{}, fmt.Errorf("read the currency of the books: %w", err)
	}
	return scrip.ParseCurrency(string(code))
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
func lookAtBooks(ctx context.Context, folders []string, q db.Question) (db.BooksSnapshot, error) {
	path, ok := booksIn(folders)
	if !ok {
		return db.BooksSnapshot{}, errNothingToAudit
	}
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

// shelvesIn finds the books of stalls, by vendor.
func shelvesIn(folders []string) (map[scrip.VendorID]string, error) {
	shelves := map[scrip.VendorID]string{}
	for _, folder := range folders {
		hosted, err := filepath.Glob(filepath.Join(folder, "stalls", "*", "book.db"))
		if err != nil {
			return nil, err
		}
		for _, path := range hosted {
			shelves[scrip.VendorID(filepath.Base(filepath.Dir(path)))] = path
		}
		b, err := os.ReadFile(filepath.Join(folder, "stall", "certificate.json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var kept certificateFile
		if err == nil {
			err = json.Unmarshal(b, &kept)
		}
		if err != nil {
			return nil, fmt.Errorf("read a stall's certificate: %w", err)
		}
		shelves[kept.Vendor] = filepath.Join(folder, "stall", "book.db")
	}
	return shelves, nil
}
