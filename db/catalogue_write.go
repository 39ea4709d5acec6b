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
)

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

// The tables of sets by term.
const (
	postings = "catalogue_posting"
	choices  = "catalogue_choice"
)

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
