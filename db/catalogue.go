package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
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
