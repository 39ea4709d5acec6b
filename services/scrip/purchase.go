package scrip

// Bounds on orders and on reports of them.
const (
	MaxNote    = 500 // characters
	MaxLines   = 20  // of an order
	MaxReports = 64  // purchases reported in one T12
)

// Order is attached to T10: what is bought and where it goes. The broker sees
// its digest only.
type Order struct {
	Lines    []OrderLine `json:"lines"`
	Delivery Delivery    `json:"delivery"`
	Note     string      `json:"note"` // what else the seller must know; may be empty
}

// OrderLine is so many of one offer of the merchant, which knows its own offers.
type OrderLine struct {
	Version  ID     `json:"version"` // tx of the signed offer
	Digest   string `json:"digest"`  // of its signed payload
	Quantity int    `json:"quantity"`
}

// Notice is T9: a purchase is about to take place. It authorizes nothing.
type Notice struct {
	Account     AccountID `json:"account"`
	Vendor      VendorID  `json:"vendor"`
	Price       Money     `json:"price"`
	OrderDigest string    `json:"order_digest"`
}

// Mandate is T10: with a VendorScrip, its secret and the order attached, it
// pays. Alone, it is evidence of what was authorized.
type Mandate struct {
	Vendor  VendorID `json:"vendor"`
	Price   Money    `json:"price"`
	Protect *Protect `json:"protect,omitempty"` // nil: the seller has the money with T12
}

// Paid is T11: the purchase is complete. What is left of the VendorScrip is
// attached, if anything is.
type Paid struct {
	Price       Money  `json:"price"`
	OrderID     ID     `json:"order_id"`
	OrderDigest string `json:"order_digest"`
	Change      Money  `json:"change"`
}

// Records is T12: purchases that have taken place.
type Records struct {
	Vendor  VendorID `json:"vendor"`
	Reports []Report `json:"reports"`
}

// Report is one purchase in T12, with the buyer's mandate as evidence.
type Report struct {
	Price       Money  `json:"price"`
	OrderDigest string `json:"order_digest"`
	Tx          ID     `json:"tx"`
	Mandate     string `json:"mandate"` // T10's JWS
}

// Type returns the message's typ on the wire.
func (Notice) Type() string { return "T9" }

// Type returns the message's typ on the wire.
func (Mandate) Type() string { return "T10" }

// Type returns the message's typ on the wire.
func (Paid) Type() string { return "T11" }

// Type returns the message's typ on the wire.
func (Records) Type() string { return "T12" }

// Valid checks the form of an order.
func (o Order) Valid() error {
	if len(o.Lines) == 0 || len(o.Lines) > MaxLines {
		return TooMany
	}
	for _, l := range o.Lines {
		if l.Quantity < 1 || l.Quantity > MaxQuantity {
			return TooMany
		}
		if !l.Version.Valid() || !validHash(l.Digest) {
			return Unreadable
		}
	}
	if err := o.Delivery.Valid(); err != nil {
		return err
	}
	// Its characters are not looked at: it comes after money has moved, and the
	// stall cleans it before it is shown.
	if !counts(o.Note, 0, MaxNote) {
		return TooMany
	}
	return nil
}

// Valid checks the form of T9.
func (m Notice) Valid() error {
	return all(m.Account.Valid() && m.Vendor.Valid() && validHash(m.OrderDigest), m.Price)
}

// Valid checks the form of T10's claims.
func (m Mandate) Valid() error {
	if m.Protect != nil {
		if err := m.Protect.Valid(); err != nil {
			return err
		}
	}
	return all(m.Vendor.Valid(), m.Price)
}

// Valid checks the form of T11.
func (m Paid) Valid() error {
	return all(m.OrderID.Valid() && validHash(m.OrderDigest), m.Price, m.Change)
}

func (m Paid) brings() Money { return m.Change }

// Valid checks the form of T12.
func (m Records) Valid() error {
	if len(m.Reports) == 0 || len(m.Reports) > MaxReports {
		return TooMany
	}
	for _, r := range m.Reports {
		if err := all(r.Tx.Valid() && validHash(r.OrderDigest) && isJWS(r.Mandate), r.Price); err != nil {
			return err
		}
	}
	return valid(m.Vendor.Valid())
}
