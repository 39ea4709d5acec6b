package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"peerscrip/services/scrip"
)

// list puts offers on the stall, or new versions in the place of those that they
// replace.
func list(c change) error {
	if len(c.Stall.List) == 0 {
		return nil
	}
	if err := each(c.Stall.List, "list an offer", c.listOne); err != nil {
		return err
	}
	err := c.atMost(maxForSale, `SELECT count(*) FROM listing WHERE vendor = ? AND ended = 0 AND stock > 0 AND source IS NULL AND request = 0`, c.of)
	if err != nil || !slices.ContainsFunc(c.Stall.List, func(l scrip.Listing) bool { return l.IsRequest() }) {
		return err
	}
	return c.atMost(maxRequests, `SELECT count(*) FROM listing WHERE vendor = ? AND request = 1 AND ended = 0 AND stock > 0 AND valid_until > ?`, c.of, c.At)
}

func (c change) listOne(l scrip.Listing) error {
	body, err := json.Marshal(l.Offer)
	if err != nil {
		return fmt.Errorf("list an offer: %w", err)
	}
	args := []any{l.Version, string(body), l.ValidUntil, l.JWS, l.Stock, flag(l.Ended), l.ListedAt, flag(l.IsRequest()), c.of, l.Offer.Offer}
	query := `INSERT INTO listing (version, body, valid_until, jws, stock, ended, listed_at, request, vendor, offer)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (vendor, offer) DO NOTHING`
	if l.Replaces != "" {
		query = `UPDATE listing SET version = ?, body = ?, valid_until = ?, jws = ?, stock = ?, ended = ?, listed_at = ?, request = ?
			WHERE vendor = ? AND offer = ? AND version = ? AND stock = ?`
		args = append(args, l.Replaces, l.StockWas)
	}
	err = c.must(scrip.OfferChanged, query, args...)
	if violated(err) != "" { // the version is another offer's
		return scrip.TxConflict
	}
	if err != nil {
		return err
	}
	return c.show(l.Offer)
}

// offerPrivately makes a private offer from a listing that stands as it was seen, in
// the place of what the same pseudonym was offered from there before.
func offerPrivately(c change) error {
	p := c.Stall.Private
	if p == nil {
		return nil
	}
	body, err := json.Marshal(p.Offer)
	if err != nil {
		return fmt.Errorf("offer privately: %w", err)
	}
	if err := c.stands(p.Source, p.From, p.Stock); err != nil {
		return err
	}
	err = c.do(`UPDATE listing SET ended = 1 WHERE vendor = ? AND source = ? AND stock > 0 AND pseudonym = ?`, c.of, p.Source, p.For)
	if err != nil {
		return err
	}
	err = c.do(`INSERT INTO listing (vendor, offer, version, body, valid_until, jws, stock, ended, listed_at, request, source, pseudonym)
		VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?, ?)`, c.of, p.Offer.Offer, p.Version, string(body), p.ValidUntil, p.JWS, p.Stock, p.ListedAt, p.Source, p.For)
	if violated(err) != "" {
		return scrip.TxConflict
	}
	if err != nil {
		return fmt.Errorf("offer privately: %w", err)
	}
	return c.show(p.Offer)
}

// stands wants an offer in a version with so many left.
func (c change) stands(offer, version scrip.ID, quantity int) error {
	var stock int
	err := c.get(&stock, `SELECT stock FROM listing WHERE vendor = ? AND offer = ? AND version = ? AND ended = 0`, c.of, offer, version)
	switch {
	case errors.Is(err, scrip.ErrAbsent):
		return scrip.OfferChanged
	case err != nil:
		return fmt.Errorf("read an offer: %w", err)
	case stock < quantity:
		return scrip.OutOfStock
	}
	return nil
}

// end takes offers off the stall. Once more changes nothing.
func end(c change) error {
	return each(c.Stall.End, "end an offer", func(offer scrip.ID) error {
		return c.must(scrip.NotFound, `UPDATE listing SET ended = 1 WHERE vendor = ? AND offer = ?`, c.of, offer)
	})
}

