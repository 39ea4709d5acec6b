package services

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

// Revoke takes back a stall's certificate, for good, in the books of the broker
// whose data folder it is, and returns the stall's name. A running broker need
// not be stopped: it, and every market, sees it at their next look.
// scrip.UnknownVendor: there is no such stall; scrip.StallRevoked: it was
// revoked before.
func Revoke(ctx context.Context, data string, vendor scrip.VendorID) (name string, err error) {
	path := filepath.Join(data, "broker", "book.db")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("this is no broker's data folder: %w", err)
	}
	database, err := db.Open(ctx, path, db.Broker)
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := database.Close(); err == nil {
			err = closed
		}
	}()
	books, err := db.NewBooks(database)
	if err != nil {
		return "", err
	}
	stall, err := books.Stall(ctx, vendor)
	if err != nil {
		return "", fmt.Errorf("look for stall %s: %w", vendor, err)
	}
	tx, err := scrip.NewID(rand.Reader)
	if err != nil {
		return "", err
	}
	at := time.Now().Unix()
	return stall.Name, books.Apply(ctx, scrip.Change{At: at, Revoke: vendor, Log: []scrip.Record{
		{At: at, Kind: "REVOKE", Tx: tx, Account: stall.Account, Vendor: vendor},
	}})
}
