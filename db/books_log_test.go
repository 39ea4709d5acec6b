package db_test

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/tlog"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/jose"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// testLog asks what the broker's log must be.
func testLog(t *testing.T, open func(*testing.T) world) {
	t.Run("OnceEach", func(t *testing.T) { loggedOnce(open(t)) })
	t.Run("Tree", func(t *testing.T) { roots(open(t)) })
	t.Run("Proofs", func(t *testing.T) { proofs(open(t)) })
	t.Run("Heads", func(t *testing.T) { heads(open(t)) })
	t.Run("AppendOnly", func(t *testing.T) { appendOnly(open(t)) })
	t.Run("Staged", func(t *testing.T) { staged(open(t)) })
}

// jws has the form of a signed message.
func jws() string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(id())) + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
}

func logged(n int) scrip.Record {
	return scrip.Record{
		At: now, Kind: "T12", Tx: id(), Account: scrip.AccountID(id()), Vendor: scrip.VendorID(id()),
		Amount: scrip.Money(n + 1), Evidence: []string{jws()},
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
		w.wantBooks(nil, scrip.BrokerChange{Post: r.Posts, Log: []scrip.Record{r}})
	}
	return all
}

func loggedOnce(w world) {
	r := logged(0)
	w.wantBooks(nil, scrip.BrokerChange{Log: []scrip.Record{r}})
	w.wantBooks(scrip.AlreadyRecorded, scrip.BrokerChange{Log: []scrip.Record{r}})
	w.wantBooks(scrip.AlreadyRecorded, scrip.BrokerChange{Log: []scrip.Record{logged(1), r}})
	r.Vendor = "another"
	w.wantBooks(nil, scrip.BrokerChange{Log: []scrip.Record{r}})
	if head, err := w.books.LogHead(context.Background()); err != nil || head.Size != 2 {
		w.t.Errorf("size of the log: got %d, %v, want 2", head.Size, err)
	}
}

// roots recomputes every root from the entries alone, the way RFC 6962 says it.
func roots(w world) {
	ctx := context.Background()
	var leaves []tlog.Hash
	for i := range 40 {
		head, err := w.books.LogHead(ctx)
		if err != nil || head.Size != int64(i) || tlog.Hash(head.Root) != rootOf(leaves) {
			w.t.Fatalf("LogHead: got %+v, %v, want %d %x", head, err, i, rootOf(leaves))
		}
		_, entry := w.entryOf(w.fill(1)[0])
		leaves = append(leaves, tlog.RecordHash([]byte(entry)))
	}
	s, err := w.books.Snapshot(ctx, db.Question{Sizes: []int64{7, 41}})
	if err != nil || tlog.Hash(s.Log.Root) != rootOf(leaves) || s.Log.Size != 40 || len(s.Log.Faults) > 0 {
		w.t.Errorf("Snapshot: got %+v, %v, want root %x of 40", s.Log, err, rootOf(leaves))
	}
	want := map[int64]tree.Hash{7: tree.Hash(rootOf(leaves[:7]))}
	if !maps.Equal(s.Log.Roots, want) {
		w.t.Errorf("roots at 7 and 41: got %v, want %v", s.Log.Roots, want)
	}
}

