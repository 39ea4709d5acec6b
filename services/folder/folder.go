// Package folder is a process's data folder: what is kept where in it, in which
// form, and who may read it. No other package names a file of it.
//
// [Open] makes a folder and [At] names one that may be somebody else's; the
// paths of its databases go to package db. A file written here is whole after a
// crash, or as it was before. The folder has mode 0700, its files have 0600.
package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"peerscrip/services/scrip"
)

// Folder is a data folder.
type Folder struct {
	path   string
	papers Papers // the broker's
	stall  Papers // the stand-alone stall's
}

// At is the folder at a path, which need not be there.
func At(path string) Folder {
	return Folder{path, files{filepath.Join(path, "broker")}, files{filepath.Join(path, "stall")}}
}

// Open returns the folder at a path, made when missing.
func Open(path string) (Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return Folder{}, fmt.Errorf("make the data folder: %w", err)
	}
	return At(path), nil
}

// Path is where the folder is.
func (f Folder) Path() string { return f.path }

// Books is the broker's database.
func (f Folder) Books() string { return f.file("broker", "book.db") }

// Market is the database of the catalogue and of who is hosted.
func (f Folder) Market() string { return f.file("market", "market.db") }

// Shelf is the database of a hosted stall.
func (f Folder) Shelf(vendor scrip.VendorID) string {
	return f.file("stalls", string(vendor), "book.db")
}

// OwnShelf is the database of a stand-alone stall.
func (f Folder) OwnShelf() string { return f.file("stall", "book.db") }

// Purse is the database of a wallet of the command line.
func (f Folder) Purse() string { return f.file("wallet", "purse.db") }

// Witness is the database of a witness of logs: its key, and what it cosigned. It is in no
// backup: put back, it would cosign what contradicts what it cosigned since.
func (f Folder) Witness() string { return f.file("witness", "witness.db") }

// TLS is the folder of the process's certificate for its name, and of its account at the
// authority that gave it.
func (f Folder) TLS() string { return f.file("tls") }

// HasBooks reports whether this is a broker's folder: its database is here, or it is
// written down where that is.
func (f Folder) HasBooks() bool { return f.HoldsBooks() || there(f.elsewhere()) }

// HoldsBooks reports whether a broker's database is here itself.
func (f Folder) HoldsBooks() bool { return there(f.Books()) }

// HasOwnShelf reports whether the database of a stand-alone stall is here, even an empty one.
func (f Folder) HasOwnShelf() bool { return there(f.OwnShelf()) }

// HasMarket reports whether a market's database is here, even an empty one.
func (f Folder) HasMarket() bool { return there(f.Market()) }

// IsProgram reports whether a broker, a market or a stall runs on the folder: it keeps its
// books here, or it is written down where they are.
func (f Folder) IsProgram() bool {
	return f.HasBooks() || f.HasMarket() || there(f.marketElsewhere()) || there(f.stallElsewhere())
}

// HasPurse reports whether a wallet's database is here, even an empty one.
func (f Folder) HasPurse() bool { return there(f.Purse()) }

// Shelves are the databases of all stalls that are here, hosted and stand-alone.
func (f Folder) Shelves() (map[scrip.VendorID]string, error) {
	hosted, err := filepath.Glob(f.Shelf("*"))
	if err != nil {
		return nil, err
	}
	shelves := map[scrip.VendorID]string{}
	for _, path := range hosted {
		shelves[scrip.VendorID(filepath.Base(filepath.Dir(path)))] = path
	}
	kept, err := f.Certificate()
	if errors.Is(err, fs.ErrNotExist) {
		return shelves, nil
	}
	if err != nil {
		return nil, err
	}
	shelves[kept.Vendor] = f.OwnShelf()
	return shelves, nil
}

func (f Folder) file(parts ...string) string {
	return filepath.Join(append([]string{f.path}, parts...)...)
}

// there reports whether a file is there, or cannot be looked for: who opens it
// then learns why.
func there(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
