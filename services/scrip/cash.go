package scrip

// TopUp is T13: an account has more of its bank's money put into its
// BrokerScrip, which is attached with its secret.
type TopUp struct {
	Account AccountID `json:"account"`
	Total   Money     `json:"total"` // what the BrokerScrip is to be worth
}

// ToppedUp is T14: the new BrokerScrip and its secret, attached.
type ToppedUp struct {
	Value Money `json:"value"`
}

// Withdraw is T20: an account's BrokerScrip, attached with its secret, is to go
// back to the bank.
type Withdraw struct {
	Account AccountID `json:"account"`
	Value   Money     `json:"value"`
}

// Withdrawn is T21: it has.
type Withdrawn struct {
	Value Money `json:"value"`
}

// Type returns the message's typ on the wire.
func (TopUp) Type() string { return "T13" }

// Type returns the message's typ on the wire.
func (ToppedUp) Type() string { return "T14" }

// Type returns the message's typ on the wire.
func (Withdraw) Type() string { return "T20" }

// Type returns the message's typ on the wire.
func (Withdrawn) Type() string { return "T21" }

// Valid checks the form of T13.
func (m TopUp) Valid() error { return all(m.Account.Valid(), m.Total) }

// Valid checks the form of T14.
func (m ToppedUp) Valid() error { return all(true, m.Value) }

// Valid checks the form of T20.
func (m Withdraw) Valid() error { return all(m.Account.Valid(), m.Value) }

// Valid checks the form of T21.
func (m Withdrawn) Valid() error { return all(true, m.Value) }
