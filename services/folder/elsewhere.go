package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ErrElsewhere is returned for the folder of a broker, a market or a stall whose books are in
// a database that was not named.
var ErrElsewhere = errors.New("its books are in a database: name it with --database")

// KeepElsewhere writes down that the broker's books are not in the folder but in a
// database, which is named without its password.
func (f Folder) KeepElsewhere(database string) error { return keepElsewhere(f.elsewhere(), database) }

// KeepMarketElsewhere is KeepElsewhere of a market and the stalls it hosts.
func (f Folder) KeepMarketElsewhere(database string) error {
	return keepElsewhere(f.marketElsewhere(), database)
}

// KeepStallElsewhere is KeepElsewhere of a stand-alone stall.
func (f Folder) KeepStallElsewhere(database string) error {
	return keepElsewhere(f.stallElsewhere(), database)
}

// StallNotElsewhere is NotElsewhere of a stand-alone stall.
func (f Folder) StallNotElsewhere() error { return f.notElsewhere("stall", f.stallElsewhere()) }

// MarketNotElsewhere is NotElsewhere of a market.
func (f Folder) MarketNotElsewhere() error { return f.notElsewhere("market", f.marketElsewhere()) }

// MarketElsewhere reports whether KeepMarketElsewhere did.
func (f Folder) MarketElsewhere() bool { return there(f.marketElsewhere()) }

func keepElsewhere(path, database string) error {
	if before, err := os.ReadFile(path); err == nil && string(before) == database {
		return nil
	}
	return write(path, []byte(database))
}

// NotElsewhere refuses a broker that would be made anew in the folder although its books
// are in a database: ErrElsewhere.
func (f Folder) NotElsewhere() error { return f.notElsewhere("broker", f.elsewhere()) }

func (f Folder) notElsewhere(who, path string) error {
	database, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the %s in %s: %w (%s)", who, f.path, ErrElsewhere, database)
	}
	return err
}

// Elsewhere are the databases, each once, in which it is written down that books of the
// folder are.
func (f Folder) Elsewhere() (databases []string, err error) {
	for _, path := range f.marks() {
		database, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if !slices.Contains(databases, string(database)) {
			databases = append(databases, string(database))
		}
	}
	return databases, nil
}

// Marks are the files of the folder, as far as they are there, that say that books are elsewhere, and last the one that says that this
// may not be so yet.
func (f Folder) Marks() []string {
	return slices.DeleteFunc(append(f.marks(), f.moving()), func(path string) bool { return !there(path) })
}

func (f Folder) marks() []string {
	return []string{f.elsewhere(), f.marketElsewhere(), f.stallElsewhere()}
}

// HereAgain takes back that books are elsewhere, where moving them was not finished: the marks first, and that there may be some last.
func (f Folder) HereAgain() error {
	for _, path := range f.Marks() {
		if err := removed(path); err != nil {
			return err
		}
	}
	return nil
}

// removed takes a file away that may be gone already, durably.
func removed(path string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = syncDir(filepath.Dir(path))
	}
	return err
}

func (f Folder) elsewhere() string { return f.file("broker", "database") }

func (f Folder) marketElsewhere() string { return f.file("market", "database") }

func (f Folder) stallElsewhere() string { return f.file("stall", "database") }

// VaultKey is the key under which secrets are sealed that are in a database, as it stands
// in the folder: fs.ErrNotExist where it does not.
func (f Folder) VaultKey() ([32]byte, error) {
	b, err := os.ReadFile(f.vaultKey())
	if err != nil {
		return [32]byte{}, fmt.Errorf("read the vault's key: %w", err)
	}
	return ParseVaultKey(string(b))
}

func (f Folder) vaultKey() string { return f.file("vault.key") }

// VaultKeyFile is where VaultKey looks. Whoever runs the database makes it.
func (f Folder) VaultKeyFile() string { return f.vaultKey() }

// ParseVaultKey reads the vault's key as it is written down.
func ParseVaultKey(text string) ([32]byte, error) {
	return parseKey("vault's", strings.TrimRight(strings.TrimSpace(text), "="))
}
