package scrip

// ReturnOrder is the order part of T22, for the merchant: VendorScrip and its
// secret, attached, are given back. It is signed with the pseudonym, which it
// brings.
type ReturnOrder struct {
	Vendor VendorID `json:"vendor"`
	Value  Money    `json:"value"`
}

// ReturnPayment is the payment part of T22, for the broker: the account whose
// bank is to have the money.
type ReturnPayment struct {
	Account AccountID `json:"account"`
	Vendor  VendorID  `json:"vendor"`
	Value   Money     `json:"value"`
}

// ReturnRequest is T23: the merchant holds the VendorScrip and asks for its
// value to be paid out of its float.
type ReturnRequest struct {
	Vendor        VendorID `json:"vendor"`
	Value         Money    `json:"value"`
	OrderDigest   string   `json:"order_digest"`
	PaymentDigest string   `json:"payment_digest"`
}

// ReturnApproval is T24: the merchant is to erase the VendorScrip.
type ReturnApproval struct {
	Vendor VendorID `json:"vendor"`
	Value  Money    `json:"value"`
}

// Returned is T25: the money is at the customer's bank.
type Returned struct {
	Vendor VendorID `json:"vendor"`
	Value  Money    `json:"value"`
}

// Type returns the message's typ on the wire.
func (ReturnOrder) Type() string { return "T22-order" }

// Type returns the message's typ on the wire.
func (ReturnPayment) Type() string { return "T22-payment" }

// Type returns the message's typ on the wire.
func (ReturnRequest) Type() string { return "T23" }

// Type returns the message's typ on the wire.
func (ReturnApproval) Type() string { return "T24" }

// Type returns the message's typ on the wire.
func (Returned) Type() string { return "T25" }

// Valid checks the form of T22's order part.
func (m ReturnOrder) Valid() error { return all(m.Vendor.Valid(), m.Value) }

// Valid checks the form of T22's payment part.
func (m ReturnPayment) Valid() error { return all(m.Account.Valid() && m.Vendor.Valid(), m.Value) }

// Valid checks the form of T23.
func (m ReturnRequest) Valid() error {
	return all(m.Vendor.Valid() && validHash(m.OrderDigest) && validHash(m.PaymentDigest), m.Value)
}

// Valid checks the form of T24.
func (m ReturnApproval) Valid() error { return all(m.Vendor.Valid(), m.Value) }

// Valid checks the form of T25.
func (m Returned) Valid() error { return all(m.Vendor.Valid(), m.Value) }
