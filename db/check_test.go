package db_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"peerscrip/db"
)

// written is a database of some commits that are in its write-ahead log alone, as
// a kill leaves it.
func written(t *testing.T) string {
	t.Helper()
	from := t.TempDir()
	d, err := db.Open(t.Context(), filepath.Join(from, "x.db"), db.Broker)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		if err := d.Probe(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(to, "x.db-shm")); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(to, "x.db")
}

// change rewrites a file.
func change(t *testing.T, path string, how func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, how(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestDamaged: what a crash leaves is opened; garbage in a database or in the
// middle of its write-ahead log is told, and loses nothing in silence.
func TestDamaged(t *testing.T) {
	garbage := bytes.Repeat([]byte{0xa5}, 64)
	for what, tc := range map[string]struct {
		spoil   func(path string)
		damaged bool
	}{
		"killed":          {func(string) {}, false},
		"torn at its end": {func(path string) { change(t, path+"-wal", func(b []byte) []byte { return b[:len(b)-10] }) }, false},
		"an empty log":    {func(path string) { change(t, path+"-wal", func([]byte) []byte { return nil }) }, false},
		"log all garbage": {func(path string) { change(t, path+"-wal", func([]byte) []byte { return garbage }) }, true},
		"log's beginning": {func(path string) { change(t, path+"-wal", func(b []byte) []byte { copy(b, garbage); return b }) }, true},
		"log's middle": {func(path string) {
			change(t, path+"-wal", func(b []byte) []byte { copy(b[len(b)/2:], garbage); return b })
		}, true},
		"a page": {func(path string) {
			closed(t, path)
			change(t, path, func(b []byte) []byte { copy(b[3*4096:4*4096], bytes.Repeat(garbage, 64)); return b })
		}, true},
		"the first page": {func(path string) {
			closed(t, path)
			change(t, path, func(b []byte) []byte { copy(b, garbage); return b })
		}, true},
	} {
		path := written(t)
		tc.spoil(path)
		d, err := db.OpenAlone(t.Context(), path, db.Broker)
		if err == nil {
			err = errors.Join(d.Probe(t.Context()), d.Close())
		}
		if errors.Is(err, db.ErrDamaged) != tc.damaged || (!tc.damaged && err != nil) {
			t.Errorf("%s: got %v, want damaged %v", what, err, tc.damaged)
		}
	}
}

// TestDamagedCatalogue: a market is opened before all of its catalogue was looked at, and says
// soon after that it is damaged; where what cannot be made anew is, it is not opened.
func TestDamagedCatalogue(t *testing.T) {
	for what, tc := range map[string]struct {
		of   string // whose first page
		open bool
	}{"the catalogue": {"catalogue_listing", true}, "the stalls that it hosts": {"hosted", false}} {
		path := filepath.Join(t.TempDir(), "market.db")
		d, err := db.Open(t.Context(), path, db.Market)
		if err != nil {
			t.Fatal(err)
		}
		page := d.Count(`SELECT rootpage FROM sqlite_schema WHERE name = '` + tc.of + `'`)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		change(t, path, func(b []byte) []byte {
			copy(b[(page-1)*4096:page*4096], bytes.Repeat([]byte{0xa5}, 4096))
			return b
		})
		d, err = db.OpenAlone(t.Context(), path, db.Market, db.CheckedBehind())
		if !tc.open {
			if !errors.Is(err, db.ErrDamaged) {
				t.Errorf("%s: got %v, want %v", what, err, db.ErrDamaged)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: got %v, want it open", what, err)
		}
		for range 1000 {
			if err = d.Probe(t.Context()); err != nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		if !errors.Is(err, db.ErrDamaged) {
			t.Errorf("%s, while it is used: got %v, want %v", what, err, db.ErrDamaged)
		}
		if err := d.Close(); err != nil {
			t.Errorf("%s: close: %v", what, err)
		}
		if d, err := db.OpenAlone(t.Context(), path, db.Market); !errors.Is(err, db.ErrDamaged) {
			t.Errorf("%s, looked at whole: got %v, %v, want %v", what, d, err, db.ErrDamaged)
		}
	}
}

// closed empties the write-ahead log of a database in good order.
func closed(t *testing.T, path string) {
	t.Helper()
	d, err := db.OpenAlone(t.Context(), path, db.Broker)
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestRoom: a change is answered with what Room says, and nothing is tried; when
// there is room again it is made.
func TestRoom(t *testing.T) {
	d, err := db.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), db.Broker)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	full := errors.New("full")
	room := full
	d.Guard(db.Watch{Room: func() error { return room }})
	if err := d.Probe(t.Context()); !errors.Is(err, full) {
		t.Errorf("without room: got %v, want %v", err, full)
	}
	room = nil
	if err := d.Probe(t.Context()); err != nil {
		t.Errorf("with room again: got %v, want no error", err)
	}
}
