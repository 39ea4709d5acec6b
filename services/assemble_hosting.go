package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// hostedShare is which part of what one merchant may send a broker a minute a hosted
// stall sends at most. A broker takes twenty times as much from one address.
const hostedShare = 2

// bookRests is after how long the book of a hosted stall is closed that nobody needs, and
// trimEvery how often the memory that closed ones had is given back.
const (
	bookRests = 5 * time.Second
	trimEvery = 2 * bookRests
)

// trim gives memory back until ctx ends.
func trim(ctx context.Context) {
	for {
		select {
		case <-time.After(trimEvery):
			db.Trim()
		case <-ctx.Done():
			return
		}
	}
}

// addHost opens the stalls hosted here.
func (h *house) addHost(ctx context.Context) error {
	if h.storage.Apart(db.Market) {
		return h.addSharedHost(ctx)
	}
	if err := h.folder.WholeMarket(h.OperatorKey != ""); err != nil {
		return err
	}
	if err := h.openHost(ctx, merchant.HostConfig{MakeShelf: h.makeShelf, OpenShelf: h.openShelf}); err != nil {
		return err
	}
	if err := noStrays(ctx, h.folder, h.host.Has); err != nil {
		return err
	}
	h.run(trim)
	h.sayHandles(len(h.host.Stalls()))
	for _, vendor := range h.host.Stalls() {
		if err := h.folder.WholeShelf(h.folder.Shelf(vendor)); err != nil {
			return err
		}
	}
	return nil
}

// addSharedHost opens those of a database that other processes may use, too: all shelves
// are in it.
func (h *house) addSharedHost(ctx context.Context) error {
	if h.folder.HasMarket() && !h.folder.MarketElsewhere() {
		return fmt.Errorf("%w (%s): move it with \"peerscrip migrate-database\", or, to begin a new market, name an empty folder with --data", storage.ErrMoved, h.folder.Market())
	}
	shelves, err := h.open(ctx, "", db.Merchant)
	if err != nil {
		return err
	}
	if err := storage.Complete(ctx, shelves); err != nil {
		return err
	}
	if err := belong(ctx, shelves, h.storage.Shown(), string(h.info().ID)); err != nil {
		return err
	}
	of, err := db.NewShelves(shelves)
	if err != nil {
		return err
	}
	err = h.openHost(ctx, merchant.HostConfig{Waiting: of.Waiting, OpenShelf: func(_ context.Context, id string) (merchant.Shelf, io.Closer, error) {
		shelf, err := db.NewShelf(shelves, scrip.VendorID(id))
		return shelf, closer(func() error { return nil }), err // it closes with the process
	}})
	if err != nil {
		return err
	}
	return h.folder.KeepMarketElsewhere(h.storage.Shown())
}

// openHost opens the host over the market's tenants, which c says the shelves of.
func (h *house) openHost(ctx context.Context, c merchant.HostConfig) error {
	operator, err := h.operatorKey()
	if err != nil {
		return err
	}
	if err := h.openStore(ctx); err != nil {
		return err
	}
	tenants, err := db.NewHosted(h.store)
	if err != nil {
		return err
	}
	c.Stall = h.stallConfig()
	c.Stall.Requests = max(h.Rate/hostedShare, min(h.Rate, 1))
	if h.lessee != nil {
		c.Stall.Process = merchant.Process{Leases: h.lessee.db, Name: h.lessee.owner}
	}
	c.Directory, c.Store, c.Operator, c.BaseURL, c.MaxStalls = h.broker, tenants, operator, h.BaseURL, h.MaxStalls
	c.Changed, c.Bought = h.changed, h.changes.bought
	if h.host, err = merchant.OpenHost(ctx, c); err != nil {
		return err
	}
	h.closeLater(h.host)
	h.run(h.host.Run)
	h.listed = make(chan []scrip.CertifiedStall, 1)
	h.run(h.moveHosted)
	h.api.Stalls = hostedStalls{h.host}
	h.api.Sellers = hostedStalls{h.host}
	return nil
}

// operatorKey is the configured one, or the storage's.
func (h *house) operatorKey() ([32]byte, error) {
	if h.OperatorKey != "" {
		return folder.ParseOperatorKey(h.OperatorKey)
	}
	return h.storage.OperatorKey(h.Random)
}

// makeShelf makes the book of a hosted stall that is about to be opened. Made
// again after a crash, it is the same; and by its owner and the sweep of drafts at the
// same time, it is made by one after the other.
func (h *house) makeShelf(ctx context.Context, vendor scrip.VendorID) error {
	h.making.Lock()
	defer h.making.Unlock()
	path := h.folder.Shelf(vendor)
	database, err := h.storage.Open(ctx, path, db.Merchant)
	if err != nil {
		return err
	}
	return errors.Join(belong(ctx, database, path, string(vendor)), database.Close())
}

// openShelf opens the book of a hosted stall: a database of its own, which must
// be there.
func (h *house) openShelf(ctx context.Context, id string) (merchant.Shelf, io.Closer, error) {
	path := h.folder.Shelf(scrip.VendorID(id))
	if err := h.folder.WholeShelf(path); err != nil {
		return nil, nil, err
	}
	database, err := h.openAlone(ctx, path, db.Merchant)
	if err != nil {
		return nil, nil, err
	}
	if err := belong(ctx, database, path, id); err != nil {
		return nil, nil, errors.Join(err, database.Close())
	}
	database.Rest(bookRests)
	shelf, err := db.NewShelf(database, scrip.VendorID(id))
	return shelf, database, err
}
