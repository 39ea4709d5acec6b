package scrip

// AtLine is a refusal of an order for one of its lines, which its REFUSE names:
// the buyer can take that one off and order the rest.
type AtLine struct {
	Refusal Refusal // OfLine
	Line    int     // counted from 0
}

// OfLine reports whether a refusal can be of one line of an order.
func OfLine(r Refusal) bool {
	return r == OfferChanged || r == OfferExpired || r == OutOfStock || r == NotDelivered
}

// Error returns the word on the wire.
func (a AtLine) Error() string { return a.Refusal.Error() }

// Unwrap makes it the refusal.
func (a AtLine) Unwrap() error { return a.Refusal }
