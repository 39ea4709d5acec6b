// Package audit holds the books against the invariants of protocol section 6,
// and the log against what was signed of it, from the databases in data folders
// alone.
//
// [Folders] is an audit, also beside the processes that use the databases;
// [Continue] goes on from the last one, and
// [Report.Print] is for people. What an audit finds is never an error: an error is
// what kept it from looking.
package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
	"peerscrip/services/tree"
)

// Tries of an audit beside running processes, whose databases cannot all be
// looked at in one instant: what is wrong once may be on its way.
const (
	tries = 5
	pause = 300 * time.Millisecond
)

var errNothingToAudit = errors.New("no broker's books in these data folders")

// Folders audits data folders: the broker's books in one of them, the stalls and
// wallets in any. What is wrong is looked at again for a second, since it may be
// on its way from one database to another. The log must continue heads too:
// those of it that somebody kept elsewhere, as signed.
func Folders(ctx context.Context, paths []string, heads ...string) (Report, error) {
	return Storages(ctx, at(paths), false, heads...)
}

// Continue is Folders from where the last Continue with nothing wrong ended, which
// is kept beside the books under the broker's key. Records before are not read
// again, only held to the root they had; where they do not have it any more, all
// is read.
func Continue(ctx context.Context, paths []string, heads ...string) (Report, error) {
	return Storages(ctx, at(paths), true, heads...)
}

func at(paths []string) (where []storage.Config) {
	for _, path := range paths {
		where = append(where, storage.Config{Data: path})
	}
	return where
}

// Storages is Folders, or to go on Continue, of storage that need not be a folder's alone.
func Storages(ctx context.Context, where []storage.Config, goOn bool, heads ...string) (Report, error) {
	var all []storage.Storage
	for _, c := range where {
		if _, err := os.ReadDir(c.Data); err != nil {
			return Report{}, fmt.Errorf("audit a data folder: %w", err)
		}
		s, err := storage.At(c)
		if err != nil {
			return Report{}, err
		}
		all = append(all, s)
	}
	var report Report
	for try := range tries {
		if try > 0 {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return Report{}, ctx.Err()
			}
		}
		var err error
		if report, err = once(ctx, all, heads, goOn); err != nil {
			return Report{}, err
		}
		if report.OK() {
			break
		}
	}
	return report, nil
}

// once audits what there is now: wallets before issuers, and stalls before the
// broker, whose books are asked about what the shelves wait for. A payment made
// meanwhile can look like a fault, which is why Folders looks again.
func once(ctx context.Context, all []storage.Storage, heads []string, goOn bool) (report Report, err error) {
	shelves, closeShelves, err := shelvesIn(ctx, all)
	defer func() { err = errors.Join(err, closeShelves()) }()
	if err != nil {
		return Report{}, err
	}
	broker, err := brokerIn(ctx, all)
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, broker.database.Close()) }()
	report.Currency = broker.currency
	if err := report.auditWallets(ctx, all, issuers{broker.database, shelves}); err != nil {
		return Report{}, err
	}
	seen := map[scrip.VendorID]db.ShelfSnapshot{}
	for vendor, at := range shelves {
		if seen[vendor], err = at.look(ctx, vendor); err != nil {
			return Report{}, err
		}
	}
	elsewhere, err := broker.signer.open(heads)
	if err != nil {
		return Report{}, err
	}
	question := questionOf(seen, elsewhere)
	if goOn {
		if question.From, err = checkedBefore(broker.folder); err != nil {
			return Report{}, err
		}
	}
	books, err := broker.look(ctx, question)
	if err != nil {
		return Report{}, err
	}
	report.auditBroker(books, broker.signer, elsewhere)
	held := sharesOf(books.Balances, books.Rescued)
	for vendor, shelf := range seen {
		report.auditShelf(vendor, shelf, books, held[vendor])
	}
	report.elsewhere(books.Balances, shelves)
	if goOn && report.OK() {
		keepChecked(broker.folder, books.Checked)
	}
	return report, nil
}

// auditBroker holds the broker's books and log against each other, and against what
// was signed of the log.
func (r *Report) auditBroker(books db.BooksSnapshot, signer logSigner, elsewhere []tree.Head) {
	r.auditBooks(books)
	r.auditHolds(books)
	r.auditLog(books.Log, signer, elsewhere)
	r.auditSilences(books)
	r.auditRatings(books)
	r.auditKeys(books.Keys, signer)
}

// checkedBefore is where the last audit ended; zero where nothing tells.
func checkedBefore(broker folder.Folder) (from db.Checked, err error) {
	state, err := broker.Audited()
	if errors.Is(err, fs.ErrNotExist) || state == nil {
		return from, nil
	}
	if err == nil {
		err = json.Unmarshal(state, &from)
	}
	return from, err
}

// keepChecked writes down where the next audit goes on. In a folder that is not
// to be written to, a snapshot, the next one begins where this one did.
func keepChecked(broker folder.Folder, checked db.Checked) {
	if state, err := json.Marshal(checked); err == nil {
		_ = broker.KeepAudited(state)
	}
}
