package scrip

import "strings"

// Ledger names an account in the broker's books (protocol section 6).
type Ledger string

// World is where money comes from and goes to: every other account's balance
// is at least zero, and all of them with World sum to zero.
const World Ledger = "world"

// Outstanding is the BrokerScrip in circulation.
const Outstanding Ledger = "outstanding"

// BankOf is the real money the bank holds for a reference.
func BankOf(reference string) Ledger { return Ledger("bank:" + reference) }

// PayoutOf is what left a bank account of the books and has not left the bank: money on its way to the customer.
func PayoutOf(reference string) Ledger { return Ledger(payouts + reference) }

// Suspense is money that came in for nobody known.
const Suspense Ledger = "suspense"

// House is money of whoever runs the broker, put in so that what payers take back through their banks is at the cost of nobody
// else.
const House Ledger = "house"

// payouts is the beginning of the names of PayoutOf.
const payouts = "payout:"

// Payout reports whether this is what is on its way out of a bank account.
func (l Ledger) Payout() bool { return strings.HasPrefix(string(l), payouts) }

// Bank tells of which reference this is the bank account, if it is one.
func (l Ledger) Bank() (reference string, ok bool) {
	return strings.CutPrefix(string(l), string(BankOf("")))
}

// Kinds of accounts of the books that are a merchant's: beginnings of their names.
const (
	Floats   = "float:"
	Reserves = "reserve:"
	Earnings = "earned:"
	Helds    = "held:"
)

// credits is the beginning of the names of accounts' credits.
const credits = "credit:"

// FloatOf covers the VendorScrip of a merchant that is one account's, under
// whatever pseudonyms: what the account put in, and neither spent nor took out.
// So a merchant with a friend gets out what the friend put in, and no more.
func FloatOf(v VendorID, a AccountID) Ledger { return ofCustomer(Floats, v, a) }

// ReserveOf is held of an account for a merchant while an extension is under way
// (6.5).
func ReserveOf(v VendorID, a AccountID) Ledger { return ofCustomer(Reserves, v, a) }

// EarnedOf is what a merchant sold and may be paid out.
func EarnedOf(v VendorID) Ledger { return Ledger(Earnings + string(v)) }

// HeldOf is what a merchant sold under protection and does not have yet.
func HeldOf(v VendorID) Ledger { return Ledger(Helds + string(v)) }

// CreditOf is what an account had back of protected purchases and was not paid out.
func CreditOf(a AccountID) Ledger { return Ledger(credits + string(a)) }

func ofCustomer(kind string, v VendorID, a AccountID) Ledger {
	return Ledger(kind + string(v) + ":" + string(a))
}

// Share is whose a float or a reserve is: what one account has at one merchant.
type Share struct {
	Vendor  VendorID
	Account AccountID
}

// Float tells whose float this is, if it is one.
func (l Ledger) Float() (Share, bool) { return l.share(Floats) }

// Reserve tells whose reserve this is, if it is one.
func (l Ledger) Reserve() (Share, bool) { return l.share(Reserves) }

// Earned tells whose earnings this is, if it is that.
func (l Ledger) Earned() (VendorID, bool) {
	v, ok := strings.CutPrefix(string(l), Earnings)
	return VendorID(v), ok
}

// Held tells whose sales this holds the money of, if it does.
func (l Ledger) Held() (VendorID, bool) {
	v, ok := strings.CutPrefix(string(l), Helds)
	return VendorID(v), ok
}

// Credit tells whose credit this is, if it is that.
func (l Ledger) Credit() (AccountID, bool) {
	a, ok := strings.CutPrefix(string(l), credits)
	return AccountID(a), ok
}

func (l Ledger) share(kind string) (Share, bool) {
	rest, ok := strings.CutPrefix(string(l), kind)
	vendor, account, _ := strings.Cut(rest, ":")
	return Share{VendorID(vendor), AccountID(account)}, ok
}

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
	Left     Money     `json:"left,omitempty"` // T5: what remained of the BrokerScrip; RESCUE: what stays of the float
	Posts    []Posting `json:"posts,omitempty"`
	Evidence []string  `json:"evidence,omitempty"` // signed messages, without attachments
	Purchase ID        `json:"purchase,omitempty"` // tx of T10, of what is about a hold
}

// KindDeposit is the Kind of the record of test money put into the sandbox bank:
// no message of the protocol brings it.
const KindDeposit = "deposit"

// KindTime is the Kind of the record of a hold whose time was over.
const KindTime = EventTime

// SignedHead is a head of the log as the broker signed it. It is kept unless
// there is one of as many records, or one signed after Since.
type SignedHead struct {
	Size  int64
	At    int64  // unix seconds
	Note  string // as signed: see package tree
	Since int64  // unix seconds
}

// Cosigned is what a witness cosigned last: the head of Size records, by a line that stands
// behind the head's own signature.
type Cosigned struct {
	Witness string // its key, as notes have it
	Size    int64
	At      int64 // unix seconds: when it came
	Line    string
}
