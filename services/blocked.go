package services

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"peerscrip/db"
	"peerscrip/services/scrip"
	"peerscrip/services/storage"
)

// Blocking is what Blocked changes before it lists: the buyer of an order or a conversation
// is blocked, or a pseudonym is not any more. Empty: nothing.
type Blocking struct {
	Block   string // the order's or conversation's ID
	Unblock string // the pseudonym
}

// Blocked lists the buyers whom the stalls of a data folder have blocked, beside the
// process that uses the folder or without it. What it changes counts from then on.
// scrip.NotFound: no stall has such an order or conversation.
func Blocked(ctx context.Context, out io.Writer, at storage.Config, to Blocking) error {
	s, err := storage.At(at)
	if err != nil {
		return err
	}
	listed, found := 0, to.Block == ""
	stalls, err := s.EachShelf(ctx, func(vendor scrip.VendorID, shelf *db.Shelf) error {
		n, there, err := blockedOf(ctx, out, vendor, shelf, to)
		listed, found = listed+n, found || there
		return err
	})
	if err != nil {
		return err
	}
	if !found {
		return fmt.Errorf("%s: %w", to.Block, scrip.NotFound)
	}
	if listed == 0 {
		_, err = fmt.Fprintf(out, "nobody is blocked in %d stalls\n", stalls)
	}
	return err
}

// blockedOf changes and lists those of one stall. There: the stall has what is to be blocked.
func blockedOf(ctx context.Context, out io.Writer, vendor scrip.VendorID, shelf *db.Shelf, to Blocking) (listed int, there bool, err error) {
	does := scrip.StallChange{Unblock: scrip.Pseudonym(to.Unblock)}
	if does.Block, err = blockingOf(ctx, shelf, scrip.ID(to.Block)); err != nil {
		return 0, false, err
	}
	if does.Block != nil || does.Unblock != "" {
		if err := shelf.Apply(ctx, scrip.Change{At: time.Now().Unix(), Stall: &does}); err != nil {
			return 0, false, err
		}
	}
	list, err := shelf.Blocked(ctx)
	for _, b := range list {
		_, failed := fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", vendor, b.Pseudonym, b.Thread, time.Unix(b.At, 0).UTC().Format(time.RFC3339))
		err = errors.Join(err, failed)
	}
	return len(list), does.Block != nil, err
}

// blockingOf is who is to be blocked for an order or a conversation; nil: it is not of this stall.
func blockingOf(ctx context.Context, shelf *db.Shelf, thread scrip.ID) (*scrip.Blocking, error) {
	if thread == "" {
		return nil, nil
	}
	sale, err := shelf.Sale(ctx, thread)
	if err == nil {
		return &scrip.Blocking{Pseudonym: sale.Pseudonym, Thread: thread}, nil
	}
	if !errors.Is(err, scrip.ErrAbsent) {
		return nil, err
	}
	kept, err := shelf.Thread(ctx, thread)
	if errors.Is(err, scrip.ErrAbsent) {
		return nil, nil
	}
	return &scrip.Blocking{Pseudonym: kept.Pseudonym, Thread: thread, Talk: kept.Talk}, err
}
