package db_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/scrip"
)

// TestTablesAgree: both databases have the same tables, with the same columns, but for
// those by which PostgreSQL is probed, the key of its vault, what several processes share, and
// what holds a file to one stall.
func TestTablesAgree(t *testing.T) {
	for _, kind := range db.InPostgres() {
		columns := func(d *db.DB) []string {
			return slices.DeleteFunc(d.Columns(), func(c string) bool {
				table, _, _ := strings.Cut(c, ".")
				return slices.Contains([]string{"probed", "vault_key", "paper", "lease"}, table) || c == "shelf.one"
			})
		}
		got, want := columns(dbtest.PostgreSQL("")(t, kind)), columns(dbtest.SQLite(t, kind))
		if !slices.Equal(got, want) {
			t.Errorf("columns of %s in PostgreSQL: got %v, want those in SQLite: %v", kind, got, want)
		}
	}
}

// TestFailedSerialization has one in thirty statements and commits fail as PostgreSQL has
// them fail for what other processes do: every change is applied, once.
func TestFailedSerialization(t *testing.T) {
	w := newWorld(t, dbtest.PostgreSQL("&default_transaction_isolation=serializable")(t, db.Broker))
	var renewed []scrip.Live
	for range 8 {
		renewed = append(renewed, w.issued())
	}
	var failed atomic.Int64
	w.db.Fail(func(statement string) error {
		if statement == db.Committed || !chance(3) {
			return nil
		}
		failed.Add(1)
		return &pgconn.PgError{Code: []string{"40001", "40P01"}[failed.Load()%2], Message: "for the test"}
	})
	var all sync.WaitGroup
	for i := range renewed {
		all.Go(func() {
			for range 10 {
				c, next := exchanged(renewed[i])
				if err := w.book.Apply(context.Background(), c); err != nil {
					t.Errorf("Apply among failures: got %v, want nil", err)
				}
				renewed[i] = next
			}
		})
	}
	all.Wait()
	w.db.Fail(nil)
	if failed.Load() == 0 {
		t.Fatal("nothing failed")
	}
	s, err := w.books.Snapshot(t.Context(), db.Question{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Log.Size, int64(80); got != want {
		t.Errorf("records: got %d, want %d", got, want)
	}
	if got, want := s.Balances[scrip.FloatOf("m", "a")], scrip.Money(80); got != want {
		t.Errorf("float: got %d, want %d", got, want)
	}
	for _, l := range renewed {
		w.lives(l.ScripID)
	}
}

// TestHopeless: what fails however often it is tried is refused, and nothing of it was done.
func TestHopeless(t *testing.T) {
	w := newWorld(t, dbtest.PostgreSQL("")(t, db.Broker))
	l := w.issued()
	w.db.Fail(func(string) error { return &pgconn.PgError{Code: "40001"} })
	c, _ := exchanged(l)
	if err := w.book.Apply(context.Background(), c); !errors.Is(err, scrip.Unavailable) {
		t.Errorf("Apply: got %v, want %v", err, scrip.Unavailable)
	}
	w.db.Fail(nil)
	w.lives(l.ScripID)
}

// TestLostCommit: of a commit whose answer is lost nobody is told that it failed for good;
// the same again is answered by what is there.
func TestLostCommit(t *testing.T) {
	w := newWorld(t, dbtest.PostgreSQL("")(t, db.Broker))
	for _, at := range []string{"COMMIT", db.Committed} {
		l := w.issued()
		w.db.Fail(func(statement string) error {
			if statement == at {
				return io.ErrUnexpectedEOF
			}
			return nil
		})
		c, next := exchanged(l)
		if err := w.book.Apply(context.Background(), c); !errors.Is(err, scrip.Unavailable) {
			t.Errorf("%s lost: got %v, want %v", at, err, scrip.Unavailable)
		}
		w.db.Fail(nil)
		want := error(nil)
		if at == db.Committed {
			want = scrip.ErrAnswered
		}
		if err := w.book.Apply(context.Background(), c); !errors.Is(err, want) {
			t.Errorf("the same again after %s was lost: got %v, want %v", at, err, want)
		}
		w.lives(next.ScripID)
		w.spent(l.ScripID)
	}
}

// TestRestart: a server that goes, by a crash or by its operator, is waited for a moment
// and found again; what was committed is there.
func TestRestart(t *testing.T) {
	server, err := dbtest.NewServer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Discard)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, dbtest.Open(t, server.URL, db.Broker))
	for _, signal := range []string{"QUIT", "INT"} {
		l := w.issued()
		if err := server.Stop(signal); err != nil {
			t.Fatal(err)
		}
		if _, err := w.book.Live(t.Context(), l.ScripID); !errors.Is(err, scrip.Unavailable) {
			t.Errorf("Live without a server: got %v, want %v", err, scrip.Unavailable)
		}
		c, _ := exchanged(l)
		if err := w.book.Apply(t.Context(), c); !errors.Is(err, scrip.Unavailable) {
			t.Errorf("Apply without a server: got %v, want %v", err, scrip.Unavailable)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		w.lives(l.ScripID)
		w.want(nil, c)
	}
}

// TestVaultSealed: what PostgreSQL holds of a secret is of no use without the key, nor in
// another slot.
func TestVaultSealed(t *testing.T) {
	url := dbtest.Postgres(t)
	w := newWorld(t, dbtest.Open(t, url, db.Broker))
	one, other := w.issued(), w.issued()
	if dump := w.db.Dump(); strings.Contains(dump, string(one.MasterScripSecret)) {
		t.Error("a secret stands in the database as it is")
	}
	if _, err := db.Open(t.Context(), url, db.Broker); err == nil {
		t.Error("Open without a key: got nil, want an error")
	}
	wrong, err := db.Open(t.Context(), url, db.Broker, db.SealedUnder([32]byte{9}))
	if err == nil {
		_ = wrong.Close()
		t.Error("Open with another key: got nil, want an error")
	}
	if err := w.db.Exec(`UPDATE vault SET secret = (SELECT v.secret FROM vault v JOIN scrip s ON s.slot = v.slot WHERE s.scrip_id = '` +
		string(other.ScripID) + `') WHERE slot = (SELECT slot FROM scrip WHERE scrip_id = '` + string(one.ScripID) + `')`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.book.Live(t.Context(), one.ScripID); err == nil || errors.Is(err, scrip.ScripSpent) {
		t.Errorf("a secret moved to another slot: got %v, want an error", err)
	}
	w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: one.ScripID}, {ScripID: other.ScripID}}})
	if n := w.db.Rows("vault"); n != 0 {
		t.Errorf("slots after their scrip died: got %d, want 0", n)
	}
}

