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
	return audit(ctx, paths, heads, false)
}

// Continue is Folders from where the last Continue with nothing wrong ended, which
// is kept beside the books under the broker's key. Records before are not read
// again, only held to the root they had; where they do not have it any more, all
// is read.
func Continue(ctx context.Context, paths []string, heads ...string) (Report, error) {
	return audit(ctx, paths, heads, true)
}

func audit(ctx context.Context, paths, heads []string, goOn bool) (Report, error) {
	var folders []folder.Folder
	for _, path := range paths {
		if _, err := os.ReadDir(path); err != nil {
			return Report{}, fmt.Errorf("audit a data folder: %w", err)
		}
		folders = append(folders, folder.At(path))
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
		if report, err = once(ctx, folders, heads, goOn); err != nil {
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
func once(ctx context.Context, folders []folder.Folder, heads []string, goOn bool) (Report, error) {
	shelves, err := shelvesIn(folders)
	if err != nil {
		return Report{}, err
	}
	broker, err := brokerIn(folders)
	if err != nil {
		return Report{}, err
	}
	report := Report{}
	if report.Currency, err = broker.Currency(); err != nil {
		return Report{}, err
	}
	if err := report.auditWallets(ctx, folders, issuers{broker.Books(), shelves}); err != nil {
		return Report{}, err
	}
	seen := map[scrip.VendorID]db.ShelfSnapshot{}
	for vendor, path := range shelves {
		if seen[vendor], err = lookAtShelf(ctx, path, vendor); err != nil {
			return Report{}, err
		}
	}
	signer, err := signerOf(broker)
	if err != nil {
		return Report{}, err
	}
	elsewhere, err := signer.open(heads)
	if err != nil {
		return Report{}, err
	}
	question := questionOf(seen, elsewhere)
	if goOn {
		if question.From, err = checkedBefore(broker); err != nil {
			return Report{}, err
		}
	}
	books, err := lookAtBooks(ctx, broker.Books(), question)
	if err != nil {
		return Report{}, err
	}
	report.auditBroker(books, signer, elsewhere)
	held := sharesOf(books.Balances, books.Rescued)
	for vendor, shelf := range seen {
		report.auditShelf(vendor, shelf, books, held[vendor])
	}
	report.elsewhere(books.Balances, shelves)
	if goOn && report.OK() {
		keepChecked(broker, books.Checked)
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
