package storage_test

import (
	"crypto/rand"
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

// TestFurther: of a folder that is named with its database in one text, what is missing is said in words that are about it, not about
// flags that are of another; and no hint of that is given for one that is not named so.
func TestFurther(t *testing.T) {
	data := t.TempDir()
	_, err := storage.At(storage.Named(data + " postgres://db.example/money"))
	if !errors.Is(err, storage.ErrNoFurtherKey) || errors.Is(err, storage.ErrNoKey) || !strings.Contains(err.Error(), folder.At(data).VaultKeyFile()) {
		t.Errorf("without its key: got %v, want %v, where it is looked for", err, storage.ErrNoFurtherKey)
	}
	f := folder.At(data)
	if err := errors.Join(f.KeepElsewhere("postgres://a"), f.KeepMarketElsewhere("postgres://a")); err != nil {
		t.Fatal(err)
	}
	corrupt := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(corrupt, "stall"), 0o700), os.WriteFile(filepath.Join(corrupt, "stall", "certificate.json"), []byte("{"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, of := range map[string]struct {
		config          storage.Config
		elsewhere, hint bool
	}{
		"further":            {storage.Named(data), true, true},
		"of the flags":       {storage.Config{Data: data}, true, false},
		"further, corrupted": {storage.Named(corrupt), false, false},
	} {
		s, err := storage.At(of.config)
		if err != nil {
			t.Fatal(err)
		}
		_, shelves := s.Shelves()
		found := []error{shelves}
		if of.elsewhere {
			found = append(found, s.BooksHere())
		}
		for _, err := range found {
			if err == nil || errors.Is(err, folder.ErrElsewhere) != of.elsewhere || strings.Contains(err.Error(), "--with") != of.hint {
				t.Errorf("%s: got %v, want %v: %v, with a hint: %v", name, err, folder.ErrElsewhere, of.elsewhere, of.hint)
			}
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

// TestOwnStall: a stand-alone stall is found in its database, with its papers; a new database beside a folder that has
// a stall is not taken for that stall's, and a market's not for any.
func TestOwnStall(t *testing.T) {
	key := base64.RawURLEncoding.EncodeToString(dbtest.Key[:])
	at := func(data, url string) storage.Storage {
		t.Helper()
		s, err := storage.At(storage.Config{Data: data, Database: url, VaultKey: key})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	url, data := dbtest.Postgres(t), t.TempDir()
	find := func(s storage.Storage) (folder.Folder, error) {
		f, d, err := s.OwnStall(t.Context())
		if d != nil {
			t.Cleanup(func() { _ = d.Close() })
		}
		return f, err
	}
	f, err := find(at(data, url))
	if err != nil {
		t.Fatal(err)
	}
	made, err := f.StallKeys(rand.Reader)
	if err == nil {
		err = f.KeepCertificate(folder.Certificate{Vendor: "v", Signed: "jws"}, "")
	}
	if err == nil {
		_, err = f.MakeOwner("SBX", rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	there, err := find(at(t.TempDir(), url)) // another process
	if err != nil {
		t.Fatal(err)
	}
	keys, err := there.StallKeys(rand.Reader)
	kept, failed := there.Certificate()
	if err != nil || failed != nil || keys.ID != made.ID || kept.Signed != "jws" {
		t.Errorf("from another folder: got %s and %+v, %v, %v, want %s and its certificate", keys.ID, kept, err, failed, made.ID)
	}
	if _, err := there.MakeOwner("SBX", rand.Reader); !errors.Is(err, folder.ErrReplaced) {
		t.Errorf("a second owner: got %v, want %v", err, folder.ErrReplaced)
	}
	if err := there.ForgetOwner(); err != nil {
		t.Error(err)
	}
	if _, err := f.Owner(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the owner that another process forgot: got %v, want %v", err, fs.ErrNotExist)
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(f.OwnShelf()), 0o700), os.WriteFile(f.OwnShelf(), []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := find(at(data, dbtest.Postgres(t))); !errors.Is(err, storage.ErrMoved) {
		t.Errorf("a new database beside a folder with a stall: got %v, want %v", err, storage.ErrMoved)
	}
	if err := f.KeepStallElsewhere("postgres://127.0.0.1/money"); err != nil {
		t.Fatal(err)
	}
	if _, err := find(at(data, "")); !errors.Is(err, folder.ErrElsewhere) {
		t.Errorf("without the database: got %v, want %v", err, folder.ErrElsewhere)
	}
	of := dbtest.Postgres(t)
	if err := dbtest.Open(t, of, db.Merchant).BelongTo(t.Context(), "a broker"); err != nil {
		t.Fatal(err)
	}
	if _, err := find(at(t.TempDir(), of)); !errors.Is(err, db.ErrOwner) {
		t.Errorf("the database of a market: got %v, want %v", err, db.ErrOwner)
	}
}
