package db

import (
	"fmt"

	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// The bounds of a shelf: see package merchant. Tests set lower ones.
var maxForSale, maxRequests, maxPhotoBytes int64 = merchant.MaxForSale, merchant.MaxPaymentLinks, merchant.MaxPhotoBytes

// atMost refuses a change after which a query counts more than bound.
func (c change) atMost(bound int64, query string, args ...any) error {
	var n int64
	if err := c.get(&n, query, args...); err != nil {
		return fmt.Errorf("count what there is: %w", err)
	}
	if n > bound {
		return scrip.TooMany
	}
	return nil
}
