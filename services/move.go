package services

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"peerscrip/db"
	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
	"peerscrip/services/tree"
)

// Errors of MoveDatabase: books that do not close; what was moved is not what there is.
var (
	ErrUnsound  = errors.New("the books do not close: see the findings above, and move books that do")
	ErrMistaken = errors.New("what was moved is not what is there; nobody may use the database")
)

// moving is a data folder on its way into a database: what there is of each party in it.
type moving struct {
	storage.Storage
	at  storage.Config
	out io.Writer

	broker, market, stall bool
	found                 []string                  // paths of databases
	shelves               map[scrip.VendorID]string // paths

	mover *db.Mover
	moved []db.Part
	open  map[db.Kind]*db.DB
}

// MoveDatabase moves what a data folder has, which no process uses, into the empty database
// that At names, and prints what it does: a broker's books, a market with the stalls that it
// hosts, both, or a stand-alone stall; with the keys that go with them. The books are audited
// before and after where there are any, rows are counted, and what there is to see of both
// must be the same. Then the folder says where its books are. They stay there as they were,
// but are not to be used any more: the same money would be there twice.
//
// A crash on the way leaves a database that nobody uses (storage.ErrIncomplete), and the
// folder as it was. Asked again, it begins anew.
func MoveDatabase(ctx context.Context, out io.Writer, at storage.Config) (err error) {
	if at.Data, err = filepath.Abs(at.Data); err != nil {
		return err
	}
	m := &moving{at: at, out: out, open: map[db.Kind]*db.DB{}}
	if m.Storage, err = storage.At(at); err != nil {
		return err
	}
	if err := m.find(); err != nil {
		return err
	}
	lock, err := m.Folder.Lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.close(), lock.Close()) }()
	unfinished, err := m.begin(ctx)
	if err != nil {
		return err
	}
	if err := m.whole(); err != nil {
		return err
	}
	if m.broker {
		if err := sound(ctx, out, "The books in "+at.Data, storage.Config{Data: at.Data}); err != nil {
			return err
		}
	}
	if err := m.copy(ctx, unfinished); err != nil {
		return err
	}
	if err := m.same(ctx); err != nil {
		return err
	}
	// The folder first: cut off here, neither is used, and all begins anew. Until it is finished no backup takes the marks at their word.
	if err := m.Folder.KeepMoving(m.Shown()); err != nil {
		return err
	}
	if err := m.keepElsewhere(); err != nil {
		return err
	}
	if err := m.mover.Finish(ctx); err != nil {
		return err
	}
	if err := m.Folder.Arrived(); err != nil {
		return err
	}
	if !m.broker {
		return nil
	}
	return sound(ctx, out, "The books in "+m.Shown(), at)
}

// find finds what the folder has.
func (m *moving) find() (err error) {
	f := m.Folder
	if m.shelves, err = f.Shelves(); err != nil {
		return err
	}
	if m.found, err = f.Databases(); err != nil {
		return err
	}
	has := func(path string) bool { return slices.Contains(m.found, path) }
	m.broker, m.stall = has(f.Books()), has(f.OwnShelf())
	hosted := slices.ContainsFunc(m.found, func(path string) bool {
		return path != f.OwnShelf() && slices.Contains(slices.Collect(maps.Values(m.shelves)), path)
	})
	m.market = has(f.Market()) || hosted
	switch {
	case len(m.found) == 0:
		return fmt.Errorf("there is nothing to move in %s: it is no broker's, market's or stall's data folder", f.Path())
	case m.stall && hosted:
		return fmt.Errorf("%s has a stand-alone stall and stalls that a market hosts, which cannot be kept in one database: move one of them into a folder of its own", f.Path())
	}
	return nil
}

