package db

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// The columns by which listings are sorted.
const (
	ofListed = 2
	ofPrices = 0
	ofSent   = 1

	sorts = 3
)

// indexing gathers what one commit changes of what listings are found by, so that each row is written once:
// terms and sets by write.
type indexing struct {
	tx        *sqlx.Tx
	change    int64                    // its number
	next      int64                    // number of a listing that was never given
	free      []int64                  // numbers of listings that were given back, as far as was read; nil: not yet
	nextTerm  int64                    // number of a term that was never given
	known     map[term]int64           // without labels
	fresh     map[int64]term           // those that are not there yet
	kinds     map[int64]string         // of known terms
	labelled  map[int64]bool           // terms that are known to have a label
	labels    map[int64]string         // that are to be given
	weights   map[int64]int            // what is to be added
	bits      map[cell]map[int64]bool  // of terms; by number of the listing
	shows     map[int]map[int64]int    // by chunk and number
	cells     map[cell]map[int64]int64 // of columns, by block and sort
	rewritten int                      // listings: see full
	erased    feedPlace                // the last in the feed at which a listing stood that this commit erases
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
	more, turned := 0, map[int][]int64{} // to what they are now
	for _, r := range rows {
		turned[r.Offered] = append(turned[r.Offered], r.ID)
		x.show(r.ID, r.Offered*r.Shows)
		more += 2*r.Offered - 1
	}
	for _, offered := range []int{0, 1} {
		for part := range slices.Chunk(turned[offered], 128) {
			_, err := x.tx.Exec(`UPDATE catalogue_listing SET offered = ?, changed = ? WHERE id IN (`+marks(part)+`)`,
				append([]any{offered, x.change}, arguments(nil, part)...)...)
			if err != nil {
				return fmt.Errorf("store whether listings can be bought: %w", err)
			}
		}
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
	x.rewritten += len(rows)
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
