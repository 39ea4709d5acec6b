package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"peerscrip/db"
	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
)

// ErrNotWhole is returned for a backup that is not as it was made.
var ErrNotWhole = errors.New("the backup is not as it was made")

// Restore copies a backup into an empty data folder, looks at every database of it, audits
// the books if they are in it, and says what it cannot bring back. The folder is marked, until Settle. heads are signed heads of
// the log that were kept elsewhere: they tell how much is missing. It starts nothing. An
// error says that the copy is not whole, or that its books do not close.
func Restore(ctx context.Context, out io.Writer, backup, data string, heads []string) error {
	from, into := folder.At(backup), folder.At(data)
	var m manifest
	if err := from.Manifest(&m); err != nil {
		return err
	}
	if err := into.Empty(); err != nil {
		return err
	}
	m.print(out)
	if err := into.KeepRestored(folder.Restored{At: m.At, Log: m.Log, Before: m.Restored}); err != nil {
		return err
	}
	for _, want := range m.Files {
		got, err := entryOf(from, want.Name)
		if err == nil && got != want {
			err = fmt.Errorf("%s is another file than was backed up", want.Name)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrNotWhole, err)
		}
		path, err := from.Named(want.Name)
		if err == nil {
			err = takeOver(from, into, path)
		}
		if err != nil {
			return err
		}
	}
	shelves, err := lookedAt(ctx, into)
	if err != nil {
		return err
	}
	return m.reckon(ctx, out, into, shelves, heads)
}

// lookedAt opens every database of a folder, which brings its tables up to date and looks at
// each of its pages, and returns how the shelves of stalls stand.
func lookedAt(ctx context.Context, f folder.Folder) ([]db.ShelfSnapshot, error) {
	paths, err := f.Databases()
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		kind := db.Merchant
		switch path {
		case f.Books():
			kind = db.Broker
		case f.Market():
			kind = db.Market
		}
		database, err := db.OpenAlone(ctx, path, kind)
		if err == nil {
			err = database.Close()
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotWhole, err)
		}
	}
	shelves, err := f.Shelves()
	if err != nil {
		return nil, err
	}
	var all []db.ShelfSnapshot
	for vendor, path := range shelves {
		snap, err := shelfAt(ctx, path, vendor)
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", f.Name(path), err)
		}
		all = append(all, snap)
	}
	return all, nil
}

func shelfAt(ctx context.Context, path string, vendor scrip.VendorID) (snap db.ShelfSnapshot, err error) {
	database, err := db.OpenReadOnly(ctx, path, db.Merchant)
	if err != nil {
		return snap, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	shelf, err := db.NewShelf(database, vendor)
	if err != nil {
		return snap, err
	}
	return shelf.Snapshot(ctx)
}

// reckon audits what was restored, and says what it is worth.
func (m *manifest) reckon(ctx context.Context, out io.Writer, f folder.Folder, shelves []db.ShelfSnapshot, heads []string) error {
	if !f.HoldsBooks() {
		if err := elsewhere(out, f); err != nil {
			return err
		}
		fmt.Fprintln(out, "no broker's books are in it: each database is whole, and there is nothing to audit it against")
		m.warn(out, scrip.Currency{}, audit.Totals{}, shelves)
		return nil
	}
	sizes, err := audit.Sizes(f, heads)
	if err != nil {
		return err
	}
	var covered []string
	for i, size := range sizes {
		if size <= m.Log {
			covered = append(covered, heads[i])
		}
	}
	report, err := audit.Folders(ctx, []string{f.Path()}, covered...)
	if err != nil {
		return err
	}
	failed := report.Print(out)
	m.warn(out, report.Currency, report.Totals, shelves)
	if most := slices.Max(append(sizes, 0)); most > m.Log {
		fmt.Fprintf(out, "* By a head that was signed, the log had %d records: at least %d are missing.\n", most, most-m.Log)
	} else {
		fmt.Fprintln(out, "* How many records of the log are missing, only a head of it tells that was signed later and kept elsewhere: --heads.")
	}
	fmt.Fprintln(out, "Do not put it in service while the book that was in use last can be had from anywhere: its disk, a mirror. Who goes on with an older one signs a second history; every stall and market that kept a later head of the log sees it, and says so.")
	return failed
}

// warn says what a backup cannot bring back.
func (m *manifest) warn(out io.Writer, c scrip.Currency, t audit.Totals, shelves []db.ShelfSnapshot) {
	fmt.Fprintf(out, "\nWhat it cannot bring back is what happened since %s:\n", time.Unix(m.At, 0).UTC().Format(time.RFC3339))
	if m.Log > 0 {
		fmt.Fprintf(out, "* %s %s of scrip of the broker is live in it. What of that was spent, withdrawn or renewed since lives again, and could be spent twice; what was issued since is refused (scrip-spent), and its value stays at the bank without an owner.\n",
			c.Format(t.Outstanding), c.Code)
	}
	live, held := db.Sum{}, db.Sum{}
	for _, s := range shelves {
		live.Count, live.Amount = live.Count+s.Live.Count, live.Amount+s.Live.Amount
		held.Count += s.Unsettled.Count + s.Unrecorded.Count + len(s.GivingBack) + len(s.Uncovered)
	}
	if len(shelves) > 0 {
		fmt.Fprintf(out, "* %d scrip of %d stalls is live in it: likewise. Orders since are gone from the stalls; their buyers have receipts.\n", live.Count, len(shelves))
		fmt.Fprintf(out, "* %d messages of stalls to the broker are told again; what the broker has had of them, it passes over.\n", held.Count)
	}
	fmt.Fprintln(out, "* Secrets that were erased since are in it, and in the backup: that promise ends with it.")
	fmt.Fprintln(out, "* Wallets are their owners': nothing here brings back a wallet.")
}
