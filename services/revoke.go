package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"peerscrip/db"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// Revoke is broker.Revoke in the books of a data folder, beside the process that
// uses them or without it.
func Revoke(ctx context.Context, data, vendor string) (name string, err error) {
	f := folder.At(data)
	if !f.HasBooks() {
		return "", fmt.Errorf("this is no broker's data folder: %s", data)
	}
	database, err := db.Open(ctx, f.Books(), db.Broker)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	books, err := db.NewBooks(database)
	if err != nil {
		return "", err
	}
	return broker.Revoke(ctx, books, scrip.VendorID(vendor), time.Now(), rand.Reader)
}
