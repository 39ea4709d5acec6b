package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/market/terms"
	"peerscrip/services/scrip"
)

// The kinds of terms: where a word stands, and filters. Values of attributes and towns have a kind for each
// attribute, and each country.
const (
	inText     = "text"  // anywhere in the listing
	inTitle    = "title" // in its title
	inName     = "stall" // in its stall's name
	byCategory = "category"
	bySub      = "sub"
	byState    = "condition"
	byCountry  = "country"
	byTo       = "to"      // a country to which it is posted, or toAny
	byWay      = "way"     // wayCollect: it can be collected
	byCheck    = "protect" // checked: its buyer has time to check it
	byValue    = "="       // and the attribute's name, or the country's code

	toAny   = "*"
	checked = "check"
)

// The columns by which listings are sorted.
const (
	ofListed = 2
	ofPrices = 0
	ofSent   = 1

	sorts = 3
)

// term is one by which a listing is found. Its label, if it has any, is how somebody wrote it.
type term struct{ kind, name, label string }

// termsOf are those of a listing at a stall whose name has these words.
func termsOf(e market.Entry, name string) (all []term) {
	filter := func(kind, name string) {
		if name != "" {
			all = append(all, term{kind, name, name})
		}
	}
	all = append(all, wordTerms(inText, e.AllWords)...)
	all = append(all, wordTerms(inTitle, e.TitleWords)...)
	all = append(all, wordTerms(inName, name)...)
	filter(byCategory, e.Category)
	filter(bySub, e.Sub)
	filter(byState, e.Condition)
	filter(byCountry, e.Place.Country)
	for _, code := range postedTo(e.Offer) {
		filter(byTo, code)
	}
	if isCollected(e.Offer) {
		filter(byWay, scrip.WayCollect)
	}
	if e.CheckWithin > 0 {
		filter(byCheck, checked)
	}
	for _, k := range e.Known {
		all = append(all, term{byValue + k.Name, k.Key, k.Value})
	}
	return all
}

// wordTerms are the forms of words, of which those that stand there have a label.
func wordTerms(kind, words string) (all []term) {
	for _, word := range strings.Fields(words) {
		for i, form := range terms.Forms(word) {
			t := term{kind: kind, name: form}
			if i == 0 {
				t.label = word
			}
			all = append(all, t)
		}
	}
	return all
}

// postedTo are the countries to which an offer is posted, or toAny.
func postedTo(o scrip.Offer) (codes []string) {
	for _, w := range o.Ways() {
		switch {
		case w.Way != scrip.WayPost:
		case len(w.Countries) == 0:
			return []string{toAny}
		default:
			codes = append(codes, w.Countries...)
		}
	}
	return codes
}

func isCollected(o scrip.Offer) bool {
	return slices.ContainsFunc(o.Ways(), func(w scrip.Way) bool { return w.Way == scrip.WayCollect })
}

func reversed(word string) string {
	letters := []rune(word)
	slices.Reverse(letters)
	return string(letters)
}

// indexing gathers what one commit changes of what listings are found by, so that each row is written once:
// terms and sets by write.
type indexing struct {
	tx       *sqlx.Tx
	change   int64                    // its number
	next     int64                    // number of a listing that was never given
	free     []int64                  // numbers of listings that were given back, as far as was read; nil: not yet
	nextTerm int64                    // number of a term that was never given
	known    map[term]int64           // without labels
	fresh    map[int64]term           // those that are not there yet
	kinds    map[int64]string         // of known terms
	labelled map[int64]bool           // terms that are known to have a label
	labels   map[int64]string         // that are to be given
	weights  map[int64]int            // what is to be added
	bits     map[cell]map[int64]bool  // of terms; by number of the listing
	shows    map[int]map[int64]int    // by chunk and number
	cells    map[cell]map[int64]int64 // of columns, by block and sort
	erased   feedPlace                // the last in the feed at which a listing stood that this commit erases
}

// cell is a row: a chunk and a term, or a block and a sort.
type cell struct {
	at int
	of int64
}

