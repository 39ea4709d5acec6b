package services_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services"
	"peerscrip/services/audit"
	"peerscrip/services/folder"
	"peerscrip/services/rig"
	"peerscrip/services/storage"
)

// TestMoveDatabase: books in which much happened are the same in PostgreSQL, and the money
// in them is spent there. What is not empty, or was left in the middle, is refused, and the
// folder is as it was.
func TestMoveDatabase(t *testing.T) {
	r := rig.New(t)
	c, s := r.Customer(100_00), r.Stall("Attic")
	held, left := c.Trade(s, c.Acquire(50_00), 20_00)
	c.BuyProtected(s, held, s.List(10_00, 3))
	if err := s.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Broker.Head(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Unaudited = true // its books are elsewhere in the end
	url := dbtest.Postgres(t)
	at := storage.Config{Data: r.Data, Database: url, VaultKey: base64.RawURLEncoding.EncodeToString(dbtest.Key[:])}
	before, err := audit.Folders(t.Context(), []string{r.Data})
	if err != nil {
		t.Fatal(err)
	}
	tidied, err := db.Open(t.Context(), folder.At(r.Data).Books(), db.Broker)
	if err == nil {
		err = tidied.Close() // all of it is in the one file
	}
	if err != nil {
		t.Fatal(err)
	}
	was := fileOf(t, folder.At(r.Data).Books())

	kept, err := storage.At(at)
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, url, db.Broker)
	done, err := kept.Incomplete(d) // as a crash in the middle leaves it
	if err != nil {
		t.Fatal(err)
	}
	for what, try := range map[string]func() error{
		"move":  func() error { return services.MoveDatabase(t.Context(), io.Discard, at) },
		"audit": func() error { _, err := audit.Storages(t.Context(), []storage.Config{at}, false); return err },
		"start": func() error {
			_, err := services.Start(t.Context(), inPostgres(t, t.TempDir(), url, dbtest.Key))
			return err
		},
	} {
		if err := try(); !errors.Is(err, storage.ErrIncomplete) || !strings.Contains(err.Error(), "DROP SCHEMA") {
			t.Errorf("%s on what was left in the middle: got %v, want %v", what, err, storage.ErrIncomplete)
		}
	}
	if err := done(); err != nil {
		t.Fatal(err)
	}

	if _, err := db.Move(t.Context(), d, []string{kept.Folder.Books(), "nothing.db"}, nil); err == nil {
		t.Error("move what is not there: got nil, want an error")
	}
	var said bytes.Buffer
	if err := services.MoveDatabase(t.Context(), &said, at); err != nil {
		t.Fatalf("move: %v\n%s", err, said.String())
	}
	after, err := audit.Storages(t.Context(), []storage.Config{at}, false)
	if err != nil || !after.OK() || after.Totals != before.Totals {
		t.Errorf("after: got %+v, %v, want the totals %+v", after, err, before.Totals)
	}
	if !bytes.Equal(was, fileOf(t, folder.At(r.Data).Books())) {
		t.Error("the file was changed")
	}
	shelf, err := db.NewShelf(dbtest.Open(t, url, db.Merchant), s.Vendor())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := shelf.Sales(t.Context(), 0, 10); err != nil || len(got) != 1 {
		t.Errorf("the stall's sales: got %+v, %v, want the one", got, err)
	}
	books, err := db.NewBooks(dbtest.Open(t, url, db.Broker))
	if err != nil {
		t.Fatal(err)
	}
	live, err := books.Live(t.Context(), left.Scrip.ScripID)
	if want, failed := r.Books.Live(t.Context(), left.Scrip.ScripID); err != nil || failed != nil || !bytes.Equal(live.MasterScripSecret, want.MasterScripSecret) {
		t.Errorf("live scrip: got another secret, %v, %v", err, failed)
	}
	if err := services.MoveDatabase(t.Context(), io.Discard, at); !errors.Is(err, folder.ErrElsewhere) {
		t.Errorf("move again: got %v, want %v", err, folder.ErrElsewhere)
	}
	again := rig.New(t)
	at.Data = again.Data
	if err := services.MoveDatabase(t.Context(), io.Discard, at); !errors.Is(err, db.ErrFilled) {
		t.Errorf("move into what is not empty: got %v, want %v", err, db.ErrFilled)
	}
	if err := folder.At(again.Data).NotElsewhere(); err != nil {
		t.Errorf("a folder that was not moved: got %v", err)
	}
}

func fileOf(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
