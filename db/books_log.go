package db

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jmoiron/sqlx"
	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// record writes records into the log. Their UNIQUE keys decide who is first; what
// they depend on is not all taken yet, so stage says where they stand.
func record(c change) error {
	return each(c.Broker.Log, "log", c.record)
}

func (c change) record(r scrip.Record) error {
	leaf, err := json.Marshal(r)
	if err != nil {
		return err
	}
	salt := make([]byte, 16)
	rand.Read(salt) // never fails; a salt is no part of what a step decides, so nobody configures it
	entry := entryOf(r, leaf, salt)
	if repeats(entry.Messages) {
		return errors.New("it keeps a message twice")
	}
	id, err := c.dialect.logKey(c)
	switch {
	case err != nil:
		return err
	case id > 0:
		err = c.do(`INSERT INTO log (id, at, kind, tx, account, vendor, amount, leaf, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			id, r.At, r.Kind, r.Tx, r.Account, r.Vendor, r.Amount, leaf, salt)
	default:
		err = c.get(&id, `INSERT INTO log (at, kind, tx, account, vendor, amount, leaf, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			r.At, r.Kind, r.Tx, r.Account, r.Vendor, r.Amount, leaf, salt)
	}
	if violated(err) != "" {
		return scrip.AlreadyRecorded
	}
	if err != nil {
		return err
	}
	if err := c.listen(r); err != nil {
		return err
	}
	var posts []any
	for n, p := range r.Posts {
		posts = append(posts, id, n, p.From, p.To, p.Amount)
	}
	*c.recorded = append(*c.recorded, id, entry.Text())
	return c.insert(`INSERT INTO log_posting (record, n, from_ledger, to_ledger, amount)`, 5, posts)
}

// repeats reports whether something is in a list twice.
func repeats(list []string) bool {
	for i, s := range list {
		if slices.Contains(list[:i], s) {
			return true
		}
	}
	return false
}

// keepBatch lets the tx of a T12 stand for one content. The same again is fine.
func keepBatch(c change) error {
	b := c.Broker.Batch
	if b == nil {
		return nil
	}
	return c.must(scrip.TxConflict, `INSERT INTO log_batch (vendor, tx, digest) VALUES (?, ?, ?)
		ON CONFLICT (vendor, tx) DO UPDATE SET digest = excluded.digest WHERE log_batch.digest = excluded.digest`,
		b.Vendor, b.Tx, b.Digest)
}

// entryOf is what the tree holds of a record: no name, no amount. Whoever reads
// a file that was tampered with may bring any salt.
func entryOf(r scrip.Record, leaf, salt []byte) tree.Entry {
	var s [16]byte
	copy(s[:], salt)
	e := tree.Entry{Kind: r.Kind, At: r.At, Record: tree.Commit(s, leaf)}
	for _, jws := range r.Evidence {
		if digest := (jose.Signed{JWS: jws}).Digest(); digest != "" {
			e.Messages = append(e.Messages, digest)
		}
	}
	return e
}

// hashReader reads hashes of the tree one by one: there are few for a leaf.
func hashReader(tx *sqlx.Tx) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			var b []byte
			if err := tx.Get(&b, tx.Rebind(`SELECT hash FROM log_hash WHERE idx = ?`), index); err != nil {
				return nil, fmt.Errorf("read hash %d of the log: %w", index, absent(err))
			}
			if copy(hashes[i][:], b) != tlog.HashSize {
				return nil, fmt.Errorf("hash %d of the log has %d bytes", index, len(b))
			}
		}
		return hashes, nil
	})
}

// parseLeaf reads a record, and refuses one that is not written as record
// writes it.
func parseLeaf(leaf []byte) (scrip.Record, error) {
	var r scrip.Record
	if err := jose.Decode(leaf, &r); err != nil {
		return scrip.Record{}, err
	}
	again, err := json.Marshal(r)
	if err != nil {
		return scrip.Record{}, err
	}
	if string(again) != string(leaf) {
		return scrip.Record{}, errors.New("not in canonical form")
	}
	return r, nil
}

// Logged lists the records of a transaction, of one kind, whether or not they have
// their numbers.
func (b *Books) Logged(ctx context.Context, tx scrip.ID, kind string) ([]scrip.Record, error) {
	var leaves [][]byte
	if err := b.db.list(ctx, &leaves, `SELECT leaf FROM log WHERE tx = ? AND kind = ? ORDER BY id`, tx, kind); err != nil {
		return nil, fmt.Errorf("look into the log: %w", err)
	}
	return convert(leaves, parseLeaf)
}
