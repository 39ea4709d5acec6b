package services

import (
	"context"
	"crypto/rand"
	"time"

	"peerscrip/db"
	"peerscrip/services/broker"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// Revoke is broker.Revoke in the books of a broker's storage, beside the process that
// uses them or without it.
func Revoke(ctx context.Context, at storage.Config, vendor string) (name string, err error) {
	err = inBooks(ctx, at, func(books *db.Books, _ folder.Folder) error {
		name, err = broker.Revoke(ctx, books, scrip.VendorID(vendor), time.Now(), rand.Reader)
		return err
	})
	return name, err
}