// entryOf finds a record by its one message.
func (w world) entryOf(r scrip.Record) (int64, string) {
	w.t.Helper()
	seq, entry, err := w.books.Recorded(context.Background(), jose.Signed{JWS: r.Evidence[0]}.Digest())
	if err != nil {
		w.t.Fatalf("Recorded: %v", err)
	}
	return seq, entry
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
	w.db.SequenceAfter(time.Hour)
	w.fill(3)
	if err := w.db.Exec("DELETE FROM log_staged"); err == nil {
		w.t.Error("a staged record is erased: got nil, want an error")
	}
	if head, err := w.books.LogHead(context.Background()); err != nil || head.Size != 3 {
		w.t.Fatalf("LogHead: got %+v, %v, want 3 records", head, err)
	}
	w.wantBooks(nil, scrip.BrokerChange{Head: &scrip.SignedHead{Size: 3, At: now, Note: "signed"}})
	w.wantBooks(nil, scrip.BrokerChange{Batch: &scrip.Batch{Vendor: "stall", Tx: "tx", Digest: "digest"}})
	for _, query := range []string{
		"UPDATE log_batch SET digest = 'x'", "UPDATE log_batch SET tx = 'x'", "DELETE FROM log_batch",
		"UPDATE log SET at = at + 1", "DELETE FROM log WHERE id = 2", "UPDATE log_seq SET record = 9", "DELETE FROM log_seq", "UPDATE log_posting SET amount = 1",
		"DELETE FROM log_posting", "UPDATE log_message SET seq = 1", "DELETE FROM log_message", "UPDATE log_head SET at = 1", "DELETE FROM log_head", "UPDATE log_hash SET hash = zeroblob(32)", "DELETE FROM log_hash",
	} {
		if err := w.db.Exec(query); err == nil {
			w.t.Errorf("%s: got nil, want an error", query)
		}
	}
}

// staged records are read as others are, but have no numbers until a head is asked for;
// then they have them in the order in which they came, however many they are.
func staged(w world) {
	ctx := context.Background()
	w.db.SequenceAfter(time.Hour)
	if _, err := w.books.LogHead(ctx); err != nil { // so that what the sequencer looks for at its start is over
		w.t.Fatalf("LogHead: %v", err)
	}
	const n = 1100 // more than the sequencer takes at a time
	var all []scrip.Record
	for len(all) < n {
		var c scrip.BrokerChange
		for range 100 {
			r := logged(len(all))
			all, c.Log, c.Post = append(all, r), append(c.Log, r), append(c.Post, r.Posts...)
		}
		w.wantBooks(nil, c)
	}
	if list, err := w.books.Logged(ctx, all[7].Tx, "T12"); err != nil || len(list) != 1 || list[0].Amount != all[7].Amount {
		w.t.Errorf("Logged(staged): got %+v, %v, want the record", list, err)
	}
	w.wantBooks(scrip.AlreadyRecorded, scrip.BrokerChange{Log: all[7:8]})
	head, err := w.books.LogHead(ctx)
	if err != nil || head.Size != n || w.db.Rows("log_staged") != 0 {
		w.t.Fatalf("LogHead: got %+v, %v, and %d staged; want %d records, and none", head, err, w.db.Rows("log_staged"), n)
	}
	var leaves []tlog.Hash
	for i, r := range all {
		seq, entry := w.entryOf(r)
		if seq != int64(i) {
			w.t.Fatalf("record %d has number %d", i, seq)
		}
		leaves = append(leaves, tlog.RecordHash([]byte(entry)))
	}
	if tlog.Hash(head.Root) != rootOf(leaves) {
		w.t.Errorf("root: got %x, want %x", head.Root, rootOf(leaves))
	}
	if s, err := w.books.Snapshot(ctx, db.Question{}); err != nil || len(s.Log.Faults) > 0 || s.Log.Size != n {
		w.t.Errorf("Snapshot: got %+v, %v", s.Log, err)
	}
}

