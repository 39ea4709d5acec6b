package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// keepHead keeps a signed head, unless another came first.
func keepHead(c change) error {
	h := c.Broker.Head
	if h == nil {
		return nil
	}
	err := c.do(`INSERT INTO log_head (size, at, note) SELECT ?, ?, ?
		WHERE NOT EXISTS (SELECT 1 FROM log_head WHERE size >= ?)
		AND coalesce((SELECT at FROM log_head ORDER BY size DESC LIMIT 1), 0) <= ? ON CONFLICT (size) DO NOTHING`, h.Size, h.At, h.Note, h.Size, h.Since)
	if err != nil {
		return fmt.Errorf("keep a signed head: %w", err)
	}
	return nil
}

// SignedHead returns the last head that was signed, or scrip.ErrAbsent.
func (b *Books) SignedHead(ctx context.Context) (scrip.SignedHead, error) {
	var row headRow
	if err := b.db.get(ctx, &row, `SELECT size, at, note FROM log_head ORDER BY size DESC LIMIT 1`); err != nil {
		return scrip.SignedHead{}, fmt.Errorf("read the signed head: %w", err)
	}
	return row.head(), nil
}

// keepCosignature keeps the last word of a witness, unless it said a later one.
func keepCosignature(c change) error {
	x := c.Broker.Cosigned
	if x == nil {
		return nil
	}
	err := c.do(`INSERT INTO log_cosignature (witness, size, at, line) VALUES (?, ?, ?, ?) ON CONFLICT (witness)
		DO UPDATE SET size = excluded.size, at = excluded.at, line = excluded.line WHERE log_cosignature.size <= excluded.size`, x.Witness, x.Size, x.At, x.Line)
	if err != nil {
		return fmt.Errorf("keep a cosignature: %w", err)
	}
	return nil
}

// Cosigned lists the last word of each witness that there ever was, the largest head first.
func (b *Books) Cosigned(ctx context.Context) ([]scrip.Cosigned, error) {
	return many(ctx, b.db, "list cosignatures", cosignatureRow.cosigned, `SELECT witness, size, at, line FROM log_cosignature ORDER BY size DESC, witness`)
}

type cosignatureRow struct {
	Witness string `db:"witness"`
	Size    int64  `db:"size"`
	At      int64  `db:"at"`
	Line    string `db:"line"`
}

func (r cosignatureRow) cosigned() (scrip.Cosigned, error) {
	return scrip.Cosigned{Witness: r.Witness, Size: r.Size, At: r.At, Line: r.Line}, nil
}

// HeadAfter returns the first head of more records than so many, or scrip.ErrAbsent.
func (b *Books) HeadAfter(ctx context.Context, size int64) (scrip.SignedHead, error) {
	var row headRow
	if err := b.db.get(ctx, &row, `SELECT size, at, note FROM log_head WHERE size > ? ORDER BY size LIMIT 1`, size); err != nil {
		return scrip.SignedHead{}, fmt.Errorf("read a signed head: %w", err)
	}
	return row.head(), nil
}

type headRow struct {
	Size int64  `db:"size"`
	At   int64  `db:"at"`
	Note string `db:"note"`
}

func (r headRow) head() scrip.SignedHead {
	return scrip.SignedHead{Size: r.Size, At: r.At, Note: r.Note}
}

// LogSize returns how many records of the log have their numbers, and how many have not
// yet. It numbers none.
func (b *Books) LogSize(ctx context.Context) (size, staged int64, err error) {
	var n struct {
		Size   int64 `db:"size"`
		Staged int64 `db:"staged"`
	}
	err = b.db.get(ctx, &n, `SELECT (SELECT coalesce(max(seq) + 1, 0) FROM log_seq) AS size, (SELECT count(*) FROM log_staged) AS staged`)
	if err != nil {
		return 0, 0, fmt.Errorf("measure the log: %w", err)
	}
	return n.Size, n.Staged, nil
}

// LogHead returns how many records the log has and the root of its Merkle
// tree (RFC 6962), from one instant. All that was logged before is in it.
func (b *Books) LogHead(ctx context.Context) (tree.Head, error) {
	var h tree.Head
	if err := b.sequence(ctx); err != nil {
		return h, err
	}
	err := b.db.read(ctx, func(tx *sqlx.Tx) error {
		if err := tx.Get(&h.Size, `SELECT coalesce(max(seq) + 1, 0) FROM log_seq`); err != nil {
			return err
		}
		root, err := tlog.TreeHash(h.Size, hashReader(tx))
		h.Root = tree.Hash(root)
		return err
	})
	if err != nil {
		return tree.Head{}, fmt.Errorf("read the head of the log: %w", err)
	}
	return h, nil
}

// Root returns the root over the first size records, of which there are as many.
func (b *Books) Root(ctx context.Context, size int64) (tree.Hash, error) {
	var root tlog.Hash
	err := b.db.read(ctx, func(tx *sqlx.Tx) (err error) {
		root, err = tlog.TreeHash(size, hashReader(tx))
		return err
	})
	return tree.Hash(root), err
}

// Recorded returns the number of the first record that keeps a message, and
// its entry, or scrip.ErrAbsent.
func (b *Books) Recorded(ctx context.Context, digest string) (int64, string, error) {
	var row leafRow
	query := `SELECT s.seq, l.leaf, l.salt FROM log_seq s JOIN log l ON l.id = s.record
		WHERE s.seq = (SELECT min(seq) FROM log_message WHERE digest = ?)`
	err := b.db.get(ctx, &row, query, digest)
	if errors.Is(err, scrip.ErrAbsent) { // it may have been logged just now
		if err = b.sequence(ctx); err == nil {
			err = b.db.get(ctx, &row, query, digest)
		}
	}
	if err != nil {
		return 0, "", fmt.Errorf("look for a message in the log: %w", err)
	}
	r, err := parseLeaf(row.Leaf)
	if err != nil {
		return 0, "", fmt.Errorf("read record %d of the log: %w", row.Seq, err)
	}
	return row.Seq, entryOf(r, row.Leaf, row.Salt).Text(), nil
}

// Inclusion proves that record index stands in the log of the first size
// records, which must have it. Entry and Head are left to the caller.
func (b *Books) Inclusion(ctx context.Context, index, size int64) (tree.Inclusion, error) {
	p := tree.Inclusion{Index: index}
	err := b.db.read(ctx, func(tx *sqlx.Tx) error {
		leaf, err := hashReader(tx).ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		path, err := tlog.ProveRecord(size, index, hashReader(tx))
		p.Leaf, p.Path = tree.Hash(leaf[0]), tree.Path(path)
		return err
	})
	if err != nil {
		return tree.Inclusion{}, fmt.Errorf("prove record %d of %d: %w", index, size, err)
	}
	return p, nil
}

// Consistency proves that the log of the first to records begins with its
// first from: 1 <= from <= to.
func (b *Books) Consistency(ctx context.Context, from, to int64) (tree.Consistency, error) {
	c := tree.Consistency{From: from, To: to}
	err := b.db.read(ctx, func(tx *sqlx.Tx) error {
		path, err := tlog.ProveTree(to, from, hashReader(tx))
		c.Path = tree.Path(path)
		return err
	})
	if err != nil {
		return tree.Consistency{}, fmt.Errorf("prove that %d records continue %d: %w", to, from, err)
	}
	return c, nil
}
