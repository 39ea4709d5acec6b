package scrip

// Acquire is T1: an account asks for BrokerScrip, paid by its bank.
type Acquire struct {
	Account AccountID `json:"account"`
	Amount  Money     `json:"amount"`
	Nonce   ID        `json:"nonce"`
	Counter int64     `json:"counter"` // greater than in every T1 of the account before
}

// Acquired is T2: the BrokerScrip and its secret, attached.
type Acquired struct {
	Nonce ID    `json:"nonce"`
	Value Money `json:"value"`
}

// Pending answers T1 while the bank waits for the customer to confirm. The
// same T1 sent again brings T2 once the bank has paid.
type Pending struct {
	Link string `json:"link"` // where the customer confirms
}

// Announcement is T3: the customer tells the broker, directly, which exchange
// it is about to make, and proves it by the scrip's secret, attached. Attached too
// is the AliasPossession, under which alone the broker ties the pseudonym to the
// account.
type Announcement struct {
	Account   AccountID `json:"account"`
	ScripID   ID        `json:"scrip_id"`
	Value     Money     `json:"value"`
	Vendor    VendorID  `json:"vendor"`
	Pseudonym Pseudonym `json:"pseudonym"`
}

// AliasPossession is signed with a pseudonym's key, so that no account has
// another's pseudonym tied to it. It is attached to T3, for that transaction.
type AliasPossession struct {
	Account AccountID `json:"account"`
	Vendor  VendorID  `json:"vendor"`
	Nonce   ID        `json:"nonce"` // random: its digest is shown to the merchant, and tells nothing
}

// ExchangeOrder is the order part of T4, for the merchant, signed with the
// pseudonym. It is signed together with the payment part's digest.
type ExchangeOrder struct {
	Value     Money     `json:"value"`
	Vendor    VendorID  `json:"vendor"`
	Pseudonym Pseudonym `json:"pseudonym"`
}

// ExchangePayment is the payment part of T4, for the broker, signed with the
// account's key. The BrokerScrip is attached, its secret is not.
type ExchangePayment struct {
	Account   AccountID `json:"account"`
	Value     Money     `json:"value"`
	Vendor    VendorID  `json:"vendor"`
	Pseudonym Pseudonym `json:"pseudonym"`
}

// ExchangeRequest is T5: the merchant passes the payment part on and says
// which order part it came with, and for whom it will issue: VendorScrip of a
// pseudonym the broker was not told of would buy goods that nobody pays for.
type ExchangeRequest struct {
	Vendor        VendorID  `json:"vendor"`
	Value         Money     `json:"value"`
	Pseudonym     Pseudonym `json:"pseudonym"`
	OrderDigest   string    `json:"order_digest"`
	PaymentDigest string    `json:"payment_digest"`
}

// Exchanged is T6: the broker's receipt for the customer, with what is left of
// the BrokerScrip attached, if anything is.
type Exchanged struct {
	Vendor  VendorID `json:"vendor"`
	Value   Money    `json:"value"`
	Change  Money    `json:"change"`
	Receipt string   `json:"receipt"` // JWS for the merchant: see Receipt
}

// Receipt shows a merchant that the broker blessed an exchange. It names the
// pseudonym and no account. It comes inside T6.
type Receipt struct {
	Vendor     VendorID  `json:"vendor"`
	Value      Money     `json:"value"`
	Pseudonym  Pseudonym `json:"pseudonym"`
	Possession string    `json:"possession"` // digest of the AliasPossession that came with T3
}

// ExchangeApproval is T7: the broker tells the merchant to issue.
type ExchangeApproval struct {
	Vendor VendorID `json:"vendor"`
	Value  Money    `json:"value"`
}

// Issued is T8: the VendorScrip and its secret, attached.
type Issued struct {
	Value Money `json:"value"`
}

// Claim shows the merchant the receipt of an exchange whose T8 never came.
// The answer is T8.
type Claim struct {
	Value   Money  `json:"value"`
	Receipt string `json:"receipt"`
}

// Type returns the message's typ on the wire.
func (Acquire) Type() string { return "T1" }

