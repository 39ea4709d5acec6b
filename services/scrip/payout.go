package scrip

// MaxStated is how many stalls one STATED lists.
const MaxStated = 100

// Statement is STATEMENT: an account asks how its stalls stand in the books.
type Statement struct {
	Account AccountID `json:"account"`
}

// Stated answers STATEMENT: the account's stalls, by name.
type Stated struct {
	Account AccountID     `json:"account"`
	Credit  Money         `json:"credit"` // had back of protected purchases; may be paid out
	Stalls  []StatedStall `json:"stalls"`
}

// StatedStall is one stall of a STATED, in the broker's books.
type StatedStall struct {
	Vendor  VendorID `json:"vendor"`
	Name    string   `json:"name"`
	Earned  Money    `json:"earned"`  // may be paid out
	Held    Money    `json:"held"`    // of protected sales, until their time to check is over
	Float   Money    `json:"float"`   // covers the stall's VendorScrip
	Reserve Money    `json:"reserve"` // held for exchanges under way (6.5)
}

// Where earnings can be paid to.
const (
	ToBank  = "bank"
	ToScrip = "scrip"
)

// Payout is PAYOUT: the account that owns a stall has its earnings paid to its
// bank, or into its BrokerScrip; or any account its credit. The BrokerScrip is
// attached with its secret, if the account holds any.
type Payout struct {
	Account AccountID `json:"account"`
	Vendor  VendorID  `json:"vendor,omitempty"` // empty: the account's credit
	Amount  Money     `json:"amount"`
	To      string    `json:"to"` // ToBank or ToScrip
}

// PaidOut is PAID_OUT, the answer to PAYOUT. New BrokerScrip is attached, if
// that is where the earnings went.
type PaidOut struct {
	Account AccountID `json:"account"`
	Vendor  VendorID  `json:"vendor,omitempty"` // empty: the account's credit
	Amount  Money     `json:"amount"`
	To      string    `json:"to"`
	Value   Money     `json:"value"` // of the BrokerScrip; 0 when the earnings went to the bank
}

// Type returns the message's typ on the wire.
func (Statement) Type() string { return "STATEMENT" }

// Type returns the message's typ on the wire.
func (Stated) Type() string { return "STATED" }

// Type returns the message's typ on the wire.
func (Payout) Type() string { return "PAYOUT" }

// Type returns the message's typ on the wire.
func (PaidOut) Type() string { return "PAID_OUT" }

// Valid checks the form of STATEMENT.
func (m Statement) Valid() error { return valid(m.Account.Valid()) }

// Valid checks the form of STATED.
func (m Stated) Valid() error {
	if len(m.Stalls) > MaxStated {
		return TooMany
	}
	for _, s := range m.Stalls {
		if !s.Vendor.Valid() {
			return Unreadable
		}
		if err := ValidName(s.Name); err != nil {
			return err
		}
		if err := orNothing(s.Earned, s.Held, s.Float, s.Reserve); err != nil {
			return err
		}
	}
	if err := orNothing(m.Credit); err != nil {
		return err
	}
	return valid(m.Account.Valid() && m.Stalls != nil)
}

// Valid checks the form of PAYOUT.
func (m Payout) Valid() error {
	return all(m.Account.Valid() && (m.Vendor == "" || m.Vendor.Valid()) && (m.To == ToBank || m.To == ToScrip), m.Amount)
}

// presents: BrokerScrip may be attached for the earnings to be added to.
func (m Payout) presents() bool { return m.To == ToScrip }

// Valid checks the form of PAID_OUT.
func (m PaidOut) Valid() error {
	if err := all(m.Account.Valid() && (m.Vendor == "" || m.Vendor.Valid()), m.Amount, m.Value); err != nil {
		return err
	}
	switch m.To {
	case ToBank:
		return valid(m.Value == 0)
	case ToScrip:
		return valid(m.Value >= m.Amount)
	}
	return Unreadable
}

func (m PaidOut) brings() Money { return m.Value }
