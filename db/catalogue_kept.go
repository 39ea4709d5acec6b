package db

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/jmoiron/sqlx"
)

// kept is what every search needs, as the database had it after a change: what shows, what listings are sorted by, and which have what
// stands in a closed list. A process keeps the last that it has read, and reads but what has changed since: which that is the database
// says in each reading, so that it matters to nobody who changed it. It is never written to.
type kept struct {
	at          int64
	shown, open set
	columns     [sorts][]*column // by block; nil: nothing was ever there
	choices     map[int64]choice // by term
}

// choice is a word of a closed list, with the listings that have it, by chunk, as they are stored.
type choice struct {
	kind, name string
	bits       [][]byte
}

// keeper holds the last that was read.
type keeper struct{ last atomic.Pointer[kept] }

// now is what there is in a reading.
func (k *keeper) now(ctx context.Context, tx *sqlx.Tx) (*kept, error) {
	var at int64
	if err := tx.GetContext(ctx, &at, `SELECT changes FROM catalogue_numbers WHERE one = 1`); err != nil {
		return nil, fmt.Errorf("read how often what listings are found by has changed: %w", err)
	}
	last := k.last.Load()
	switch {
	case last != nil && last.at == at:
		return last, nil
	case last == nil || last.at > at: // a reading that began before another
		last = &kept{}
	}
	next, err := last.until(ctx, tx, at)
	if err != nil {
		return nil, err
	}
	if now := k.last.Load(); now == nil || now.at < at {
		k.last.CompareAndSwap(now, next) // else another was faster, with what is as good
	}
	return next, nil
}

// until is what is kept with what has changed until a reading.
func (k *kept) until(ctx context.Context, tx *sqlx.Tx, at int64) (*kept, error) {
	next := &kept{at: at, shown: slices.Clone(k.shown), open: slices.Clone(k.open), choices: make(map[int64]choice, len(k.choices))}
	for i := range k.columns {
		next.columns[i] = slices.Clone(k.columns[i])
	}
	for id, c := range k.choices {
		c.bits = slices.Clone(c.bits)
		next.choices[id] = c
	}
	for _, read := range []func(context.Context, *sqlx.Tx, int64) error{next.readShown, next.readColumns, next.readChoices} {
		if err := read(ctx, tx, k.at); err != nil {
			return nil, err
		}
	}
	return next, nil
}

func (k *kept) readShown(ctx context.Context, tx *sqlx.Tx, after int64) error {
	var rows []struct {
		Chunk int    `db:"chunk"`
		Shown []byte `db:"shown"`
		Open  []byte `db:"open"`
	}
	if err := tx.SelectContext(ctx, &rows, `SELECT chunk, shown, open FROM catalogue_chunk WHERE changed > ?`, after); err != nil {
		return fmt.Errorf("read what can be bought: %w", err)
	}
	for _, r := range rows {
		for of, bits := range map[*set][]byte{&k.shown: r.Shown, &k.open: r.Open} {
			if more := r.Chunk + 1 - of.chunks(); more > 0 {
				*of = append(*of, newSet(more)...)
			}
			clear(of.chunk(r.Chunk))
			if err := of.chunk(r.Chunk).read(bits); err != nil {
				return err
			}
		}
	}
	return nil
}

func (k *kept) readColumns(ctx context.Context, tx *sqlx.Tx, after int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT sort, block, cells FROM catalogue_column WHERE changed > ?`, after)
	if err == nil {
		err = scanSets(rows, func(sort, block int, cells []byte) error {
			c := &column{}
			if sort < 0 || sort >= sorts {
				return errBits
			}
			for len(k.columns[sort]) <= block {
				k.columns[sort] = append(k.columns[sort], nil)
			}
			k.columns[sort][block] = c
			return c.read(cells)
		})
	}
	if err != nil {
		return fmt.Errorf("read what listings are sorted by: %w", err)
	}
	return nil
}

func (k *kept) readChoices(ctx context.Context, tx *sqlx.Tx, after int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT c.term, c.chunk, c.bits FROM catalogue_choice c WHERE c.changed > ?`, after)
	unknown := map[int64]bool{}
	if err == nil {
		err = scanSets(rows, func(id int64, chunk int, bits []byte) error {
			c, known := k.choices[id]
			if !known {
				unknown[id] = true
			}
			for len(c.bits) <= chunk {
				c.bits = append(c.bits, nil)
			}
			c.bits[chunk] = slices.Clone(bits)
			k.choices[id] = c
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("read what can be filtered by: %w", err)
	}
	return eachTerm(ctx, tx, unknown, func(t termRow) {
		c := k.choices[t.ID]
		c.kind, c.name = t.Kind, t.Name
		k.choices[t.ID] = c
	})
}

// having are the listings that have one of some words of a closed list.
func (k *kept) having(kind string, names []string) (set, error) {
	s := newSet(k.shown.chunks())
	for _, c := range k.choices {
		if c.kind != kind || !slices.Contains(names, c.name) {
			continue
		}
		for chunk, bits := range c.bits[:min(len(c.bits), s.chunks())] {
			if err := s.chunk(chunk).read(bits); err != nil {
				return nil, err
			}
		}
	}
	return s, nil
}

// count is how many listings of a set have a word of a closed list.
func (c choice) count(s set) (n int) {
	for chunk, bits := range c.bits[:min(len(c.bits), s.chunks())] {
		n += s.chunk(chunk).shared(bits)
	}
	return n
}

// eachTerm reads terms by their numbers.
func eachTerm(ctx context.Context, tx *sqlx.Tx, ids map[int64]bool, each func(termRow)) error {
	for part := range slices.Chunk(slices.Sorted(maps.Keys(ids)), 128) {
		var rows []termRow
		err := tx.SelectContext(ctx, &rows, `SELECT id, kind, name, label FROM catalogue_term WHERE id IN (`+marks(part)+`)`, arguments(nil, part)...)
		if err != nil {
			return fmt.Errorf("read terms: %w", err)
		}
		for _, r := range rows {
			each(r)
		}
	}
	return nil
}

// scanSets reads rows of what they are of, a chunk or a block, and bytes that are valid until the next.
func scanSets[T any](rows *sql.Rows, each func(of T, chunk int, bits []byte) error) error {
	defer rows.Close()
	for rows.Next() {
		var of T
		var chunk int
		var bits sql.RawBytes
		if err := rows.Scan(&of, &chunk, &bits); err != nil {
			return err
		}
		if err := each(of, chunk, bits); err != nil {
			return err
		}
	}
	return rows.Err()
}
