package scrip

// Grace is how long after its expiry scrip may still be renewed, in seconds:
// a year, in which nothing is lost.
const Grace = 365 * 24 * 3600

// Margin is how long, in seconds, before its expiry scrip is renewed, and never
// more than a quarter of its own life: a stall may make its scrip as short-lived
// as it likes, and no wallet renews it without end.
const Margin = 7 * 24 * 3600

// EarlyRenewals is how many T26 that are not due yet an issuer grants a holder in
// 24 hours. They tell a wallet whether scrip lives: after a restore, which asks
// twice of each piece, and after a refused 6.5.
const EarlyRenewals = 12

// DueFrom is the first second (unix) in which scrip is due for its renewal (6.8),
// which its issuer grants from the same second on. made is when the issuer made
// it, by the issuer's clock; 0 where that is not known.
func DueFrom(made, expires int64) int64 {
	margin := int64(Margin)
	if made != 0 {
		margin = min(margin, max(0, (expires-made)/4))
	}
	return min(expires, expires-margin+1)
}

// Early paces T26 that are not due: see EarlyRenewals.
func Early() *Pace { return &Pace{Most: EarlyRenewals, Window: 24 * 3600} }

// Renewable is whether a holder's T26 is granted now: any that is due, and of
// others a few a day; else it is Unavailable.
func (l Live) Renewable(early *Pace, at int64) error {
	if at >= DueFrom(l.Made, l.Expires) {
		return nil
	}
	return early.Take(l.Holder, 1, at)
}

// Renew is T26: scrip that has expired, or soon will, attached with its
// secret, is to be replaced by its issuer. It is signed with the holder's key,
// which it brings: the account's for BrokerScrip, the pseudonym's for
// VendorScrip.
type Renew struct {
	ScripID ID    `json:"scrip_id"`
	Value   Money `json:"value"`
}

// Renewed is T27: the new scrip of the same value and its secret, attached.
type Renewed struct {
	Value Money `json:"value"`
}

// Type returns the message's typ on the wire.
func (Renew) Type() string { return "T26" }

// Type returns the message's typ on the wire.
func (Renewed) Type() string { return "T27" }

// Valid checks the form of T26.
func (m Renew) Valid() error { return all(m.ScripID.Valid(), m.Value) }

// Valid checks the form of T27.
func (m Renewed) Valid() error { return all(true, m.Value) }