// chance is true in so many of a hundred cases.
func chance(percent byte) bool {
	var b [1]byte
	rand.Read(b[:])
	return b[0]%100 < percent
}

// TestSeveralProcesses has two processes change one database's books at the same time, at
// both of which each scrip is spent: it dies once, the books close, and the log that they
// share replays to them.
func TestSeveralProcesses(t *testing.T) {
	url := dbtest.Postgres(t)
	var worlds []world
	for range 2 {
		worlds = append(worlds, newWorld(t, dbtest.Open(t, url, db.Broker)))
	}
	const customers, purchases = 8, 12
	var granted atomic.Int64
	var all sync.WaitGroup
	for range customers {
		l := worlds[0].issued()
		all.Go(func() {
			for range purchases {
				var won []scrip.Live
				var mu sync.Mutex
				var both sync.WaitGroup
				for _, w := range worlds {
					both.Go(func() {
						c, next := exchanged(l)
						switch err := w.book.Apply(context.Background(), c); {
						case err == nil:
							mu.Lock()
							won = append(won, next)
							mu.Unlock()
						case !errors.Is(err, scrip.ScripSpent):
							t.Errorf("Apply beside another process: got %v, want nil or %v", err, scrip.ScripSpent)
						}
					})
				}
				both.Wait()
				if len(won) != 1 {
					t.Errorf("one scrip spent through two processes: granted %d times, want once", len(won))
					return
				}
				granted.Add(1)
				l = won[0]
			}
		})
	}
	all.Wait()
	s, err := worlds[1].books.Snapshot(t.Context(), db.Question{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Log.Size, granted.Load(); got != want || want != customers*purchases {
		t.Errorf("records: got %d of %d granted, want %d", got, want, customers*purchases)
	}
	if len(s.Log.Faults) > 0 {
		t.Errorf("the log: got %v, want no fault", s.Log.Faults)
	}
	maps.DeleteFunc(s.Balances, func(_ scrip.Ledger, m scrip.Money) bool { return m == 0 })
	if !maps.Equal(s.Balances, s.Logged.Balances) {
		t.Errorf("balances: the books have %v, the log %v", s.Balances, s.Logged.Balances)
	}
}

// TestFlight: Changes that are sent whole, many in a transaction, are refused one by one for
// the same reasons as statement by statement: before anything was sent, by what is not
// there, by what is there already, by a constraint; and none takes another with it.
func TestFlight(t *testing.T) {
	w := newWorld(t, dbtest.PostgreSQL("")(t, db.Broker))
	dead, answered := w.issued(), w.issued()
	w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: dead.ScripID}}})
	again, _ := exchanged(answered)
	w.want(nil, again)
	const each = 24
	var all sync.WaitGroup
	var good atomic.Int64
	for range each {
		l := w.issued()
		all.Go(func() {
			c, next := exchanged(l)
			if err := w.book.Apply(context.Background(), c); err != nil {
				t.Errorf("a good Change: got %v, want nil", err)
				return
			}
			good.Add(1)
			w.lives(next.ScripID)
		})
		for what, refused := range map[string]func() (scrip.Change, error){
			"nothing of an amount": func() (scrip.Change, error) {
				return inBooks(scrip.BrokerChange{Post: []scrip.Posting{{From: scrip.World, To: scrip.Outstanding}}}), nil
			},
			"more than is outstanding": func() (scrip.Change, error) {
				return inBooks(scrip.BrokerChange{Post: []scrip.Posting{{From: scrip.Outstanding, To: scrip.World, Amount: 1 << 40}}}), nil
			},
			"scrip that is dead": func() (scrip.Change, error) { c, _ := exchanged(dead); return c, scrip.ScripSpent },
			"what was answered":  func() (scrip.Change, error) { return again, scrip.ErrAnswered },
			"scrip of one who has some": func() (scrip.Change, error) {
				return scrip.Change{Issue: []scrip.Live{liveFor(answered.Holder)}}, scrip.ScripHeld
			},
		} {
			c, want := refused()
			all.Go(func() {
				if err := w.book.Apply(context.Background(), c); err == nil || want != nil && !errors.Is(err, want) {
					t.Errorf("%s: got %v, want %v", what, err, want)
				}
			})
		}
	}
	all.Wait()
	s, err := w.books.Snapshot(t.Context(), db.Question{})
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(s.Balances, func(_ scrip.Ledger, m scrip.Money) bool { return m == 0 })
	if got := s.Log.Size; got != good.Load()+1 || len(s.Log.Faults) > 0 || !maps.Equal(s.Balances, s.Logged.Balances) {
		t.Errorf("after %d good Changes: got %d records, faults %v, balances %v, by the log %v", good.Load()+1, got, s.Log.Faults, s.Balances, s.Logged.Balances)
	}
}
