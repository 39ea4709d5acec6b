package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

// Revoke takes back a stall's certificate, for good, in the books of the broker
// whose data folder it is, and returns the stall's name. A running broker need
// not be stopped: it, and every market, sees it at their next look. The error
// is a sentence; it is scrip.ErrAbsent where there is no such stall, and
// scrip.StallRevoked where it was revoked before.
func Revoke(ctx context.Context, data, vendorID string) (name string, err error) {
	vendor := scrip.VendorID(vendorID)
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
	if errors.Is(err, scrip.ErrAbsent) {
		return "", fmt.Errorf("there is no stall %s: %w", vendor, err)
	}
	if err != nil {
		return "", err
	}
	tx, err := scrip.NewID(rand.Reader)
	if err != nil {
		return "", err
	}
	at := time.Now().Unix()
	err = books.Apply(ctx, scrip.Change{At: at, Revoke: vendor, Log: []scrip.Record{
		{At: at, Kind: "REVOKE", Tx: tx, Account: stall.Account, Vendor: vendor},
	}})
	if errors.Is(err, scrip.StallRevoked) {
		return "", fmt.Errorf("%s was revoked before: %w", stall.Name, err)
	}
	return stall.Name, err
}