// begin opens the schemas, and says into which of them a move from this folder was not finished. No mark in the folder: its files are
// the books, whatever a move left in the database. Marks alone: it was moved, folder.ErrElsewhere. Marks with the word that they may be
// early: the database decides, by its own mark or by the books that are in it; where it has neither nobody here can know, and who asks
// is told.
func (m *moving) begin(ctx context.Context) (unfinished []db.Kind, err error) {
	if unfinished, err = m.unfinished(ctx); err != nil {
		return nil, err
	}
	into, err := m.Folder.Moving()
	if err != nil {
		return nil, err
	}
	marks, err := m.Folder.Elsewhere()
	switch {
	case err != nil:
		return nil, err
	case len(marks) == 0:
		return unfinished, m.Folder.HereAgain()
	case into == "" && len(unfinished) > 0 && slices.Contains(marks, m.Shown()):
		return nil, fmt.Errorf("moving the books into %s had ended, and what is in it now is older than that. Put back what was in use last: %w", m.Shown(), m.elsewhere())
	case into == "":
		return nil, m.elsewhere()
	case into != m.Shown():
		_, err := m.Folder.Settled()
		return nil, err
	case len(unfinished) > 0:
		return unfinished, m.Folder.HereAgain()
	}
	there, err := m.there(ctx)
	if err == nil && !there {
		err = fmt.Errorf("%w, and %s has neither them now nor the mark of it. If it was emptied, and nothing was ever started on it, the files have the books: take away %s, in that order, and give the command again. Else put the database back from its own backup: older books bring spent money back to life",
			folder.ErrMoving, m.Shown(), strings.Join(m.Folder.Marks(), ", "))
	}
	if err == nil { // it was cut off behind its end
		err = m.keepElsewhere()
	}
	if err == nil {
		err = errors.Join(m.Folder.Arrived(), m.elsewhere())
	}
	return nil, err
}

// unfinished opens the schemas, and says which bear the mark of a move from this folder. One from another is refused.
func (m *moving) unfinished(ctx context.Context) (unfinished []db.Kind, err error) {
	for kind, here := range map[db.Kind]bool{db.Broker: m.broker, db.Merchant: m.market || m.stall, db.Market: m.market} {
		if !here {
			continue
		}
		database, err := m.Open(ctx, "", kind)
		if err != nil {
			return nil, err
		}
		m.open[kind] = database
	}
	for kind, marks := range map[db.Kind][]db.Kind{db.Broker: {db.Broker}, db.Merchant: {db.Merchant, db.Market}} {
		if m.open[kind] == nil {
			continue
		}
		switch from, err := storage.Moving(ctx, m.open[kind]); {
		case err != nil:
			return nil, err
		case from == m.Folder.Path():
			unfinished = append(unfinished, marks...)
		case from != "":
			return nil, storage.Complete(ctx, m.open[kind])
		}
	}
	return unfinished, nil
}

// elsewhere is the folder.ErrElsewhere of each party that is marked so.
func (m *moving) elsewhere() error {
	return errors.Join(m.Folder.NotElsewhere(), m.Folder.MarketNotElsewhere(), m.Folder.StallNotElsewhere())
}

// there reports whether the database has all that the folder has, whatever became of it since: whose it is, how far each stall had
// come, and the log.
func (m *moving) there(ctx context.Context) (bool, error) {
	for path, kind := range map[string]db.Kind{m.Folder.Books(): db.Broker, m.Folder.Market(): db.Market, m.Folder.OwnShelf(): db.Merchant} {
		if !slices.Contains(m.found, path) {
			continue
		}
		owners, err := seenOf(ctx, path, kind, m.open[kind], func(d *db.DB) (string, error) { return ownerOf(ctx, d) })
		if err != nil || owners[0] != "" && owners[0] != owners[1] {
			return false, err
		}
	}
	for vendor, path := range m.shelves {
		revisions, err := seenOf(ctx, path, db.Merchant, m.open[db.Merchant], func(d *db.DB) (int64, error) {
			shelf, err := db.NewShelf(d, vendor)
			if err != nil {
				return 0, err
			}
			return shelf.Revision(ctx)
		})
		if err != nil || revisions[1] < revisions[0] {
			return false, err
		}
	}
	if !m.broker {
		return true, nil
	}
	sizes, err := seenOf(ctx, m.Folder.Books(), db.Broker, m.open[db.Broker], func(d *db.DB) (int64, error) { return records(ctx, d) })
	if err != nil || sizes[1] < sizes[0] {
		return false, err
	}
	roots, err := seenOf(ctx, m.Folder.Books(), db.Broker, m.open[db.Broker], func(d *db.DB) (tree.Hash, error) {
		books, err := db.NewBooks(d)
		if err != nil {
			return tree.Hash{}, err
		}
		return books.Root(ctx, sizes[0])
	})
	return roots[0] == roots[1], err
}