// Type returns the message's typ on the wire.
func (Acquired) Type() string { return "T2" }

// Type returns the message's typ on the wire.
func (Pending) Type() string { return "PENDING" }

// Type returns the message's typ on the wire.
func (Announcement) Type() string { return "T3" }

// Type returns the message's typ on the wire.
func (AliasPossession) Type() string { return "T3-possession" }

// Type returns the message's typ on the wire.
func (ExchangeOrder) Type() string { return "T4-order" }

// Type returns the message's typ on the wire.
func (ExchangePayment) Type() string { return "T4-payment" }

// Type returns the message's typ on the wire.
func (ExchangeRequest) Type() string { return "T5" }

// Type returns the message's typ on the wire.
func (Exchanged) Type() string { return "T6" }

// Type returns the message's typ on the wire.
func (Receipt) Type() string { return "RECEIPT" }

// Type returns the message's typ on the wire.
func (ExchangeApproval) Type() string { return "T7" }

// Type returns the message's typ on the wire.
func (Issued) Type() string { return "T8" }

// Type returns the message's typ on the wire.
func (Claim) Type() string { return "CLAIM" }

// Valid checks the form of T1.
func (m Acquire) Valid() error {
	return all(m.Account.Valid() && m.Nonce.Valid() && validTime(m.Counter), m.Amount)
}

// Valid checks the form of T2.
func (m Acquired) Valid() error { return all(m.Nonce.Valid(), m.Value) }

// Valid checks the form of PENDING.
func (m Pending) Valid() error { return valid(m.Link != "" && len(m.Link) <= 1000) }

// Valid checks the form of T3.
func (m Announcement) Valid() error {
	return all(m.Account.Valid() && m.ScripID.Valid() && m.Vendor.Valid() && m.Pseudonym.Valid(), m.Value)
}

// Valid checks the form of the proof attached to T3.
func (m AliasPossession) Valid() error {
	return valid(m.Account.Valid() && m.Vendor.Valid() && m.Nonce.Valid())
}

// Valid checks the form of T4's order part.
func (m ExchangeOrder) Valid() error { return all(m.Vendor.Valid() && m.Pseudonym.Valid(), m.Value) }

// Valid checks the form of T4's payment part.
func (m ExchangePayment) Valid() error {
	return all(m.Account.Valid() && m.Vendor.Valid() && m.Pseudonym.Valid(), m.Value)
}

// Valid checks the form of T5.
func (m ExchangeRequest) Valid() error {
	return all(m.Vendor.Valid() && m.Pseudonym.Valid() && validHash(m.OrderDigest) && validHash(m.PaymentDigest), m.Value)
}

// Valid checks the form of T6.
func (m Exchanged) Valid() error {
	return all(m.Vendor.Valid() && isJWS(m.Receipt), m.Value, m.Change)
}

func (m Exchanged) brings() Money { return m.Change }

// Valid checks the form of the receipt inside T6.
func (m Receipt) Valid() error {
	return all(m.Vendor.Valid() && m.Pseudonym.Valid() && validHash(m.Possession), m.Value)
}

// Valid checks the form of T7.
func (m ExchangeApproval) Valid() error { return all(m.Vendor.Valid(), m.Value) }

// Valid checks the form of T8.
func (m Issued) Valid() error { return all(true, m.Value) }

// Valid checks the form of CLAIM.
func (m Claim) Valid() error { return all(isJWS(m.Receipt), m.Value) }

// all refuses a malformed body as Unreadable, and as AmountOutOfBounds an amount
// that cannot be paid, or rest that is neither 0 nor such an amount.
func all(formed bool, amount Money, rest ...Money) error {
	if !formed {
		return Unreadable
	}
	if !amount.Positive() {
		return AmountOutOfBounds
	}
	return orNothing(rest...)
}

// orNothing refuses amounts that are neither 0 nor payable.
func orNothing(amounts ...Money) error {
	for _, amount := range amounts {
		if amount != 0 && !amount.Positive() {
			return AmountOutOfBounds
		}
	}
	return nil
}
