package db

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// Papers keep what a party has beside its books, its keys above all, for all processes of
// a party whose books are in PostgreSQL: each sealed as the vault is, for its name alone.
// In a folder of a party's own they are files.
type Papers struct {
	db     *DB
	sealer postgres
}

// Papers are those of a PostgreSQL database; of a file's there are none (false).
func (db *DB) Papers() (Papers, bool) {
	p, is := db.dialect.(postgres)
	return Papers{db, p}, is
}

// ErrReplaced is returned by Papers.Replace for a paper that is not what it was before.
var ErrReplaced = errors.New("another process replaced it")

// Read returns a paper, or scrip.ErrAbsent.
func (p Papers) Read(ctx context.Context, name string) ([]byte, error) {
	var sealed []byte
	if err := p.db.get(ctx, &sealed, `SELECT sealed FROM paper WHERE name = ?`, name); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return p.unseal(name, sealed)
}

// Replace has a paper stand in the place of what was there before, each nil for none:
// ErrReplaced where something else is there.
func (p Papers) Replace(ctx context.Context, name string, before, now []byte) error {
	err := p.db.commit(ctx, func(tx *sqlx.Tx) error {
		c := change{tx: tx}
		sealed := p.sealer.sealFor(paperNamed(name), now)
		if before == nil {
			return c.must(ErrReplaced, `INSERT INTO paper (name, sealed) VALUES (?, ?) ON CONFLICT (name) DO NOTHING`, name, sealed)
		}
		var there []byte
		switch err := c.get(&there, `SELECT sealed FROM paper WHERE name = ?`, name); {
		case errors.Is(err, scrip.ErrAbsent):
			return ErrReplaced
		case err != nil:
			return err
		}
		was, err := p.unseal(name, there)
		if err != nil {
			return err
		}
		if !bytes.Equal(was, before) {
			return ErrReplaced
		}
		if now == nil {
			return c.must(ErrReplaced, `DELETE FROM paper WHERE name = ? AND sealed = ?`, name, there)
		}
		return c.must(ErrReplaced, `UPDATE paper SET sealed = ? WHERE name = ? AND sealed = ?`, sealed, name, there)
	})
	if err != nil {
		return fmt.Errorf("replace %s: %w", name, err)
	}
	return nil
}

func (p Papers) unseal(name string, sealed []byte) ([]byte, error) {
	content, err := p.sealer.unsealFor(paperNamed(name), sealed)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return content, nil
}

func paperNamed(name string) string { return "paper " + name }

// Shown is a place as it may be told: a path, or where a PostgreSQL database is, without
// who uses it and by which password.
func Shown(place string) string {
	if !IsURL(place) {
		return place
	}
	u, err := url.Parse(place)
	if err != nil {
		return "the database"
	}
	at := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	if host := u.Query().Get("host"); host != "" {
		at.RawQuery = url.Values{"host": {host}}.Encode()
	}
	return at.String()
}

// HasPassword reports whether a place is a URL with a password in it, which is not to be
// where others read it.
func HasPassword(place string) bool {
	if !IsURL(place) {
		return false
	}
	u, err := url.Parse(place)
	if err != nil {
		return true // nobody knows
	}
	_, has := u.User.Password()
	return has || u.Query().Has("password") || u.Query().Has("sslpassword")
}
