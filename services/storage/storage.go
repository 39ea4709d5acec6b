// Package storage opens the databases of a role wherever they are: files of its data
// folder, or, with a database named, schemas of that. No other package decides which.
//
// What a broker has beside its books, its keys and its currency, goes with them, and what a
// stand-alone stall has beside its shelf: see [Storage.Beside] and [Storage.BesideStall].
package storage

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// Config is what a process, or a command, is told of where things are.
type Config struct {
	Data     string // the data folder
	Database string // URL of a PostgreSQL database; empty: files of the data folder
	VaultKey string // 43 characters, under which secrets in the database are sealed; empty: the data folder's vault.key

	further bool // as Named makes it
}

// Named is the Config of a data folder as a command names one more: its path, perhaps with the URL of the database behind a space in
// which its books are. The key of that is the one in the folder.
func Named(text string) Config {
	if at := strings.LastIndexByte(text, ' '); at >= 0 && db.IsURL(text[at+1:]) {
		return Config{Data: text[:at], Database: text[at+1:], further: true}
	}
	return Config{Data: text, further: true}
}

// ErrIncomplete is returned for a database into which books were being moved.
var ErrIncomplete = errors.New("moving books into the database was not finished")

// Storage is a data folder and the databases that go with it.
type Storage struct {
	Folder folder.Folder

	url     string
	key     [32]byte
	further bool // it was named beside the one that flags are about: Named
}

// ErrNoKey is returned for a database without the key of its vault.
var ErrNoKey = errors.New("the database needs the key under which its secrets are sealed")

// ErrNoFurtherKey is ErrNoKey of a database that is named behind a folder: no flag is about its key.
var ErrNoFurtherKey = errors.New("the key is missing under which secrets in the database of that folder are sealed")

// ErrMoved is returned for a database without books, beside a folder that has some.
var ErrMoved = errors.New("the books are in the data folder, and the database has none")

// At is the storage that a Config tells of, which need not be there. Its errors, as those
// of all here, name a database without its password.
func At(c Config) (Storage, error) {
	s := Storage{Folder: folder.At(c.Data), url: c.Database, further: c.further}
	if c.Database == "" {
		return s, nil
	}
	if !db.IsURL(c.Database) {
		return s, errors.New("the database is named by a URL that begins with postgres://")
	}
	var err error
	if c.VaultKey != "" {
		s.key, err = folder.ParseVaultKey(c.VaultKey)
		return s, err
	}
	s.key, err = s.Folder.VaultKey()
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.further:
		err = fmt.Errorf("%w: of a database that is named behind a folder it is looked for in %s alone. Copy it there from what its processes use; a new one opens nothing", ErrNoFurtherKey, s.Folder.VaultKeyFile())
	case errors.Is(err, fs.ErrNotExist):
		err = fmt.Errorf("%w: 32 random bytes as base64url, with --vault-key or PEERSCRIP_VAULT_KEY, or in %s. Make it once, for a new database; without it the money in the database is lost", ErrNoKey, s.Folder.VaultKeyFile())
	}
	return s, err
}

// Told is an error where a command line has a password of a database in it, which all on
// this machine could read.
func Told(args []string) error {
	for _, arg := range args {
		for i := range arg {
			if db.HasPassword(arg[i:]) {
				return errors.New("the password of the database stands on the command line, where others on this machine can read it: give the URL in PEERSCRIP_DATABASE, or leave the password out and keep it in a password file (PGPASSFILE)")
			}
		}
	}
	return nil
}

// apart are the kinds that roles keep in a database where one is named.
var apart = []db.Kind{db.Broker, db.Merchant, db.Market}

// Apart reports whether the database of a kind is not in the folder, but in a database
// that other processes may use at the same time.
func (s Storage) Apart(kind db.Kind) bool {
	return s.url != "" && slices.Contains(apart, kind)
}

// Place is where the database of a kind is that would be a file of the folder at a path.
func (s Storage) Place(kind db.Kind, path string) string {
	if s.Apart(kind) {
		return s.url
	}
	return path
}

// opener is one of db's: Open, OpenAlone, OpenReadOnly.
type opener func(ctx context.Context, place string, kind db.Kind, with ...db.Option) (*db.DB, error)

// Open is db.Open where the database is.
func (s Storage) Open(ctx context.Context, path string, kind db.Kind) (*db.DB, error) {
	return s.open(ctx, db.Open, path, kind)
}

