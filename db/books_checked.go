package db

import (
	"errors"
	"maps"

	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Checked is a log as far as it was replayed and found right: enough to go on
// from there without reading it again.
type Checked struct {
	Size     int64                        `json:"size"`     // records
	Root     tree.Hash                    `json:"root"`     // over them
	Messages int                          `json:"messages"` // they keep
	Balances map[scrip.Ledger]scrip.Money `json:"balances"` // as their postings add up
	Ratings  int                          `json:"ratings"`  // purchases that their RATEs rate
	Refunds  scrip.Money                  `json:"refunds"`  // as what buyers had back adds up: REFUND, RECLAIM, DECIDED
	Held     map[string]scrip.Money       `json:"held"`     // what is left of each hold, by HoldKey
	Standing
}

// goOn takes up what was checked. The stored hashes must still give its root:
// where they do not, that is a fault, and the log is read from its beginning.
func (r *replayed) goOn(from Checked) error {
	if from.Size == 0 {
		return nil
	}
	edge := map[int64]tlog.Hash{}
	root, err := tlog.TreeHash(from.Size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes, err := hashReader(r.tx).ReadHashes(indexes)
		for i := range hashes {
			edge[indexes[i]] = hashes[i]
		}
		return hashes, err
	}))
	if err != nil && !errors.Is(err, scrip.ErrAbsent) {
		return err
	}
	if err != nil || tree.Hash(root) != from.Root {
		r.fault(0, "and those after it are not what an earlier audit checked: they were changed, or cut off")
		return nil
	}
	r.log.From, r.log.Size, r.next = from.Size, from.Size, from.Size
	r.edge, r.sums = edge, from.clone()
	return nil
}

// clone is the same, of which nothing is shared, and no map is nil.
func (c Checked) clone() Checked {
	if c.Balances = maps.Clone(c.Balances); c.Balances == nil {
		c.Balances = map[scrip.Ledger]scrip.Money{}
	}
	if c.Held = maps.Clone(c.Held); c.Held == nil {
		c.Held = map[string]scrip.Money{}
	}
	c.Standing = c.Standing.clone()
	return c
}

// want notes where roots are wanted. Those of what is not read again come from
// the stored hashes, under the root that was checked.
func (r *replayed) want(sizes []int64) error {
	for _, size := range sizes {
		if size > r.log.From {
			r.wanted[size] = true
			continue
		}
		root, err := tlog.TreeHash(size, hashReader(r.tx))
		if err != nil {
			return err
		}
		r.log.Roots[size] = tree.Hash(root)
	}
	return r.heads()
}
