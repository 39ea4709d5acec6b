package tree

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/jose"
	"peerscrip/services/scrip"
)

// Inclusion proves that an entry stands in the log under a signed head. Entry
// is empty for who asked by number: then Leaf alone is proven.
type Inclusion struct {
	Index int64  // the record's number, from 0
	Leaf  Hash   // hash of the entry's text
	Entry string // the entry's text
	Path  []Hash // RFC 6962's audit path, from the leaf up
	Head  string // signed
}

// Verify checks the proof against a broker's keys and returns the head. That
// the entry has the leaf's hash is part of it, if there is an entry.
func (p Inclusion) Verify(broker scrip.ID, keys []jose.VerifyKey) (Head, error) {
	head, err := OpenHead(p.Head, broker, keys)
	if err != nil {
		return Head{}, err
	}
	if p.Index < 0 || p.Index >= head.Size || len(p.Path) > MaxPath {
		return Head{}, ErrProof
	}
	if p.Entry != "" && LeafHash([]byte(p.Entry)) != p.Leaf {
		return Head{}, ErrProof
	}
	if tlog.CheckRecord(Unwrap(p.Path), head.Size, tlog.Hash(head.Root), p.Index, tlog.Hash(p.Leaf)) != nil {
		return Head{}, ErrProof
	}
	return head, nil
}

// Records checks that the proof is about a message, recorded as kind, and
// returns the entry.
func (p Inclusion) Records(digest, kind string) (Entry, error) {
	e, err := ParseEntry(p.Entry)
	if err != nil {
		return Entry{}, err
	}
	if e.Kind != kind || !slices.Contains(e.Messages, digest) {
		return Entry{}, ErrProof
	}
	return e, nil
}

// Consistency proves that the log of To records begins with the From records
// that it had before.
type Consistency struct {
	From, To int64
	Path     []Hash
}

// Verify checks that newer continues older: nothing before was changed, taken
// out or put in.
func (c Consistency) Verify(older, newer Head) error {
	if c.From != older.Size || c.To != newer.Size || c.From < 1 || c.From > c.To || len(c.Path) > MaxPath {
		return ErrProof
	}
	if tlog.CheckTree(Unwrap(c.Path), newer.Size, tlog.Hash(newer.Root), older.Size, tlog.Hash(older.Root)) != nil {
		return ErrProof
	}
	return nil
}

// Unwrap turns a proof of ours into one of tlog's.
func Unwrap(path []Hash) []tlog.Hash {
	hashes := make([]tlog.Hash, len(path))
	for i, h := range path {
		hashes[i] = tlog.Hash(h)
	}
	return hashes
}

// Path turns a proof of tlog's into one of ours.
func Path(proof []tlog.Hash) []Hash {
	hashes := make([]Hash, len(proof))
	for i, h := range proof {
		hashes[i] = Hash(h)
	}
	return hashes
}
