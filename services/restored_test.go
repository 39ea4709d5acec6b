package services

import (
	"strings"
	"testing"

	"peerscrip/services/folder"
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
	if err := folder.At(data).KeepElsewhere(at); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), &said, data, backup); err != nil || !strings.Contains(said.String(), "the database's own means") {
		t.Fatalf("backup: got %v, want that the books are not in it\n%s", err, said.String())
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
