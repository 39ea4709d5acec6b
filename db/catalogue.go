package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/market/terms"
	"peerscrip/services/scrip"
)

// Catalogue keeps a market's catalogue. It is safe for concurrent use.
type Catalogue struct {
	db   *DB
	kept *keeper
}

var _ market.Store = (*Catalogue)(nil)

// NewCatalogue keeps a catalogue in d, which must be of kind Market.
func NewCatalogue(d *DB) (*Catalogue, error) {
	if d.kind != Market {
		return nil, fmt.Errorf("a catalogue in a database of kind %q", d.kind)
	}
	return &Catalogue{d, &keeper{}}, nil
}

// Certify makes the list of certified stalls what the directory says. Only what differs is written: in one commit, or in several
// where it is of very many listings.
func (c *Catalogue) Certify(ctx context.Context, l market.Listed) error {
	rest, more := l.Stalls, true
	for first := true; more; first = false {
		var done int
		err := c.db.commit(ctx, func(tx *sqlx.Tx) error {
			x, err := index(tx)
			if err != nil {
				return err
			}
			if first {
				if err := x.revoke(l); err != nil {
					return err
				}
			}
			if done, err = x.certifySome(rest); err != nil {
				return err
			}
			if more, err = x.forget(l.Forget); err != nil {
				return err
			}
			return x.write()
		})
		if err != nil {
			return err
		}
		rest = rest[done:]
		more = more || len(rest) > 0
	}
	return nil
}

// certifySome certifies as many stalls as a commit takes, and says how many.
func (x *indexing) certifySome(stalls []market.Stall) (int, error) {
	for i, s := range stalls {
		if x.full() {
			return i, nil
		}
		if err := x.certify(s); err != nil {
			return 0, err
		}
	}
	return len(stalls), nil
}

// revoke marks the stalls that are not listed any more.
func (x *indexing) revoke(l market.Listed) error {
	var there []scrip.VendorID
	if err := x.tx.Select(&there, `SELECT vendor FROM catalogue_stall WHERE revoked = 0`); err != nil {
		return fmt.Errorf("list the certified stalls: %w", err)
	}
	listed := make(map[scrip.VendorID]bool, len(l.Stalls))
	for _, s := range l.Stalls {
		listed[s.Vendor] = true
	}
	for _, vendor := range there {
		if listed[vendor] {
			continue
		}
		if _, err := x.tx.Exec(`UPDATE catalogue_stall SET revoked = ? WHERE vendor = ?`, l.At, vendor); err != nil {
			return fmt.Errorf("revoke a stall: %w", err)
		}
	}
	return nil
}

func (x *indexing) certify(s market.Stall) error {
	var was struct {
		Words       string `db:"name_words"`
		Certificate string `db:"certificate"`
	}
	err := x.tx.Get(&was, `SELECT name_words, certificate FROM catalogue_stall WHERE vendor = ?`, s.Vendor)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read a stall's name: %w", err)
	}
	named := err == nil && was.Words == s.Words
	if err == nil && !named {
		if err := x.rename(s.Vendor, was.Words, s.Words); err != nil {
			return err
		}
	}
	if err == nil && was.Certificate != s.Certificate { // who follows the feed verifies by it
		if err := x.tell(s.Vendor, ""); err != nil {
			return err
		}
	}
	_, err = x.tx.Exec(`INSERT INTO catalogue_stall (vendor, name, name_words, base_url, certificate, record, not_before, not_after)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (vendor) DO UPDATE SET name = excluded.name, name_words = excluded.name_words, base_url = excluded.base_url,
			certificate = excluded.certificate, record = excluded.record, not_before = excluded.not_before,
			not_after = excluded.not_after, revoked = 0
		WHERE catalogue_stall.revoked > 0 OR catalogue_stall.certificate <> excluded.certificate OR catalogue_stall.record <> excluded.record
			OR catalogue_stall.name <> excluded.name OR catalogue_stall.name_words <> excluded.name_words OR catalogue_stall.base_url <> excluded.base_url
			OR catalogue_stall.not_before <> excluded.not_before OR catalogue_stall.not_after <> excluded.not_after`,
		s.Vendor, s.Name, s.Words, s.BaseURL, s.Certificate, s.Record, s.NotBefore, s.NotAfter)
	if err != nil {
		return fmt.Errorf("certify a stall: %w", err)
	}
	if named {
		return nil
	}
	return x.name(s)
}

// name stores by what words a stall is found.
func (x *indexing) name(s market.Stall) error {
	if _, err := x.tx.Exec(`DELETE FROM catalogue_name WHERE vendor = ?`, s.Vendor); err != nil {
		return fmt.Errorf("forget a stall's name: %w", err)
	}
	return each(wordTerms(inName, s.Words), "store a stall's name", func(t term) error {
		_, err := x.tx.Exec(`INSERT INTO catalogue_name (word, vendor) VALUES (?, ?) ON CONFLICT DO NOTHING`, t.name, s.Vendor)
		return err
	})
}

// rename makes what a stall offers found by the words of its new name.
func (x *indexing) rename(vendor scrip.VendorID, was, is string) error {
	var rows []storedTerms
	if err := x.tx.Select(&rows, `SELECT id, terms FROM catalogue_listing WHERE vendor = ?`, vendor); err != nil || len(rows) == 0 {
		return err
	}
	before, err := x.ids(wordTerms(inName, was))
	if err != nil {
		return err
	}
	after, err := x.ids(wordTerms(inName, is))
	if err != nil {
		return err
	}
	x.rewritten += len(rows)
	for _, r := range rows {
		old, err := unpacked(r.Terms)
		if err != nil {
			return err
		}
		ids := slices.DeleteFunc(slices.Clone(old), func(id int64) bool {
			_, named := slices.BinarySearch(before, id)
			return named
		})
		ids = append(ids, after...)
		slices.Sort(ids)
		x.put(r.ID, old, ids)
		if _, err := x.tx.Exec(`UPDATE catalogue_listing SET terms = ? WHERE id = ?`, packed(ids), r.ID); err != nil {
			return fmt.Errorf("store what a listing is found by: %w", err)
		}
	}
	return nil
}

// storedTerms are those of a listing.
type storedTerms struct {
	ID    int64  `db:"id"`
	Terms []byte `db:"terms"`
}

// forget erases the stalls that were revoked before a time, listings and all: as many as a commit takes. It says whether there
// may be more.
func (x *indexing) forget(before int64) (more bool, err error) {
	var vendors []scrip.VendorID
	if err := x.tx.Select(&vendors, `SELECT vendor FROM catalogue_stall WHERE revoked > 0 AND revoked < ?`, before); err != nil {
		return false, fmt.Errorf("list the stalls to be forgotten: %w", err)
	}
	for _, vendor := range vendors {
		if x.full() {
			return true, nil
		}
		if err := x.settle(vendor, market.Moment{Now: before}); err != nil { // so that the feed has told that it is gone, or begins anew
			return false, err
		}
		if err := x.remove(`vendor = ?`, vendor); err != nil {
			return false, err
		}
		if _, err := x.tx.Exec(`DELETE FROM catalogue_stall WHERE vendor = ?`, vendor); err != nil {
			return false, fmt.Errorf("forget a stall: %w", err)
		}
	}
	return false, nil
}

// Miss marks a stall as not answering.
func (c *Catalogue) Miss(ctx context.Context, vendor scrip.VendorID, at int64) error {
	return c.db.commit(ctx, func(tx *sqlx.Tx) error {
		_, err := tx.Exec(`UPDATE catalogue_stall SET failing = ? WHERE vendor = ? AND failing = 0`, at, vendor)
		return err
	})
}

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
