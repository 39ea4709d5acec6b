// Package dbtest is for tests: fresh databases, each a copy of one whose tables
// were made once in the process. Making tables costs four times as much as all
// the rest of opening a database.
package dbtest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"peerscrip/db"
)

// Open opens the database at a place, a path or a URL, made as a new one where there is
// none. It is closed when the test ends.
func Open(t testing.TB, place string, kind db.Kind) *db.DB {
	t.Helper()
	if !db.IsURL(place) {
		if err := Make(place, kind); err != nil {
			t.Fatal(err)
		}
	}
	d, err := db.Open(t.Context(), place, kind, db.SealedUnder(Key))
	if err != nil {
		t.Fatalf("open %s: %v", place, err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close %s: %v", place, err)
		}
	})
	return d
}

// Opener opens a fresh database, closed when the test ends.
type Opener func(t testing.TB, kind db.Kind) *db.DB

// Each runs a test on each kind of database that there is. What one cannot keep is
// skipped there.
func Each(t *testing.T, f func(t *testing.T, open Opener)) {
	t.Run("SQLite", func(t *testing.T) { f(t, SQLite) })
	t.Run("PostgreSQL", func(t *testing.T) { f(t, PostgreSQL("")) })
	t.Run("Serializable", func(t *testing.T) { f(t, PostgreSQL("&default_transaction_isolation=serializable")) })
}

// SQLite opens a file of its own.
func SQLite(t testing.TB, kind db.Kind) *db.DB {
	t.Helper()
	return Open(t, filepath.Join(t.TempDir(), "a.db"), kind)
}

// PostgreSQL opens databases of their own, with settings in the form of a URL's query.
func PostgreSQL(settings string) Opener {
	return func(t testing.TB, kind db.Kind) *db.DB {
		t.Helper()
		if !slices.Contains(db.InPostgres(), kind) {
			t.Skipf("no %s is kept in PostgreSQL", kind)
		}
		return Open(t, Postgres(t)+settings, kind)
	}
}

// Make makes an empty database at path, unless there is one, as [db.Open] would.
func Make(path string, kind db.Kind) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	image, err := blank(kind)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make a database: %w", err)
	}
	if err := os.WriteFile(path, image, 0o600); err != nil {
		return fmt.Errorf("make a database: %w", err)
	}
	return nil
}

// blanks are the files of empty databases, by kind.
var blanks = struct {
	sync.Mutex
	files map[db.Kind][]byte
}{files: map[db.Kind][]byte{}}

func blank(kind db.Kind) ([]byte, error) {
	blanks.Lock()
	defer blanks.Unlock()
	if image, made := blanks.files[kind]; made {
		return image, nil
	}
	folder, err := os.MkdirTemp("", "peerscrip-blank")
	if err != nil {
		return nil, fmt.Errorf("make a blank %s's database: %w", kind, err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left is the operating system's to clean
	path := filepath.Join(folder, "blank.db")
	d, err := db.Open(context.Background(), path, kind)
	if err != nil {
		return nil, fmt.Errorf("make a blank %s's database: %w", kind, err)
	}
	if err := d.Close(); err != nil { // which leaves all in the one file
		return nil, fmt.Errorf("make a blank %s's database: %w", kind, err)
	}
	image, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read a blank %s's database: %w", kind, err)
	}
	blanks.files[kind] = image
	return image, nil
}
