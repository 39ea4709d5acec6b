package services

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"peerscrip/db"
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
