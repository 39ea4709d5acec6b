package scrip

// Grace is how long after its expiry scrip may still be renewed, in seconds:
// a year, in which nothing is lost.
const Grace = 365 * 24 * 3600

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
