package db_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/scrip"
)

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "a.db")
	w := newWorld(t, openAt(t, path, db.Broker))
	l := w.issued()
	for name, want := range map[string]os.FileMode{filepath.Dir(path): 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("mode of %s: got %v, %v, want %v", filepath.Base(name), info, err, want)
		}
	}
	if err := w.db.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	if err := w.book.Apply(t.Context(), inBooks(scrip.BrokerChange{Bank: "ada"})); !errors.Is(err, db.ErrClosed) {
		t.Errorf("Apply after Close: got %v, want %v", err, db.ErrClosed)
	}
	newWorld(t, openAt(t, path, db.Broker)).lives(l.ScripID)
	if _, err := db.NewShelf(openAt(t, path, db.Broker), "v"); err == nil {
		t.Error("NewShelf in a broker's database: got nil, want an error")
	}
}

func TestOpenWrongKind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	if err := openAt(t, path, db.Broker).Close(); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(context.Context, string, db.Kind, ...db.Option) (*db.DB, error){"Open": db.Open, "OpenReadOnly": db.OpenReadOnly} {
		for _, kind := range []db.Kind{db.Merchant, "", "../sqlite/merchant", "nothing"} {
			if d, err := open(t.Context(), path, kind); err == nil {
				t.Errorf("%s(broker's file, %q): got nil, want an error", name, kind)
				_ = d.Close()
			}
		}
	}
	if _, err := db.OpenReadOnly(t.Context(), path+"2", db.Broker); err == nil {
		t.Error("OpenReadOnly(no file): got nil, want an error")
	}
}

// TestOpenNewer: a file that a newer program has written is refused, in words,
// and left as it is.
func TestOpenNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "purse.db")
	if err := openAt(t, path, db.Wallet).Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sqlx.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	if _, err := raw.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(context.Context, string, db.Kind, ...db.Option) (*db.DB, error){"Open": db.Open, "OpenReadOnly": db.OpenReadOnly} {
		d, err := open(t.Context(), path, db.Wallet)
		if err == nil {
			_ = d.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "a newer version of this program") {
			t.Errorf("%s of a newer program's file: got %v, want to be told so", name, err)
		}
	}
	var left int
	if err := raw.Get(&left, "SELECT count(*) FROM goose_db_version WHERE version_id = 9999"); err != nil || left != 1 {
		t.Errorf("got %d rows of its version and %v, want 1", left, err)
	}
}

// TestReadOnly looks at books while they are written, and at a copy.
func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	w := newWorld(t, openAt(t, path, db.Broker))
	w.fill(20)
	w.issued()
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				r := logged(i)
				w.wantBooks(nil, scrip.BrokerChange{Post: r.Posts, Log: []scrip.Record{r}})
			}
		}
	}()
	for range 5 {
		beside(t, path)
	}
	close(stop)
	<-done
	twin := filepath.Join(t.TempDir(), "copy.db")
	for _, suffix := range []string{"", "-wal"} { // nobody writes now
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(twin+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	beside(t, twin)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	beside(t, path) // closed: no log beside it
}

func beside(t *testing.T, path string) {
	t.Helper()
	d, err := db.OpenReadOnly(t.Context(), path, db.Broker)
	if err != nil {
		t.Fatalf("OpenReadOnly: %v", err)
	}
	defer func() { _ = d.Close() }()
	v := newWorld(t, d)
	s, err := v.books.Snapshot(t.Context(), db.Question{})
	if err != nil || s.Live.Count != 1 || s.Log.Size+int64(s.Log.Staged) < 20 || len(s.Log.Faults) > 0 ||
		s.Balances[scrip.Outstanding] != s.Logged.Balances[scrip.Outstanding] {
		t.Errorf("Snapshot: got %+v, %v", s, err)
	}
	if err := v.book.Apply(t.Context(), inBooks(scrip.BrokerChange{Bank: "eve"})); err == nil {
		t.Error("Apply: got nil, want an error")
	}
	if err := d.Checkpoint(t.Context()); err == nil {
		t.Error("Checkpoint: got nil, want an error")
	}
}

// TestGroupCommit holds the writer up until many wait, and counts the commits
// they get. One of them is refused and one panics: alone.
func TestGroupCommit(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Broker))
	l := w.issued()
	release := w.holdUp()
	var outcomes [42]error
	var all sync.WaitGroup
	for i := range outcomes {
		all.Go(func() {
			switch i {
			case 7:
				outcomes[i] = w.book.Apply(t.Context(), scrip.Change{Kill: []scrip.Kill{{ScripID: id()}, {ScripID: l.ScripID}}})
			case 8:
				outcomes[i] = w.db.Commit(t.Context(), func(*sqlx.Tx) error { panic("boo") })
			default:
				outcomes[i] = w.book.Apply(t.Context(), inBooks(scrip.BrokerChange{Bank: string(id())}))
			}
		})
	}
	w.queued(len(outcomes))
	before := w.db.Commits()
	release()
	all.Wait()
	for i, err := range outcomes {
		switch {
		case i == 7 && errors.Is(err, scrip.ScripSpent):
		case i == 8 && err != nil && strings.Contains(err.Error(), "boo"):
		case i != 7 && i != 8 && err == nil:
		default:
			t.Errorf("outcome %d: got %v", i, err)
		}
	}
	w.lives(l.ScripID)
	if n := w.db.Commits() - before; n != 2 { // what held it up, and the rest
		t.Errorf("commits: got %d, want 2", n)
	}
}