// ownerOf is whose a database is; empty where nobody used it yet: who uses it first says so.
func ownerOf(ctx context.Context, d *db.DB) (string, error) {
	owner, err := d.Owner(ctx)
	if errors.Is(err, scrip.ErrAbsent) {
		return "", nil
	}
	return owner, err
}

// records are those of a log that have their numbers.
func records(ctx context.Context, d *db.DB) (int64, error) {
	books, err := db.NewBooks(d)
	if err != nil {
		return 0, err
	}
	size, _, err := books.LogSize(ctx)
	return size, err
}

// whole refuses a party of which half is missing.
func (m *moving) whole() error {
	f := m.Folder
	if m.broker {
		if err := f.WholeBroker(); err != nil {
			return err
		}
	}
	if m.stall {
		return f.WholeStall()
	}
	if !m.market {
		return nil
	}
	if err := f.WholeMarket(true); err != nil {
		return err
	}
	for _, path := range m.shelves {
		if err := f.WholeShelf(path); err != nil {
			return err
		}
	}
	return nil
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

// copy marks the database and copies everything into it.
func (m *moving) copy(ctx context.Context, unfinished []db.Kind) error {
	parts, err := m.parts(ctx)
	if err != nil {
		return err
	}
	m.moved = parts
	if m.mover, err = db.NewMover(ctx, storage.MovingPaper, parts); err != nil {
		return err
	}
	if err := m.mover.Begin(ctx, []byte(m.Folder.Path()), unfinished...); err != nil {
		return err
	}
	moved, err := m.mover.Copy(ctx)
	if err != nil {
		return err
	}
	rows, tables := map[db.Kind]int64{}, map[db.Kind]int{}
	for _, t := range moved {
		rows[t.Kind] += t.Rows
		tables[t.Kind]++
	}
	for _, kind := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(m.out, "%s: %d rows of %d tables were moved, and counted.\n", kind, rows[kind], tables[kind])
	}
	fmt.Fprintln(m.out)
	return m.sealAnew(ctx)
}

// parts are what is moved of each kind.
func (m *moving) parts(ctx context.Context) (parts []db.Part, err error) {
	f := m.Folder
	if m.broker {
		books := db.Part{To: m.open[db.Broker], Paths: []string{f.Books()}}
		if books.Papers, err = f.BrokerPapers(); err != nil {
			return nil, err
		}
		parts = append(parts, books)
	}
	if m.market {
		parts = append(parts, db.Part{To: m.open[db.Market], Paths: []string{f.Market()}})
	}
	if !m.market && !m.stall {
		return parts, nil
	}
	shelves := db.Part{To: m.open[db.Merchant], Paths: slices.Sorted(maps.Values(m.shelves))}
	if m.stall {
		shelves.Papers, err = f.StallPapers()
	}
	if err == nil {
		shelves.Owner, err = m.ownerOfShelves(ctx)
	}
	return append(parts, shelves), err
}

// ownerOfShelves is whose a database of shelves is: the stall's own, or the broker's of the
// market that hosts them, as the file of either says.
func (m *moving) ownerOfShelves(ctx context.Context) (owner string, err error) {
	path, kind := m.Folder.Market(), db.Market
	if m.stall {
		path, kind = m.Folder.OwnShelf(), db.Merchant
	}
	from, err := db.OpenReadOnly(ctx, path, kind)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	return ownerOf(ctx, from)
}

// sealAnew seals the keys of hosted stalls under the operator's key of the database, unless
// that of the folder is kept elsewhere, and wants each to open.
func (m *moving) sealAnew(ctx context.Context) error {
	was, err := m.Folder.KeptOperatorKey()
	if errors.Is(err, fs.ErrNotExist) || !m.market {
		return nil
	}
	if err != nil {
		return err
	}
	is, err := m.OperatorKey(rand.Reader)
	if err != nil {
		return err
	}
	tenants, err := db.NewHosted(m.open[db.Market])
	if err != nil {
		return err
	}
	if err := merchant.SealAnew(ctx, tenants, was, is); err != nil {
		return err
	}
	all, err := tenants.Tenants(ctx)
	for _, t := range all {
		if _, err := merchant.OpenKeys(is, string(t.ID), t.Keys); err != nil {
			return fmt.Errorf("%w: %w", ErrMistaken, err)
		}
	}
	return err
}