// OpenAlone is db.OpenAlone where the database is. A market's catalogue is looked at while it
// is used already.
func (s Storage) OpenAlone(ctx context.Context, path string, kind db.Kind) (*db.DB, error) {
	return s.open(ctx, func(ctx context.Context, place string, kind db.Kind, with ...db.Option) (*db.DB, error) {
		return db.OpenAlone(ctx, place, kind, append(with, db.CheckedBehind())...)
	}, path, kind)
}

// OpenReadOnly is db.OpenReadOnly where the database is.
func (s Storage) OpenReadOnly(ctx context.Context, path string, kind db.Kind) (*db.DB, error) {
	return s.open(ctx, db.OpenReadOnly, path, kind)
}

func (s Storage) open(ctx context.Context, open opener, path string, kind db.Kind) (*db.DB, error) {
	if !s.Apart(kind) {
		return open(ctx, path, kind)
	}
	database, err := open(ctx, s.url, kind, db.SealedUnder(s.key))
	switch {
	case errors.Is(err, db.ErrVaultKey) && s.further:
		err = fmt.Errorf("%w. Copy the key that its processes use into %s", err, s.Folder.VaultKeyFile())
	case errors.Is(err, db.ErrVaultKey):
		err = fmt.Errorf("%w. Give the key that was in use when the database was new, with --vault-key or PEERSCRIP_VAULT_KEY, or in %s", err, s.Folder.VaultKeyFile())
	}
	return database, err
}

// Shelves are the paths of the shelves that are files of the folder, by vendor. folder.ErrElsewhere: they were moved into a database,
// and what is left of them here is not to be taken for what there is.
func (s Storage) Shelves() (map[scrip.VendorID]string, error) {
	if err := errors.Join(s.Folder.MarketNotElsewhere(), s.Folder.StallNotElsewhere()); err != nil {
		return nil, s.hinted(err)
	}
	return s.Folder.Shelves()
}

// BooksHere refuses the folder of a broker whose books are in a database that was not named: folder.ErrElsewhere.
func (s Storage) BooksHere() error { return s.hinted(s.Folder.NotElsewhere()) }

// hinted says of a folder.ErrElsewhere where the database of a further folder is named.
func (s Storage) hinted(err error) error {
	if s.further && errors.Is(err, folder.ErrElsewhere) {
		err = fmt.Errorf("%w; that of a folder named with --with stands behind the folder and a space", err)
	}
	return err
}

// EachShelf opens the shelf of each stall that is here, by vendor, beside the process that
// has it or without it, and returns how many there are.
func (s Storage) EachShelf(ctx context.Context, do func(scrip.VendorID, *db.Shelf) error) (n int, err error) {
	if s.Apart(db.Merchant) {
		database, err := s.Open(ctx, "", db.Merchant)
		if err != nil {
			return 0, err
		}
		return eachOf(ctx, database, do)
	}
	files, err := s.Shelves()
	if err != nil {
		return 0, err
	}
	for _, vendor := range slices.Sorted(maps.Keys(files)) {
		database, err := s.Open(ctx, files[vendor], db.Merchant)
		if err == nil {
			err = errors.Join(onShelf(database, vendor, do), database.Close())
		}
		if err != nil {
			return 0, fmt.Errorf("stall %s: %w", vendor, err)
		}
	}
	return len(files), nil
}

// eachOf is EachShelf of a database that has all of them. It closes that.
func eachOf(ctx context.Context, database *db.DB, do func(scrip.VendorID, *db.Shelf) error) (n int, err error) {
	defer func() { err = errors.Join(err, database.Close()) }()
	shelves, err := db.NewShelves(database)
	if err != nil {
		return 0, err
	}
	vendors, err := shelves.Vendors(ctx)
	for _, vendor := range vendors {
		if err := onShelf(database, vendor, do); err != nil {
			return 0, fmt.Errorf("stall %s: %w", vendor, err)
		}
	}
	return len(vendors), err
}

func onShelf(database *db.DB, vendor scrip.VendorID, do func(scrip.VendorID, *db.Shelf) error) error {
	shelf, err := db.NewShelf(database, vendor)
	if err != nil {
		return err
	}
	return do(vendor, shelf)
}

