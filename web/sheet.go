package web

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// Sheet is a stall's listings as a file of comma-separated values, to be changed in a spreadsheet and brought back: on its desk, and by
// the commands of its seller. What a row may say is what the form of a listing may.
type Sheet struct {
	Currency scrip.Currency // of the amounts
}

// Bounds on a file of listings.
const (
	maxSheet  = 2 << 20 // bytes
	maxRows   = merchant.MaxEdits
	sheetWays = scrip.MaxWays
)

// SheetChanges is what a file would do, or has done.
type SheetChanges struct {
	Applied   bool         `json:"applied"`
	New       int          `json:"new"`
	Changed   int          `json:"changed"`
	Ended     int          `json:"ended"`
	Unchanged int          `json:"unchanged"`
	Rows      []SheetDeed  `json:"rows"`   // those that do something
	Faults    []SheetFault `json:"faults"` // with any, nothing of it is done

	text  string // the file
	edits []merchant.Edit
}

// Write writes all listings of a stall, those for sale first.
func (s Sheet) Write(ctx context.Context, to io.Writer, d Desk) error {
	now, err := d.Desk(ctx, 0, 1)
	if err != nil {
		return fmt.Errorf("read the desk: %w", err)
	}
	out := csv.NewWriter(to)
	_ = out.Write(sheetHeader()) // Error tells
	for _, l := range now.Listings {
		_ = out.Write(s.row(l))
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write a file of listings: %w", err)
	}
	return nil
}

// Read says what a file would do to the listings of a stall, and what is wrong with it, in the language of the context. Nothing is done.
func (s Sheet) Read(ctx context.Context, d Desk, file io.Reader) (SheetChanges, error) {
	b, err := io.ReadAll(io.LimitReader(file, maxSheet+1))
	if err != nil {
		return SheetChanges{}, fmt.Errorf("read a file of listings: %w", err)
	}
	v := SheetChanges{text: string(b), Rows: []SheetDeed{}, Faults: []SheetFault{}}
	rows, fault := sheetRows(ctx, v.text)
	if fault != nil {
		v.Faults = append(v.Faults, *fault)
		return v, nil
	}
	return v, s.changes(ctx, d, &v, rows)
}

// Apply does what a file says, if nothing is wrong with it: all of it in one commit, or nothing (merchant.Stall.Edit).
func (s Sheet) Apply(ctx context.Context, d Desk, v *SheetChanges) error {
	if len(v.Faults) > 0 {
		return nil
	}
	err := d.Edit(ctx, v.edits)
	switch {
	case errors.Is(err, scrip.OfferChanged):
		v.Faults = []SheetFault{{Text: tr(ctx, "One of them was bought or changed meanwhile, so nothing was done. Look at them again.")}}
	case errors.Is(err, scrip.TooMany):
		v.Faults = []SheetFault{{Text: tr(ctx, noRoomForListings, "Most", merchant.MaxForSale)}}
	case err != nil:
		return fmt.Errorf("take listings from a file: %w", err)
	default:
		v.Applied = true
	}
	return nil
}
