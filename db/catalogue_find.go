package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/market/terms"
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

// levels are where a word stands in listings, best first: it, or a form of it, in the title; as a beginning or an end
// of a word there; it in the text; as a beginning or an end there, or in the stall's name. The last has those before, too.
type levels [4]set

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

// ofWords leaves what has the words.
func (f *finding) ofWords(ranks bool) error {
	if len(f.s.Words) == 0 {
		return nil
	}
	found := newSet(f.shown.chunks())
	if !f.s.AnyWord {
		found.or(f.among)
	}
	for _, word := range f.s.Words {
		at, err := f.word(word, ranks)
		if err != nil {
			return err
		}
		if f.words = append(f.words, at); f.s.AnyWord {
			found.or(at[3])
		} else {
			found.and(at[3])
		}
	}
	f.among.and(found)
	return nil
}

// word reads where a word stands; without ranks the last level alone.
func (f *finding) word(word string, ranks bool) (at levels, err error) {
	found, err := f.termsOf(word, ranks)
	if err != nil {
		return levels{}, err
	}
	at[3] = newSet(f.shown.chunks())
	ids, level := make([]int64, 0, len(found)), make(map[int64]int, len(found))
	for _, t := range found {
		n := 3
		switch {
		case !ranks:
		case t.Kind == inTitle:
			n = t.Part
		case t.Kind == inText:
			n = 2 + t.Part
		}
		if at[n] == nil {
			at[n] = newSet(f.shown.chunks())
		}
		if _, twice := level[t.ID]; !twice {
			ids = append(ids, t.ID)
			level[t.ID] = n
		}
	}
	err = f.postings(ids, func(id int64, chunk int, bits []byte) error { return at[level[id]].chunk(chunk).read(bits) })
	for _, better := range at[:3] {
		if better != nil {
			at[3].or(better)
		}
	}
	return at, err
}

// wordRow is a term by which a word is found: as one of its forms, or (Part 1) because a term begins or ends so.
type wordRow struct {
	ID   int64  `db:"id"`
	Kind string `db:"kind"`
	Part int    `db:"part"`
}

// mostParts is how many terms are looked for because they begin with a word, or end with one of its forms, of each kind
// and each of these: those of most listings first, then the shortest.
const mostParts = 64

// termsOf are the terms by which a word is found, the best first; in titles only with ranks.
func (f *finding) termsOf(word string, ranks bool) (all []wordRow, err error) {
	kinds := []string{inText, inName}
	if ranks {
		kinds = append(kinds, inTitle)
	}
	forms := terms.Forms(word)
	var parts []string
	var args []any
	part := func(query string, more ...any) {
		parts, args = append(parts, `SELECT id, kind, part FROM (`+query+`) q`+strconv.Itoa(len(parts))), append(args, more...)
	}
	for _, kind := range kinds {
		part(`SELECT id, kind, 0 AS part FROM catalogue_term WHERE kind = ? AND name IN (`+marks(forms)+`)`, arguments(kind, forms)...)
	}
	const bestParts = ` ORDER BY 0 - weight, length(name), name LIMIT ?`
	for _, kind := range kinds {
		for _, w := range terms.Spellings(word) {
			if terms.Begins(w) {
				part(`SELECT id, kind, 1 AS part FROM catalogue_term WHERE kind = ? AND name > ? AND name < ?`+bestParts, kind, w, w+last, mostParts)
			}
		}
		for _, form := range forms {
			if before, may := terms.Ends(form); may {
				end := reversed(form)
				part(`SELECT id, kind, 1 AS part FROM catalogue_term WHERE kind = ? AND reversed > ? AND reversed < ? AND length(name) >= ?`+bestParts,
					kind, end, end+last, utf8.RuneCountInString(form)+before, mostParts)
			}
		}
	}
	if err := f.tx.SelectContext(f.ctx, &all, strings.Join(parts, ` UNION ALL `), args...); err != nil {
		return nil, fmt.Errorf("look up what a word is found by: %w", err)
	}
	return all, nil
}

// last sorts behind every letter.
const last = "\U0010FFFF"

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

// ranked is a listing with what it is sorted by: less is first.
type ranked struct{ by, then, n int64 }

func (a ranked) compare(b ranked) int {
	return cmp.Or(cmp.Compare(a.by, b.by), cmp.Compare(a.then, b.then), cmp.Compare(a.n, b.n))
}