// TestBrokenCommit breaks the transaction under a batch: all of it fails, none
// of it stays, and the next works.
func TestBrokenCommit(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Broker))
	release := w.holdUp()
	var outcomes [10]error
	var all sync.WaitGroup
	for i := range outcomes {
		all.Go(func() {
			if i == 5 {
				outcomes[i] = w.db.Commit(t.Context(), func(tx *sqlx.Tx) error {
					_, err := tx.Exec("ROLLBACK") // what SQLite does itself when the disk is full
					return err
				})
				return
			}
			outcomes[i] = w.book.Apply(t.Context(), inBooks(scrip.BrokerChange{Bank: string(rune('a' + i))}))
		})
	}
	w.queued(len(outcomes))
	release()
	all.Wait()
	for i, err := range outcomes {
		if err == nil {
			t.Errorf("outcome %d: got nil, want an error", i)
		}
		if _, err := w.books.BankBalance(t.Context(), string(rune('a'+i))); !errors.Is(err, scrip.ErrAbsent) {
			t.Errorf("account %d of a failed commit: got %v, want %v", i, err, scrip.ErrAbsent)
		}
	}
	w.wantBooks(nil, scrip.BrokerChange{Bank: "a"})
}

// TestDiskFull lets a change grow the file beyond a limit: it fails whole, and
// when there is room again the next is applied.
func TestDiskFull(t *testing.T) {
	w := newStallWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Merchant))
	l := w.issued()
	if err := w.db.Exec("PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	large := scrip.Photo{Digest: hash(), Full: make([]byte, 1<<20), Thumb: []byte{1}}
	err := w.book.Apply(t.Context(), scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID}}, Stall: &scrip.StallChange{Photos: []scrip.Photo{large}}})
	if _, refused := scrip.AsRefusal(err); err == nil || refused {
		t.Errorf("Apply on a full disk: got %v, want a fault", err)
	}
	w.lives(l.ScripID)
	if err := w.db.Exec("PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: l.ScripID}}, Stall: &scrip.StallChange{Photos: []scrip.Photo{large}}})
}

// TestReaderStays lets a reader stay in its transaction: changes go on and it
// does not see them; the checkpoint says that it must wait.
func TestReaderStays(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Broker))
	before := w.issued()
	err := w.db.Read(t.Context(), func(tx *sqlx.Tx) error {
		count := func() (n int) {
			if err := tx.Get(&n, "SELECT count(*) FROM scrip"); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count(); n != 1 {
			t.Errorf("live: got %d, want 1", n)
		}
		w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: before.ScripID}}})
		if n := count(); n != 1 {
			t.Errorf("live, as the reader sees it: got %d, want 1", n)
		}
		if err := w.db.Checkpoint(t.Context()); err == nil {
			t.Error("Checkpoint: got nil, want an error")
		}
		_, err := tx.Exec("DELETE FROM stored_reply")
		if err == nil {
			t.Error("write by a reader: got nil, want an error")
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if err := w.db.Checkpoint(t.Context()); err != nil {
		t.Errorf("Checkpoint: %v", err)
	}
}

// TestCloseBesideReader closes a database that somebody else reads: it goes as ever, and
// leaves the write-ahead log to the other, who has all that was committed and empties it.
func TestCloseBesideReader(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	w := newWorld(t, dbtest.Open(t, path, db.Broker))
	other := dbtest.Open(t, path, db.Broker)
	before := w.issued()
	err := other.Read(t.Context(), func(tx *sqlx.Tx) error {
		var n int
		if err := tx.Get(&n, "SELECT count(*) FROM scrip"); err != nil {
			return err
		}
		w.want(nil, scrip.Change{Kill: []scrip.Kill{{ScripID: before.ScripID}}})
		if err := w.db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	err = other.Read(t.Context(), func(tx *sqlx.Tx) error {
		var n int
		if err := tx.Get(&n, "SELECT count(*) FROM scrip"); err != nil {
			return err
		}
		if n != 0 {
			t.Errorf("live, once it is closed: got %d, want 0", n)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	if err := other.Close(); err != nil {
		t.Errorf("Close of the other: %v", err)
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		t.Errorf("write-ahead log after both closed: got %d bytes, want none", log.Size())
	}
}

// TestWithdrawn ends a caller's context while its change waits: the change is
// not applied, and the caller knows.
func TestWithdrawn(t *testing.T) {
	w := newWorld(t, dbtest.Open(t, filepath.Join(t.TempDir(), "a.db"), db.Broker))
	release := w.holdUp()
	ctx, cancel := context.WithCancel(t.Context())
	outcome := make(chan error)
	go func() { outcome <- w.book.Apply(ctx, inBooks(scrip.BrokerChange{Bank: "ada"})) }()
	w.queued(1)
	cancel()
	if err := <-outcome; !errors.Is(err, context.Canceled) {
		t.Errorf("Apply: got %v, want %v", err, context.Canceled)
	}
	release()
	w.wantBooks(nil, scrip.BrokerChange{Bank: "bob"}) // comes after it
	if _, err := w.books.BankBalance(t.Context(), "ada"); !errors.Is(err, scrip.ErrAbsent) {
		t.Errorf("withdrawn account: got %v, want %v", err, scrip.ErrAbsent)
	}
}

// holdUp makes the writer wait in the middle of a commit until released.
func (w world) holdUp() (release func()) {
	inside, free := make(chan struct{}), make(chan struct{})
	go func() {
		_ = w.db.Commit(context.Background(), func(*sqlx.Tx) error {
			close(inside)
			<-free
			return nil
		})
	}()
	<-inside
	return func() { close(free) }
}

// queued waits until n changes wait.
func (w world) queued(n int) {
	w.t.Helper()
	for range 1000 {
		if w.db.Queued() == n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	w.t.Fatalf("queued: got %d, want %d", w.db.Queued(), n)
}
