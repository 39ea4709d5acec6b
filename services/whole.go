package services

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/db"
	"peerscrip/services/broker"
	"peerscrip/services/scrip"
)

// belong refuses a database that is another party's than the keys beside it, and
// says whose it is in one that is new.
func belong(ctx context.Context, database *db.DB, path, owner string) error {
	err := database.BelongTo(ctx, owner)
	if errors.Is(err, db.ErrOwner) {
		return fmt.Errorf("%s does not go with the keys beside it: %w. Put back those that were in use together, or name an empty folder with --data to begin anew", path, err)
	}
	return err
}

// inWords says how to go on with books that the broker does not go on with.
func inWords(err error) error {
	switch {
	case errors.Is(err, scrip.ErrSuccession):
		return fmt.Errorf("broker/keys.json is not of one piece. Put back the keys that were in use with this book last, from their backup: %w", err)
	case errors.Is(err, broker.ErrForeignKeys):
		return fmt.Errorf("%w (broker/keys.json). Put back the keys that were in use with this book last: older ones would sign what nobody believes any more", err)
	case errors.Is(err, broker.ErrForeignHead):
		return fmt.Errorf("%w (broker/keys.json). Put back the keys that were in use with this book; or, to begin a new broker, name an empty folder with --data", err)
	case errors.Is(err, broker.ErrWentBack):
		return fmt.Errorf("%w. Put back the book that was in use last, broker/book.db; \"peerscrip audit\" says what is wrong with this one", err)
	}
	return err
}