// takeStock takes the goods of an order off the shelf, line by line: the first that
// is not there in its version, or not enough of it, is refused, and the savepoint
// puts back what was taken before it.
func takeStock(c change) error {
	for i, t := range c.Stall.Stock {
		err := c.takeLine(t)
		if no, ok := scrip.AsRefusal(err); ok {
			return scrip.AtLine{Refusal: no, Line: i}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c change) takeLine(t scrip.StockTaken) error {
	if t.Quantity <= 0 {
		return fmt.Errorf("take a quantity of %d", t.Quantity)
	}
	used := t.Quantity
	if t.Stays {
		used = 0
	}
	if err := c.takeFrom(t.Offer, `offer = ? AND version = ?`, used, t.Quantity, t.Offer, t.Version); err != nil || t.Source == "" {
		return err
	}
	return c.takeFrom(t.Source, `offer = ?`, used, t.Quantity, t.Source)
}

// takeFrom uses up goods of a listing of which so many are left.
func (c change) takeFrom(offer scrip.ID, which string, used, quantity int, args ...any) error {
	l := &left{offer: offer}
	*c.left = append(*c.left, l)
	err := c.given(&l.goods, `UPDATE listing SET stock = stock - ?
		WHERE vendor = ? AND `+which+` AND ended = 0 AND stock >= ? RETURNING `+goodsLeft, append(append([]any{used, c.of}, args...), quantity)...)
	if errors.Is(err, scrip.ErrAbsent) {
		return c.lacking(`SELECT 1 FROM listing WHERE vendor = ? AND `+which+` AND ended = 0`, append([]any{c.of}, args...)...)
	}
	if err != nil {
		return fmt.Errorf("take goods off the shelf: %w", err)
	}
	return nil
}

// left is a listing from which goods were taken, and how many goods are left for sale; of what is
// only paid for, and of a private offer, which are no goods of their own, 1 or more.
type left struct {
	offer scrip.ID
	goods int64
}

const goodsLeft = `stock + request + CASE WHEN source IS NULL THEN 0 ELSE 1 END`

// lacking tells why goods could not be taken: OutOfStock if the query finds their
// offer, else OfferChanged.
func (c change) lacking(query string, args ...any) error {
	var one int
	err := c.get(&one, query, args...)
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.OfferChanged
	}
	if err != nil {
		return fmt.Errorf("read an offer: %w", err)
	}
	return scrip.OutOfStock
}

type listingRow struct {
	Version  scrip.ID `db:"version"`
	Body     string   `db:"body"`
	JWS      string   `db:"jws"`
	Stock    int      `db:"stock"`
	Ended    bool     `db:"ended"`
	ListedAt int64    `db:"listed_at"`
	Source   scrip.ID `db:"source"`
}

func (r listingRow) listing() (scrip.Listing, error) {
	l := scrip.Listing{Version: r.Version, JWS: r.JWS, Stock: r.Stock, Ended: r.Ended, ListedAt: r.ListedAt, Source: r.Source}
	if err := json.Unmarshal([]byte(r.Body), &l.Offer); err != nil {
		return scrip.Listing{}, fmt.Errorf("decode an offer: %w", err)
	}
	return l, nil
}

const selectListing = `SELECT version, body, jws, stock, ended, listed_at, coalesce(source, '') AS source FROM listing WHERE vendor = ? `

// Listing returns an offer as it stands on the stall, or scrip.ErrAbsent.
func (s *Shelf) Listing(ctx context.Context, offer scrip.ID) (scrip.Listing, error) {
	return one(ctx, s.db, "read an offer", listingRow.listing, selectListing+`AND offer = ?`, s.of, offer)
}

// Sold returns the signed offer of a version that was sold, or scrip.ErrAbsent.
func (s *Shelf) Sold(ctx context.Context, version scrip.ID) (string, error) {
	var jws string
	if err := s.db.get(ctx, &jws, `SELECT jws FROM sold WHERE vendor = ? AND version = ?`, s.of, version); err != nil {
		return "", fmt.Errorf("read an offer that was sold: %w", err)
	}
	return jws, nil
}

// Listings lists all offers but private ones and requests, ended and sold ones too, newest first.
func (s *Shelf) Listings(ctx context.Context) ([]scrip.Listing, error) {
	return many(ctx, s.db, "list offers", listingRow.listing, selectListing+`AND source IS NULL AND request = 0 ORDER BY listed_at DESC, offer`, s.of)
}

// Requests implements [merchant.Goods].
func (s *Shelf) Requests(ctx context.Context, after scrip.ID, limit int) ([]scrip.Listing, error) {
	return s.listed(ctx, `AND request = 1 `, after, limit)
}

// Paid implements [merchant.Goods].
func (s *Shelf) Paid(ctx context.Context, offers []scrip.ID) (map[scrip.ID]int, error) {
	paid := map[scrip.ID]int{}
	if len(offers) == 0 {
		return paid, nil
	}
	var rows []struct {
		Offer scrip.ID `db:"offer"`
		Paid  int      `db:"paid"`
	}
	in, args := amongst(offers)
	err := s.db.list(ctx, &rows, `SELECT offer, count(*) AS paid FROM sale_line WHERE vendor = ? AND offer IN (`+in+`) GROUP BY offer`, append([]any{s.of}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("count payments: %w", err)
	}
	for _, r := range rows {
		paid[r.Offer] = r.Paid
	}
	return paid, nil
}

// SalesOf implements [merchant.Sales].
func (s *Shelf) SalesOf(ctx context.Context, offer scrip.ID, limit int) ([]scrip.Sale, error) {
	return s.sales(ctx, `AND id IN (SELECT l.sale FROM sale_line l WHERE l.vendor = sale.vendor AND l.offer = ?) ORDER BY seq DESC LIMIT ?`, offer, limit)
}
