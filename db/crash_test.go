package db_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/services/scrip"
)

// crashEnv tells a copy of this test program to be the victim, and unsequencedEnv that
// what it logs is to have no numbers.
const (
	crashEnv       = "PEERSCRIP_TEST_CRASH"
	unsequencedEnv = "PEERSCRIP_TEST_UNSEQUENCED"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		if err := victim(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// victim renews scrip from eight sides until it is killed. Each Change kills
// one, issues its successor, moves its value round and logs it. It prints a
// successor's id once Apply returned.
func victim(path string) error {
	d, err := db.Open(context.Background(), path, db.Broker)
	if err != nil {
		return err
	}
	books, err := db.NewBooks(d)
	if err != nil {
		return err
	}
	if os.Getenv(unsequencedEnv) != "" {
		d.SequenceAfter(time.Hour)
	}
	failed := make(chan error)
	for range 8 {
		go func() { failed <- renewForever(books) }()
	}
	return <-failed
}

func renewForever(books *db.Books) error {
	a := account()
	l := liveFor(string(a.ID))
	post := []scrip.Posting{{From: scrip.World, To: scrip.Outstanding, Amount: l.Value}}
	c := scrip.Change{Issue: []scrip.Live{l}, Broker: &scrip.BrokerChange{Account: &a, Post: post}}
	for n := 0; ; n++ {
		c.At, c.Broker.Log = now, []scrip.Record{{At: now, Kind: "T26", Tx: id(), Account: a.ID, Posts: c.Broker.Post}}
		if err := books.Apply(context.Background(), c); err != nil {
			return err
		}
		fmt.Println("done", a.ID, n, l.ScripID)
		next := liveFor(string(a.ID))
		next.Value = l.Value + 1
		c = scrip.Change{
			Kill:   []scrip.Kill{{ScripID: l.ScripID}},
			Issue:  []scrip.Live{next},
			Broker: &scrip.BrokerChange{Post: []scrip.Posting{{From: scrip.World, To: scrip.Outstanding, Amount: 1}}},
		}
		l = next
	}
}

// TestKilled kills a program in the middle of its work, again and again, and
// looks at what it left: whole changes, and all those it was told were done.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d", "a.db")
	for round := range 4 {
		promised := crash(t, path, time.Duration(150+round*110)*time.Millisecond)
		if len(promised) == 0 {
			t.Fatal("the victim did nothing")
		}
		audit(t, lookAt(t, path, db.OpenReadOnly)) // as it lies there
		audit(t, lookAt(t, path, db.Open))
		kept(t, path, promised)
	}
}

// TestKilledBeforeTheSequencer kills a program whose records have no numbers yet: they are
// whole, and have their numbers soon after the next start.
func TestKilledBeforeTheSequencer(t *testing.T) {
	t.Setenv(unsequencedEnv, "yes")
	path := filepath.Join(t.TempDir(), "d", "a.db")
	promised := crash(t, path, 300*time.Millisecond)
	left := lookAt(t, path, db.OpenReadOnly)
	audit(t, left)
	if left.Log.Staged == 0 {
		t.Fatal("no record was left staged")
	}
	d := openAt(t, path, db.Broker)
	for begun := time.Now(); d.Rows("log_staged") > 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > time.Minute {
			t.Fatalf("%d records are staged still", d.Rows("log_staged"))
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	after := lookAt(t, path, db.OpenReadOnly)
	audit(t, after)
	if want := left.Log.Size + int64(left.Log.Staged); after.Log.Size != want || after.Log.Staged != 0 {
		t.Errorf("after the next start: %d records and %d staged, want %d and none", after.Log.Size, after.Log.Staged, want)
	}
	kept(t, path, promised)
}

// crash runs a victim for a while and kills it. It returns the last scrip each
// account was promised, and how often the account had renewed.
func crash(t *testing.T, path string, after time.Duration) map[string]string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	promised := map[string]string{}
	if lines.Scan() { // it is at work
		time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
	}
	for lines.Scan() {
		if f := strings.Fields(lines.Text()); len(f) == 4 {
			promised[f[1]] = f[2] + " " + f[3]
		}
	}
	_ = cmd.Wait() // killed
	if stderr.Len() > 0 {
		t.Fatalf("the victim died by itself: %s", &stderr)
	}
	return promised
}

func lookAt(t *testing.T, path string, open func(context.Context, string, db.Kind, ...db.Option) (*db.DB, error)) db.BooksSnapshot {
	t.Helper()
	d, err := open(t.Context(), path, db.Broker)
	if err != nil {
		t.Fatalf("open after the crash: %v", err)
	}
	defer func() { _ = d.Close() }()
	s, err := newWorld(t, d).books.Snapshot(t.Context(), db.Question{})
	if err != nil {
		t.Fatalf("Snapshot: %v", err)
	}
	return s
}

// audit holds a snapshot against what every change of the victim leaves true.
func audit(t *testing.T, s db.BooksSnapshot) {
	t.Helper()
	out := s.Balances[scrip.Outstanding]
	if out != s.Live.Amount || out != s.Logged.Balances[scrip.Outstanding] || s.MostHeld > 1 || s.Live.Count == 0 {
		t.Errorf("books: outstanding %d, replayed %d, live %+v, most %d", out, s.Logged.Balances[scrip.Outstanding], s.Live, s.MostHeld)
	}
	if len(s.Log.Faults) > 0 || s.Unanchored != (db.Strays{}) {
		t.Errorf("log faults %v, strays %+v", s.Log.Faults, s.Unanchored)
	}
}

// kept checks that each account has the scrip it was promised last, or the
// one after it that was committed but not yet told.
func kept(t *testing.T, path string, promised map[string]string) {
	t.Helper()
	w := newWorld(t, openAt(t, path, db.Broker))
	defer func() { _ = w.db.Close() }()
	for holder, what := range promised {
		var n int
		var last scrip.ID
		if _, err := fmt.Sscan(what, &n, (*string)(&last)); err != nil {
			t.Fatal(err)
		}
		l, err := w.books.LiveOf(t.Context(), holder)
		if err != nil || (l.ScripID != last && l.Value != 500+scrip.Money(n)+1) {
			t.Errorf("scrip of %s: got %s of %d, %v; promised %s of %d", holder, l.ScripID, l.Value, err, last, 500+n)
		}
		if _, err := w.books.Live(t.Context(), last); l.ScripID != last && !errors.Is(err, scrip.ScripSpent) {
			t.Errorf("scrip that was renewed: got %v, want %v", err, scrip.ScripSpent)
		}
	}
}
