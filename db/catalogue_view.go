package db

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

const stallColumns = `s.vendor AS stall_vendor, s.name, s.about, s.place, s.picture, s.away_until, s.closed, s.base_url, s.certificate, s.record, s.not_before, s.not_after,
	s.revoked, s.failing, s.read_at, s.unshown, CASE WHEN s.shows > 0 THEN s.listings ELSE 0 END AS listings`

const itemColumns = stallColumns + `, l.version, l.stock, l.listed_at, l.ended, l.body, l.signed`

const listingsOfStalls = ` FROM catalogue_listing l JOIN catalogue_stall s ON s.vendor = l.vendor `

type marketStallRow struct {
	Vendor      scrip.VendorID `db:"stall_vendor"`
	Name        string         `db:"name"`
	About       string         `db:"about"`
	Place       string         `db:"place"`
	Picture     string         `db:"picture"`
	AwayUntil   int64          `db:"away_until"`
	Closed      bool           `db:"closed"`
	BaseURL     string         `db:"base_url"`
	Certificate string         `db:"certificate"`
	Record      string         `db:"record"`
	NotBefore   int64          `db:"not_before"`
	NotAfter    int64          `db:"not_after"`
	Revoked     int64          `db:"revoked"`
	Failing     int64          `db:"failing"`
	ReadAt      int64          `db:"read_at"`
	Unshown     int            `db:"unshown"`
	Listings    int            `db:"listings"`
}

func (r marketStallRow) stall() (market.Stall, error) {
	return market.Stall{
		Vendor: r.Vendor, Name: r.Name,
		StallPage: scrip.StallPage{About: r.About, Place: r.Place, Picture: r.Picture, AwayUntil: r.AwayUntil, Closed: r.Closed},
		BaseURL:   r.BaseURL, Certificate: r.Certificate, Record: r.Record,
		NotBefore: r.NotBefore, NotAfter: r.NotAfter, Revoked: r.Revoked != 0, Failing: r.Failing, ReadAt: r.ReadAt,
		Unshown: r.Unshown, Listings: r.Listings,
	}, nil
}

type itemRow struct {
	marketStallRow
	Version  scrip.ID `db:"version"`
	Stock    int      `db:"stock"`
	ListedAt int64    `db:"listed_at"`
	Ended    int64    `db:"ended"`
	Body     string   `db:"body"`
	Signed   string   `db:"signed"`
}

func (r itemRow) item() (market.Item, error) {
	item := market.Item{Listing: scrip.Listing{
		Version: r.Version, JWS: r.Signed, Stock: r.Stock, Ended: r.Ended != 0, ListedAt: r.ListedAt,
	}}
	if err := json.Unmarshal([]byte(r.Body), &item.Offer); err != nil {
		return market.Item{}, fmt.Errorf("decode an offer: %w", err)
	}
	var err error
	item.Stall, err = r.stall()
	return item, err
}

// where is a condition being put together: clauses that must all hold.
type where struct {
	clauses []string
	args    []any
}

func (w *where) and(clause string, args ...any) {
	w.clauses, w.args = append(w.clauses, clause), append(w.args, args...)
}

func (w *where) String() string { return " WHERE " + strings.Join(w.clauses, " AND ") }

// visible holds for stalls that buyers see.
func (w *where) visible(m market.Moment) {
	w.and(`s.revoked = 0 AND s.closed = 0 AND s.not_before <= ? AND s.not_after > ?`, m.Now, m.Now)
	w.and(`(s.failing = 0 OR s.failing >= ?)`, m.FailingSince)
	w.and(unhiddenStall)
}

// Find returns the items selected, and how many there are on all pages.
func (c *Catalogue) Find(ctx context.Context, s market.Selection) (found market.Found, err error) {
	err = c.db.read(ctx, func(tx *sqlx.Tx) error {
		f, err := c.find(ctx, tx, s, s.Sort == market.Relevance)
		if err != nil {
			return err
		}
		all := f.found()
		found = market.Found{Items: []market.Item{}, Total: all.count()}
		if s.Offset < found.Total && s.Limit > 0 {
			numbers, err := f.page(all)
			if err != nil {
				return err
			}
			if found.Items, err = f.items(numbers); err != nil {
				return err
			}
		}
		if s.Facets {
			found.Facets, err = f.facets()
		}
		return err
	})
	return found, err
}

// facet is what a filter is chosen in.
type facet string

// The facets.
const (
	ofCategory  facet = "category"
	ofSub       facet = "sub"
	ofCondition facet = "condition"
	ofCountry   facet = "country"
	ofTo        facet = "to"
	collected   facet = "collected"
	protected   facet = "protected"
	open        facet = "open"
	ofPrice     facet = "price"
	ofTown      facet = "town"
	ofAttribute facet = "attribute"
)

// Item returns a listing with its stall, or scrip.ErrAbsent.
func (c *Catalogue) Item(
	ctx context.Context, vendor scrip.VendorID, offer scrip.ID, m market.Moment,
) (item market.Item, err error) {
	err = c.db.read(ctx, func(tx *sqlx.Tx) error {
		var row itemRow
		err := absent(tx.GetContext(ctx, &row,
			`SELECT `+itemColumns+listingsOfStalls+`WHERE l.vendor = ? AND l.offer = ?`, vendor, offer))
		if err != nil {
			return fmt.Errorf("read a listing: %w", err)
		}
		item, err = row.item()
		return err
	})
	return item, err
}
