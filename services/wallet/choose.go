package wallet

import (
	"cmp"
	"slices"

	"peerscrip/services/scrip"
)

// choose returns the VendorScrip that pays price: of those that do, one that
// needs no renewal goes first, then the smallest. If none does it returns the
// largest, to be added to (6.5). false where there is none at all. Pure.
func choose(pieces []Piece, price scrip.Money, now int64) (Piece, bool) {
	if len(pieces) == 0 {
		return Piece{}, false
	}
	return slices.MinFunc(pieces, func(a, b Piece) int {
		short := cmp.Compare(flag(a.Value < price), flag(b.Value < price))
		due := cmp.Compare(flag(a.due(now)), flag(b.due(now)))
		if a.Value < price {
			return cmp.Or(short, cmp.Compare(b.Value, a.Value), due)
		}
		return cmp.Or(short, due, cmp.Compare(a.Value, b.Value))
	}), true
}

// flag orders what is not so before what is.
func flag(is bool) int {
	if is {
		return 1
	}
	return 0
}
