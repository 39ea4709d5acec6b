package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// finding is one reading of what a selection has, all at one instant.
type finding struct {
	ctx   context.Context
	tx    *sqlx.Tx
	kept  *kept
	s     market.Selection
	shown set      // what can be bought, wherever that is
	open  set      // of stalls that are there and answer
	among set      // what the selection looks among: all but its filters
	sold  set      // of these, what is sold out; nil for none
	words []levels // of each word of the selection, for Relevance
	on    []filter
}

// find reads what a selection looks among, and its filters. With ranks it reads where its words stand.
func (c *Catalogue) find(ctx context.Context, tx *sqlx.Tx, s market.Selection, ranks bool) (*finding, error) {
	now, err := c.kept.now(ctx, tx)
	if err != nil {
		return nil, err
	}
	f := &finding{ctx: ctx, tx: tx, kept: now, s: s}
	if err := f.visible(); err != nil {
		return nil, err
	}
	f.among = slices.Clone(f.shown)
	for _, part := range []func() error{f.ofStall, f.except, func() error { return f.ofWords(ranks) }, f.since, f.filters} {
		if err := part(); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// visible reads what can be bought: as it was last settled, and then what time has changed since.
func (f *finding) visible() error {
	f.shown, f.open = slices.Clone(f.kept.shown), slices.Clone(f.kept.open)
	stalls, err := unsettled(f.tx, f.s.Moment, -1)
	if err != nil {
		return err
	}
	for _, s := range stalls {
		offered, err := f.numbers(`SELECT id FROM catalogue_listing WHERE vendor = ? AND offered = 1`, s.Vendor)
		if err != nil {
			return err
		}
		for _, n := range offered {
			f.shown.put(n, s.Shows > 0)
			f.open.put(n, s.Shows > 1)
		}
	}
	over, err := f.numbers(`SELECT id FROM catalogue_listing WHERE offered = 1 AND valid_until <= ?`, f.s.Now)
	for _, n := range over {
		f.shown.put(n, false)
		f.open.put(n, false)
	}
	return err
}

type unsettledRow struct {
	Vendor scrip.VendorID `db:"vendor"`
	Shows  int            `db:"shows"` // what it should
}

// unsettled are the stalls that do not show what they should at a moment, up to limit; negative for all.
func unsettled(tx *sqlx.Tx, m market.Moment, limit int) (rows []unsettledRow, err error) {
	expr, args := showsAt(m)
	query := `SELECT vendor, shows FROM (SELECT s.vendor, s.shows AS was, ` + expr + ` AS shows FROM catalogue_stall s) o WHERE was <> shows`
	if limit >= 0 {
		query, args = query+` LIMIT ?`, append(args, limit)
	}
	if err := tx.Select(&rows, query, args...); err != nil {
		return nil, fmt.Errorf("find stalls that time has changed: %w", err)
	}
	return rows, nil
}

// numbers reads numbers of listings.
func (f *finding) numbers(query string, args ...any) (list []int64, err error) {
	if err := f.tx.SelectContext(f.ctx, &list, query, args...); err != nil {
		return nil, fmt.Errorf("read numbers of listings: %w", err)
	}
	return list, nil
}

// ofStall leaves what one stall has, sold out or not as the selection says, if it asks for one.
func (f *finding) ofStall() error {
	switch {
	case f.s.Vendor == "" && f.s.SoldOut:
		return fmt.Errorf("what is sold out is looked for at one stall alone")
	case f.s.Vendor == "":
		return nil
	}
	var w where
	w.visible(f.s.Moment)
	w.and(`l.vendor = ? AND l.ended = 0 AND l.valid_until > ? AND `+unhidden, f.s.Vendor, f.s.Now)
	if !f.s.SoldOut {
		w.and(`l.stock > 0`)
	}
	list, err := f.numbers(`SELECT l.id`+listingsOfStalls+w.String(), w.args...)
	f.among = f.of(list)
	if err != nil || !f.s.SoldOut {
		return err
	}
	w.and(`l.stock = 0`)
	list, err = f.numbers(`SELECT l.id`+listingsOfStalls+w.String(), w.args...)
	f.sold = f.of(list)
	return err
}

// of makes a set of numbers.
func (f *finding) of(list []int64) set {
	s := newSet(f.shown.chunks())
	for _, n := range list {
		s.put(n, true)
	}
	return s
}

func (f *finding) except() error {
	if f.s.Except == (market.Except{}) {
		return nil
	}
	list, err := f.numbers(`SELECT id FROM catalogue_listing WHERE vendor = ? AND offer = ?`, f.s.Except.Vendor, f.s.Except.Offer)
	for _, n := range list {
		f.among.put(n, false)
	}
	return err
}

// having are the listings that have one of some terms of a kind.
func (f *finding) having(kind string, names []string) (set, error) {
	s := newSet(f.shown.chunks())
	if len(names) == 0 {
		return s, nil
	}
	if isChoice(kind) {
		return f.kept.having(kind, names)
	}
	found, err := findTerms(f.tx, kind, names)
	if err != nil || len(found) == 0 {
		return s, err
	}
	ids := make([]int64, len(found))
	for i, t := range found {
		ids[i] = t.ID
	}
	if !strings.HasPrefix(kind, byValue) {
		return s, f.postings(ids, func(_ int64, chunk int, bits []byte) error { return s.chunk(chunk).read(bits) })
	}
	return s, f.values([]string{kind}, func(_ string, id int64, chunk int, bits []byte) error {
		if !slices.Contains(ids, id) {
			return nil
		}
		return s.chunk(chunk).read(bits)
	})
}

// postings reads the listings of terms, in each chunk that there is.
func (f *finding) postings(ids []int64, each func(id int64, chunk int, bits []byte) error) error {
	for part := range slices.Chunk(ids, 128) {
		rows, err := f.tx.QueryContext(f.ctx, `SELECT term, chunk, bits FROM catalogue_posting WHERE term IN (`+marks(part)+`)`, arguments(nil, part)...)
		if err == nil {
			err = scanSets(rows, shownOnly(f, each))
		}
		if err != nil {
			return fmt.Errorf("read what has a term: %w", err)
		}
	}
	return nil
}

// shownOnly leaves out chunks beyond those that there are: in them nothing was ever shown.
func shownOnly[T any](f *finding, each func(T, int, []byte) error) func(T, int, []byte) error {
	return func(of T, chunk int, bits []byte) error {
		if chunk >= f.shown.chunks() {
			return nil
		}
		return each(of, chunk, bits)
	}
}

// values reads the listings of all values of some kinds, in each chunk that there is.
func (f *finding) values(kinds []string, each func(kind string, id int64, chunk int, bits []byte) error) error {
	rows, err := f.tx.QueryContext(f.ctx, `SELECT kind, chunk, sets FROM catalogue_value WHERE kind IN (`+marks(kinds)+`)`, arguments(nil, kinds)...)
	if err == nil {
		err = scanSets(rows, shownOnly(f, func(kind string, chunk int, sets []byte) error {
			return eachValue(sets, func(id int64, bits []byte) error { return each(kind, id, chunk, bits) })
		}))
	}
	if err != nil {
		return fmt.Errorf("read what has a value: %w", err)
	}
	return nil
}

// since leaves what was listed from a time on.
func (f *finding) since() error {
	if f.s.Since <= 0 {
		return nil
	}
	return f.within(f.among, ofListed, func(at int64) bool { return at >= f.s.Since })
}

// within leaves those of a set whose value in a column is such.
func (f *finding) within(s set, sort int, such func(int64) bool) error {
	return f.columns(s, []int{sort}, func(block int, c []*column) {
		from := s.block(block)
		for n := range from.all() {
			if !such(c[0][n]) {
				from.put(n, false)
			}
		}
	})
}

// columns calls each for those blocks of some columns in which a set has anything.
func (f *finding) columns(s set, sorts []int, each func(block int, c []*column)) error {
	c := make([]*column, len(sorts))
	for block := range len(s) * 64 / blockSize {
		if !slices.ContainsFunc(s.block(block), func(w uint64) bool { return w != 0 }) {
			continue
		}
		for i, sort := range sorts {
			c[i] = nil
			if of := f.kept.columns[sort]; block < len(of) {
				c[i] = of[block]
			}
			if c[i] == nil {
				return fmt.Errorf("listings without what they are sorted by: %w", errBits)
			}
		}
		each(block, c)
	}
	return nil
}

// filter is one of the conditions that buyers put on things, with what passes it. A facet counts what there would be
// without the filters that are its own.
type filter struct {
	facet facet
	kind  string // of the attribute, or the towns; else empty
	has   set
}

// filters reads what passes the filters of the selection that are on.
func (f *finding) filters() error {
	on := func(of facet, kind string, names ...string) error {
		if names[0] == "" {
			return nil
		}
		has, err := f.having(kind, names)
		f.on = append(f.on, filter{facet: of, has: has})
		if strings.HasPrefix(kind, byValue) {
			f.on[len(f.on)-1].kind = kind
		}
		return err
	}
	to, way, check := []string{f.s.To, toAny}, "", ""
	if f.s.Collected {
		way = scrip.WayCollect
	}
	if f.s.Protected {
		check = checked
	}
	err := errors.Join(on(ofCategory, byCategory, f.s.Category), on(ofSub, bySub, f.s.Sub), on(ofCondition, byState, f.s.Condition),
		on(ofCountry, byCountry, f.s.Country), on(ofTo, byTo, to...), on(collected, byWay, way), on(protected, byCheck, check),
		on(ofTown, byValue+f.s.Country, f.s.Town))
	for _, a := range f.s.Attributes {
		err = errors.Join(err, on(ofAttribute, byValue+a.Name, a.Keys...))
	}
	if f.s.Open {
		f.on = append(f.on, filter{facet: open, has: f.open})
	}
	if err != nil || f.s.Min <= 0 && f.s.Max <= 0 {
		return err
	}
	has := slices.Clone(f.among)
	err = f.within(has, ofPrices, func(price int64) bool {
		return price >= int64(f.s.Min) && price <= int64(cmp.Or(f.s.Max, scrip.MaxMoney))
	})
	f.on = append(f.on, filter{facet: ofPrice, has: has})
	return err
}

// but is what the selection has without the filters of some facets, those of one attribute or town (kind) among them.
func (f *finding) but(kind string, own ...facet) set {
	s := slices.Clone(f.among)
	for _, o := range f.on {
		if !slices.Contains(own, o.facet) && (kind == "" || o.kind != kind) {
			s.and(o.has)
		}
	}
	return s
}

// found is what the selection has.
func (f *finding) found() set { return f.but("") }
