package db

import (
	"cmp"
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

// counting goes from stalls to their listings, which an index alone answers. CROSS JOIN tells SQLite to.
const counting = ` FROM catalogue_stall s CROSS JOIN catalogue_listing l `

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
	w.and(unhiddenStall)
}

// offered holds for listings that stand on a visible stall.
func (w *where) offered(m market.Moment) {
	w.visible(m)
	w.and(`l.ended = 0 AND l.valid_until > ?`, m.Now)
	w.and(unhidden)
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
			err = tx.GetContext(ctx, &total, `SELECT COUNT(*)`+counting+w.String()+` AND s.vendor = l.vendor`, w.args...)
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

// selected holds for what a selection has. What a search looks at is said here and in
// searched, filters and sorted alone.
func selected(s market.Selection) where {
	w := searched(s)
	w.hold(filters(s))
	return w
}

// hold puts filters on listings.
func (w *where) hold(filters []filter) {
	var alike where
	for _, f := range filters {
		if f.alike {
			alike.and(f.clause, f.args...)
		} else {
			w.and(f.clause, f.args...)
		}
	}
	if len(alike.clauses) > 0 {
		w.and(`+l.alike IN (SELECT a.id FROM catalogue_alike a`+alike.String()+`)`, alike.args...)
	}
}

// searched holds for what a selection looks among: all but its filters.
func searched(s market.Selection) where {
	var w where
	w.offered(s.Moment)
	if !s.SoldOut {
		w.and(`l.stock > 0`)
	}
	if s.Vendor != "" {
		w.and(`l.vendor = ?`, s.Vendor)
	}
	if s.Since > 0 {
		w.and(`l.listed_at >= ?`, s.Since)
	}
	if s.Except != "" {
		w.and(`l.offer <> ?`, s.Except)
	}
	var begin []string
	var args []any
	for _, word := range s.Words {
		begin = append(begin, `(l.all_words LIKE ? OR s.name_words LIKE ?)`)
		args = append(args, begins(word), begins(word))
	}
	if len(begin) > 0 {
		between := " AND "
		if s.AnyWord {
			between = " OR "
		}
		w.and("("+strings.Join(begin, between)+")", args...)
	}
	return w
}

// facet is what a filter is chosen in.
type facet string

// The facets; an attribute's is its name behind ofAttribute.
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
	ofAttribute facet = "attribute "
)

// filter is one of the conditions that buyers put on things. Of those that are alike
// (catalogue_alike a) it holds for all or none; else it is asked of the listing l or its stall s.
type filter struct {
	facet  facet
	alike  bool
	clause string
	args   []any
}

// isOpen holds for stalls that are there and answer, at a time.
const isOpen = `(s.away_until <= ? AND s.failing = 0)`

// known reports whether the facet is one of what listings have in common by a value: attributes, and towns.
func (f facet) known() bool { return f == ofTown || strings.HasPrefix(string(f), string(ofAttribute)) }

// hasValue holds for listings with one of some values of an attribute, or in one of some towns of a country.
func hasValue(values int) string {
	return `+l.id IN (SELECT k.listing FROM catalogue_value v JOIN catalogue_attribute k ON k.value = v.id
			WHERE v.name = ? AND v.key IN (?` + strings.Repeat(", ?", values-1) + `))`
}

// filters are those of a selection that are on.
func filters(s market.Selection) (all []filter) {
	on := func(is, alike bool, of facet, clause string, args ...any) {
		if is {
			all = append(all, filter{of, alike, clause, args})
		}
	}
	on(s.Category != "", true, ofCategory, `a.category = ?`, s.Category)
	on(s.Sub != "", true, ofSub, `a.sub = ?`, s.Sub)
	on(s.Condition != "", true, ofCondition, `a.condition = ?`, s.Condition)
	on(s.Country != "", true, ofCountry, `a.country = ?`, s.Country)
	on(s.To != "", true, ofTo, `(a.posted_to = '*' OR a.posted_to LIKE ?)`, whole(s.To))
	on(s.Collected, true, collected, `a.collected = 1`)
	on(s.Protected, true, protected, `a.protected = 1`)
	on(s.Open, false, open, isOpen, s.Now)
	on(s.Min > 0 || s.Max > 0, false, ofPrice, `(l.price >= ? AND l.price <= ?)`, s.Min, cmp.Or(s.Max, scrip.MaxMoney))
	on(s.Town != "", false, ofTown, hasValue(1), s.Country, s.Town)
	for _, a := range s.Attributes {
		args := []any{a.Name}
		for _, key := range a.Keys {
			args = append(args, key)
		}
		on(true, false, ofAttribute+facet(a.Name), hasValue(len(a.Keys)), args...)
	}
	return all
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
				WHEN l.all_words LIKE ? THEN 2 WHEN l.all_words LIKE ? OR s.name_words LIKE ? THEN 3 ELSE 5 END`)
			args = append(args, whole(word), begins(word), whole(word), begins(word), begins(word))
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
