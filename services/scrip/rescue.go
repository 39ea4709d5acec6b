package scrip

// RescueRequest is RESCUE: an account asks for what it has at a merchant that is
// gone.
type RescueRequest struct {
	Account AccountID `json:"account"`
	Vendor  VendorID  `json:"vendor"`
}

// Rescued is RESCUED, the answer to RESCUE: the bank has the amount. What the
// account's own notices announced and nobody reported stays.
type Rescued struct {
	Account   AccountID `json:"account"`
	Vendor    VendorID  `json:"vendor"`
	Amount    Money     `json:"amount"`
	Announced Money     `json:"announced"`
}

// Rescuable is what a broker's books say of an account at a merchant.
type Rescuable struct {
	Share
	Float     Money
	Announced Money // by T9s of the account from Since to Until that no T12 followed
	Since     int64 // unix seconds
	Until     int64 // likewise
}

// Rescue pays back, to the bank, the float that was seen, less what was announced.
type Rescue struct {
	Saw Rescuable
	To  Ledger
}

// Posting is what it moves: FloatShort when that is nothing.
func (r Rescue) Posting() (Posting, error) {
	if r.Saw.Float <= r.Saw.Announced {
		return Posting{}, FloatShort
	}
	return Posting{From: FloatOf(r.Saw.Vendor, r.Saw.Account), To: r.To, Amount: r.Saw.Float - r.Saw.Announced}, nil
}

// Type returns the message's typ on the wire.
func (RescueRequest) Type() string { return "RESCUE" }

// Type returns the message's typ on the wire.
func (Rescued) Type() string { return "RESCUED" }

// Valid checks the form of RESCUE.
func (m RescueRequest) Valid() error { return valid(m.Account.Valid() && m.Vendor.Valid()) }

// Valid checks the form of RESCUED.
func (m Rescued) Valid() error {
	if err := all(m.Account.Valid() && m.Vendor.Valid(), m.Amount); err != nil {
		return err
	}
	return orNothing(m.Announced)
}
