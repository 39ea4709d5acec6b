package db

import (
	"context"
	"fmt"

	"peerscrip/services/scrip"
)

// Shelves are those of all stalls of a database.
type Shelves struct{ db *DB }

// NewShelves reads the shelves in a database of kind Merchant.
func NewShelves(d *DB) (*Shelves, error) {
	if d.kind != Merchant {
		return nil, fmt.Errorf("shelves in a database of kind %q", d.kind)
	}
	return &Shelves{d}, nil
}

// Vendors lists the stalls that have a shelf.
func (s *Shelves) Vendors(ctx context.Context) (list []scrip.VendorID, err error) {
	if err := s.db.list(ctx, &list, `SELECT vendor FROM shelf ORDER BY vendor`); err != nil {
		return nil, fmt.Errorf("list the shelves: %w", err)
	}
	return list, nil
}

// mostWaiting bounds how many stalls Waiting lists.
const mostWaiting = 1000

// Waiting lists stalls that have something to tell the broker, up to mostWaiting: what is
// in an outbox, a sale that is not recorded, a SENT that was not told.
func (s *Shelves) Waiting(ctx context.Context) (list []scrip.VendorID, err error) {
	err = s.db.list(ctx, &list, `SELECT vendor FROM outbox UNION SELECT vendor FROM sale WHERE recorded = 0
		UNION SELECT vendor FROM hold WHERE telling = 1 LIMIT ?`, mostWaiting)
	if err != nil {
		return nil, fmt.Errorf("list the stalls with something to tell: %w", err)
	}
	return list, nil
}
