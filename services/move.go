package services

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"slices"

	"peerscrip/db"
	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/storage"
)

// ErrUnsound is returned by MoveDatabase for books that do not close.
var ErrUnsound = errors.New("the books do not close: see the findings above, and move books that do")

// MoveDatabase copies a broker's books, with its keys and its currency, from a data folder
// that no process uses into the empty database that At names, and what the folder has of a
// market and the stalls that it hosts, and prints what it does. The
// books are audited before and after, and what there is to see of both must be the same.
// Then the folder says where its books are. They stay there as they were, but are not to be
// used any more: the same money would be there twice.
//
// A crash on the way leaves the folder as it was, and a database that nobody uses
// (storage.ErrIncomplete): drop its schema, and move again.
func MoveDatabase(ctx context.Context, out io.Writer, at storage.Config) (err error) {
	s, err := storage.At(at)
	if err != nil {
		return err
	}
	if err := isFolderOfBooks(s.Folder); err != nil {
		return err
	}
	lock, err := s.Folder.Lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if err := sound(ctx, out, "The books in "+at.Data, storage.Config{Data: at.Data}); err != nil {
		return err
	}
	if err := moveBooks(ctx, out, s); err != nil {
		return err
	}
	if err := s.Folder.KeepElsewhere(s.Shown()); err != nil {
		return err
	}
	if s.Folder.HasMarket() {
		if err := s.Folder.KeepMarketElsewhere(s.Shown()); err != nil {
			return err
		}
	}
	return sound(ctx, out, "The books in "+s.Shown(), at)
}

func isFolderOfBooks(f folder.Folder) error {
	if !f.HasBooks() {
		return fmt.Errorf("this is no broker's data folder: %s", f.Path())
	}
	return f.NotElsewhere()
}

// sound audits books, prints what was found, and refuses those that do not close.
func sound(ctx context.Context, out io.Writer, what string, at storage.Config) error {
	report, err := audit.Storages(ctx, []storage.Config{at}, false)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s:\n", what)
	if err := report.Print(out); err != nil {
		return errors.Join(ErrUnsound, err)
	}
	return nil
}

// moveBooks moves, compares, and only then lets anybody use the database.
func moveBooks(ctx context.Context, out io.Writer, s storage.Storage) (err error) {
	database, err := s.Open(ctx, s.Folder.Books(), db.Broker)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	done, err := s.Incomplete(database)
	if err != nil {
		return err
	}
	papers, err := s.Folder.BrokerPapers()
	if err != nil {
		return errors.Join(err, done())
	}
	moved, err := db.Move(ctx, database, []string{s.Folder.Books()}, papers)
	if err != nil {
		return errors.Join(err, done()) // nothing is there
	}
	for _, move := range []func(context.Context, storage.Storage) ([]db.Moved, error){moveMarket, moveShelves} {
		more, err := move(ctx, s)
		if err != nil {
			return err
		}
		moved = append(moved, more...)
	}
	var rows int64
	for _, t := range moved {
		rows += t.Rows
	}
	fmt.Fprintf(out, "%d rows of %d tables were moved.\n\n", rows, len(moved))
	if err := sameBooks(ctx, s.Folder.Books(), database); err != nil {
		return err
	}
	return done()
}

// moveMarket moves a market, if the folder has one. The keys of its stalls are sealed under
// the operator's key of the database, unless that of the folder is kept elsewhere.
func moveMarket(ctx context.Context, s storage.Storage) (moved []db.Moved, err error) {
	if !s.Folder.HasMarket() {
		return nil, nil
	}
	database, err := s.Open(ctx, "", db.Market)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	if moved, err = db.Move(ctx, database, []string{s.Folder.Market()}, nil); err != nil {
		return nil, err
	}
	was, err := s.Folder.KeptOperatorKey()
	if errors.Is(err, fs.ErrNotExist) {
		return moved, nil
	}
	if err != nil {
		return nil, err
	}
	is, err := s.OperatorKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	tenants, err := db.NewHosted(database)
	if err != nil {
		return nil, err
	}
	return moved, merchant.SealAnew(ctx, tenants, was, is)
}

// moveShelves moves the books of the stalls that the folder's market hosts.
func moveShelves(ctx context.Context, s storage.Storage) (moved []db.Moved, err error) {
	files, err := s.Folder.Shelves()
	if err != nil || len(files) == 0 {
		return nil, err
	}
	database, err := s.Open(ctx, "", db.Merchant)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	return db.Move(ctx, database, slices.Sorted(maps.Values(files)), nil)
}

// sameBooks wants there to be nothing to see of the books in the database that is not of those
// in the folder: balances, scrip, holds, the log and its root.
func sameBooks(ctx context.Context, path string, database *db.DB) (err error) {
	from, err := db.OpenReadOnly(ctx, path, db.Broker)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	var seen [2]db.BooksSnapshot
	for i, d := range []*db.DB{from, database} {
		books, err := db.NewBooks(d)
		if err != nil {
			return err
		}
		if seen[i], err = books.Snapshot(ctx, db.Question{}); err != nil {
			return err
		}
	}
	if !reflect.DeepEqual(seen[0], seen[1]) {
		return fmt.Errorf("what was moved is not what is there: the log has %d records and the root %x, not %d and %x; nobody may use the database",
			seen[1].Log.Size, seen[1].Log.Root, seen[0].Log.Size, seen[0].Log.Root)
	}
	return nil
}
