package wallet

import (
	"context"
	"errors"
	"fmt"
)

// errNoRoom says that a backup would be too large even with nothing signed in it.
var errNoRoom = errors.New("this wallet is too large for a backup")

// Copied is a copy of a purse, from which a backup is made.
type Copied interface {
	Purse
	Compact(ctx context.Context) error // gives back the room of what was erased
	Image(ctx context.Context) ([]byte, error)
}

// Thin takes what was signed out of the oldest receipts of a copy of the purse, as
// many as it takes for its image to be at most so many bytes, and returns that.
// What was bought and paid stays. A crash in here leaves a copy that nobody has.
func (w *Wallet) Thin(ctx context.Context, copied Copied, most int) ([]byte, error) {
	image, err := copied.Image(ctx)
	for err == nil && len(image) > most {
		if err = w.bareOldest(ctx, copied, len(image)-most); err != nil {
			break
		}
		if err = copied.Compact(ctx); err == nil {
			image, err = copied.Image(ctx)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("thin a backup: %w", err)
	}
	return image, nil
}

// bareOldest takes out of the oldest receipts what makes up so many bytes: errNoRoom
// when there is nothing left to take.
func (w *Wallet) bareOldest(ctx context.Context, copied Purse, excess int) error {
	var signed []int
	err := w.eachReceipt(ctx, copied, 0, func(r Receipt) error {
		signed = append(signed, r.signedSize())
		return nil
	})
	if err != nil {
		return err
	}
	all := 0
	for _, size := range signed {
		all += size
	}
	if all == 0 {
		return errNoRoom
	}
	var bared []SealedReceipt
	return errors.Join(w.eachReceipt(ctx, copied, whole(signed, all-excess), func(r Receipt) error {
		if r.signedSize() == 0 {
			return nil
		}
		sealed, err := w.seal(r.bare())
		bared = append(bared, sealed)
		return err
	}), copied.Apply(ctx, PurseChange{Amend: bared}))
}

// eachReceipt shows the receipts of a purse, the newest first, from the offset on.
func (w *Wallet) eachReceipt(ctx context.Context, purse Purse, offset int, see func(Receipt) error) error {
	const page = 50 // of the largest, 40 megabytes
	for {
		list, err := purse.Receipts(ctx, offset, page)
		if err != nil {
			return fmt.Errorf("look through receipts: %w", err)
		}
		for _, sealed := range list {
			r, err := w.openReceipt(sealed)
			if err == nil {
				err = see(r)
			}
			if err != nil {
				return err
			}
		}
		if offset += len(list); len(list) < page {
			return nil
		}
	}
}

// whole is how many keep what was signed, of receipts in which that is of these sizes,
// the newest first, where there is so much room for it. Pure.
func whole(signed []int, room int) int {
	for i, size := range signed {
		if room -= size; room < 0 {
			return i
		}
	}
	return len(signed)
}

// IsBare reports whether a backup had no room for what was signed: then the receipt
// proves nothing any more, and says what was bought all the same.
func (r Receipt) IsBare() bool { return r.Paid == "" }

// bare is the receipt without what only proves it. The mandate stays: the thread of
// the order begins with it.
func (r Receipt) bare() Receipt {
	lines := make([]Line, len(r.Lines))
	for i, l := range r.Lines {
		l.JWS = ""
		lines[i] = l
	}
	r.Lines, r.Certificate, r.Order, r.Paid = lines, "", "", ""
	return r
}

// signedSize is how many bytes bare may take out: none of a purchase whose money is held,
// which may have to be proved.
func (r Receipt) signedSize() int {
	if by, ok := protectedBy(r); ok && by.Open() {
		return 0
	}
	size := len(r.Certificate) + len(r.Order) + len(r.Paid)
	for _, l := range r.Lines {
		size += len(l.JWS)
	}
	return size
}
