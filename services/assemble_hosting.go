package services

import (
	"context"
	"errors"
	"io"
	"time"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// hostedShare is which part of what one merchant may send a broker a minute a hosted
// stall sends at most. A broker takes twenty times as much from one address.
const hostedShare = 2

// bookRests is after how long the book of a hosted stall is closed that nobody needs.
const bookRests = 5 * time.Second

// addHost opens the stalls hosted here.
func (h *house) addHost(ctx context.Context) error {
	if err := h.folder.WholeMarket(h.OperatorKey != ""); err != nil {
		return err
	}
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
	config := h.stallConfig()
	config.Requests = max(h.Rate/hostedShare, min(h.Rate, 1))
	h.host, err = merchant.OpenHost(ctx, merchant.HostConfig{
		Stall: config, Directory: h.broker, Store: tenants, MakeShelf: h.makeShelf, OpenShelf: h.openShelf, Operator: operator,
		BaseURL: h.BaseURL, MaxStalls: h.MaxStalls, Changed: h.changed, Bought: h.changes.bought,
	})
	if err != nil {
		return err
	}
	h.closeLater(h.host)
	if err := noStrays(ctx, h.folder, h.host.Has); err != nil {
		return err
	}
	h.sayHandles(len(h.host.Stalls()))
	for _, vendor := range h.host.Stalls() {
		if err := h.folder.WholeShelf(h.folder.Shelf(vendor)); err != nil {
			return err
		}
	}
	h.run(h.host.Run)
	h.run(h.moveHosted)
	h.api.Stalls = hostedStalls{h.host}
	h.api.Sellers = hostedStalls{h.host}
	return nil
}

// operatorKey is the configured one, or the folder's.
func (h *house) operatorKey() ([32]byte, error) {
	if h.OperatorKey != "" {
		return folder.ParseOperatorKey(h.OperatorKey)
	}
	return h.folder.OperatorKey(h.Random)
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