// TestOrder: a record that takes what another brought in has the higher number, or a replay
// tells.
func TestOrder(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t, db.Broker))
	float := scrip.FloatOf("shop", "ada")
	in, out := logged(4), logged(4)
	in.Evidence, out.Evidence = nil, nil // nothing refers to their numbers
	in.Posts[0].To, out.Posts[0] = float, scrip.Posting{From: float, To: scrip.EarnedOf("shop"), Amount: 5}
	w.wantBooks(nil, scrip.BrokerChange{Log: []scrip.Record{in}, Post: in.Posts})
	w.wantBooks(nil, scrip.BrokerChange{Log: []scrip.Record{out}, Post: out.Posts})
	if s, err := w.books.Snapshot(context.Background(), db.Question{}); err != nil || len(s.Log.Faults) > 0 {
		w.t.Fatalf("Snapshot: got %+v, %v, want no fault", s.Log, err)
	}
	err := w.db.Exec(`DROP TRIGGER log_seq_no_update; UPDATE log_seq SET seq = 9 WHERE seq = 0;
		UPDATE log_seq SET seq = 0 WHERE seq = 1; UPDATE log_seq SET seq = 1 WHERE seq = 9`)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := w.books.Snapshot(context.Background(), db.Question{})
	if err != nil || !slices.Contains(s.Log.Faults, db.LogFault{Seq: 0, What: "takes from an account what is not there"}) {
		w.t.Errorf("in the other order: got %+v, %v, want that it is found", s.Log, err)
	}
}

// TestSharedLog: of several that write to one database each record has one number, after
// those that its money comes from.
func TestSharedLog(t *testing.T) {
	for name, place := range map[string]func(*testing.T) string{
		"SQLite":       func(t *testing.T) string { return filepath.Join(t.TempDir(), "a.db") },
		"PostgreSQL":   func(t *testing.T) string { return dbtest.Postgres(t) },
		"Serializable": func(t *testing.T) string { return dbtest.Postgres(t) + "&default_transaction_isolation=serializable" },
	} {
		t.Run(name, func(t *testing.T) { sharedLog(t, place(t)) })
	}
}

func sharedLog(t *testing.T, place string) {
	first := newWorld(t, dbtest.Open(t, place, db.Broker))
	second := newWorld(t, dbtest.Open(t, place, db.Broker))
	const n = 150
	failed := make(chan error, 4)
	for i := range 4 {
		w := []world{first, second}[i%2]
		w.db.SequenceAfter(time.Duration(i) * time.Millisecond)
		go func() {
			var err error
			for j := 0; j < n && err == nil; j++ {
				r := logged(j)
				if i > 1 { // those take what the others bring in, as soon as it is there
					r.Posts[0] = scrip.Posting{From: scrip.Outstanding, To: scrip.EarnedOf("shop"), Amount: 1}
				}
				for {
					err = w.book.Apply(t.Context(), scrip.Change{At: now, Broker: &scrip.BrokerChange{Post: r.Posts, Log: []scrip.Record{r}}})
					if err == nil || !strings.Contains(err.Error(), "does not cover") {
						break
					}
				}
			}
			failed <- err
		}()
	}
	for range 4 {
		if err := <-failed; err != nil {
			t.Fatal(err)
		}
	}
	s, err := second.books.Snapshot(t.Context(), db.Question{})
	if err != nil || s.Log.Size != 4*n || len(s.Log.Faults) > 0 || !maps.Equal(s.Balances, s.Logged.Balances) {
		t.Errorf("got %+v, %v, want %d records without a fault", s, err, 4*n)
	}
}

// TestPlaceComesLast: who waits for an account that nearly everybody's money goes through has
// no place in the log's order yet: whoever is waited for comes before it.
func TestPlaceComesLast(t *testing.T) {
	ctx, place := t.Context(), dbtest.Postgres(t)
	w := newWorld(t, dbtest.Open(t, place, db.Broker))
	in, out := logged(4), logged(4)
	out.Posts[0] = scrip.Posting{From: scrip.Outstanding, To: scrip.EarnedOf("shop"), Amount: 1}
	w.wantBooks(nil, scrip.BrokerChange{Log: []scrip.Record{in}, Post: in.Posts})
	other, err := pgx.Connect(ctx, place)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close(context.Background()) }() // its transaction may be under way where the test has failed
	number := func(query string) (n int64) {
		t.Helper()
		if err := other.QueryRow(ctx, query).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	if _, err := other.Exec(ctx, "BEGIN"); err != nil {
		t.Fatal(err)
	}
	number("UPDATE broker.ledger SET balance = balance WHERE account = 'outstanding' RETURNING balance")
	const taken = "SELECT last_value FROM broker.log_staged_place_seq"
	before, done := number(taken), make(chan error, 1)
	go func() {
		done <- w.book.Apply(ctx, scrip.Change{At: now, Broker: &scrip.BrokerChange{Post: out.Posts, Log: []scrip.Record{out}}})
	}()
	for number("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") == 0 {
		time.Sleep(time.Millisecond)
	}
	if got := number(taken); got != before {
		t.Errorf("places that are taken while the account is waited for: got %d, want %d", got, before)
	}
	if _, err := other.Exec(ctx, "COMMIT"); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("Apply: %v", err)
	}
}

