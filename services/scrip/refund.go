package scrip

// MaxRefunds is how many refunds one COLLECT brings; what is left comes with the
// next.
const MaxRefunds = 100

// RefundReport is REFUND: the merchant takes back all or part of a purchase it
// has reported. The tx is the refund's id.
type RefundReport struct {
	Vendor   VendorID `json:"vendor"`
	Purchase ID       `json:"purchase"` // tx of T10
	Amount   Money    `json:"amount"`
}

// Refunded answers REFUND: the merchant's float covers the amount, and the
// buyer may have it.
type Refunded struct {
	Vendor   VendorID `json:"vendor"`
	Purchase ID       `json:"purchase"`
	Amount   Money    `json:"amount"`
}

// Collect is COLLECT: a pseudonym asks a merchant for what it takes back. The
// counter keeps a COLLECT of before, sent again by somebody else, from taking
// what came later.
type Collect struct {
	Vendor  VendorID `json:"vendor"`
	Counter int64    `json:"counter"` // greater than in every COLLECT of the pseudonym before; milliseconds will do
}

// CollectedRefunds is COLLECTED, the answer to COLLECT. VendorScrip of the amount
// is attached, if there is any. It is for money alone, because it may be shown.
type CollectedRefunds struct {
	Vendor  VendorID          `json:"vendor"`
	Amount  Money             `json:"amount"` // the sum of the refunds
	Refunds []CollectedRefund `json:"refunds"`
}

// CollectedRefund is one refund of a COLLECTED.
type CollectedRefund struct {
	Refund   ID    `json:"refund"`
	Purchase ID    `json:"purchase"`
	Amount   Money `json:"amount"`
}

// Type returns the message's typ on the wire.
func (RefundReport) Type() string { return "REFUND" }

// Type returns the message's typ on the wire.
func (Refunded) Type() string { return "REFUNDED" }

// Type returns the message's typ on the wire.
func (Collect) Type() string { return "COLLECT" }

// Type returns the message's typ on the wire.
func (CollectedRefunds) Type() string { return "COLLECTED" }

// Valid checks the form of REFUND.
func (m RefundReport) Valid() error { return all(m.Vendor.Valid() && m.Purchase.Valid(), m.Amount) }

// Valid checks the form of REFUNDED.
func (m Refunded) Valid() error { return all(m.Vendor.Valid() && m.Purchase.Valid(), m.Amount) }

// Valid checks the form of COLLECT.
func (m Collect) Valid() error { return valid(m.Vendor.Valid() && validTime(m.Counter)) }

// Valid checks the form of COLLECTED, and that the refunds sum to its amount.
func (m CollectedRefunds) Valid() error {
	if len(m.Refunds) > MaxRefunds {
		return TooMany
	}
	sum := Money(0)
	for _, r := range m.Refunds {
		if err := all(r.Refund.Valid() && r.Purchase.Valid(), r.Amount); err != nil {
			return err
		}
		sum += r.Amount // of 100 at most: no overflow
	}
	if sum != m.Amount {
		return ValueMismatch
	}
	if m.Amount > MaxMoney {
		return AmountOutOfBounds
	}
	return valid(m.Vendor.Valid() && m.Refunds != nil)
}

func (m CollectedRefunds) brings() Money { return m.Amount }
