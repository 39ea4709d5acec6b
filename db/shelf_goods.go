package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// The bounds of a shelf: see package merchant. Tests set lower ones.
var maxForSale, maxPhotoBytes int64 = merchant.MaxForSale, merchant.MaxPhotoBytes

// list puts an offer on the stall, or a new version in the place of the one
// it replaces.
func list(c change) error {
	l := c.Stall.List
	if l == nil {
		return nil
	}
	photos, err := json.Marshal(l.Photos)
	if err != nil {
		return fmt.Errorf("list an offer: %w", err)
	}
	args := []any{
		l.Version, l.Vendor, l.Title, l.Description, l.Category, l.Condition, l.Price, l.Currency, l.Quantity,
		l.Postage, string(photos), l.ValidUntil, l.JWS, l.Stock, flag(l.Ended), l.ListedAt, l.Offer.Offer,
	}
	query := `INSERT INTO listing (version, vendor, title, description, category, condition, price, currency,
		quantity, postage, photos, valid_until, jws, stock, ended, listed_at, offer)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (offer) DO NOTHING`
	if l.Replaces != "" {
		query = `UPDATE listing SET version = ?, vendor = ?, title = ?, description = ?, category = ?, condition = ?,
			price = ?, currency = ?, quantity = ?, postage = ?, photos = ?, valid_until = ?, jws = ?, stock = ?,
			ended = ?, listed_at = ? WHERE offer = ? AND version = ? AND stock = ?`
		args = append(args, l.Replaces, l.StockWas)
	}
	err = c.must(scrip.OfferChanged, query, args...)
	if violated(err) == "listing.version" {
		return scrip.TxConflict
	}
	if err != nil {
		return err
	}
	if err := c.show(l.Offer); err != nil {
		return err
	}
	return c.atMost(maxForSale, `SELECT count(*) FROM listing WHERE ended = 0 AND stock > 0`)
}

// show notes which photos a listing shows, so that they stay. One that is not
// there is NotFound.
func (c change) show(o scrip.Offer) error {
	if _, err := c.exec(`DELETE FROM listing_photo WHERE offer = ?`, o.Offer); err != nil {
		return fmt.Errorf("forget a listing's photos: %w", err)
	}
	return each(o.Photos, "note a listing's photo", func(p scrip.OfferPhoto) error {
		_, err := c.exec(`INSERT INTO listing_photo (offer, digest) VALUES (?, ?) ON CONFLICT DO NOTHING`, o.Offer, p.Digest)
		if orphaned(err) {
			return scrip.NotFound
		}
		return err
	})
}

// atMost refuses a change after which a query counts more than bound.
func (c change) atMost(bound int64, query string) error {
	var n int64
	if err := c.get(&n, query); err != nil {
		return fmt.Errorf("count what there is: %w", err)
	}
	if n > bound {
		return scrip.TooMany
	}
	return nil
}

// end takes an offer off the stall. Once more changes nothing.
func end(c change) error {
	if c.Stall.End == "" {
		return nil
	}
	return c.must(scrip.NotFound, `UPDATE listing SET ended = 1 WHERE offer = ?`, c.Stall.End)
}

// hang stores photos, each once.
func hang(c change) error {
	if len(c.Stall.Photos) == 0 {
		return nil
	}
	err := each(c.Stall.Photos, "store a photo", func(p scrip.Photo) error {
		_, err := c.exec(`INSERT INTO photo (digest, full, thumb, added_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (digest) DO UPDATE SET added_at = excluded.added_at`, p.Digest, p.Full, p.Thumb, c.At)
		return err
	})
	if err != nil {
		return err
	}
	return c.atMost(maxPhotoBytes, `SELECT coalesce(sum(length(full) + length(thumb)), 0) FROM photo`)
}

// sweep erases listings first, so that their photos go with them.
func sweep(c change) error {
	if c.Stall.Sweep == nil {
		return nil
	}
	_, err := c.exec(`DELETE FROM listing WHERE ended = 1 AND valid_until < ?
		AND NOT EXISTS (SELECT 1 FROM sale WHERE sale.offer = listing.offer)`, c.Stall.Sweep.Listings)
	if err != nil {
		return fmt.Errorf("erase ended listings: %w", err)
	}
	_, err = c.exec(`DELETE FROM photo WHERE added_at < ?
		AND NOT EXISTS (SELECT 1 FROM listing_photo WHERE listing_photo.digest = photo.digest)`, c.Stall.Sweep.Photos)
	if err != nil {
		return fmt.Errorf("erase photos: %w", err)
	}
	return nil
}

