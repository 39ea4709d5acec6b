package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/market/terms"
	"peerscrip/services/scrip"
)

// What one commit does at most, so that others need not wait for it: of stalls that show or show no more; of listings that are
// rewritten, and then those of the stall that it is at.
const (
	settledStalls   = 16
	settledListings = 500
)

// full reports whether a commit has rewritten as many listings as it should: what is left is for the next.
func (x *indexing) full() bool { return x.rewritten >= settledListings }

// Settle brings in line what shows with what time and the directory made of it, and makes anew what listings are
// found by where that was made by another version of the program. Searches are right without it, and slower.
func (c *Catalogue) Settle(ctx context.Context, m market.Moment) error {
	for _, part := range []func(*indexing, market.Moment) (int, error){(*indexing).settleStalls, (*indexing).settleExpired, (*indexing).analyse} {
		for n := 1; n > 0; {
			err := c.db.commit(ctx, func(tx *sqlx.Tx) error {
				x, err := index(tx)
				if err != nil {
					return err
				}
				if n, err = part(x, m); err != nil {
					return err
				}
				return x.write()
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// settleStalls settles some of the stalls that show what they should not, and says how many.
func (x *indexing) settleStalls(m market.Moment) (int, error) {
	stalls, err := unsettled(x.tx, m, settledStalls)
	if err != nil {
		return 0, err
	}
	for i, s := range stalls {
		if x.full() {
			return i, nil
		}
		if err := x.settle(s.Vendor, m); err != nil {
			return 0, err
		}
	}
	return len(stalls), nil
}

// settleExpired takes out some of the listings whose time is over, and says how many.
func (x *indexing) settleExpired(m market.Moment) (int, error) {
	var over []struct {
		Vendor scrip.VendorID `db:"vendor"`
		Offer  scrip.ID       `db:"offer"`
	}
	err := x.tx.Select(&over, `SELECT vendor, offer FROM catalogue_listing WHERE offered = 1 AND valid_until <= ? LIMIT ?`, m.Now, settledListings)
	if err != nil {
		return 0, fmt.Errorf("find listings whose time is over: %w", err)
	}
	for _, l := range over {
		if err := x.offer(l.Vendor, l.Offer, m.Now); err != nil {
			return 0, err
		}
	}
	return len(over), nil
}

// analyse makes anew what some listings are found by that was made by another version, and says of how many.
func (x *indexing) analyse(market.Moment) (int, error) {
	var rows []struct {
		storedTerms
		Body     string `db:"body"`
		ListedAt int64  `db:"listed_at"`
		Name     string `db:"name_words"`
	}
	err := x.tx.Select(&rows, `SELECT l.id, l.terms, l.body, l.listed_at, s.name_words FROM catalogue_listing l JOIN catalogue_stall s ON s.vendor = l.vendor
		WHERE l.analysed < ? LIMIT ?`, terms.Version, settledListings)
	if err != nil {
		return 0, fmt.Errorf("find listings to analyse: %w", err)
	}
	for _, r := range rows {
		var o scrip.Offer
		if err := json.Unmarshal([]byte(r.Body), &o); err != nil {
			return 0, fmt.Errorf("decode an offer: %w", err)
		}
		e := market.EntryOf(scrip.Listing{Offer: o})
		old, err := unpacked(r.Terms)
		if err != nil {
			return 0, err
		}
		ids, err := x.ids(termsOf(e, r.Name))
		if err != nil {
			return 0, err
		}
		x.put(r.ID, old, ids)
		x.sort(r.ID, e.Listing, r.ListedAt)
		if _, err := x.tx.Exec(`UPDATE catalogue_listing SET terms = ?, analysed = ? WHERE id = ?`, packed(ids), terms.Version, r.ID); err != nil {
			return 0, fmt.Errorf("store what a listing is found by: %w", err)
		}
	}
	return len(rows), nil
}
