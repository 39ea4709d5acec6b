package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// errKind is for databases that hold something else.
var errKind = errors.New("it holds something else")

// errVersion is for databases whose tables are not those this program knows, errNewer
// for those of a program that knows more.
var (
	errVersion = errors.New("tables are of another version of this program")
	errNewer   = errors.New("a newer version of this program has written it, and nothing of it was touched: use that version")
)

// migrate applies the migrations of a kind that are missing: in order, each in
// a transaction, forward only. One that is in the way of what other processes do is undone
// and done again.
func migrate(ctx context.Context, d dialect, db *sqlx.DB, kind Kind, from fs.FS) error {
	p, err := provider(d, db, kind, from)
	if err != nil {
		return err
	}
	if d.marked(ctx, db, kind) == nil && upToDate(ctx, p) == nil {
		return nil
	}
	return d.alone(ctx, db, func() error {
		err := d.marked(ctx, db, kind)
		if errors.Is(err, ErrEmpty) {
			err = d.mark(ctx, db, kind)
		}
		if err != nil {
			return err
		}
		_, err = p.Up(ctx)
		for try := 0; transient(err) && try < triesToMigrate && sleep(ctx, longestPause); try++ {
			_, err = p.Up(ctx)
		}
		if err != nil {
			return err
		}
		return upToDate(ctx, p)
	})
}

// current refuses a database whose tables are not those this program knows.
func current(ctx context.Context, d dialect, db *sqlx.DB, kind Kind) error {
	p, err := provider(d, db, kind, migrations)
	if err != nil {
		return err
	}
	if err := d.marked(ctx, db, kind); err != nil {
		return err
	}
	return upToDate(ctx, p)
}

// ErrEmpty is returned for a database that is opened to be read only and has no tables.
var ErrEmpty = errors.New("nothing was kept in it yet")

func upToDate(ctx context.Context, p *goose.Provider) error {
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version: %w", err)
	}
	switch {
	case have > want:
		return fmt.Errorf("%w: version %d, and this one knows %d", errNewer, have, want)
	case have != want:
		return fmt.Errorf("%w: have %d, want %d", errVersion, have, want)
	}
	return nil
}

func provider(d dialect, db *sqlx.DB, kind Kind, from fs.FS) (*goose.Provider, error) {
	database, speaks := d.migrations()
	folder, err := fs.Sub(from, path.Join("migrations", database, string(kind)))
	if err != nil {
		return nil, fmt.Errorf("find migrations of %q: %w", kind, err)
	}
	p, err := goose.NewProvider(speaks, db.DB, folder, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations of %q: %w", kind, err)
	}
	return p, nil
}