// takeStock takes goods off the shelf, if they are there in this version.
func takeStock(c change) error {
	t := c.Stall.Stock
	if t == nil {
		return nil
	}
	if t.Quantity <= 0 {
		return fmt.Errorf("take a quantity of %d", t.Quantity)
	}
	n, err := c.exec(`UPDATE listing SET stock = stock - ?
		WHERE offer = ? AND version = ? AND ended = 0 AND stock >= ?`, t.Quantity, t.Offer, t.Version, t.Quantity)
	if err != nil || n > 0 {
		return err
	}
	var one int
	err = c.get(&one, `SELECT 1 FROM listing WHERE offer = ? AND version = ? AND ended = 0`, t.Offer, t.Version)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.OfferChanged
	}
	if err != nil {
		return fmt.Errorf("read an offer: %w", err)
	}
	return scrip.OutOfStock
}

type listingRow struct {
	Offer       scrip.ID       `db:"offer"`
	Version     scrip.ID       `db:"version"`
	Vendor      scrip.VendorID `db:"vendor"`
	Title       string         `db:"title"`
	Description string         `db:"description"`
	Category    string         `db:"category"`
	Condition   string         `db:"condition"`
	Price       scrip.Money    `db:"price"`
	Currency    string         `db:"currency"`
	Quantity    int            `db:"quantity"`
	Postage     scrip.Money    `db:"postage"`
	Photos      string         `db:"photos"`
	ValidUntil  int64          `db:"valid_until"`
	JWS         string         `db:"jws"`
	Stock       int            `db:"stock"`
	Ended       bool           `db:"ended"`
	ListedAt    int64          `db:"listed_at"`
}

func (r listingRow) listing() (scrip.Listing, error) {
	l := scrip.Listing{
		Offer: scrip.Offer{
			Offer: r.Offer, Vendor: r.Vendor, Title: r.Title, Description: r.Description, Category: r.Category,
			Condition: r.Condition, Price: r.Price, Currency: r.Currency, Quantity: r.Quantity, Postage: r.Postage,
			ValidUntil: r.ValidUntil,
		},
		Version: r.Version, JWS: r.JWS, Stock: r.Stock, Ended: r.Ended, ListedAt: r.ListedAt,
	}
	if err := json.Unmarshal([]byte(r.Photos), &l.Photos); err != nil {
		return scrip.Listing{}, fmt.Errorf("decode the photos of an offer: %w", err)
	}
	return l, nil
}

const selectListing = `SELECT offer, version, vendor, title, description, category, condition, price, currency,
	quantity, postage, photos, valid_until, jws, stock, ended, listed_at FROM listing `

// Listing returns an offer as it stands on the stall, or scrip.ErrAbsent.
func (s *Shelf) Listing(ctx context.Context, offer scrip.ID) (scrip.Listing, error) {
	var r listingRow
	if err := s.db.get(ctx, &r, selectListing+`WHERE offer = ?`, offer); err != nil {
		return scrip.Listing{}, fmt.Errorf("read an offer: %w", err)
	}
	return r.listing()
}

// Listings lists all offers, ended and sold ones too, newest first.
func (s *Shelf) Listings(ctx context.Context) ([]scrip.Listing, error) {
	var rows []listingRow
	if err := s.db.list(ctx, &rows, selectListing+`ORDER BY listed_at DESC, offer`); err != nil {
		return nil, fmt.Errorf("list offers: %w", err)
	}
	return convert(rows, listingRow.listing)
}

type photoRow struct {
	Digest string `db:"digest"`
	Full   []byte `db:"full"`
	Thumb  []byte `db:"thumb"`
}

// Photo returns a photo by its digest, or scrip.ErrAbsent.
func (s *Shelf) Photo(ctx context.Context, digest string) (scrip.Photo, error) {
	var r photoRow
	if err := s.db.get(ctx, &r, `SELECT digest, full, thumb FROM photo WHERE digest = ?`, digest); err != nil {
		return scrip.Photo{}, fmt.Errorf("read a photo: %w", err)
	}
	return scrip.Photo(r), nil
}
