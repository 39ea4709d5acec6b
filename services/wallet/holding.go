package wallet

import (
	"math"

	"peerscrip/services/scrip"
)

// Holding is one scrip and its secret.
type Holding struct {
	ScripID scrip.ID
	Vendor  scrip.VendorID // whose VendorScrip it is; empty for BrokerScrip
	Value   scrip.Money
	Made    int64         // unix seconds, by its issuer's clock; 0 where that is not known
	Expires int64         // unix seconds
	Tx      scrip.ID      // the unfinished item it is at stake in; empty when free
	Doubt   scrip.Refusal // what its issuer said of it; empty when it is good
	Refused scrip.Refusal // why its renewal was refused: it is not renewed by itself; passing for no answer; empty when it was not
	Exposed bool          // copies of the wallet may have it that no longer have the account: it is renewed when it can be
	Sealed  []byte        // the scrip.Held
}

// Hold names a scrip and the item it is at stake in.
type Hold struct {
	ScripID scrip.ID
	Tx      scrip.ID
}

// Doubt says what an issuer said of a scrip. The scrip is kept.
type Doubt struct {
	ScripID scrip.ID
	Reason  scrip.Refusal
}

// leftAsItIs reports whether it is not renewed by itself: its issuer refused that
// and is not asked again.
func (h Holding) leftAsItIs(now int64) bool {
	return h.Refused != "" && !askedAgain(h.Refused, h.Expires, now) && !(h.Exposed && h.Refused.Transient())
}

// isTooOldElsewhere reports whether it is set aside because it was too old for its
// issuer, whose clock may have been wrong.
func (h Holding) isTooOldElsewhere(now int64) bool {
	return h.Doubt != "" && askedAgain(h.Doubt, h.Expires, now)
}

// piece is what a decision needs to know of a holding. What is at stake in an
// item, and what its issuer refused to renew while it lives, is not planned to
// be renewed.
func (h Holding) piece(now int64) Piece {
	if h.Tx != "" || (h.Refused != "" && h.Expires > now) {
		return Piece{Scrip: h.ScripID, Value: h.Value, Expires: math.MaxInt64}
	}
	return Piece{h.ScripID, h.Value, h.Made, h.Expires}
}
