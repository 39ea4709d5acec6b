package wallet

import (
	"context"

	"peerscrip/services/scrip"
)

// lately is for how many seconds after a purchase it is asked whether the same
// is to be bought again; the browser's number too.
const lately = 86_400

// BoughtLately returns the receipt of the newest purchase of an offer, in
// whatever version, that is no more than a day old: scrip.ErrAbsent when there is
// none. Whoever buys it again may not mean to.
func (w *Wallet) BoughtLately(ctx context.Context, offer string) (Receipt, error) {
	wanted, err := unverified(offer)
	if err != nil {
		return Receipt{}, err
	}
	const page = 50
	for offset := 0; ; offset += page {
		receipts, err := w.Receipts(ctx, offset, page)
		if err != nil {
			return Receipt{}, err
		}
		for _, r := range receipts {
			if r.At <= w.now()-lately {
				return Receipt{}, scrip.ErrAbsent
			}
			for _, line := range r.Lines {
				had, err := unverified(line.JWS)
				if err == nil && had.vendor == wanted.vendor && had.offer == wanted.offer {
					return r, nil
				}
			}
		}
		if len(receipts) < page {
			return Receipt{}, scrip.ErrAbsent
		}
	}
}
