package db

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Shelf is one stall's state. Safe for concurrent use.
//
// Every Change takes the row of its stall's shelf first, in the table shelf: where
// many processes write to one database, Changes of a stall come one after the other
// all the same, and those of several stalls in one commit by the order of their vendors.
type Shelf struct{ issuer }

var _ merchant.Shelf = (*Shelf)(nil)

// NewShelf reads and writes the shelf of one stall in a database of kind Merchant.
// It makes nothing: the first Change does. In a file, of which each has one stall, a
// Change of another than the first fails with ErrOwner.
func NewShelf(d *DB, vendor scrip.VendorID) (*Shelf, error) {
	if d.kind != Merchant {
		return nil, fmt.Errorf("keep a stall's shelf in a database of kind %q", d.kind)
	}
	if vendor == "" {
		return nil, errors.New("keep the shelf of no stall")
	}
	return &Shelf{issuer{db: d, of: whose(vendor)}}, nil
}

// shelfEffects apply a Change in the order that scrip.Change tells.
var shelfEffects = []effect{
	revise,
	storeReplies,
	givenBack,
	kill, lock, release, issue,
	exchange, settle, abandon, giveBack, hang, list, offerPrivately, end, page, block, unblock, sweep, takeStock, sell, recorded, sent, heardOf, watched, tell, showPhoto, refund, defend, defended, covered, collect, setAside, again,
	addKey, revokeKey, useKey, carriedOut, tellSeller, webhook,
	tieReplies,
}

// revise counts the Change, and has the shelf's row from then on.
func revise(c change) error {
	err := c.do(`INSERT INTO shelf (vendor, revision, heard) VALUES (?, 1, 0)
		ON CONFLICT (vendor) DO UPDATE SET revision = shelf.revision + 1`, c.of)
	if violated(err) != "" {
		return fmt.Errorf("%w than %s", ErrOwner, c.of)
	}
	return err
}

// Revision implements [merchant.Shelf].
func (s *Shelf) Revision(ctx context.Context) (n int64, err error) {
	err = s.db.get(ctx, &n, `SELECT revision FROM shelf WHERE vendor = ?`, s.of)
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return 0, fmt.Errorf("read how far a shelf has come: %w", err)
	}
	return n, nil
}

// Apply implements scrip.Book as Books.Apply does. Recorded and Sent name
// sales by their ID: NotFound if there is none.
func (s *Shelf) Apply(ctx context.Context, c scrip.Change) error {
	if c.Broker != nil {
		return scrip.ErrForeign
	}
	if c.Stall == nil {
		c.Stall = &scrip.StallChange{}
	}
	return s.db.apply(ctx, shelfEffects, s.of, c)
}