// index begins to change what listings are found by. Other processes wait for the commit.
func index(tx *sqlx.Tx) (*indexing, error) {
	var next struct {
		Listing int64 `db:"listing"`
		Term    int64 `db:"term"`
		Changes int64 `db:"changes"`
	}
	if err := tx.Get(&next, `UPDATE catalogue_numbers SET changes = changes + 1 WHERE one = 1 RETURNING listing, term, changes`); err != nil {
		return nil, fmt.Errorf("lock what listings are found by: %w", err)
	}
	return &indexing{
		tx: tx, change: next.Changes, next: next.Listing, nextTerm: next.Term, known: map[term]int64{}, fresh: map[int64]term{}, kinds: map[int64]string{},
		labelled: map[int64]bool{}, labels: map[int64]string{}, weights: map[int64]int{}, bits: map[cell]map[int64]bool{},
		shows: map[int]map[int64]int{}, cells: map[cell]map[int64]int64{},
	}, nil
}

// number gives a listing the least number that is free.
func (x *indexing) number() (int64, error) {
	if x.free == nil {
		x.free = []int64{}
		if err := x.tx.Select(&x.free, `SELECT number FROM catalogue_free ORDER BY number LIMIT ?`, market.MaxOffers); err != nil {
			return 0, fmt.Errorf("read which numbers are free: %w", err)
		}
	}
	if len(x.free) == 0 {
		x.next++
		return x.next - 1, nil
	}
	n := x.free[0]
	x.free = x.free[1:]
	if _, err := x.tx.Exec(`DELETE FROM catalogue_free WHERE number = ?`, n); err != nil {
		return 0, fmt.Errorf("number a listing: %w", err)
	}
	return n, nil
}

