package db

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/services/scrip"
)

// record appends to the log.
func record(c change) error {
	return each(c.Log, "log", c.record)
}

func (c change) record(r scrip.Record) error {
	leaf, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var seq int64
	err = c.get(&seq, `INSERT INTO log (seq, at, kind, tx, account, vendor, leaf)
		SELECT coalesce(max(seq) + 1, 0), ?, ?, ?, ?, ?, ? FROM log RETURNING seq`,
		r.At, r.Kind, r.Tx, r.Account, r.Vendor, leaf)
	if violated(err) != "" {
		return scrip.AlreadyRecorded
	}
	if err != nil {
		return err
	}
	for n, p := range r.Posts {
		_, err := c.exec(`INSERT INTO log_posting (seq, n, from_ledger, to_ledger, amount) VALUES (?, ?, ?, ?, ?)`,
			seq, n, p.From, p.To, p.Amount)
		if err != nil {
			return err
		}
	}
	return c.grow(seq, leaf)
}

// grow adds a leaf to the Merkle tree.
func (c change) grow(seq int64, leaf []byte) error {
	hashes, err := tlog.StoredHashes(seq, leaf, hashReader(c.tx))
	if err != nil {
		return err
	}
	first := tlog.StoredHashIndex(0, seq)
	for i, h := range hashes {
		_, err := c.exec(`INSERT INTO log_hash (idx, hash) VALUES (?, ?)`, first+int64(i), h[:])
		if err != nil {
			return err
		}
	}
	return nil
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

// LogHead returns how many records the log has and the root of its Merkle
// tree (RFC 6962), from one instant: what a signed tree head says.
func (b *Books) LogHead(ctx context.Context) (size int64, root [32]byte, err error) {
	err = b.db.read(ctx, func(tx *sqlx.Tx) error {
		if err := tx.Get(&size, `SELECT coalesce(max(seq) + 1, 0) FROM log`); err != nil {
			return err
		}
		h, err := tlog.TreeHash(size, hashReader(tx))
		root = h
		return err
	})
	if err != nil {
		return 0, root, fmt.Errorf("read the head of the log: %w", err)
	}
	return size, root, nil
}

// Leaf returns a record of the log as it was hashed, or scrip.ErrAbsent.
func (b *Books) Leaf(ctx context.Context, seq int64) ([]byte, error) {
	var leaf []byte
	if err := b.db.get(ctx, &leaf, `SELECT leaf FROM log WHERE seq = ?`, seq); err != nil {
		return nil, fmt.Errorf("read record %d of the log: %w", seq, err)
	}
	return leaf, nil
}

// parseLeaf reads a record, and refuses one that is not written as record
// writes it.
func parseLeaf(leaf []byte) (scrip.Record, error) {
	var r scrip.Record
	if err := json.Unmarshal(leaf, &r); err != nil {
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
