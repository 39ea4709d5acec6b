package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// Catalogue keeps a market's catalogue. It is safe for concurrent use.
type Catalogue struct{ db *DB }

var _ market.Store = (*Catalogue)(nil)

// NewCatalogue keeps a catalogue in d, which must be of kind Market.
func NewCatalogue(d *DB) (*Catalogue, error) {
	if d.kind != Market {
		return nil, fmt.Errorf("a catalogue in a database of kind %q", d.kind)
	}
	return &Catalogue{d}, nil
}

// Certify makes the list of certified stalls what the directory says.
func (c *Catalogue) Certify(ctx context.Context, l market.Listed) error {
	return c.db.commit(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.Exec(`UPDATE catalogue_stall SET revoked = ? WHERE revoked = 0`, l.At); err != nil {
			return fmt.Errorf("revoke the stalls: %w", err)
		}
		for _, s := range l.Stalls {
			_, err := tx.Exec(`INSERT INTO catalogue_stall (vendor, name, name_words, base_url, certificate, record, not_before, not_after)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (vendor) DO UPDATE SET name = excluded.name, name_words = excluded.name_words, base_url = excluded.base_url,
					certificate = excluded.certificate, record = excluded.record, not_before = excluded.not_before,
					not_after = excluded.not_after, revoked = 0`,
				s.Vendor, s.Name, s.Words, s.BaseURL, s.Certificate, s.Record, s.NotBefore, s.NotAfter)
			if err != nil {
				return fmt.Errorf("certify a stall: %w", err)
			}
		}
		_, err := tx.Exec(`DELETE FROM catalogue_stall WHERE revoked > 0 AND revoked < ?`, l.Forget)
		return err
	})
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
	err = c.db.commit(ctx, func(tx *sqlx.Tx) error {
		fresh = 0
		err := change{tx: tx}.must(scrip.ErrAbsent,
			`UPDATE catalogue_stall SET about = ?, place = ?, picture = ?, away_until = ?, closed = ?, failing = 0, read_at = ?, unshown = ?
			WHERE vendor = ?`, r.Page.About, r.Page.Place, r.Page.Picture, r.Page.AwayUntil, flag(r.Page.Closed), r.At, r.Unshown, r.Vendor)
		if err != nil {
			return err
		}
		if r.Same {
			return forgetEnded(tx, r)
		}
		shelf, err := shelved(tx, r.Vendor)
		if err != nil {
			return err
		}
		for _, e := range r.Listings {
			was, there := shelf[e.Offer.Offer]
			delete(shelf, e.Offer.Offer)
			if there && was == (shelvedRow{Offer: e.Offer.Offer, Version: e.Version, Stock: e.Stock}) {
				continue
			}
			if e.Kept {
				if err := restock(tx, r.Vendor, market.Left{Offer: e.Offer.Offer, Signed: e.JWS, Stock: e.Stock}); err != nil {
					return err
				}
				continue
			}
			if was.Version != e.Version {
				fresh++
			}
			if err := put(tx, e); err != nil {
				return err
			}
		}
		return clearShelf(tx, shelf, r)
	})
	return fresh, err
}

type shelvedRow struct {
	Offer   scrip.ID `db:"offer"`
	Version scrip.ID `db:"version"`
	Stock   int      `db:"stock"`
	Ended   int64    `db:"ended"`
}

func shelved(tx *sqlx.Tx, vendor scrip.VendorID) (map[scrip.ID]shelvedRow, error) {
	var rows []shelvedRow
	err := tx.Select(&rows, `SELECT offer, version, stock, ended FROM catalogue_listing WHERE vendor = ?`, vendor)
	if err != nil {
		return nil, fmt.Errorf("read a stall's listings: %w", err)
	}
	shelf := make(map[scrip.ID]shelvedRow, len(rows))
	for _, r := range rows {
		shelf[r.Offer] = r
	}
	return shelf, nil
}