// ids are the numbers of terms, ascending and each once. Those that are not there yet are given one.
func (x *indexing) ids(all []term) (ids []int64, err error) {
	if err := x.look(all); err != nil {
		return nil, err
	}
	for _, t := range all {
		id, there := x.known[t.key()]
		if !there {
			id = x.nextTerm
			x.nextTerm++
			x.know(id, t.key())
			x.fresh[id] = t
		}
		if t.label != "" && !x.labelled[id] {
			x.labelled[id], x.labels[id] = true, t.label
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

func (x *indexing) know(id int64, t term) {
	x.known[t.key()], x.kinds[id], x.labelled[id] = id, t.kind, t.label != ""
}

// some has rows written several at a time, in few different statements; values are the "?" of them.
func some(rows [][]any, write func(values string, args []any) error) error {
	for len(rows) > 0 {
		n := 1
		for _, size := range []int{8, 32, 128} {
			if len(rows) >= size {
				n = size
			}
		}
		one := "(?" + strings.Repeat(", ?", len(rows[0])-1) + ")"
		if err := write(one+strings.Repeat(", "+one, n-1), slices.Concat(rows[:n]...)); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func (t term) key() term { return term{kind: t.kind, name: t.name} }

func (t term) reversed() string {
	switch t.kind {
	case inText, inTitle, inName:
		return reversed(t.name)
	}
	return ""
}

// look makes known which of some terms are there.
func (x *indexing) look(all []term) error {
	wanted := map[string][]string{}
	for _, t := range all {
		if _, known := x.known[t.key()]; !known {
			wanted[t.kind] = append(wanted[t.kind], t.name)
		}
	}
	for kind, names := range wanted {
		rows, err := findTerms(x.tx, kind, names)
		if err != nil {
			return err
		}
		for _, r := range rows {
			x.know(r.ID, term{kind, r.Name, r.Label})
		}
	}
	return nil
}

type termRow struct {
	ID    int64  `db:"id"`
	Kind  string `db:"kind"`
	Name  string `db:"name"`
	Label string `db:"label"`
}

// findTerms finds those of one kind that are there.
func findTerms(tx *sqlx.Tx, kind string, names []string) (all []termRow, err error) {
	for part := range slices.Chunk(names, 128) {
		var rows []termRow
		err := tx.Select(&rows, `SELECT id, kind, name, label FROM catalogue_term WHERE kind = ? AND name IN (`+marks(part)+`)`, arguments(kind, part)...)
		if err != nil {
			return nil, fmt.Errorf("look up terms: %w", err)
		}
		all = append(all, rows...)
	}
	return all, nil
}

// marks are as many "?" as there are values, and some more, so that there are few different statements; arguments
// are what stands for them.
func marks[T any](values []T) string { return "?" + strings.Repeat(",?", padded(len(values))-1) }

func padded(n int) int {
	for _, size := range []int{1, 4, 16, 32, 64, 128} {
		if n <= size {
			return size
		}
	}
	return n
}

func arguments[T any](first any, values []T) (args []any) {
	if first != nil {
		args = append(args, first)
	}
	for i := range padded(len(values)) {
		args = append(args, values[min(i, len(values)-1)])
	}
	return args
}

// put makes a listing found by terms, where it was found by others.
func (x *indexing) put(listing int64, was, is []int64) {
	for _, id := range was {
		if _, still := slices.BinarySearch(is, id); !still {
			x.flip(listing, id, false)
		}
	}
	for _, id := range is {
		if _, already := slices.BinarySearch(was, id); !already {
			x.flip(listing, id, true)
		}
	}
}

func (x *indexing) flip(listing, id int64, on bool) {
	at := cell{int(listing / chunkSize), id}
	if x.bits[at] == nil {
		x.bits[at] = map[int64]bool{}
	}
	x.bits[at][listing%chunkSize] = on
}

// sort stores by what a listing is sorted.
func (x *indexing) sort(listing int64, e scrip.Listing, listedAt int64) {
	for of, value := range []int64{ofPrices: int64(e.Price), ofSent: int64(e.Price + e.Cheapest()), ofListed: listedAt} {
		at := cell{int(listing / blockSize), int64(of)}
		if x.cells[at] == nil {
			x.cells[at] = map[int64]int64{}
		}
		x.cells[at][listing%blockSize] = value
	}
}

// offer brings in line what a stall offers, or whether it offers one thing, with what is stored of it.
func (x *indexing) offer(vendor scrip.VendorID, offer scrip.ID, now int64) error {
	one, args := "", []any{now, vendor}
	if offer != "" {
		one, args = ` AND l.offer = ?`, append(args, offer)
	}
	var rows []struct {
		ID      int64 `db:"id"`
		Offered int   `db:"offered"`
		Shows   int   `db:"shows"` // its stall
	}
	err := x.tx.Select(&rows, `SELECT id, offered, shows FROM (SELECT l.id, l.offered AS was, s.shows,
		CASE WHEN l.ended = 0 AND l.stock > 0 AND l.valid_until > ? AND `+unhidden+` THEN 1 ELSE 0 END AS offered
		FROM catalogue_listing l JOIN catalogue_stall s ON s.vendor = l.vendor WHERE l.vendor = ?`+one+`) o WHERE was <> offered`, args...)
	if err != nil {
		return fmt.Errorf("look what a stall offers: %w", err)
	}
	more := 0
	for _, r := range rows {
		if _, err := x.tx.Exec(`UPDATE catalogue_listing SET offered = ?, changed = ? WHERE id = ?`, r.Offered, x.change, r.ID); err != nil {
			return fmt.Errorf("store whether a listing can be bought: %w", err)
		}
		x.show(r.ID, r.Offered*r.Shows)
		more += 2*r.Offered - 1
	}
	if more == 0 {
		return nil
	}
	if _, err := x.tx.Exec(`UPDATE catalogue_stall SET listings = listings + ? WHERE vendor = ?`, more, vendor); err != nil {
		return fmt.Errorf("count what a stall offers: %w", err)
	}
	return nil
}

// reoffer is offer and write, for one thing alone.
func (x *indexing) reoffer(vendor scrip.VendorID, offer scrip.ID, now int64) error {
	if err := x.offer(vendor, offer, now); err != nil {
		return err
	}
	return x.write()
}

// settle brings in line whether a stall shows.
func (x *indexing) settle(vendor scrip.VendorID, m market.Moment) error {
	expr, args := showsAt(m)
	var of struct {
		Was   int `db:"was"`
		Shows int `db:"shows"`
	}
	err := x.tx.Get(&of, `SELECT was, shows FROM (SELECT s.shows AS was, `+expr+` AS shows FROM catalogue_stall s WHERE s.vendor = ?) o
		WHERE was <> shows`, append(args, vendor)...)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil {
		_, err = x.tx.Exec(`UPDATE catalogue_stall SET shows = ? WHERE vendor = ?`, of.Shows, vendor)
	}
	var offered []int64
	if err == nil {
		err = x.tx.Select(&offered, `SELECT id FROM catalogue_listing WHERE vendor = ? AND offered = 1`, vendor)
	}
	if err != nil {
		return fmt.Errorf("settle whether a stall shows: %w", err)
	}
	for _, id := range offered {
		x.show(id, of.Shows)
	}
	if (of.Was > 0) == (of.Shows > 0) {
		return nil
	}
	return x.tell(vendor, "")
}

// showsAt is SQL for what stall s shows at a moment, as catalogue_stall has it.
func showsAt(m market.Moment) (expr string, args []any) {
	return `CASE WHEN s.revoked = 0 AND s.closed = 0 AND s.not_before <= ? AND s.not_after > ? AND (s.failing = 0 OR s.failing >= ?) AND ` + unhiddenStall + `
		THEN CASE WHEN s.away_until <= ? AND s.failing = 0 THEN 2 ELSE 1 END ELSE 0 END`, []any{m.Now, m.Now, m.FailingSince, m.Now}
}

func (x *indexing) show(listing int64, shows int) {
	chunk := int(listing / chunkSize)
	if x.shows[chunk] == nil {
		x.shows[chunk] = map[int64]int{}
	}
	x.shows[chunk][listing%chunkSize] = shows
}

// remove erases listings, the WHERE clause of which names their stall, and gives their numbers back.
func (x *indexing) remove(where string, args ...any) error {
	var rows []struct {
		ID      int64  `db:"id"`
		Terms   []byte `db:"terms"`
		Changed int64  `db:"changed"`
	}
	if err := x.tx.Select(&rows, `DELETE FROM catalogue_listing WHERE `+where+` RETURNING id, terms, changed`, args...); err != nil {
		return fmt.Errorf("forget listings: %w", err)
	}
	for _, r := range rows {
		x.erased = x.erased.later(feedPlace{r.Changed, r.ID})
		was, err := unpacked(r.Terms)
		if err != nil {
			return err
		}
		x.put(r.ID, was, nil)
		x.show(r.ID, 0)
		if _, err := x.tx.Exec(`INSERT INTO catalogue_free (number) VALUES (?)`, r.ID); err != nil {
			return fmt.Errorf("give a listing's number back: %w", err)
		}
	}
	return nil
}

// write writes what was gathered, row by row in one order.
func (x *indexing) write() error {
	if _, err := x.tx.Exec(`UPDATE catalogue_numbers SET listing = ?, term = ? WHERE one = 1`, x.next, x.nextTerm); err != nil {
		return fmt.Errorf("store how many numbers were given: %w", err)
	}
	if err := x.writeErased(); err != nil {
		return err
	}
	for _, chunk := range slices.Sorted(maps.Keys(x.shows)) {
		if err := x.writeShown(chunk); err != nil {
			return err
		}
	}
	for _, part := range []func() error{x.writeSets, x.writeTerms} {
		if err := part(); err != nil {
			return err
		}
	}
	for _, at := range slices.SortedFunc(maps.Keys(x.cells), byPlace) {
		if err := x.writeCells(at); err != nil {
			return err
		}
	}
	return nil
}

// writeSets writes which listings have which terms.
func (x *indexing) writeSets() error {
	if err := x.learnKinds(); err != nil {
		return err
	}
	rows := map[string][]cell{}
	values := map[valueRow][]cell{}
	for at := range x.bits {
		switch kind := x.kinds[at.of]; {
		case strings.HasPrefix(kind, byValue):
			values[valueRow{kind, at.at}] = append(values[valueRow{kind, at.at}], at)
		case isChoice(kind):
			rows[choices] = append(rows[choices], at)
		default:
			rows[postings] = append(rows[postings], at)
		}
	}
	for _, table := range []string{postings, choices} {
		rows := rows[table]
		slices.SortFunc(rows, byPlace)
		for len(rows) > 0 {
			n := 1
			for n < len(rows) && n < 128 && rows[n].at == rows[0].at {
				n++
			}
			if err := x.writePostings(table, rows[:n]); err != nil {
				return err
			}
			rows = rows[n:]
		}
	}
	for _, r := range slices.SortedFunc(maps.Keys(values), valueRow.compare) {
		if err := x.writeValues(r, values[r]); err != nil {
			return err
		}
	}
	return nil
}

// learnKinds makes known of what kind the terms are that change.
func (x *indexing) learnKinds() error {
	unknown := map[int64]bool{}
	for at := range x.bits {
		if _, known := x.kinds[at.of]; !known {
			unknown[at.of] = true
		}
	}
	return eachTerm(context.Background(), x.tx, unknown, func(t termRow) { x.kinds[t.ID] = t.Kind })
}

// isChoice reports whether the terms of a kind stand in a closed list.
func isChoice(kind string) bool {
	_, is := ofKind[kind]
	return is
}

// The tables of sets by term.
const (
	postings = "catalogue_posting"
	choices  = "catalogue_choice"
)

// writeTerms writes those that are new, what others weigh now and how they are written, and erases those that no listing has.
func (x *indexing) writeTerms() error {
	var fresh [][]any
	for _, id := range slices.Sorted(maps.Keys(x.fresh)) {
		if t := x.fresh[id]; x.weights[id] > 0 {
			fresh = append(fresh, []any{id, t.kind, t.name, t.reversed(), x.labels[id], x.weights[id]})
		}
		delete(x.weights, id)
		delete(x.labels, id)
	}
	err := some(fresh, func(values string, args []any) error {
		_, err := x.tx.Exec(`INSERT INTO catalogue_term (id, kind, name, reversed, label, weight) VALUES `+values, args...)
		return err
	})
	for _, id := range slices.Sorted(maps.Keys(x.weights)) {
		if more := x.weights[id]; err == nil && more != 0 {
			_, err = x.tx.Exec(`UPDATE catalogue_term SET weight = weight + ? WHERE id = ?`, more, id)
			if err == nil && more < 0 && !isChoice(x.kinds[id]) {
				_, err = x.tx.Exec(`DELETE FROM catalogue_term WHERE id = ? AND weight = 0`, id)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(x.labels)) {
		if err == nil {
			_, err = x.tx.Exec(`UPDATE catalogue_term SET label = ? WHERE id = ?`, x.labels[id], id)
		}
	}
	if err != nil {
		return fmt.Errorf("store terms: %w", err)
	}
	return nil
}

// weigh notes that a chunk has other listings of a term than before: both sets as they are stored.
func (x *indexing) weigh(id int64, was, is []byte) { x.weights[id] += weight(is) - weight(was) }

func byPlace(a, b cell) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.of, b.of)) }

func (x *indexing) writeShown(chunk int) error {
	var was struct {
		Shown []byte `db:"shown"`
		Open  []byte `db:"open"`
	}
	err := x.tx.Get(&was, `SELECT shown, open FROM catalogue_chunk WHERE chunk = ?`, chunk)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read what shows: %w", err)
	}
	shown, open := newSet(1), newSet(1)
	if err := errors.Join(shown.read(was.Shown), open.read(was.Open)); err != nil {
		return err
	}
	for n, shows := range x.shows[chunk] {
		shown.put(n, shows > 0)
		open.put(n, shows > 1)
	}
	_, err = x.tx.Exec(`INSERT INTO catalogue_chunk (chunk, changed, shown, open) VALUES (?, ?, ?, ?)
		ON CONFLICT (chunk) DO UPDATE SET changed = excluded.changed, shown = excluded.shown, open = excluded.open`, chunk, x.change, shown.stored(), open.stored())
	if err != nil {
		return fmt.Errorf("store what shows: %w", err)
	}
	return nil
}

// writePostings writes rows of one chunk. Of choices those that are empty stay.
func (x *indexing) writePostings(table string, rows []cell) error {
	chunk, ids := rows[0].at, make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.of
	}
	var stored []struct {
		Term int64  `db:"term"`
		Bits []byte `db:"bits"`
	}
	err := x.tx.Select(&stored, `SELECT term, bits FROM `+table+` WHERE chunk = ? AND term IN (`+marks(ids)+`)`, arguments(chunk, ids)...)
	if err != nil {
		return fmt.Errorf("read what has a term: %w", err)
	}
	was := make(map[int64][]byte, len(stored))
	for _, r := range stored {
		was[r.Term] = r.Bits
	}
	var kept [][]any
	for _, r := range rows {
		is, err := x.flipped(r, was[r.of])
		if err != nil {
			return err
		}
		if table == choices {
			kept = append(kept, []any{r.of, r.at, is, x.change})
		} else if len(is) > 0 {
			kept = append(kept, []any{r.of, r.at, is})
		} else if len(was[r.of]) > 0 {
			if _, err := x.tx.Exec(`DELETE FROM catalogue_posting WHERE term = ? AND chunk = ?`, r.of, r.at); err != nil {
				return fmt.Errorf("erase a term of a chunk: %w", err)
			}
		}
	}
	columns, update := `(term, chunk, bits)`, `bits = excluded.bits`
	if table == choices {
		columns, update = `(term, chunk, bits, changed)`, update+`, changed = excluded.changed`
	}
	return some(kept, func(values string, args []any) error {
		_, err := x.tx.Exec(`INSERT INTO `+table+` `+columns+` VALUES `+values+` ON CONFLICT (term, chunk) DO UPDATE SET `+update, args...)
		if err != nil {
			return fmt.Errorf("store what has a term: %w", err)
		}
		return nil
	})
}

// flipped is a set as it is to be stored, where it was stored so.
func (x *indexing) flipped(at cell, was []byte) (is []byte, err error) {
	if is, err = changed(was, x.bits[at]); err == nil {
		x.weigh(at.of, was, is)
	}
	return is, err
}

// valueRow is a row of catalogue_value.
type valueRow struct {
	kind  string
	chunk int
}

func (r valueRow) compare(o valueRow) int {
	return cmp.Or(strings.Compare(r.kind, o.kind), cmp.Compare(r.chunk, o.chunk))
}

// writeValues writes a row, of which some terms change.
func (x *indexing) writeValues(r valueRow, terms []cell) error {
	var stored []byte
	err := x.tx.Get(&stored, `SELECT sets FROM catalogue_value WHERE kind = ? AND chunk = ?`, r.kind, r.chunk)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read what has a value: %w", err)
	}
	sets := map[int64][]byte{}
	if err := eachValue(stored, func(id int64, bits []byte) error { sets[id] = bits; return nil }); err != nil {
		return err
	}
	for _, at := range terms {
		if sets[at.of], err = x.flipped(at, sets[at.of]); err != nil {
			return err
		}
	}
	if is := joined(sets); len(is) == 0 {
		_, err = x.tx.Exec(`DELETE FROM catalogue_value WHERE kind = ? AND chunk = ?`, r.kind, r.chunk)
	} else {
		_, err = x.tx.Exec(`INSERT INTO catalogue_value (kind, chunk, sets) VALUES (?, ?, ?)
			ON CONFLICT (kind, chunk) DO UPDATE SET sets = excluded.sets`, r.kind, r.chunk, is)
	}
	if err != nil {
		return fmt.Errorf("store what has a value: %w", err)
	}
	return nil
}

func (x *indexing) writeCells(at cell) error {
	var c column
	var was []byte
	err := x.tx.Get(&was, `SELECT cells FROM catalogue_column WHERE sort = ? AND block = ?`, at.of, at.at)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		for _, v := range x.cells[at] {
			for i := range c {
				c[i] = v // of numbers that no listing has: anything that takes no room
			}
			break
		}
	case err != nil:
		return fmt.Errorf("read what listings are sorted by: %w", err)
	default:
		if err := c.read(was); err != nil {
			return err
		}
	}
	for n, v := range x.cells[at] {
		c[n] = v
	}
	_, err = x.tx.Exec(`INSERT INTO catalogue_column (sort, block, changed, cells) VALUES (?, ?, ?, ?)
		ON CONFLICT (sort, block) DO UPDATE SET changed = excluded.changed, cells = excluded.cells`, at.of, at.at, x.change, c.stored())
	if err != nil {
		return fmt.Errorf("store what listings are sorted by: %w", err)
	}
	return nil
}
