package services

import (
	"context"
	"io"

	"peerscrip/db"
	"peerscrip/services/folder"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// addHost opens the stalls hosted here.
func (h *house) addHost(ctx context.Context) error {
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
	h.host, err = merchant.OpenHost(ctx, merchant.HostConfig{
		Stall: h.stallConfig(), Directory: h.broker, Store: tenants, OpenShelf: h.openShelf, Operator: operator,
		BaseURL: h.BaseURL, MaxStalls: h.MaxStalls, Changed: h.changed,
	})
	if err != nil {
		return err
	}
	h.closeLater(h.host)
	h.run(h.host.Run)
	h.api.Stalls = hostedStalls{h.host}
	return nil
}

// operatorKey is the configured one, or the folder's.
func (h *house) operatorKey() ([32]byte, error) {
	if h.OperatorKey != "" {
		return folder.ParseOperatorKey(h.OperatorKey)
	}
	return h.folder.OperatorKey(h.Random)
}

// openShelf opens the book of a hosted stall: a database of its own.
func (h *house) openShelf(ctx context.Context, id string) (merchant.Shelf, io.Closer, error) {
	database, err := db.Open(ctx, h.folder.Shelf(scrip.VendorID(id)), db.Merchant)
	if err != nil {
		return nil, nil, err
	}
	shelf, err := db.NewShelf(database)
	return shelf, database, err
}
