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

// Fill makes a stall's listings what it says now. Only what differs is written; of
// that it counts the versions that were not there.
func (c *Catalogue) Fill(ctx context.Context, r market.Reading) (fresh int, err error) {
	err = c.FillAll(ctx, []market.Reading{r}, func(n int) { fresh = n })
	return fresh, err
}

// FillAll is Fill of many stalls in one commit, for who has that many to read. Count, if it is there, is called with what
// Fill returns of each.
func (c *Catalogue) FillAll(ctx context.Context, readings []market.Reading, count func(fresh int)) error {
	return c.db.commit(ctx, func(tx *sqlx.Tx) error {
		x, err := index(tx)
		if err != nil {
			return err
		}
		for _, r := range readings {
			fresh, err := x.fill(r)
			if err != nil {
				return err
			}
			if count != nil {
				count(fresh)
			}
		}
		return x.write()
	})
}

// fill stores a reading, and counts the versions that were not there.
func (x *indexing) fill(r market.Reading) (fresh int, err error) {
	err = change{tx: x.tx}.must(scrip.ErrAbsent,
		`UPDATE catalogue_stall SET about = ?, place = ?, picture = ?, away_until = ?, closed = ?, failing = 0, read_at = ?, unshown = ?
		WHERE vendor = ?`, r.Page.About, r.Page.Place, r.Page.Picture, r.Page.AwayUntil, flag(r.Page.Closed), r.At, r.Unshown, r.Vendor)
	if err != nil {
		return 0, err
	}
	if r.Same {
		err = x.forgetEnded(r)
	} else {
		fresh, err = x.shelve(r)
	}
	if err != nil {
		return 0, err
	}
	if err := x.offer(r.Vendor, "", r.At); err != nil {
		return 0, err
	}
	return fresh, x.settle(r.Vendor, market.Moment{Now: r.At})
}

// shelve stores the listings of a reading, and counts the versions that were not there.
func (x *indexing) shelve(r market.Reading) (fresh int, err error) {
	shelf, err := shelved(x.tx, r.Vendor)
	if err != nil {
		return 0, err
	}
	var name string
	if err := x.tx.Get(&name, `SELECT name_words FROM catalogue_stall WHERE vendor = ?`, r.Vendor); err != nil {
		return 0, fmt.Errorf("read a stall's name: %w", err)
	}
	if err := x.look(newTerms(r.Listings, name)); err != nil {
		return 0, err
	}
	for _, e := range r.Listings {
		was, there := shelf[e.Offer.Offer]
		delete(shelf, e.Offer.Offer)
		switch {
		case there && was.Version == e.Version && was.Stock == e.Stock && was.Ended == 0:
			continue
		case e.Kept || there && was.Version == e.Version:
			_, err = restock(x.tx, r.Vendor, market.Left{Offer: e.Offer.Offer, Signed: e.JWS, Stock: e.Stock})
			if err == nil && (was.Ended > 0 || (was.Stock > 0) != (e.Stock > 0)) {
				err = x.tell(r.Vendor, e.Offer.Offer)
			}
		default:
			fresh++
			err = x.admit(e, name, was, there)
		}
		if err != nil {
			return 0, err
		}
	}
	return fresh, x.clear(shelf, r)
}

// newTerms are the terms of all listings that may be new, each once, to be looked up together.
func newTerms(listings []market.Entry, name string) (all []term) {
	seen := map[term]bool{}
	for _, e := range listings {
		if e.Kept {
			continue
		}
		for _, t := range termsOf(e, name) {
			if key := t.key(); !seen[key] {
				seen[key] = true
				all = append(all, key)
			}
		}
	}
	return all
}

type shelvedRow struct {
	ID       int64    `db:"id"`
	Offer    scrip.ID `db:"offer"`
	Version  scrip.ID `db:"version"`
	Stock    int      `db:"stock"`
	ListedAt int64    `db:"listed_at"`
	Ended    int64    `db:"ended"`
}

