package db

import (
	"context"
	"fmt"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Shelf is one stall's state. Safe for concurrent use.
type Shelf struct{ issuer }

var _ merchant.Shelf = (*Shelf)(nil)

// NewShelf reads and writes a stall's shelf in a database of kind Merchant.
func NewShelf(d *DB) (*Shelf, error) {
	if d.kind != Merchant {
		return nil, fmt.Errorf("keep a stall's shelf in a database of kind %q", d.kind)
	}
	return &Shelf{issuer{d}}, nil
}

// shelfEffects apply a Change in the order that scrip.Change tells.
var shelfEffects = []effect{
	storeReplies,
	givenBack,
	kill, lock, release, issue,
	exchange, settle, abandon, giveBack, hang, list, offerPrivately, end, page, block, unblock, sweep, takeStock, sell, recorded, sent, heardOf, watched, tell, showPhoto, refund, defend, defended, covered, collect, setAside, again,
	tieReplies, revise,
}

// revise counts the Change.
func revise(c change) error {
	_, err := c.exec(`UPDATE revision SET n = n + 1`)
	return err
}

// Revision implements [merchant.Shelf].
func (s *Shelf) Revision(ctx context.Context) (n int64, err error) {
	if err = s.db.get(ctx, &n, `SELECT n FROM revision`); err != nil {
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
	return s.db.commit(ctx, s.db.apply(shelfEffects, c))
}
