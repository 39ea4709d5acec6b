// Package treetest is for tests: the tree of a log, in memory.
package treetest

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// Log has the hashes of a log's tree, in the order in which tlog stores them.
type Log struct {
	Hashes []tlog.Hash
	size   int64
}

var _ tlog.HashReader = (*Log)(nil)

// Add appends an entry by its text.
func (l *Log) Add(t testing.TB, text string) {
	t.Helper()
	more, err := tlog.StoredHashes(l.size, []byte(text), l)
	if err != nil {
		t.Fatal(err)
	}
	l.Hashes, l.size = append(l.Hashes, more...), l.size+1
}

// ReadHashes returns the hashes at indexes.
func (l *Log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		list[i] = l.Hashes[index]
	}
	return list, nil
}