func shelved(tx *sqlx.Tx, vendor scrip.VendorID) (map[scrip.ID]shelvedRow, error) {
	var rows []shelvedRow
	err := tx.Select(&rows, `SELECT id, offer, version, stock, listed_at, ended FROM catalogue_listing WHERE vendor = ?`, vendor)
	if err != nil {
		return nil, fmt.Errorf("read a stall's listings: %w", err)
	}
	shelf := make(map[scrip.ID]shelvedRow, len(rows))
	for _, r := range rows {
		shelf[r.Offer] = r
	}
	return shelf, nil
}

// admit stores a listing, or another version of it, which keeps the time of its first; was is that of before, if
// there is one. The words of its stall's name are name.
func (x *indexing) admit(e market.Entry, name string, was shelvedRow, there bool) (err error) {
	body, err := json.Marshal(e.Offer)
	if err != nil {
		return fmt.Errorf("encode an offer: %w", err)
	}
	ids, err := x.ids(termsOf(e, name))
	if err != nil {
		return err
	}
	id, listedAt := was.ID, was.ListedAt
	var old []int64
	if there {
		old, err = x.termsOf(id)
	} else {
		id, err = x.number()
		listedAt = e.ListedAt
	}
	if err != nil {
		return err
	}
	_, err = x.tx.Exec(`INSERT INTO catalogue_listing (id, vendor, offer, version, stock, valid_until, listed_at, analysed, terms, body, signed, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (vendor, offer) DO UPDATE SET version = excluded.version, stock = excluded.stock, valid_until = excluded.valid_until,
			ended = 0, analysed = excluded.analysed, terms = excluded.terms, body = excluded.body, signed = excluded.signed, changed = excluded.changed`,
		id, e.Vendor, e.Offer.Offer, e.Version, e.Stock, e.ValidUntil, listedAt, terms.Version, packed(ids), string(body), e.JWS, x.change)
	if err != nil {
		return fmt.Errorf("store a listing: %w", err)
	}
	x.put(id, old, ids)
	x.sort(id, e.Listing, listedAt)
	return x.photos(e, there)
}

// termsOf are the numbers of a listing's terms.
func (x *indexing) termsOf(listing int64) ([]int64, error) {
	var stored []byte
	if err := x.tx.Get(&stored, `SELECT terms FROM catalogue_listing WHERE id = ?`, listing); err != nil {
		return nil, fmt.Errorf("read what a listing is found by: %w", err)
	}
	return unpacked(stored)
}

// photos stores which photos a listing shows, one that was there before or not.
func (x *indexing) photos(e market.Entry, before bool) error {
	if before {
		_, err := x.tx.Exec(`DELETE FROM catalogue_shown WHERE vendor = ? AND offer = ?`, e.Vendor, e.Offer.Offer)
		if err != nil {
			return fmt.Errorf("forget a listing's photos: %w", err)
		}
	}
	return each(e.Photos, "store a listing's photos", func(p scrip.OfferPhoto) error {
		_, err := x.tx.Exec(`INSERT INTO catalogue_shown (digest, vendor, offer) VALUES (?, ?, ?)
			ON CONFLICT DO NOTHING`, p.Digest, e.Vendor, e.Offer.Offer)
		return err
	})
}

// clear ends what is left on the shelf, and forgets what ended long ago.
func (x *indexing) clear(gone map[scrip.ID]shelvedRow, r market.Reading) error {
	for offer, was := range gone {
		if was.Ended > 0 {
			continue
		}
		if _, err := x.tx.Exec(`UPDATE catalogue_listing SET ended = ?, changed = ? WHERE vendor = ? AND offer = ?`, r.At, x.change, r.Vendor, offer); err != nil {
			return fmt.Errorf("end a listing: %w", err)
		}
	}
	return x.forgetEnded(r)
}

func (x *indexing) forgetEnded(r market.Reading) error {
	return x.remove(`vendor = ? AND ended > 0 AND ended < ?`, r.Vendor, r.Forget)
}
