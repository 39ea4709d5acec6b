package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"peerscrip/services/scrip"
	"peerscrip/services/wallet"
)

// picked is one of the listings that are bought together, as its stall offers it
// now.
type picked struct {
	listing  string // as it was named
	vendor   scrip.VendorID
	public   scrip.PublicOffer
	quantity int
}

var errStalls = mistake("these are of different stalls: buy at each of them by a command of its own")

// pick fetches what listings name, all of one stall. quantity is of each whose
// address does not say another ("?quantity=2").
func (w *Wallet) pick(ctx context.Context, listings []string, quantity int) ([]picked, scrip.VendorID, error) {
	var all []picked
	var of scrip.VendorID
	for _, listing := range listings {
		n, err := quantityIn(listing, quantity)
		if err != nil {
			return nil, "", err
		}
		public, vendor, err := w.offer(ctx, listing)
		if err != nil {
			return nil, "", err
		}
		if of != "" && vendor != of {
			return nil, "", errStalls
		}
		of, all = vendor, append(all, picked{listing, vendor, public, n})
	}
	return all, of, nil
}

// quantityIn reads how many of it the address of a listing says.
func quantityIn(listing string, otherwise int) (int, error) {
	u, err := url.Parse(listing)
	if err != nil {
		return 0, errListing
	}
	said := u.Query().Get("quantity")
	if said == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(said)
	if err != nil || n < 1 || n > scrip.MaxQuantity {
		return 0, mistake(fmt.Sprintf("%s: quantity is a number from 1 to %d", listing, scrip.MaxQuantity))
	}
	return n, nil
}

// basketOf is what was picked, as the wallet buys it.
func basketOf(all []picked, delivery scrip.Delivery, note string) wallet.Basket {
	b := wallet.Basket{Delivery: delivery, Note: note}
	for _, p := range all {
		b.Things = append(b.Things, wallet.Thing{Offer: p.public.Offer, Quantity: p.quantity})
	}
	return b
}

// portions verifies what was picked.
func (w *Wallet) portions(ctx context.Context, all []picked) ([]scrip.Portion, error) {
	var list []scrip.Portion
	for _, p := range all {
		offer, err := w.Offer(ctx, p.public.Offer)
		if err != nil {
			return nil, err
		}
		list = append(list, scrip.Portion{Offer: offer, Quantity: p.quantity})
	}
	return list, nil
}

// inStock refuses what there is not enough of, and what its seller does not sell now.
func inStock(all []picked) error {
	for _, p := range all {
		if p.public.AwayUntil > 0 {
			return fmt.Errorf("%s: the seller is away until %s: %w", p.listing, time.Unix(p.public.AwayUntil, 0).UTC().Format("2 Jan 2006"), scrip.StallClosed)
		}
		if p.public.Lacks(p.quantity) {
			return fmt.Errorf("%s: %d left: %w", p.listing, p.public.Stock, scrip.OutOfStock)
		}
	}
	return nil
}

// named adds to a refusal of one line of an order which listing that is.
func named(all []picked, err error) error {
	line := 0
	var no *wallet.Refused
	var at scrip.AtLine
	switch {
	case errors.As(err, &no):
		line = no.Line
	case errors.As(err, &at):
		line = at.Line + 1
	}
	if line > 0 && line <= len(all) && len(all) > 1 {
		return fmt.Errorf("%s: %w", all[line-1].listing, err)
	}
	return err
}
