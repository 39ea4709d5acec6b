package db_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

// testLog asks what the broker's log must be.
func testLog(t *testing.T, open func(*testing.T) world) {
	t.Run("OnceEach", func(t *testing.T) { loggedOnce(open(t)) })
	t.Run("Tree", func(t *testing.T) { tree(open(t)) })
	t.Run("AppendOnly", func(t *testing.T) { appendOnly(open(t)) })
}

func logged(n int) scrip.Record {
	return scrip.Record{
		At: now, Kind: "T12", Tx: id(), Account: scrip.AccountID(id()), Vendor: scrip.VendorID(id()),
		Amount: scrip.Money(n + 1), Evidence: []string{"a.b." + strconv.Itoa(n)},
		Posts: []scrip.Posting{{From: scrip.World, To: scrip.Outstanding, Amount: scrip.Money(n + 1)}},
	}
}

// fill logs n records, as many again in each of a few commits.
func (w world) fill(n int) []scrip.Record {
	w.t.Helper()
	var all []scrip.Record
	for i := range n {
		r := logged(i)
		all = append(all, r)
		w.want(nil, scrip.Change{Post: r.Posts, Log: []scrip.Record{r}})
	}
	return all
}

func loggedOnce(w world) {
	r := logged(0)
	w.want(nil, scrip.Change{Log: []scrip.Record{r}})
	w.want(scrip.AlreadyRecorded, scrip.Change{Log: []scrip.Record{r}})
	w.want(scrip.AlreadyRecorded, scrip.Change{Log: []scrip.Record{logged(1), r}})
	r.Vendor = "another"
	w.want(nil, scrip.Change{Log: []scrip.Record{r}})
	if size, _, err := w.books.LogHead(context.Background()); err != nil || size != 2 {
		w.t.Errorf("size of the log: got %d, %v, want 2", size, err)
	}
}

// tree recomputes every root from the leaves alone, the way RFC 6962 says it.
func tree(w world) {
	ctx := context.Background()
	var leaves []tlog.Hash
	for i := range 40 {
		size, root, err := w.books.LogHead(ctx)
		if err != nil || size != int64(i) || root != rootOf(leaves) {
			w.t.Fatalf("LogHead: got %d %x, %v, want %d %x", size, root, err, i, rootOf(leaves))
		}
		w.fill(1)
		leaf, err := w.books.Leaf(ctx, size)
		if err != nil {
			w.t.Fatalf("Leaf: %v", err)
		}
		leaves = append(leaves, tlog.RecordHash(leaf))
	}
	s, err := w.books.Snapshot(ctx, db.Question{})
	if err != nil || s.Log.Root != rootOf(leaves) || s.Log.Size != 40 || len(s.Log.Faults) > 0 {
		w.t.Errorf("Snapshot: got %+v, %v, want root %x of 40", s.Log, err, rootOf(leaves))
	}
}

func rootOf(leaves []tlog.Hash) tlog.Hash {
	switch len(leaves) {
	case 0:
		h, err := tlog.TreeHash(0, nil)
		if err != nil {
			panic(err)
		}
		return h
	case 1:
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	return tlog.NodeHash(rootOf(leaves[:k]), rootOf(leaves[k:]))
}

func appendOnly(w world) {
	w.fill(3)
	for _, query := range []string{
		"UPDATE log SET at = at + 1", "DELETE FROM log WHERE seq = 2", "UPDATE log_posting SET amount = 1",
		"DELETE FROM log_posting", "UPDATE log_hash SET hash = zeroblob(32)", "DELETE FROM log_hash",
	} {
		if err := w.db.Exec(query); err == nil {
			w.t.Errorf("%s: got nil, want an error", query)
		}
	}
}

// TestTampering edits the file behind the program's back, triggers dropped,
// each time in another way, and looks whether Snapshot sees it.
func TestTampering(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a log for each edit")
	}
	for name, edit := range map[string]string{
		"column":          "UPDATE log SET at = at + 1 WHERE seq = 700",
		"leaf":            `UPDATE log SET leaf = CAST(replace(leaf, 'T12', 'T13') AS BLOB) WHERE seq = 3`,
		"leaf and column": `UPDATE log SET kind = 'T13', leaf = CAST(replace(leaf, 'T12', 'T13') AS BLOB) WHERE seq = 3`,
		"posting":         "UPDATE log_posting SET amount = amount + 1 WHERE seq = 4",
		"hash":            "UPDATE log_hash SET hash = zeroblob(32) WHERE idx = 9",
		"first":           "DELETE FROM log_posting WHERE seq = 0; DELETE FROM log WHERE seq = 0",
		"middle":          "DELETE FROM log_posting WHERE seq = 333; DELETE FROM log WHERE seq = 333",
		"last":            "DELETE FROM log_posting WHERE seq = 799; DELETE FROM log WHERE seq = 799",
		"order": `UPDATE log SET leaf = (SELECT leaf FROM log WHERE seq = 6) WHERE seq = 5;
			UPDATE log SET at = at WHERE seq = 6`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			w := newWorld(t, openAt(t, path, db.Broker))
			w.race(800, func(i int) scrip.Change {
				r := logged(i)
				return scrip.Change{Post: r.Posts, Log: []scrip.Record{r}}
			})
			if s, err := w.books.Snapshot(context.Background(), db.Question{}); err != nil || len(s.Log.Faults) > 0 || s.Log.Size != 800 {
				t.Fatalf("before: got %+v, %v", s.Log, err)
			}
			for _, table := range []string{"log", "log_posting", "log_hash"} {
				edit = "DROP TRIGGER " + table + "_no_update; DROP TRIGGER " + table + "_no_delete; " + edit
			}
			if err := w.db.Exec(edit); err != nil {
				t.Fatalf("edit: %v", err)
			}
			s, err := w.books.Snapshot(context.Background(), db.Question{})
			if err != nil || len(s.Log.Faults) == 0 {
				t.Errorf("after: got %+v, %v, want faults", s.Log, err)
			}
		})
	}
}

// TestTruncated cuts the log off, hashes and all: the ledger and the old head
// tell.
func TestTruncated(t *testing.T) {
	w := newWorld(t, openAt(t, filepath.Join(t.TempDir(), "a.db"), db.Broker))
	w.fill(8)
	_, head, err := w.books.LogHead(context.Background())
	if err != nil {
		t.Fatalf("LogHead: %v", err)
	}
	err = w.db.Exec(`DROP TRIGGER log_no_delete; DROP TRIGGER log_posting_no_delete; DROP TRIGGER log_hash_no_delete;
		DELETE FROM log_posting WHERE seq = 7; DELETE FROM log WHERE seq = 7; DELETE FROM log_hash WHERE idx >= 11`)
	if err != nil {
		t.Fatalf("edit: %v", err)
	}
	s, err := w.books.Snapshot(context.Background(), db.Question{})
	if err != nil || s.Log.Size != 7 || s.Log.Root == head || s.Balances[scrip.Outstanding] == s.Replayed[scrip.Outstanding] {
		t.Errorf("Snapshot: got %+v, %v", s, err)
	}
	if _, err := w.books.Leaf(context.Background(), 7); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("Leaf(cut off): got %v, want %v", err, scrip.ErrAbsent)
	}
}
