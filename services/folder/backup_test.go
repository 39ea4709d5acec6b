package folder_test

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"peerscrip/services/folder"
)

// TestBackupNames: what a backup has of a folder is named from the folder on, however that is
// named, and what leads out of one is refused.
func TestBackupNames(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, at := range []string{"./data", "data", t.TempDir()} {
		f := must(folder.Open(at))
		must(f.BrokerKeys(rand.Reader, 1_800_000_000))
		if err := os.WriteFile(f.Books(), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, path := range append(must(f.Databases()), f.Beside()...) {
			names = append(names, f.Name(path))
			if got, err := f.Named(f.Name(path)); err != nil || got != path {
				t.Errorf("%s: got %q, %v, want %q again", at, got, err, path)
			}
		}
		if want := []string{"broker/book.db", "broker/keys.json"}; !slices.Equal(names, want) {
			t.Errorf("%s: got %q, want %q", at, names, want)
		}
		if err := f.Empty(); !errors.Is(err, folder.ErrFilled) {
			t.Errorf("%s: got %v, want %v", at, err, folder.ErrFilled)
		}
		if err := f.Manifest(&names); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s, which is no backup: got %v, want %v", at, err, fs.ErrNotExist)
		}
	}
	f := folder.At("data")
	for _, name := range []string{"../keys.json", "/etc/passwd", "broker/../../keys.json", "stalls/x/../../../book.db", "lock", "", "stalls/book.db"} {
		if path, err := f.Named(name); err == nil {
			t.Errorf("%q: got %q, want an error", name, path)
		}
	}
}

// TestMoving: while books are moved no mark is taken at its word, nor one that came after a first look; once they are there, or here
// again, each is.
func TestMoving(t *testing.T) {
	for name, of := range map[string]struct {
		first, then func(folder.Folder) error // before the first look, and after it
		settled     bool
		still       bool
	}{
		"nothing moved":     {keep(), keep(), true, true},
		"moved before":      {keep(folder.Folder.KeepElsewhere), keep(), true, true},
		"about to be":       {keep(folder.Folder.KeepMoving), keep(), false, false},
		"half the marks":    {keep(folder.Folder.KeepMoving, folder.Folder.KeepElsewhere), keep(), false, false},
		"a move begins":     {keep(), keep(folder.Folder.KeepMoving, folder.Folder.KeepElsewhere), true, false},
		"a move is done":    {keep(), keep(folder.Folder.KeepMoving, folder.Folder.KeepMarketElsewhere, arrived), true, false},
		"was moved":         {keep(folder.Folder.KeepMoving, folder.Folder.KeepElsewhere, arrived), keep(), true, true},
		"is here again":     {keep(folder.Folder.KeepMoving, folder.Folder.KeepElsewhere, hereAgain), keep(), true, true},
		"here again, twice": {keep(hereAgain, hereAgain, arrived), keep(), true, true},
	} {
		f := folder.At(t.TempDir())
		for _, dir := range []string{"broker", "market", "stall"} {
			if err := os.Mkdir(filepath.Join(f.Path(), dir), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := of.first(f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		before, err := f.Settled()
		if got := err == nil; got != of.settled || !got && !errors.Is(err, folder.ErrMoving) {
			t.Errorf("%s: got %q, %v, want it settled: %v", name, before, err, of.settled)
		}
		if err := of.then(f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := f.StillSettled(before); (err == nil) != of.still || err != nil && !errors.Is(err, folder.ErrMoving) {
			t.Errorf("%s: got %v at the second look, want it settled: %v", name, err, of.still)
		}
	}
}

// keep says of a folder that its books are, or are to be, in one database, in several ways one after the other.
func keep(ways ...func(folder.Folder, string) error) func(folder.Folder) error {
	return func(f folder.Folder) error {
		for _, way := range ways {
			if err := way(f, "postgres://a"); err != nil {
				return err
			}
		}
		return nil
	}
}

func arrived(f folder.Folder, _ string) error { return f.Arrived() }

func hereAgain(f folder.Folder, _ string) error { return f.HereAgain() }

// TestInUse: what a party has left in files is not in use once its books are in a database; the others' are.
func TestInUse(t *testing.T) {
	for name, of := range map[string]struct {
		move func(folder.Folder) error
		want []string
	}{
		"nothing moved": {func(folder.Folder) error { return nil }, []string{"broker/book.db", "market/market.db", "stall/book.db", "stalls/x/book.db"}},
		"the broker":    {func(f folder.Folder) error { return f.KeepElsewhere("postgres://a") }, []string{"market/market.db", "stall/book.db", "stalls/x/book.db"}},
		"the market":    {func(f folder.Folder) error { return f.KeepMarketElsewhere("postgres://a") }, []string{"broker/book.db", "stall/book.db"}},
		"the stall":     {func(f folder.Folder) error { return f.KeepStallElsewhere("postgres://a") }, []string{"broker/book.db", "market/market.db", "stalls/x/book.db"}},
	} {
		f := folder.At(t.TempDir())
		for _, path := range []string{f.Books(), f.Market(), f.OwnShelf(), f.Shelf("x")} {
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte("book"), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		if err := of.move(f); err != nil {
			t.Fatal(err)
		}
		paths, err := f.InUse()
		var got []string
		for _, path := range paths {
			got = append(got, f.Name(path))
		}
		slices.Sort(got)
		if err != nil || !slices.Equal(got, of.want) {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, of.want)
		}
	}
}
