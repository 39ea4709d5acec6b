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
	s.revoked, s.failing, s.read_at, s.unshown`

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
}

func (r marketStallRow) stall() (market.Stall, error) {
	return market.Stall{
		Vendor: r.Vendor, Name: r.Name,
		StallPage: scrip.StallPage{About: r.About, Place: r.Place, Picture: r.Picture, AwayUntil: r.AwayUntil, Closed: r.Closed},
		BaseURL:   r.BaseURL, Certificate: r.Certificate, Record: r.Record,
		NotBefore: r.NotBefore, NotAfter: r.NotAfter, Revoked: r.Revoked != 0, Failing: r.Failing, ReadAt: r.ReadAt,
		Unshown: r.Unshown,
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
}

// offered holds for listings that stand on a visible stall.
func (w *where) offered(m market.Moment) {
	w.visible(m)
	w.and(`l.ended = 0 AND l.valid_until > ?`, m.Now)
}

// Find returns the items selected, and how many there are on all pages.
func (c *Catalogue) Find(ctx context.Context, s market.Selection) ([]market.Item, int, error) {
	w := selected(s)
	order, orderArgs := sorted(s)
	var total int
	var items []market.Item
	err := c.db.read(ctx, func(tx *sqlx.Tx) error {
		var rows []itemRow
		query := `SELECT ` + itemColumns + listingsOfStalls + w.String() + order + ` LIMIT ? OFFSET ?`
		err := tx.SelectContext(ctx, &rows, query, append(append(w.args, orderArgs...), s.Limit, s.Offset)...)
		if err != nil {
			return fmt.Errorf("find listings: %w", err)
		}
		total = len(rows)
		if s.Offset > 0 || len(rows) >= s.Limit { // there may be others
			err = tx.GetContext(ctx, &total, `SELECT COUNT(*)`+listingsOfStalls+w.String(), w.args...)
			if err != nil {
				return fmt.Errorf("count listings: %w", err)
			}
		}
		if items, err = convert(rows, itemRow.item); err != nil {
			return err
		}
		return counted(ctx, tx, items, s.Moment)
	})
	return items, total, err
}

func selected(s market.Selection) where {
	var w where
	w.offered(s.Moment)
	if !s.SoldOut {
		w.and(`l.stock > 0`)
	}
	if s.Category != "" {
		w.and(`l.category = ?`, s.Category)
	}
	if s.Condition != "" {
		w.and(`l.condition = ?`, s.Condition)
	}
	if s.Vendor != "" {
		w.and(`l.vendor = ?`, s.Vendor)
	}
	if s.Sub != "" {
		w.and(`l.sub = ?`, s.Sub)
	}
	if s.Country != "" {
		w.and(`l.country = ?`, s.Country)
	}
	if s.To != "" {
		w.and(`(l.posted_to = '*' OR l.posted_to LIKE ?)`, whole(s.To))
	}
	if s.Collected {
		w.and(`l.collected = 1`)
	}
	if s.Min > 0 {
		w.and(`l.price >= ?`, s.Min)
	}
	if s.Max > 0 {
		w.and(`l.price <= ?`, s.Max)
	}
	for _, word := range s.Words {
		w.and(`l.all_words LIKE ?`, begins(word))
	}
	return w
}

// begins and whole are patterns for a word's beginning and for all of it.
// Words are letters and digits: nothing in them means anything to LIKE.
func begins(word string) string { return "% " + word + "%" }

func whole(word string) string { return "% " + word + " %" }

// sorted orders listings; ties are by time, then by id, so that pages neither
// overlap nor leave out.
func sorted(s market.Selection) (string, []any) {
	var by []string
	if s.SoldOut {
		by = append(by, `(l.stock = 0)`)
	}
	var args []any
	switch s.Sort {
	case market.Relevance:
		var rank []string
		for _, word := range s.Words {
			rank = append(rank, `CASE WHEN l.title_words LIKE ? THEN 0 WHEN l.title_words LIKE ? THEN 1
				WHEN l.all_words LIKE ? THEN 2 ELSE 3 END`)
			args = append(args, whole(word), begins(word), whole(word))
		}
		if len(rank) > 0 {
			by = append(by, strings.Join(rank, " + "))
		}
	case market.Cheapest:
		by = append(by, `l.price`)
	case market.CheapestSent:
		by = append(by, `l.price + l.postage`)
	case market.Dearest:
		by = append(by, `l.price DESC`)
	}
	return " ORDER BY " + strings.Join(append(by, `l.listed_at DESC`, `l.offer`, `l.vendor`), ", "), args
}

// Item returns a listing with its stall, or scrip.ErrAbsent.
func (c *Catalogue) Item(
	ctx context.Context, vendor scrip.VendorID, offer scrip.ID, m market.Moment,
) (market.Item, error) {
	var items []market.Item
	err := c.db.read(ctx, func(tx *sqlx.Tx) error {
		var row itemRow
		err := absent(tx.GetContext(ctx, &row,
			`SELECT `+itemColumns+listingsOfStalls+`WHERE l.vendor = ? AND l.offer = ?`, vendor, offer))
		if err != nil {
			return fmt.Errorf("read a listing: %w", err)
		}
		item, err := row.item()
		if err != nil {
			return err
		}
		items = []market.Item{item}
		return counted(ctx, tx, items, m)
	})
	if err != nil {
		return market.Item{}, err
	}
	return items[0], nil
}
