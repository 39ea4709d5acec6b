package storage_test

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"peerscrip/db"
	"peerscrip/db/dbtest"
	"peerscrip/services/folder"
	"peerscrip/services/storage"
)

const secret = "hunter2"

// TestAt: what is told of a database is refused with a sentence that says what to do, and
// in which its password is not.
func TestAt(t *testing.T) {
	key := base64.RawURLEncoding.EncodeToString(dbtest.Key[:])
	withKey, withBad := t.TempDir(), t.TempDir()
	for at, text := range map[string]string{withKey: key + "=\n", withBad: "x"} {
		if err := os.WriteFile(filepath.Join(at, "vault.key"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	url := "postgres://ann:" + secret + "@127.0.0.1:1/money?sslmode=disable"
	for name, tc := range map[string]struct {
		config storage.Config
		says   string // empty: it is taken
	}{
		"files alone":         {storage.Config{Data: t.TempDir()}, ""},
		"a key":               {storage.Config{Data: t.TempDir(), Database: url, VaultKey: key}, ""},
		"a key in the folder": {storage.Config{Data: withKey, Database: url}, ""},
		"no key":              {storage.Config{Data: t.TempDir(), Database: url}, "PEERSCRIP_VAULT_KEY"},
		"a short key":         {storage.Config{Data: withKey, Database: url, VaultKey: "x"}, "43 characters"},
		"a bad file":          {storage.Config{Data: withBad, Database: url}, "43 characters"},
		"no URL":              {storage.Config{Data: withKey, Database: "mysql://ann:" + secret + "@x"}, "postgres://"},
	} {
		_, err := storage.At(tc.config)
		if (err == nil) != (tc.says == "") || err != nil && !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: got %v, want an error that says %q", name, err, tc.says)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the password is told: %v", name, err)
		}
	}
}

// TestPasswordIsNotTold: neither an error of a database nor what is shown of it has its
// password, nor may a command line have it.
func TestPasswordIsNotTold(t *testing.T) {
	for _, url := range []string{
		"postgres://ann:" + secret + "@127.0.0.1:1/money?connect_timeout=1", "postgresql://127.0.0.1:1/money?user=ann&password=" + secret,
		"postgres://ann:" + secret + "@[::1/money", "postgres://ann:" + secret + "@127.0.0.1:1/money?sslmode=perhaps",
	} {
		s, err := storage.At(storage.Config{Data: t.TempDir(), Database: url, VaultKey: strings.Repeat("A", 43)})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Open(t.Context(), "", db.Broker)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("open %s: got %v, want an error without the password", url, err)
		}
		if strings.Contains(s.Shown(), secret) {
			t.Errorf("shown: got %s, want no password", s.Shown())
		}
		for _, args := range [][]string{{"broker", "--database", url}, {"broker", "--database=" + url}} {
			if storage.Told(args) == nil {
				t.Errorf("%q on a command line: got nil, want an error", args)
			}
		}
	}
	if err := storage.Told([]string{"broker", "--database=postgres://ann@127.0.0.1/money", "--base-url", "https://a:b@c.example"}); err != nil {
		t.Errorf("a command line without a password: got %v, want nil", err)
	}
}

// TestPapers: in a database papers are there for every process, and of two that replace
// one at the same time the second is refused.
func TestPapers(t *testing.T) {
	url := dbtest.Postgres(t)
	s, err := storage.At(storage.Config{Data: t.TempDir(), Database: url, VaultKey: base64.RawURLEncoding.EncodeToString(dbtest.Key[:])})
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, url, db.Broker)
	kept, apart := d.Papers()
	if !apart {
		t.Fatal("PostgreSQL: got no papers")
	}
	ctx := t.Context()
	for _, step := range []struct {
		before, now string
		want        error
	}{{"a", "b", db.ErrReplaced}, {"", "a", nil}, {"", "b", db.ErrReplaced}, {"b", "c", db.ErrReplaced}, {"a", "b", nil}} {
		var before []byte
		if step.before != "" {
			before = []byte(step.before)
		}
		if err := kept.Replace(ctx, "x", before, []byte(step.now)); !errors.Is(err, step.want) {
			t.Errorf("replace %q by %q: got %v, want %v", step.before, step.now, err, step.want)
		}
	}
	if got, err := kept.Read(ctx, "x"); err != nil || string(got) != "b" {
		t.Errorf("read: got %q, %v, want b", got, err)
	}
	f, err := s.Beside(d)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.BrokerChain(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the keys of a broker that is not made: got %v, want %v", err, fs.ErrNotExist)
	}
	if err := os.MkdirAll(filepath.Dir(s.Folder.Books()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Folder.Books(), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Beside(d); !errors.Is(err, storage.ErrMoved) {
		t.Errorf("a new database beside a folder with books: got %v, want %v", err, storage.ErrMoved)
	}
}

// TestElsewhere: a folder whose broker is in a database is not a new broker's.
func TestElsewhere(t *testing.T) {
	f := folder.At(t.TempDir())
	if err := f.KeepElsewhere("postgres://127.0.0.1/money"); err != nil {
		t.Fatal(err)
	}
	if err := f.WholeBroker(); !errors.Is(err, folder.ErrElsewhere) || !strings.Contains(err.Error(), "--database") {
		t.Errorf("got %v, want %v", err, folder.ErrElsewhere)
	}
}