// TestTampering edits the file behind the program's back, triggers dropped,
// each time in another way, and looks whether Snapshot sees it.
func TestTampering(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a long log for each edit")
	}
	whole := longLog(t)
	for name, edit := range map[string]string{
		"column":          "UPDATE log SET at = at + 1 WHERE id = 701",
		"leaf":            `UPDATE log SET leaf = CAST(replace(leaf, 'T12', 'T13') AS BLOB) WHERE id = 4`,
		"leaf and column": `UPDATE log SET kind = 'T13', leaf = CAST(replace(leaf, 'T12', 'T13') AS BLOB) WHERE id = 4`,
		"salt":            "UPDATE log SET salt = zeroblob(16) WHERE id = 6",
		"no salt":         "PRAGMA ignore_check_constraints = 1; UPDATE log SET salt = x'' WHERE id = 6",
		"hidden message":  "DELETE FROM log_message WHERE seq = 6",
		"foreign message": "INSERT INTO log_message (digest, seq) VALUES ('x', 6)",
		"posting":         "UPDATE log_posting SET amount = amount + 1 WHERE record = 4",
		"hash":            "UPDATE log_hash SET hash = zeroblob(32) WHERE idx = 9",
		"first":           "DELETE FROM log_message WHERE seq = 0; DELETE FROM log_posting WHERE record = 1; DELETE FROM log_seq WHERE seq = 0; DELETE FROM log WHERE id = 1",
		"middle":          "DELETE FROM log_message WHERE seq = 333; DELETE FROM log_posting WHERE record = 334; DELETE FROM log_seq WHERE seq = 333; DELETE FROM log WHERE id = 334",
		"last":            "DELETE FROM log_message WHERE seq = 799; DELETE FROM log_posting WHERE record = 800; DELETE FROM log_seq WHERE seq = 799; DELETE FROM log WHERE id = 800",
		"order": `UPDATE log SET leaf = (SELECT leaf FROM log WHERE id = 7) WHERE id = 6;
			UPDATE log SET at = at WHERE id = 7`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.db")
			if err := os.WriteFile(path, whole, 0o600); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, dbtest.Open(t, path, db.Broker))
			if s, err := w.books.Snapshot(context.Background(), db.Question{}); err != nil || len(s.Log.Faults) > 0 || s.Log.Size != 800 {
				t.Fatalf("before: got %+v, %v", s.Log, err)
			}
			for _, table := range []string{"log", "log_seq", "log_staged", "log_posting", "log_hash", "log_message"} {
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

// longLog is the file of books with 800 records in their log.
func longLog(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "whole.db")
	w := newWorld(t, dbtest.Open(t, path, db.Broker))
	w.race(800, func(i int) scrip.Change {
		r := logged(i)
		return inBooks(scrip.BrokerChange{Post: r.Posts, Log: []scrip.Record{r}})
	})
	if err := w.db.Close(); err != nil { // which leaves all in the one file
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// TestTruncated cuts the log off, hashes and all: the ledger and what was
// signed tell.
func TestTruncated(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Broker))
	last := w.fill(8)[7]
	head, err := w.books.LogHead(ctx)
	if err != nil {
		t.Fatalf("LogHead: %v", err)
	}
	w.wantBooks(nil, scrip.BrokerChange{Head: &scrip.SignedHead{Size: 8, At: now, Note: "signed"}})
	err = w.db.Exec(`DROP TRIGGER log_no_delete; DROP TRIGGER log_seq_no_delete; DROP TRIGGER log_posting_no_delete; DROP TRIGGER log_hash_no_delete;
		DROP TRIGGER log_message_no_delete; DELETE FROM log_message WHERE seq = 7;
		DELETE FROM log_posting WHERE record = 8; DELETE FROM log_seq WHERE seq = 7; DELETE FROM log WHERE id = 8; DELETE FROM log_hash WHERE idx >= 11`)
	if err != nil {
		t.Fatalf("edit: %v", err)
	}
	s, err := w.books.Snapshot(ctx, db.Question{})
	if err != nil || s.Log.Size != 7 || s.Log.Root == head.Root || s.Balances[scrip.Outstanding] == s.Logged.Balances[scrip.Outstanding] {
		t.Errorf("Snapshot: got %+v, %v", s, err)
	}
	if root, ok := s.Log.Roots[8]; ok || len(s.Log.Kept) != 1 || s.Log.Kept[0].Size != 8 {
		t.Errorf("the head of 8 records: got %v, root %v, want it without a root", s.Log.Kept, root)
	}
	if _, _, err := w.books.Recorded(ctx, jose.Signed{JWS: last.Evidence[0]}.Digest()); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("Recorded(cut off): got %v, want %v", err, scrip.ErrAbsent)
	}
}

