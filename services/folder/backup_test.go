package folder_test

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
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