// put stores a listing, with the time of its first version if there is one.
func put(tx *sqlx.Tx, e market.Entry) error {
	body, err := json.Marshal(e.Offer)
	if err != nil {
		return fmt.Errorf("encode an offer: %w", err)
	}
	var alike, id int64
	err = tx.Get(&alike, `INSERT INTO catalogue_alike (category, sub, condition, country, posted_to, collected, protected)
		VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (category, sub, condition, country, posted_to, collected, protected)
		DO UPDATE SET category = excluded.category RETURNING id`,
		e.Category, e.Sub, e.Condition, e.Place.Country, postedTo(e.Offer), flag(isCollected(e.Offer)), flag(e.CheckWithin > 0))
	if err != nil {
		return fmt.Errorf("store what a listing is like: %w", err)
	}
	err = tx.Get(&id, `INSERT INTO catalogue_listing (vendor, offer, version, alike, postage, price, stock, valid_until,
			listed_at, title_words, all_words, body, signed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (vendor, offer) DO UPDATE SET version = excluded.version, alike = excluded.alike, postage = excluded.postage,
			price = excluded.price, stock = excluded.stock, valid_until = excluded.valid_until, ended = 0,
			title_words = excluded.title_words, all_words = excluded.all_words, body = excluded.body, signed = excluded.signed
		RETURNING id`,
		e.Vendor, e.Offer.Offer, e.Version, alike, e.Cheapest(), e.Price, e.Stock,
		e.ValidUntil, e.ListedAt, e.TitleWords, e.AllWords, string(body), e.JWS)
	if err != nil {
		return fmt.Errorf("store a listing: %w", err)
	}
	if err := putKnown(tx, id, e.Known); err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM catalogue_shown WHERE vendor = ? AND offer = ?`, e.Vendor, e.Offer.Offer)
	if err != nil {
		return fmt.Errorf("forget a listing's photos: %w", err)
	}
	return each(e.Photos, "store a listing's photos", func(p scrip.OfferPhoto) error {
		_, err := tx.Exec(`INSERT INTO catalogue_shown (digest, vendor, offer) VALUES (?, ?, ?)
			ON CONFLICT DO NOTHING`, p.Digest, e.Vendor, e.Offer.Offer)
		return err
	})
}

// putKnown stores the attributes of a listing by which it can be filtered.
func putKnown(tx *sqlx.Tx, listing int64, known []market.Known) error {
	if _, err := tx.Exec(`DELETE FROM catalogue_attribute WHERE listing = ?`, listing); err != nil {
		return fmt.Errorf("forget a listing's attributes: %w", err)
	}
	return each(known, "store a listing's attributes", func(k market.Known) error {
		var value int64
		err := tx.Get(&value, `INSERT INTO catalogue_value (name, key, value) VALUES (?, ?, ?)
			ON CONFLICT (name, key) DO UPDATE SET name = excluded.name RETURNING id`, k.Name, k.Key, k.Value)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO catalogue_attribute (listing, value) VALUES (?, ?)`, listing, value)
		return err
	})
}

// postedTo are the countries to which an offer is posted, between single spaces; "*"
// for any.
func postedTo(o scrip.Offer) string {
	var codes []string
	for _, w := range o.Ways() {
		switch {
		case w.Way != scrip.WayPost:
		case len(w.Countries) == 0:
			return "*"
		default:
			codes = append(codes, w.Countries...)
		}
	}
	if len(codes) == 0 {
		return ""
	}
	return " " + strings.Join(codes, " ") + " "
}

func isCollected(o scrip.Offer) bool {
	return slices.ContainsFunc(o.Ways(), func(w scrip.Way) bool { return w.Way == scrip.WayCollect })
}

// clearShelf ends what is left on the shelf, and forgets what ended long ago.
func clearShelf(tx *sqlx.Tx, gone map[scrip.ID]shelvedRow, r market.Reading) error {
	for offer := range gone {
		_, err := tx.Exec(`UPDATE catalogue_listing SET ended = ? WHERE vendor = ? AND offer = ? AND ended = 0`,
			r.At, r.Vendor, offer)
		if err != nil {
			return fmt.Errorf("end a listing: %w", err)
		}
	}
	return forgetEnded(tx, r)
}

func forgetEnded(tx *sqlx.Tx, r market.Reading) error {
	_, err := tx.Exec(`DELETE FROM catalogue_listing WHERE vendor = ? AND ended > 0 AND ended < ?`, r.Vendor, r.Forget)
	if err != nil {
		return fmt.Errorf("forget ended listings: %w", err)
	}
	return nil
}
