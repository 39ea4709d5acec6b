package services

import (
	"context"
	"errors"
	"fmt"
	"os"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/web"
)

// Export prints all listings of the stall as a file, which Import takes.
func (s Seller) Export(ctx context.Context) error {
	return s.do(ctx, func(stall *merchant.Stall, currency scrip.Currency) error {
		return web.Sheet{Currency: currency}.Write(ctx, s.Out, stall)
	})
}

// Import does what a file of listings says, all of it or nothing, and prints what that was;
// if dry it only prints what it would be. What is wrong with the file is printed row by row.
func (s Seller) Import(ctx context.Context, path string, dry bool) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return s.do(ctx, func(stall *merchant.Stall, currency scrip.Currency) error {
		sheet := web.Sheet{Currency: currency}
		v, err := sheet.Read(ctx, stall, file)
		if err == nil && !dry {
			err = sheet.Apply(ctx, stall, &v)
		}
		if err != nil {
			return sellerSays(err)
		}
		for _, fault := range v.Faults {
			fmt.Fprintln(s.Out, fault.Words(ctx))
		}
		if len(v.Faults) > 0 {
			return errors.New("nothing was done: please look at these again")
		}
		for _, row := range v.Rows {
			fmt.Fprintln(s.Out, row.Words(ctx))
		}
		done := "would be"
		if v.Applied {
			done = "are"
		}
		fmt.Fprintf(s.Out, "%d listings %s new, %d changed, %d ended, and %d as they were\n", v.New, done, v.Changed, v.Ended, v.Unchanged)
		return nil
	})
}
