package services

import (
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/folder"
	"peerscrip/web"
)

// TestBackupElsewhere: of a folder whose books are in a database, what goes with them is backed
// up and restored, and it is said that they are not in it. Where there is nothing there is no backup.
func TestBackupElsewhere(t *testing.T) {
	data, backup, drill := t.TempDir(), t.TempDir(), t.TempDir()
	var said strings.Builder
	if err := Backup(t.Context(), &said, data, backup); err == nil {
		t.Errorf("of an empty folder: got %q, want an error", said.String())
	}
	at := "postgres://db.example/peerscrip"
	if err := os.MkdirAll(filepath.Dir(folder.At(data).Books()), 0o700); err != nil {
		t.Fatal(err)
	}
	books, err := db.OpenAlone(t.Context(), folder.At(data).Books(), db.Broker)
	if err == nil {
		err = books.Close()
	}
	if err = errors.Join(err, folder.At(data).KeepElsewhere(at)); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), &said, data, backup); err != nil || !strings.Contains(said.String(), "the database's own means") {
		t.Fatalf("backup: got %v, want that the books are not in it\n%s", err, said.String())
	}
	if folder.At(backup).HoldsBooks() {
		t.Error("the books are in it that were moved into the database")
	}
	said.Reset()
	if err := Restore(t.Context(), &said, backup, drill, nil); err != nil || !strings.Contains(said.String(), "the database's own means") {
		t.Fatalf("restore: got %v, want that the books are not in it\n%s", err, said.String())
	}
	if f := folder.At(drill); f.NotElsewhere() == nil {
		t.Error("the restored folder does not say where its books are")
	}
	if _, err := folder.At(drill).Restored(); err != nil {
		t.Errorf("the restored folder is not marked: %v", err)
	}
	if err := Settle(&said, drill); err != nil {
		t.Error(err)
	}
	if err := PrintRestored(&said, drill); err != nil || !strings.Contains(said.String(), "is settled") {
		t.Errorf("once it is settled: got %v, %q", err, said.String())
	}
}

// TestBackupOfMoving: where moving books into a database was cut off behind its first mark, there is no backup, and it is said what
// to do: the files that would be left out have the only books that can be used.
func TestBackupOfMoving(t *testing.T) {
	data, to := t.TempDir(), t.TempDir()
	f := folder.At(data)
	for path, kind := range map[string]db.Kind{f.Books(): db.Broker, f.Market(): db.Market} {
		if err := dbtest.Make(path, kind); err != nil {
			t.Fatal(err)
		}
	}
	const at = "postgres://db.example/peerscrip"
	if err := errors.Join(f.KeepMoving(at), f.KeepElsewhere(at)); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	err := Backup(t.Context(), &said, data, to)
	if !errors.Is(err, folder.ErrMoving) || !strings.Contains(err.Error(), at) || !strings.Contains(err.Error(), "migrate-database") {
		t.Errorf("got %v and %q, want %v, into %s, and the command", err, said.String(), folder.ErrMoving, at)
	}
	if left, err := os.ReadDir(to); err != nil || len(left) > 0 {
		t.Errorf("the folder of the backup: got %v, %v, want nothing in it", left, err)
	}
	if err := f.HereAgain(); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), &said, data, to); err != nil || !folder.At(to).HoldsBooks() || !folder.At(to).HasMarket() {
		t.Errorf("once the move is taken back: got %v, want a backup with the books", err)
	}
}

// TestBackupBesideMove: a backup that began before a move, and comes to read what goes with the books when that is done, is none: the
// marks are of after the move.
func TestBackupBesideMove(t *testing.T) {
	data, to := t.TempDir(), filepath.Join(t.TempDir(), "backup")
	f := folder.At(data)
	if err := dbtest.Make(f.Books(), db.Broker); err != nil {
		t.Fatal(err)
	}
	writer, err := sql.Open("sqlite3", f.Books())
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	writer.SetMaxOpenConns(1)
	if _, err := writer.Exec(`BEGIN IMMEDIATE`); err != nil { // the backup waits for who writes
		t.Fatal(err)
	}
	made := make(chan error, 1)
	go func() { made <- Backup(t.Context(), io.Discard, data, to) }()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(to); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the backup did not begin")
		}
	}
	const at = "postgres://db.example/peerscrip"
	if err := errors.Join(f.KeepMoving(at), f.KeepElsewhere(at), f.Arrived()); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Exec(`ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if err := <-made; !errors.Is(err, folder.ErrMoving) {
		t.Errorf("got %v, want %v", err, folder.ErrMoving)
	}
	if err := folder.At(to).Manifest(new(manifest)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was made: got %v, want that it is no backup", err)
	}
}

// TestBackupOfRestored: a backup of a folder that was restored and not settled says so, the folder that is restored from it too, and
// settling it settles both. A mark that cannot be read travels, too.
func TestBackupOfRestored(t *testing.T) {
	for name, of := range map[string]struct{ mark, want string }{
		"marked":      {`{"at":1799000000,"log":1234}`, "from a backup of 2027-01-03T18:13:20Z, with 1234 records of the log"},
		"unreadable":  {`{`, "from a backup of an instant that could not be read"},
		"marked once": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			data, backup, drill := t.TempDir(), t.TempDir(), t.TempDir()
			if err := folder.At(data).KeepElsewhere("postgres://db.example/peerscrip"); err != nil {
				t.Fatal(err)
			}
			if of.mark != "" {
				if err := os.WriteFile(filepath.Join(data, "restored.json"), []byte(of.mark), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var made, restored, printed, settled strings.Builder
			if err := errors.Join(Backup(t.Context(), &made, data, backup), Restore(t.Context(), &restored, backup, drill, nil), PrintRestored(&printed, drill), Settle(&settled, drill)); err != nil {
				t.Fatal(err)
			}
			for who, said := range map[string]string{"backup": made.String(), "restore": restored.String(), "restored": printed.String(), "settled": settled.String()} {
				if got := strings.Contains(said, "itself restored"); got != (of.want != "") || !strings.Contains(said, of.want) {
					t.Errorf("%s: got %q, want %q in it", who, said, of.want)
				}
			}
		})
	}
}

// TestUntold: what the console tells more of is not named among the parts that are not well; what it knows no more of, is.
func TestUntold(t *testing.T) {
	said := []string{"disk", restoredPart, logPart}
	restored, other := web.Restored{Marked: true}, web.OtherBooks{Evidence: "two heads"}
	for _, c := range []struct {
		now  web.Standing
		want []string
	}{
		{web.Standing{Degraded: said}, said},
		{web.Standing{Degraded: said, Restored: restored}, []string{"disk", logPart}},
		{web.Standing{Degraded: said, OtherBooks: other}, []string{"disk", restoredPart}},
		{web.Standing{Degraded: said, Restored: restored, OtherBooks: other}, []string{"disk"}},
	} {
		if got := untold(c.now); !slices.Equal(got, c.want) {
			t.Errorf("restored %v, other books %v: got %q, want %q", c.now.Restored, c.now.OtherBooks, got, c.want)
		}
	}
}
