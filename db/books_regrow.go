package db

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/services/tree"
)

// root is the root over the records so far.
func (r *replayed) root() (tree.Hash, error) {
	h, err := tlog.TreeHash(r.log.Size, tlog.HashReaderFunc(r.peek))
	return tree.Hash(h), err
}

// grow recomputes the tree with the hash of an entry, and holds it against the stored
// hashes: after a gap no more, for then all are others.
func (r *replayed) grow(seq int64, entry tlog.Hash, stored map[int64]tlog.Hash) error {
	n := r.log.Size
	hashes, err := tlog.StoredHashesForRecordHash(n, entry, tlog.HashReaderFunc(r.read))
	if err != nil {
		return err
	}
	r.log.Size++
	first := tlog.StoredHashIndex(0, n)
	same := true
	for i, h := range hashes {
		same = same && stored[first+int64(i)] == h
	}
	last := len(hashes) - 1 // the others are below it
	r.edge[first+int64(last)] = hashes[last]
	if !same && !r.gap {
		r.fault(seq, "its hash in the tree is another")
	}
	return nil
}

// mark notes the root where it is wanted.
func (r *replayed) mark() error {
	if !r.wanted[r.log.Size] {
		return nil
	}
	root, err := r.root()
	r.log.Roots[r.log.Size] = root
	return err
}

// read returns recomputed hashes of the tree's edge. A later one covers them,
// and lets them go.
func (r *replayed) read(indexes []int64) ([]tlog.Hash, error) {
	hashes, err := r.peek(indexes)
	for _, index := range indexes {
		delete(r.edge, index)
	}
	return hashes, err
}

// peek returns recomputed hashes of the tree's edge.
func (r *replayed) peek(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := r.edge[index]
		if !ok {
			return nil, fmt.Errorf("hash %d was not computed", index)
		}
		hashes[i] = h
	}
	return hashes, nil
}
