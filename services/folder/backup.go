package folder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// ErrFilled is returned for a folder that should be empty and is not.
var ErrFilled = errors.New("there is something in it")

// Databases are the paths of all databases that are here, but for wallets, which are their
// owners' and have backups of their own.
func (f Folder) Databases() ([]string, error) {
	shelves, err := filepath.Glob(f.Shelf("*"))
	if err != nil {
		return nil, err
	}
	var found []string
	for _, path := range append([]string{f.Books(), f.Market(), f.OwnShelf()}, shelves...) {
		if filled(path) {
			found = append(found, path)
		}
	}
	return found, nil
}

// InUse are those of Databases that are in use: of a party whose books were moved into a database the file stays as it was then, with
// secrets in it that have been erased since.
func (f Folder) InUse() ([]string, error) {
	found, err := f.Databases()
	return slices.DeleteFunc(found, func(path string) bool {
		switch path {
		case f.Books():
			return there(f.elsewhere())
		case f.OwnShelf():
			return there(f.stallElsewhere())
		}
		return there(f.marketElsewhere())
	}), err
}

// beside are the files beside the databases without which a party is not itself again. What
// is asked anew, is used up, or is of the process that runs, is not among them.
var beside = []string{
	"broker/keys.json", "broker/currency", "broker/bank", "broker/database", "market/database", "market/operator.key", "vault.key",
	"stall/database", "stall/keys.json", "stall/account.json", "stall/certificate.json", "broker.json", "broker.head", "broker.contradiction",
}

// Beside are the paths of the files that go with the databases, as far as they are here.
func (f Folder) Beside() (found []string) {
	for _, name := range beside {
		if path := f.file(filepath.FromSlash(name)); there(path) {
			found = append(found, path)
		}
	}
	return found
}

// Name is a path of the folder as a backup has it: with slashes, from the folder on.
func (f Folder) Name(path string) string {
	name, err := filepath.Rel(f.path, path)
	if err != nil {
		return path // is none, and refused as one
	}
	return filepath.ToSlash(name)
}

// Named is the path of such a name. What leads out of the folder, or is no file of a data
// folder, is refused.
func (f Folder) Named(name string) (string, error) {
	path := f.file(filepath.FromSlash(name))
	hosted, err := filepath.Match("stalls/*/book.db", name)
	if err != nil || !filepath.IsLocal(filepath.FromSlash(name)) ||
		!hosted && !slices.Contains(beside, name) && !slices.Contains([]string{f.Books(), f.Market(), f.OwnShelf()}, path) {
		return "", fmt.Errorf("%q is no file of a data folder", name)
	}
	return path, nil
}

// Empty makes the folder, and refuses one in which there is something (ErrFilled).
func (f Folder) Empty() error {
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return fmt.Errorf("make the folder: %w", err)
	}
	entries, err := os.ReadDir(f.path)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("%s: %w: name an empty folder, or one that is not there yet", f.path, ErrFilled)
	}
	return err
}

// Take writes a file of the folder as it is in another one.
func (f Folder) Take(path string, content []byte) error { return write(path, content) }

// KeepManifest writes down what a backup is of. It is written last: without it there is none.
func (f Folder) KeepManifest(m any) error {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return write(f.manifest(), b)
}

// Manifest reads it: fs.ErrNotExist where the folder is no backup, or one that was cut off.
func (f Folder) Manifest(m any) error {
	b, err := os.ReadFile(f.manifest())
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("this is no backup, or one that was cut off: %w", err)
	}
	if err == nil {
		err = json.Unmarshal(b, m)
	}
	return err
}

func (f Folder) manifest() string { return f.file("backup.json") }
