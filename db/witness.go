package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Witnessed is what a witness of logs keeps. Safe for concurrent use, and of two that are told
// to advance one log from the same head one does.
type Witnessed struct{ db *DB }

// NewWitnessed reads and writes the state of a witness in a database of kind Witness.
func NewWitnessed(d *DB) (*Witnessed, error) {
	if d.kind != Witness {
		return nil, fmt.Errorf("keep a witness in a database of kind %q", d.kind)
	}
	return &Witnessed{d}, nil
}

// Key returns the witness's name and the seed of its key, or scrip.ErrAbsent.
func (w *Witnessed) Key(ctx context.Context) (name string, seed []byte, err error) {
	var row struct {
		Name string `db:"name"`
		Key  []byte `db:"key"`
	}
	if err := w.db.get(ctx, &row, `SELECT name, key FROM witness`); err != nil {
		return "", nil, fmt.Errorf("read the witness's key: %w", err)
	}
	return row.Name, row.Key, nil
}

// KeepKey keeps the name and the key's seed of a new witness, unless it has some.
func (w *Witnessed) KeepKey(ctx context.Context, name string, seed []byte) error {
	return w.change(ctx, "keep the witness's key", func(c change) error {
		return c.do(`INSERT INTO witness (one, name, key) VALUES (1, ?, ?) ON CONFLICT (one) DO NOTHING`, name, seed)
	})
}

// Latest returns the checkpoint of a log that was cosigned last, or scrip.ErrAbsent.
func (w *Witnessed) Latest(ctx context.Context, origin string) (tree.Checkpoint, error) {
	return one(ctx, w.db, "read what was cosigned last", cosignedRow.checkpoint, `SELECT origin, size, root, note FROM cosigned WHERE origin = ?`, origin)
}

// All lists the checkpoints that were cosigned last, by origin.
func (w *Witnessed) All(ctx context.Context) ([]tree.Cosigned, error) {
	return many(ctx, w.db, "list what was cosigned last", cosignedRow.cosigned, `SELECT origin, size, root, note, at,
		(SELECT count(*) FROM contradiction WHERE contradiction.origin = cosigned.origin) AS against FROM cosigned ORDER BY origin`)
}

type cosignedRow struct {
	Origin string `db:"origin"`
	Size   int64  `db:"size"`
	Root   []byte `db:"root"`
	Note   string `db:"note"`

	At      int64 `db:"at"`
	Against int   `db:"against"`
}

func (r cosignedRow) cosigned() (tree.Cosigned, error) {
	c, err := r.checkpoint()
	return tree.Cosigned{Checkpoint: c, At: r.At, Contradicts: r.Against}, err
}

func (r cosignedRow) checkpoint() (tree.Checkpoint, error) {
	if len(r.Root) != len(tree.Hash{}) {
		return tree.Checkpoint{}, fmt.Errorf("%w: a root of %d bytes", ErrDamaged, len(r.Root))
	}
	return tree.Checkpoint{Origin: r.Origin, Head: tree.Head{Size: r.Size, Root: tree.Hash(r.Root)}, Note: r.Note}, nil
}

// Advance has a checkpoint be the one that was cosigned last, in the place of a head, or of
// tree.Empty where there was none: scrip.OutOfTurn where another one is there.
func (w *Witnessed) Advance(ctx context.Context, from tree.Head, to tree.Checkpoint, at int64) error {
	return w.change(ctx, "advance to a checkpoint", func(c change) error {
		if from == tree.Empty {
			return c.must(scrip.OutOfTurn, `INSERT INTO cosigned (origin, size, root, note, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin)
				DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note, at = excluded.at WHERE cosigned.size = 0`,
				to.Origin, to.Size, to.Root[:], to.Note, at)
		}
		return c.must(scrip.OutOfTurn, `UPDATE cosigned SET size = ?, root = ?, note = ?, at = ? WHERE origin = ? AND size = ? AND root = ?`,
			to.Size, to.Root[:], to.Note, at, to.Origin, from.Size, from.Root[:])
	})
}

// Contradict keeps what a log contradicts itself with, the first tree.MaxContradictions.
func (w *Witnessed) Contradict(ctx context.Context, x tree.Contradiction) error {
	return w.change(ctx, "keep what a log contradicts itself with", func(c change) error {
		return c.do(`INSERT INTO contradiction (origin, seen, before, at) SELECT ?, ?, ?, ?
			WHERE (SELECT count(*) FROM contradiction WHERE origin = ?) < ? ON CONFLICT (origin, seen) DO NOTHING`,
			x.Origin, x.Seen, x.Before, x.At, x.Origin, tree.MaxContradictions)
	})
}

// Contradictions lists what logs contradict themselves with, the first first.
func (w *Witnessed) Contradictions(ctx context.Context) ([]tree.Contradiction, error) {
	return many(ctx, w.db, "list what logs contradict themselves with", contradictionRow.contradiction,
		`SELECT origin, seen, before, at FROM contradiction ORDER BY at, origin, seen`)
}

type contradictionRow struct {
	Origin string `db:"origin"`
	Seen   string `db:"seen"`
	Before string `db:"before"`
	At     int64  `db:"at"`
}

func (r contradictionRow) contradiction() (tree.Contradiction, error) {
	return tree.Contradiction{Origin: r.Origin, Seen: r.Seen, Before: r.Before, At: r.At}, nil
}

// Chain returns the keys of the broker at a base URL, as far as they were followed, or
// scrip.ErrAbsent.
func (w *Witnessed) Chain(ctx context.Context, broker string) (chain scrip.Chain, err error) {
	var text string
	if err = w.db.get(ctx, &text, `SELECT chain FROM followed WHERE broker = ?`, broker); err == nil {
		err = json.Unmarshal([]byte(text), &chain)
	}
	if err != nil {
		return scrip.Chain{}, fmt.Errorf("read a broker's keys: %w", err)
	}
	return chain, nil
}

// KeepChain keeps them.
func (w *Witnessed) KeepChain(ctx context.Context, broker string, chain scrip.Chain) error {
	text, err := json.Marshal(chain)
	if err != nil {
		return err
	}
	return w.change(ctx, "keep a broker's keys", func(c change) error {
		return c.do(`INSERT INTO followed (broker, chain) VALUES (?, ?) ON CONFLICT (broker) DO UPDATE SET chain = excluded.chain`, broker, string(text))
	})
}

// change is one durable commit.
func (w *Witnessed) change(ctx context.Context, what string, f func(change) error) error {
	err := w.db.commit(ctx, func(tx *sqlx.Tx) error { return f(change{tx: tx}) })
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