// soldOut is more than whatever else listings are sorted by.
const soldOut = 1 << 60

// page are the numbers of one page of what was found, in the selection's order: by what that asks for, then newest
// first, then by number, so that pages neither overlap nor leave out.
func (f *finding) page(found set) ([]int64, error) {
	sorts, sign, score := []int{ofListed}, int64(1), []uint8(nil)
	switch f.s.Sort {
	case market.Relevance:
		score = f.relevance(found)
	case market.Cheapest:
		sorts = []int{ofPrices, ofListed}
	case market.CheapestSent:
		sorts = []int{ofSent, ofListed}
	case market.Dearest:
		sorts, sign = []int{ofPrices, ofListed}, -1
	}
	top := best{most: f.s.Offset + f.s.Limit}
	err := f.columns(found, sorts, func(block int, c []*column) {
		by, listed := c[0], c[len(c)-1]
		for n := range found.block(block).all() {
			r := ranked{then: -listed[n], n: int64(block*blockSize) + n}
			switch {
			case score != nil:
				r.by = int64(score[r.n])
			case len(c) > 1:
				r.by = sign * by[n]
			}
			if f.sold != nil && f.sold.has(r.n) {
				r.by += soldOut
			}
			top.add(r)
		}
	})
	if err != nil {
		return nil, err
	}
	list := top.sorted()
	list = list[min(f.s.Offset, len(list)):]
	numbers := make([]int64, len(list))
	for i, r := range list {
		numbers[i] = r.n
	}
	return numbers, nil
}

// absentWord is how much a word counts that a listing does not have, where one of them is enough.
const absentWord = 5

// relevance is how far what was found is from having all words in its title, by number.
func (f *finding) relevance(found set) []uint8 {
	score := make([]uint8, len(found)*64)
	for _, at := range f.words {
		for i, w := range found {
			for ; w != 0; w &= w - 1 {
				n := i<<6 + bits.TrailingZeros64(w)
				bit := w & -w
				switch {
				case at[0] != nil && at[0][i]&bit != 0:
				case at[1] != nil && at[1][i]&bit != 0:
					score[n]++
				case at[2] != nil && at[2][i]&bit != 0:
					score[n] += 2
				case at[3][i]&bit != 0:
					score[n] += 3
				default:
					score[n] += absentWord
				}
			}
		}
	}
	return score
}

// best keeps the first of what is added, up to most.
type best struct {
	most int
	list []ranked // where it is full: the last of them on top of a heap
}

func (b *best) add(r ranked) {
	switch {
	case len(b.list) < b.most:
		if b.list = append(b.list, r); len(b.list) == b.most {
			slices.SortFunc(b.list, func(x, y ranked) int { return y.compare(x) }) // which is a heap
		}
	case b.most > 0 && r.compare(b.list[0]) < 0:
		b.list[0] = r
		b.sink()
	}
}

func (b *best) sink() {
	for i := 0; ; {
		next := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(b.list) && b.list[child].compare(b.list[next]) > 0 {
				next = child
			}
		}
		if next == i {
			return
		}
		b.list[i], b.list[next] = b.list[next], b.list[i]
		i = next
	}
}

func (b *best) sorted() []ranked {
	slices.SortFunc(b.list, ranked.compare)
	return b.list
}

// items reads listings with their stalls, in the order of their numbers.
func (f *finding) items(numbers []int64) ([]market.Item, error) {
	if len(numbers) == 0 {
		return []market.Item{}, nil
	}
	at := make(map[int64]int, len(numbers))
	for i, n := range numbers {
		at[n] = i
	}
	items := make([]market.Item, len(numbers))
	for part := range slices.Chunk(numbers, 128) {
		var rows []struct {
			itemRow
			ID int64 `db:"id"`
		}
		err := f.tx.SelectContext(f.ctx, &rows, `SELECT l.id, `+itemColumns+listingsOfStalls+`WHERE l.id IN (`+marks(part)+`)`, arguments(nil, part)...)
		if err != nil {
			return nil, fmt.Errorf("read listings: %w", err)
		}
		for _, r := range rows {
			if items[at[r.ID]], err = r.item(); err != nil {
				return nil, err
			}
		}
	}
	return items, nil
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
