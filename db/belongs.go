package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"

	"peerscrip/services/scrip"
)

// ErrOwner is returned for a database that belongs to somebody else.
var ErrOwner = errors.New("it belongs to another")

// Owner is whose the database is: scrip.ErrAbsent where nobody said so yet.
func (db *DB) Owner(ctx context.Context) (owner string, err error) {
	if err := db.get(ctx, &owner, `SELECT owner FROM belongs`); err != nil {
		return "", fmt.Errorf("read whose database it is: %w", err)
	}
	return owner, nil
}

// BelongTo writes down whose the database is, once: ErrOwner when it is somebody
// else's. What an owner is called is the caller's, and does not change.
func (db *DB) BelongTo(ctx context.Context, owner string) error {
	return db.commit(ctx, func(tx *sqlx.Tx) error {
		c := change{tx: tx}
		if err := c.do(`INSERT INTO belongs (one, owner) VALUES (1, ?) ON CONFLICT (one) DO NOTHING`, owner); err != nil {
			return fmt.Errorf("write down whose database it is: %w", err)
		}
		var kept string
		if err := c.get(&kept, `SELECT owner FROM belongs`); err != nil && !errors.Is(err, scrip.ErrAbsent) {
			return fmt.Errorf("read whose database it is: %w", err)
		}
		if kept != owner {
			return fmt.Errorf("%w: %s, not %s", ErrOwner, kept, owner)
		}
		return nil
	})
}
