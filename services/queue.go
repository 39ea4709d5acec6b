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

// maxListed is how many messages of a stall are listed, and told again, at once.
const maxListed = 10_000

// Queue lists the messages that the stalls of a data folder have set aside, with
// what kept each from going, beside the process that uses the folder or without it.
// Told again, the process sends them within a minute, or when it next starts.
func Queue(ctx context.Context, out io.Writer, at storage.Config, again bool) error {
	s, err := storage.At(at)
	if err != nil {
		return err
	}
	listed := 0
	stalls, err := s.EachShelf(ctx, func(vendor scrip.VendorID, shelf *db.Shelf) error {
		n, err := queueOf(ctx, out, vendor, shelf, again)
		listed += n
		return err
	})
	if err == nil && listed == 0 {
		_, err = fmt.Fprintf(out, "nothing is set aside in %d stalls\n", stalls)
	}
	return err
}

// queueOf lists what one stall has set aside, and puts it back in its queue.
func queueOf(ctx context.Context, out io.Writer, vendor scrip.VendorID, shelf *db.Shelf, again bool) (listed int, err error) {
	aside, err := shelf.Aside(ctx, maxListed)
	var ids []scrip.ID
	for _, a := range aside {
		ids = append(ids, a.ID)
		_, failed := fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\t%s\n", vendor, a.Message, a.ID, a.Amount,
			time.Unix(a.At, 0).UTC().Format(time.RFC3339), a.Reason)
		err = errors.Join(err, failed)
	}
	if err != nil || !again || len(ids) == 0 {
		return len(ids), err
	}
	err = shelf.Apply(ctx, scrip.Change{At: time.Now().Unix(), Stall: &scrip.StallChange{Again: ids}})
	if err == nil {
		_, err = fmt.Fprintf(out, "%s: %d to be told again\n", vendor, len(ids))
	}
	return len(ids), err
}
