package db

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/jmoiron/sqlx"
)

// TestRefusedIsUndone: a change that is refused leaves nothing of itself in a commit, wherever in the batch it stands.
func TestRefusedIsUndone(t *testing.T) {
	d, err := Open(t.Context(), filepath.Join(t.TempDir(), "market.db"), Market)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	refused := errors.New("refused")
	write := func(token string, err error) *job {
		return &job{apply: func(tx *sqlx.Tx, _ *pipe) error {
			if _, failed := tx.Exec(`INSERT INTO session (part, token, content, until) VALUES ('desk', ?, x'01', 1)`, token); failed != nil {
				return failed
			}
			return err
		}}
	}
	good, bad, checkpoint := func() *job { return write("good", nil) }, func() *job { return write("bad", refused) }, func() *job { return &job{checkpoint: true} }
	for name, batch := range map[string][]*job{
		"last":                {good(), bad()},
		"first":               {bad(), good()},
		"twice":               {bad(), bad(), good(), bad()},
		"before a checkpoint": {good(), bad(), checkpoint()},
	} {
		if err := d.queue.commit(batch); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var kept []string
		if err := d.list(t.Context(), &kept, `SELECT token FROM session`); err != nil {
			t.Fatal(err)
		}
		if len(kept) != 1 || kept[0] != "good" {
			t.Errorf("%s: got %q, want what was not refused alone", name, kept)
		}
		if err := d.queue.commit([]*job{{apply: func(tx *sqlx.Tx, _ *pipe) error { _, err := tx.Exec(`DELETE FROM session`); return err }}}); err != nil {
			t.Fatal(err)
		}
	}
}
