package db_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/scrip"
)

// TestErased kills scrip among many others, so that pages split, merge and are
// rebuilt, and looks for the dead's secrets, and T3's and T4's reply keys, in
// every byte of every file.
func TestErased(t *testing.T) {
	if testing.Short() {
		t.Skip("fills and empties two databases")
	}
	t.Run("Books", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "books", "a.db")
		w := newWorld(t, dbtest.Open(t, path, db.Broker))
		dead, alive := churn(w, 900, func(l scrip.Live) (scrip.Change, []byte) {
			a := announcing(l)
			return scrip.Change{Issue: []scrip.Live{l}, Broker: &scrip.BrokerChange{Announce: &a}}, a.ReplyKey[:]
		})
		for range 100 {
			e := extending(w)
			w.wantBooks(nil, scrip.BrokerChange{Extend: &e})
			w.wantBooks(nil, scrip.BrokerChange{Unextend: &scrip.Unextended{Tx: e.Tx, Held: true}})
			dead = append(dead, e.ReplyKey[:], e.RequestKey[:])
		}
		wantErased(t, w, path, dead, alive)
	})
	t.Run("Shelf", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "shelf", "a.db")
		w := newStallWorld(t, dbtest.Open(t, path, db.Merchant))
		dead, alive := churn(w, 900, func(l scrip.Live) (scrip.Change, []byte) {
			return scrip.Change{Issue: []scrip.Live{l}}, l.MasterScripSecret
		})
		for range 300 {
			e := pending()
			w.wantShelf(nil, scrip.StallChange{Exchange: &e})
			w.wantShelf(nil, scrip.StallChange{Settle: e.Tx})
			dead = append(dead, e.ReplyKey[:], e.RequestKey[:])
			g := scrip.GiveBack{Outgoing: outgoing("p"), ScripID: id(), Value: 1}
			w.wantShelf(nil, scrip.StallChange{GiveBack: &g})
			w.wantShelf(nil, scrip.StallChange{GivenBack: g.Tx})
			dead = append(dead, g.ReplyKey[:], g.RequestKey[:])
		}
		wantErased(t, w, path, dead, alive)
	})
}

// churn issues n scrip and kills all but every tenth, in waves: it returns the
// secrets of the dead and of the living.
func churn(w world, n int, issue func(scrip.Live) (scrip.Change, []byte)) (dead, alive [][]byte) {
	w.t.Helper()
	var lives []scrip.Live
	var keys [][]byte
	for i := range n {
		l := liveFor(w.holder())
		c, key := issue(l)
		w.want(nil, c)
		lives, keys = append(lives, l), append(keys, slices.Clone(key))
		if i < n/3 {
			continue // let the tables grow first
		}
		for _, k := range []int{(i - n/3) * 3 / 2, (i-n/3)*3/2 + 1} {
			if k%10 == 0 || k > i || !isLive(w, lives[k].ScripID) {
				continue
			}
			w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: lives[k].ScripID}}})
		}
	}
	for i, l := range lives {
		secrets := [][]byte{l.MasterScripSecret, l.MasterCustomerSecret, keys[i]}
		if isLive(w, l.ScripID) {
			alive = append(alive, secrets...)
		} else {
			dead = append(dead, secrets...)
		}
	}
	return dead, alive
}

func isLive(w world, id scrip.ID) bool {
	_, err := w.book.Live(context.Background(), id)
	return err == nil
}

func wantErased(t *testing.T, w world, path string, dead, alive [][]byte) {
	t.Helper()
	if err := w.db.Checkpoint(context.Background()); err != nil {
		t.Fatalf("Checkpoint: %v", err)
	}
	all := fileBytes(t, filepath.Dir(path))
	for _, secret := range alive {
		if !bytes.Contains(all, secret) {
			t.Fatal("a live secret is not found: the test does not look where secrets are")
		}
	}
	found := 0
	for _, secret := range dead {
		if bytes.Contains(all, secret) {
			found++
		}
	}
	if found > 0 || len(dead) < 100 {
		t.Errorf("secrets of the dead: found %d of %d, want none", found, len(dead))
	}
}

// fileBytes reads all files in a folder.
func fileBytes(t *testing.T, folder string) []byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// TestErasedInTime asks nobody: the log is emptied by itself, and by Close.
func TestErasedInTime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "d", "a.db")
	w := newStallWorld(t, dbtest.Open(t, path, db.Merchant))
	kill := func() (found func() bool) {
		l := w.issued()
		if !bytes.Contains(fileBytes(t, filepath.Dir(path)), l.MasterScripSecret) {
			t.Fatal("a live secret is not found")
		}
		w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID}}})
		return func() bool { return bytes.Contains(fileBytes(t, filepath.Dir(path)), l.MasterScripSecret) }
	}
	found := kill()
	for start := time.Now(); found(); time.Sleep(100 * time.Millisecond) {
		if time.Since(start) > 3*db.CheckpointEvery {
			t.Fatal("the secret is still found")
		}
	}
	found = kill()
	if err := w.db.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if found() {
		t.Error("the secret is found after Close")
	}
}

// TestStateIsBounded renews one scrip many times: what the issuer keeps, apart
// from its log, stays as much as it was (protocol 2).
func TestStateIsBounded(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Broker))
	l := w.issued()
	tables := []string{"scrip", "vault", "announced", "stored_reply"}
	var first []int
	for i := range 200 {
		a := announcing(l)
		c, next := exchanged(l)
		w.wantBooks(nil, scrip.BrokerChange{Announce: &a})
		w.want(nil, c)
		l = next
		var rows []int
		for _, table := range tables {
			rows = append(rows, w.db.Rows(table))
		}
		if i == 0 {
			first = rows
		}
		if !slices.Equal(rows, first) {
			t.Fatalf("rows of %v after %d renewals: got %v, want %v", tables, i+1, rows, first)
		}
	}
}

var sealed = scrip.Sealed{Envelope: strings.Repeat("e", 1500)}

// exchanged is what T5 changes.
func exchanged(l scrip.Live) (scrip.Change, scrip.Live) {
	next := liveFor(l.Holder)
	tx := id()
	posts := []scrip.Posting{{From: scrip.World, To: scrip.FloatOf("m", "a"), Amount: 1}}
	first, second := reply(), reply()
	first.Reply, first.ScripID, second.Reply, second.ScripID = sealed, next.ScripID, sealed, next.ScripID
	return scrip.Change{
		At:      now,
		Kill:    []scrip.Kill{{ScripID: l.ScripID, Tx: tx}},
		Issue:   []scrip.Live{next},
		Replies: []scrip.StoredReply{first, second},
		Broker: &scrip.BrokerChange{
			Post: posts,
			Log: []scrip.Record{{
				At: now, Kind: "T5", Tx: tx, Account: scrip.AccountID(l.Holder), Vendor: "m", Amount: 1, Posts: posts,
				Evidence: []string{strings.Repeat("a", 900), strings.Repeat("b", 900)},
			}},
		},
	}, next
}
