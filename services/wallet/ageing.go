package wallet

// Margin is how long, in seconds, before its expiry scrip is renewed, and never
// more than a quarter of its own life: a stall may make its scrip as short-lived
// as it likes, and no wallet renews it without end.
const Margin = 7 * 24 * 3600

// dueFrom is the first second (unix) in which scrip is due for its renewal
// (6.8), which its issuer grants from the same second on. made is when the
// issuer made it, by the issuer's clock; 0 where that is not known.
func dueFrom(made, expires int64) int64 {
	margin := int64(Margin)
	if made != 0 {
		margin = min(margin, max(0, (expires-made)/4))
	}
	return min(expires, expires-margin+1)
}

// due reports whether p is to be renewed at now (unix seconds).
func (p Piece) due(now int64) bool { return now >= dueFrom(p.Made, p.Expires) }
