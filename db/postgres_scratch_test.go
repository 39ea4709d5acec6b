package db_test

import (
	"context"
	"strings"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
)

// TestScratch: a database for measurements is empty and of its own, and gone when it is
// dropped.
func TestScratch(t *testing.T) {
	server := dbtest.Postgres(t)
	place, drop, err := db.Scratch(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	open := func() error {
		d, err := db.Open(context.Background(), place, db.Broker, db.SealedUnder(dbtest.Key))
		if err == nil {
			err = d.Close()
		}
		return err
	}
	if err := open(); err != nil || place == server {
		t.Errorf("open %s: got %v, want a database of its own", place, err)
	}
	if err := drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := open(); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("open it once it is dropped: got %v, want that it does not exist", err)
	}
	if _, _, err := db.Scratch(t.Context(), "a/file.db"); err == nil {
		t.Error("a file: got none, want an error")
	}
}