// proofs of every record in every tree, and of every tree in every later one,
// verify against recomputed roots.
func proofs(w world) {
	ctx := context.Background()
	var leaves []tlog.Hash
	for _, r := range w.fill(9) {
		_, entry := w.entryOf(r)
		leaves = append(leaves, tlog.RecordHash([]byte(entry)))
	}
	for size := int64(1); size <= 9; size++ {
		root := rootOf(leaves[:size])
		for i := range size {
			p, err := w.books.Inclusion(ctx, i, size)
			if err != nil || p.Index != i || tlog.Hash(p.Leaf) != leaves[i] ||
				tlog.CheckRecord(plain(p.Path), size, root, i, leaves[i]) != nil {
				w.t.Errorf("Inclusion(%d, %d): got %+v, %v", i, size, p, err)
			}
			c, err := w.books.Consistency(ctx, i+1, size)
			if err != nil || tlog.CheckTree(plain(c.Path), size, root, i+1, rootOf(leaves[:i+1])) != nil {
				w.t.Errorf("Consistency(%d, %d): got %+v, %v", i+1, size, c, err)
			}
		}
	}
	if _, err := w.books.Inclusion(ctx, 9, 9); err == nil {
		w.t.Error("Inclusion(9, 9): got nil, want an error")
	}
}

func plain(path []tree.Hash) []tlog.Hash {
	hashes := make([]tlog.Hash, len(path))
	for i, h := range path {
		hashes[i] = tlog.Hash(h)
	}
	return hashes
}

// heads are kept one for a size and a time.
func heads(w world) {
	for _, one := range []struct{ size, at, since, want int64 }{
		{3, now, now - 60, 3},
		{3, now + 90, now + 30, 3},   // nothing new
		{4, now + 30, now - 30, 3},   // too soon
		{4, now + 61, now + 1, 4},    // in time
		{2, now + 200, now + 140, 4}, // it never shrinks
	} {
		note := strconv.FormatInt(one.size, 10)
		w.wantBooks(nil, scrip.BrokerChange{Head: &scrip.SignedHead{Size: one.size, At: one.at, Note: note, Since: one.since}})
		got, err := w.books.SignedHead(context.Background())
		if err != nil || got.Size != one.want || got.Note != strconv.FormatInt(one.want, 10) {
			w.t.Errorf("after %+v: got %+v, %v, want size %d", one, got, err, one.want)
		}
	}
}
