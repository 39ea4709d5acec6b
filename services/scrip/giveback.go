package scrip

// GiveBackOrder is the order part of T22, for the merchant: VendorScrip and its
// secret, attached, are given back. It is signed with the pseudonym, which it
// brings.
type GiveBackOrder struct {
	Vendor VendorID `json:"vendor"`
	Value  Money    `json:"value"`
}

// GiveBackPayment is the payment part of T22, for the broker: the account whose
// bank is to have the money, for what it holds under its Pseudonym.
type GiveBackPayment struct {
	Account   AccountID `json:"account"`
	Vendor    VendorID  `json:"vendor"`
	Value     Money     `json:"value"`
	Pseudonym Pseudonym `json:"pseudonym"`
}

// GiveBackRequest is T23: the merchant holds the VendorScrip and asks for its
// value to be paid out of its float. Pseudonym is who holds it: paid out of the
// float of another account, it would leave that one's VendorScrip uncovered.
type GiveBackRequest struct {
	Vendor        VendorID  `json:"vendor"`
	Value         Money     `json:"value"`
	Pseudonym     Pseudonym `json:"pseudonym"`
	OrderDigest   string    `json:"order_digest"`
	PaymentDigest string    `json:"payment_digest"`
}

// GiveBackApproval is T24: the merchant is to erase the VendorScrip.
type GiveBackApproval struct {
	Vendor VendorID `json:"vendor"`
	Value  Money    `json:"value"`
}

// GivenBack is T25: the money is at the customer's bank.
type GivenBack struct {
	Vendor VendorID `json:"vendor"`
	Value  Money    `json:"value"`
}

// Type returns the message's typ on the wire.
func (GiveBackOrder) Type() string { return "T22-order" }

// Type returns the message's typ on the wire.
func (GiveBackPayment) Type() string { return "T22-payment" }

// Type returns the message's typ on the wire.
func (GiveBackRequest) Type() string { return "T23" }

// Type returns the message's typ on the wire.
func (GiveBackApproval) Type() string { return "T24" }

// Type returns the message's typ on the wire.
func (GivenBack) Type() string { return "T25" }

// Valid checks the form of T22's order part.
func (m GiveBackOrder) Valid() error { return all(m.Vendor.Valid(), m.Value) }

// Valid checks the form of T22's payment part.
func (m GiveBackPayment) Valid() error {
	return all(m.Account.Valid() && m.Vendor.Valid() && m.Pseudonym.Valid(), m.Value)
}

// Valid checks the form of T23.
func (m GiveBackRequest) Valid() error {
	return all(m.Vendor.Valid() && m.Pseudonym.Valid() && validHash(m.OrderDigest) && validHash(m.PaymentDigest), m.Value)
}

// Valid checks the form of T24.
func (m GiveBackApproval) Valid() error { return all(m.Vendor.Valid(), m.Value) }

// Valid checks the form of T25.
func (m GivenBack) Valid() error { return all(m.Vendor.Valid(), m.Value) }
