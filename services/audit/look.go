package audit

import (
	"context"
	"errors"
	"slices"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
	"peerscrip/services/tree"
	"peerscrip/services/wallet"
)

// broker is whose books are audited: open, to be closed.
type broker struct {
	database *db.DB
	folder   folder.Folder
	currency scrip.Currency
	signer   logSigner
}

// brokerIn finds the broker's books and opens them.
func brokerIn(ctx context.Context, all []storage.Storage) (broker, error) {
	for _, s := range all {
		if s.Apart(db.Broker) || s.Folder.HasBooks() {
			return openBroker(ctx, s)
		}
	}
	return broker{}, errNothingToAudit
}

func openBroker(ctx context.Context, s storage.Storage) (b broker, err error) {
	if !s.Apart(db.Broker) {
		if err := s.BooksHere(); err != nil {
			return b, err
		}
	}
	if b.database, err = s.OpenReadOnly(ctx, s.Folder.Books(), db.Broker); err != nil {
		return b, err
	}
	if b.folder, err = s.Beside(b.database); err == nil {
		b.currency, err = b.folder.Currency()
	}
	if err == nil {
		b.signer, err = signerOf(b.folder)
	}
	if err != nil {
		return b, errors.Join(err, b.database.Close())
	}
	return b, nil
}

// look looks at the books, and has them answer q.
func (b broker) look(ctx context.Context, q db.Question) (db.BooksSnapshot, error) {
	books, err := db.NewBooks(b.database)
	if err != nil {
		return db.BooksSnapshot{}, err
	}
	return books.Snapshot(ctx, q)
}

// shelfAt is where a stall's database is.
type shelfAt struct {
	storage.Storage
	path string
	all  *db.DB // that of many stalls, which is open; nil: the stall has one of its own
}

// shelvesIn finds the databases of stalls, by vendor. Those of many stalls it opens, to be
// closed by close, which is never nil.
func shelvesIn(ctx context.Context, all []storage.Storage) (found map[scrip.VendorID]shelfAt, close func() error, err error) {
	found = map[scrip.VendorID]shelfAt{}
	var open []*db.DB
	close = func() (failed error) {
		for _, database := range open {
			failed = errors.Join(failed, database.Close())
		}
		return failed
	}
	for _, s := range all {
		if !s.Apart(db.Merchant) {
			files, err := s.Shelves()
			if err != nil {
				return nil, close, err
			}
			for vendor, path := range files {
				found[vendor] = shelfAt{Storage: s, path: path}
			}
			continue
		}
		database, err := s.OpenReadOnly(ctx, "", db.Merchant)
		if errors.Is(err, db.ErrEmpty) { // that of a broker alone
			continue
		}
		if err != nil {
			return nil, close, err
		}
		open = append(open, database)
		shelves, err := db.NewShelves(database)
		if err != nil {
			return nil, close, err
		}
		vendors, err := shelves.Vendors(ctx)
		if err != nil {
			return nil, close, err
		}
		for _, vendor := range vendors {
			found[vendor] = shelfAt{Storage: s, all: database}
		}
	}
	return found, close, nil
}

// questionOf asks the books whether they hold the T12s, T23s and REFUNDs that
// shelves wait for, whose the pseudonyms on them are, and for the log's roots at
// heads.
func questionOf(shelves map[scrip.VendorID]db.ShelfSnapshot, heads []tree.Head) db.Question {
	q := db.Question{Sizes: sizesOf(heads)}
	for vendor, shelf := range shelves {
		q.Sales = append(q.Sales, shelf.Waiting...)
		q.GiveBacks = append(q.GiveBacks, named(vendor, shelf.GivingBack)...)
		q.Refunds = append(q.Refunds, named(vendor, shelf.Uncovered)...)
		q.Holders = append(q.Holders, holdersOn(vendor, shelf)...)
	}
	return q
}

// look reads something of a database beside the process that writes it. store
// makes what is read of the database.
func look[S, T any](
	ctx context.Context, s storage.Storage, path string, kind db.Kind, store func(*db.DB) (S, error), read func(S) (T, error),
) (found T, err error) {
	database, err := s.OpenReadOnly(ctx, path, kind)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, database.Close()) }()
	from, err := store(database)
	if err != nil {
		return found, err
	}
	return read(from)
}

// onShelf reads something of a stall's shelf.
func onShelf[T any](ctx context.Context, at shelfAt, vendor scrip.VendorID, read func(*db.Shelf) (T, error)) (T, error) {
	shelf := func(database *db.DB) (*db.Shelf, error) { return db.NewShelf(database, vendor) }
	if at.all == nil {
		return look(ctx, at.Storage, at.path, db.Merchant, shelf, read)
	}
	of, err := shelf(at.all)
	if err != nil {
		var none T
		return none, err
	}
	return read(of)
}

func (at shelfAt) look(ctx context.Context, vendor scrip.VendorID) (db.ShelfSnapshot, error) {
	return onShelf(ctx, at, vendor, func(s *db.Shelf) (db.ShelfSnapshot, error) { return s.Snapshot(ctx) })
}

func lookAtPurse(ctx context.Context, s storage.Storage) ([]wallet.Holding, error) {
	return look(ctx, s, s.Folder.Purse(), db.Wallet, db.NewPurse, func(p *db.Purse) ([]wallet.Holding, error) { return p.Holdings(ctx) })
}

// named are what a shelf waits for, by their full name.
func named(v scrip.VendorID, waiting []db.Owed) []db.Owed {
	var list []db.Owed
	for _, r := range waiting {
		r.Vendor = v
		list = append(list, r)
	}
	return list
}

// holdersOn are the pseudonyms to whom a shelf owes anything.
func holdersOn(v scrip.VendorID, shelf db.ShelfSnapshot) []db.Holder {
	all := map[scrip.Pseudonym]bool{}
	for p := range shelf.Holders {
		all[p] = true
	}
	for _, sale := range shelf.Waiting {
		all[sale.Pseudonym] = true
	}
	for _, owed := range slices.Concat(shelf.GivingBack, shelf.Uncovered) {
		all[owed.Pseudonym] = true
	}
	var list []db.Holder
	for p := range all {
		list = append(list, db.Holder{Pseudonym: p, Vendor: v})
	}
	return list
}
