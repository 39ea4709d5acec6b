package scrip

// Ledger names an account in the broker's books (protocol section 6).
type Ledger string

// World is where money comes from and goes to: every other account's balance
// is at least zero, and all of them with World sum to zero.
const World Ledger = "world"

// Outstanding is the BrokerScrip in circulation.
const Outstanding Ledger = "outstanding"

// BankOf is the real money the bank holds for a reference.
func BankOf(reference string) Ledger { return Ledger("bank:" + reference) }

// FloatOf covers the VendorScrip a merchant may have in circulation.
func FloatOf(v VendorID) Ledger { return Ledger("float:" + string(v)) }

// ReserveOf is held for a merchant while an extension is under way (6.5).
func ReserveOf(v VendorID) Ledger { return Ledger("reserve:" + string(v)) }

// EarnedOf is what a merchant sold and may be paid out.
func EarnedOf(v VendorID) Ledger { return Ledger("earned:" + string(v)) }

// Posting moves money between two accounts of the books. From is left at zero
// or more, unless it is World.
type Posting struct {
	From   Ledger `json:"from"`
	To     Ledger `json:"to"`
	Amount Money  `json:"amount"`
}

// Record is one entry of the broker's log. The log replays into the books:
// every posting stands in exactly one record.
type Record struct {
	At       int64     `json:"at"`   // unix seconds
	Kind     string    `json:"kind"` // the message it records: "T1"
	Tx       ID        `json:"tx"`
	Account  AccountID `json:"account,omitempty"`
	Vendor   VendorID  `json:"vendor,omitempty"`
	Amount   Money     `json:"amount,omitempty"`
	Left     Money     `json:"left,omitempty"` // T5: what remained of the BrokerScrip
	Posts    []Posting `json:"posts,omitempty"`
	Evidence []string  `json:"evidence,omitempty"` // signed messages, without attachments
}

// KindDeposit is the Kind of the record of test money put into the sandbox bank:
// no message of the protocol brings it.
const KindDeposit = "deposit"

// SignedHead is a head of the log as the broker signed it. It is kept unless
// there is one of as many records, or one signed after Since.
type SignedHead struct {
	Size  int64
	At    int64  // unix seconds
	Note  string // as signed: see package tree
	Since int64  // unix seconds
}