// same wants there to be nothing to see in the database that is not in the folder.
func (m *moving) same(ctx context.Context) error {
	now, err := m.parts(ctx)
	if err != nil {
		return err
	}
	if !slices.EqualFunc(now, m.moved, func(a, b db.Part) bool { return maps.EqualFunc(a.Papers, b.Papers, bytes.Equal) }) { // a command made keys meanwhile
		return fmt.Errorf("%w: the keys in the folder are other ones now", ErrMistaken)
	}
	if m.broker {
		if err := sameBooks(ctx, m.Folder.Books(), m.open[db.Broker]); err != nil {
			return err
		}
	}
	var live, due, unreported db.Sum
	for _, vendor := range slices.Sorted(maps.Keys(m.shelves)) {
		s, err := sameShelf(ctx, m.shelves[vendor], vendor, m.open[db.Merchant])
		if err != nil {
			return err
		}
		live, due, unreported = plus(live, s.Live), plus(due, s.Due), plus(unreported, s.Unrecorded)
	}
	if len(m.shelves) > 0 {
		fmt.Fprintf(m.out, "%d stalls, the same in both: %d pieces of their scrip for %d in minor units, %d refunds for %d that wait for their buyers, %d sales for %d that the broker has yet to hear of.\n\n",
			len(m.shelves), live.Count, live.Amount, due.Count, due.Amount, unreported.Count, unreported.Amount)
	}
	return nil
}

func plus(a, b db.Sum) db.Sum { return db.Sum{Count: a.Count + b.Count, Amount: a.Amount + b.Amount} }

// sameBooks wants there to be nothing to see of the books in the database that is not of those
// in the folder: balances, scrip, holds, the log and its root.
func sameBooks(ctx context.Context, path string, database *db.DB) error {
	seen, err := seenOf(ctx, path, db.Broker, database, func(d *db.DB) (db.BooksSnapshot, error) {
		books, err := db.NewBooks(d)
		if err != nil {
			return db.BooksSnapshot{}, err
		}
		return books.Snapshot(ctx, db.Question{})
	})
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(seen[0], seen[1]) {
		return fmt.Errorf("%w: the log has %d records and the root %x, not %d and %x", ErrMistaken,
			seen[1].Log.Size, seen[1].Log.Root, seen[0].Log.Size, seen[0].Log.Root)
	}
	return nil
}

// sameShelf is sameBooks of a stall's shelf: scrip and whose it is, exchanges, sales, refunds.
func sameShelf(ctx context.Context, path string, vendor scrip.VendorID, database *db.DB) (db.ShelfSnapshot, error) {
	seen, err := seenOf(ctx, path, db.Merchant, database, func(d *db.DB) (db.ShelfSnapshot, error) {
		shelf, err := db.NewShelf(d, vendor)
		if err != nil {
			return db.ShelfSnapshot{}, err
		}
		return shelf.Snapshot(ctx)
	})
	if err == nil && !reflect.DeepEqual(seen[0], seen[1]) {
		err = fmt.Errorf("%w: stall %s", ErrMistaken, vendor)
	}
	return seen[0], err
}

// seenOf is what there is to see of a database in the folder, and of the one that it was
// moved to.
func seenOf[T any](ctx context.Context, path string, kind db.Kind, to *db.DB, look func(*db.DB) (T, error)) (seen [2]T, err error) {
	from, err := db.OpenReadOnly(ctx, path, kind)
	if err != nil {
		return seen, err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	for i, d := range []*db.DB{from, to} {
		if seen[i], err = look(d); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

// keepElsewhere has the folder say where its books are.
func (m *moving) keepElsewhere() error {
	for _, of := range []struct {
		here bool
		keep func(string) error
	}{{m.broker, m.Folder.KeepElsewhere}, {m.market && !m.stall, m.Folder.KeepMarketElsewhere}, {m.stall, m.Folder.KeepStallElsewhere}} {
		if !of.here {
			continue
		}
		if err := of.keep(m.Shown()); err != nil {
			return err
		}
	}
	return nil
}

func (m *moving) close() (err error) {
	if m.mover != nil {
		err = m.mover.Close()
	}
	for _, database := range m.open {
		err = errors.Join(err, database.Close())
	}
	return err
}
