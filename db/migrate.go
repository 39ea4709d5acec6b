package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// errKind is for files that hold something else.
var errKind = errors.New("file holds something else")

// applicationIDs mark the kinds in SQLite's file header: "psc" and a letter.
var applicationIDs = map[Kind]int64{
	Broker: 0x70736362, Merchant: 0x7073636d, Market: 0x7073636b, Wallet: 0x70736377,
}

// errVersion is for files whose tables are not those this program knows, errNewer
// for those of a program that knows more.
var (
	errVersion = errors.New("tables are of another version of this program")
	errNewer   = errors.New("a newer version of this program has written it, and nothing of it was touched: use that version")
)

// migrate applies the migrations of a kind that are missing: in order, each in
// a transaction, forward only.
func migrate(ctx context.Context, db *sqlx.DB, kind Kind) error {
	p, err := provider(db, kind)
	if err != nil {
		return err
	}
	if err := mark(ctx, db, kind); err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return err
	}
	return upToDate(ctx, p)
}

// current refuses a file whose tables are not those this program knows.
func current(ctx context.Context, db *sqlx.DB, kind Kind) error {
	p, err := provider(db, kind)
	if err != nil {
		return err
	}
	if err := marked(ctx, db, kind); err != nil {
		return err
	}
	return upToDate(ctx, p)
}

// mark says in a new file what kind it is, and refuses one of another kind.
func mark(ctx context.Context, db *sqlx.DB, kind Kind) error {
	err := marked(ctx, db, kind)
	if !errors.Is(err, errUnmarked) {
		return err
	}
	var tables int
	if err := db.GetContext(ctx, &tables, "SELECT count(*) FROM sqlite_schema"); err != nil {
		return fmt.Errorf("look for tables: %w", err)
	}
	if tables > 0 {
		return errKind
	}
	_, err = db.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d", applicationIDs[kind]))
	return err
}

var errUnmarked = errors.New("file is not marked as ours")

func marked(ctx context.Context, db *sqlx.DB, kind Kind) error {
	var have int64
	if err := db.GetContext(ctx, &have, "PRAGMA application_id"); err != nil {
		return fmt.Errorf("read the kind: %w", err)
	}
	switch have {
	case applicationIDs[kind]:
		return nil
	case 0:
		return errUnmarked
	}
	return fmt.Errorf("%w than %s", errKind, kind)
}

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

func provider(db *sqlx.DB, kind Kind) (*goose.Provider, error) {
	if applicationIDs[kind] == 0 {
		return nil, fmt.Errorf("there is no kind %q", kind)
	}
	folder, err := fs.Sub(migrations, "migrations/sqlite/"+string(kind))
	if err != nil {
		return nil, fmt.Errorf("find migrations of %q: %w", kind, err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db.DB, folder, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("read migrations of %q: %w", kind, err)
	}
	return p, nil
}