// OperatorKey is the key that seals hosted stalls' keys: the folder's, made when missing; or,
// for all processes that share a database, one that only who has the vault's key can make.
func (s Storage) OperatorKey(random io.Reader) ([32]byte, error) {
	if !s.Apart(db.Market) {
		return s.Folder.OperatorKey(random)
	}
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write([]byte("peerscrip operator's key"))
	return [32]byte(mac.Sum(nil)), nil
}

// Beside is the folder of a broker whose books are open, with its papers: in the folder,
// or beside the books in their database. ErrMoved refuses a new database beside a folder
// that has books of its own. What is opened to be read only changes no paper.
func (s Storage) Beside(database *db.DB) (folder.Folder, error) {
	kept, apart := database.Papers()
	if !apart {
		return s.Folder, nil
	}
	f := s.Folder.With(papers{kept})
	if err := Complete(context.Background(), database); err != nil {
		return f, err
	}
	_, err := f.BrokerChain()
	if _, no := os.Stat(s.Folder.Books()); errors.Is(err, fs.ErrNotExist) && no == nil {
		return f, fmt.Errorf("%w (%s): to begin a new broker, name an empty folder with --data", ErrMoved, s.Folder.Books())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	return f, nil
}

// BesideStall is Beside of a stand-alone stall, whose shelf is open. db.ErrOwner: the database
// has the shelves of a market.
func (s Storage) BesideStall(ctx context.Context, database *db.DB) (folder.Folder, error) {
	kept, apart := database.Papers()
	if !apart {
		return s.Folder, nil
	}
	f := s.Folder.WithStall(papers{kept})
	if err := Complete(ctx, database); err != nil {
		return f, err
	}
	has, err := f.HasStallKeys()
	if has || err != nil {
		return f, err
	}
	if s.Folder.HasOwnShelf() {
		return f, fmt.Errorf("%w (%s): move it with \"peerscrip migrate-database\", or, to begin a new stall, name an empty folder with --data", ErrMoved, s.Folder.OwnShelf())
	}
	owner, err := database.Owner(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		return f, nil
	}
	if err == nil {
		err = fmt.Errorf("the stall of its own is kept in a database of its own: %w (%s)", db.ErrOwner, owner)
	}
	return f, err
}

// OwnStall finds the stand-alone stall that is here, beside the processes that have it or
// without them: the folder with its papers; and the database in which they are with its
// shelf, open, to be closed, or nil where they are files.
func (s Storage) OwnStall(ctx context.Context) (f folder.Folder, database *db.DB, err error) {
	if !s.Apart(db.Merchant) {
		return s.Folder, nil, s.Folder.StallNotElsewhere()
	}
	if database, err = s.Open(ctx, "", db.Merchant); err != nil {
		return f, nil, err
	}
	if f, err = s.BesideStall(ctx, database); err != nil {
		return f, nil, errors.Join(err, database.Close())
	}
	return f, database, nil
}

// MovingPaper is there while books are moved into a database. It says from which folder.
const MovingPaper = "moving"

// Moving is the folder from which books were being moved into a database, if that was not
// finished; else it is empty.
func Moving(ctx context.Context, database *db.DB) (from string, err error) {
	kept, apart := database.Papers()
	if !apart {
		return "", nil
	}
	path, err := kept.Read(ctx, MovingPaper)
	if errors.Is(err, scrip.ErrAbsent) {
		return "", nil
	}
	return string(path), err
}

// Complete refuses a database into which something was being moved: ErrIncomplete.
func Complete(ctx context.Context, database *db.DB) error {
	from, err := Moving(ctx, database)
	if err == nil && from != "" {
		err = fmt.Errorf("%w, from %s, which is as it was: give \"peerscrip migrate-database\" again, which begins anew", ErrIncomplete, from)
	}
	return err
}

// Shown is the database as it may be told; empty without one.
func (s Storage) Shown() string { return db.Shown(s.url) }

// papers are folder.Papers in a database.
type papers struct{ db.Papers }

func (p papers) Read(name string) ([]byte, error) {
	content, err := p.Papers.Read(context.Background(), name)
	if errors.Is(err, scrip.ErrAbsent) {
		err = fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	}
	return content, err
}

func (p papers) Replace(name string, before, now []byte) error {
	err := p.Papers.Replace(context.Background(), name, before, now)
	if errors.Is(err, db.ErrReplaced) {
		err = fmt.Errorf("%w: %w", folder.ErrReplaced, err)
	}
	return err
}
