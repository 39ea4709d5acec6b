package scrip

// ExtendPayment is the payment part of T15, for the broker: BrokerScrip and its
// secret attached, of which Value goes into VendorScrip the customer holds under
// its Pseudonym.
type ExtendPayment struct {
	Account   AccountID `json:"account"`
	Value     Money     `json:"value"`
	Vendor    VendorID  `json:"vendor"`
	Pseudonym Pseudonym `json:"pseudonym"`
}

// ExtendOrder is the order part of T15, for the merchant: the VendorScrip that
// is to grow by Value, and its secret, attached. It is signed with the
// pseudonym, which it brings.
type ExtendOrder struct {
	Value  Money    `json:"value"`
	Vendor VendorID `json:"vendor"`
}

// ExtendRequest is T16: the broker reserved Value and asks the merchant to make
// the customer's VendorScrip worth that much more. From ValidUntil on the
// merchant must not. Pseudonym is of the account that pays: VendorScrip of another
// would grow by money that the broker keeps for somebody else.
type ExtendRequest struct {
	Vendor        VendorID  `json:"vendor"`
	Value         Money     `json:"value"`
	Pseudonym     Pseudonym `json:"pseudonym"`
	OrderDigest   string    `json:"order_digest"`
	PaymentDigest string    `json:"payment_digest"`
	ValidUntil    int64     `json:"valid_until"` // unix seconds
}

// Extended is T17: the VendorScrip that took the old one's place, attached.
type Extended struct {
	Value Money `json:"value"` // what it is worth in all
}

// ExtendApproval is T18: the merchant has issued.
type ExtendApproval struct {
	Vendor VendorID `json:"vendor"`
	Value  Money    `json:"value"`
}

// ExtendChange is T19: what is left of the BrokerScrip, attached. It is sent
// only if anything is.
type ExtendChange struct {
	Value Money `json:"value"`
	// Returned is what went back to the customer's bank, where the merchant
	// declined only after the change was given: all of T15's value. Until then,
	// and where the merchant issued, it is 0.
	Returned Money `json:"returned"`
}

// Type returns the message's typ on the wire.
func (ExtendPayment) Type() string { return "T15-payment" }

// Type returns the message's typ on the wire.
func (ExtendOrder) Type() string { return "T15-order" }

// Type returns the message's typ on the wire.
func (ExtendRequest) Type() string { return "T16" }

// Type returns the message's typ on the wire.
func (Extended) Type() string { return "T17" }

// Type returns the message's typ on the wire.
func (ExtendApproval) Type() string { return "T18" }

// Type returns the message's typ on the wire.
func (ExtendChange) Type() string { return "T19" }

// Valid checks the form of T15's payment part.
func (m ExtendPayment) Valid() error {
	return all(m.Account.Valid() && m.Vendor.Valid() && m.Pseudonym.Valid(), m.Value)
}

// Valid checks the form of T15's order part.
func (m ExtendOrder) Valid() error { return all(m.Vendor.Valid(), m.Value) }

// Valid checks the form of T16.
func (m ExtendRequest) Valid() error {
	return all(m.Vendor.Valid() && m.Pseudonym.Valid() && validHash(m.OrderDigest) && validHash(m.PaymentDigest) &&
		validTime(m.ValidUntil), m.Value)
}

// Valid checks the form of T17.
func (m Extended) Valid() error { return all(true, m.Value) }

// Valid checks the form of T18.
func (m ExtendApproval) Valid() error { return all(m.Vendor.Valid(), m.Value) }

// Valid checks the form of T19.
func (m ExtendChange) Valid() error { return all(true, m.Value, m.Returned) }
