package scrip

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// BankKind is what money a broker's bank has.
type BankKind string

// SandboxBank has test money of the program's own, TestBank that of a payment provider, RealBank money. A broker's books are of
// one of them for good.
const (
	SandboxBank BankKind = "sandbox"
	TestBank    BankKind = "test"
	RealBank    BankKind = "real"
)

// The ways in which real money comes in.
const (
	ByCard     = "card"     // at a payment provider's page, by whatever it takes there
	ByTransfer = "transfer" // by a transfer from the customer's own bank
)

// BankTerms are how money gets into a broker's bank, as it publishes them. Who says nothing has a sandbox.
type BankTerms struct {
	Kind BankKind `json:"kind"`
	Ways []PayWay `json:"ways"` // none at the sandbox
}

// PayWay is one way in which money comes in, and what that costs.
type PayWay struct {
	Way   string `json:"way"`   // ByCard, ByTransfer
	Fixed Money  `json:"fixed"` // of the fee
	Rate  int64  `json:"rate"`  // of the fee: of ten thousand parts of the amount
	Least Money  `json:"least"` // the least amount
}

// MaxFeeRate is the highest rate of a fee: a tenth.
const MaxFeeRate = 1000

// Fee is what a payment of an amount costs its customer, beside the amount, rounded up. What the provider takes from who runs
// the broker is not in it.
func (w PayWay) Fee(amount Money) Money {
	return w.Fixed + Money((int64(amount)*w.Rate+9999)/10000)
}

// Way finds a way by its name.
func (t BankTerms) Way(name string) (PayWay, bool) {
	for _, w := range t.Ways {
		if w.Way == name {
			return w, true
		}
	}
	return PayWay{}, false
}

// Valid refuses terms that no broker has.
func (t BankTerms) Valid() error {
	if t.Kind == "" && len(t.Ways) == 0 {
		return nil
	}
	if t.Kind != SandboxBank && t.Kind != TestBank && t.Kind != RealBank || (t.Kind == SandboxBank) != (len(t.Ways) == 0) || len(t.Ways) > 8 {
		return errBrokerInfo
	}
	for _, w := range t.Ways {
		if w.Way != ByCard && w.Way != ByTransfer || w.Fixed < 0 || w.Fixed > MaxMoney || w.Rate < 0 || w.Rate > MaxFeeRate || w.Least < 0 || w.Least > MaxMoney {
			return errBrokerInfo
		}
	}
	return nil
}

// Banking is what becomes of real money at payment providers: rows of the books as they are from this Change on. A row whose
// Version is 1 is new, any other follows the one with the Version before it: Unavailable where another Change was there first,
// and who decided reads anew and decides again.
type Banking struct {
	PayIns    []PayIn
	Attempts  []Attempt
	Disburse  []Disbursement
	Payees    []Payee
	Suspended []Suspended
	Heard     *Heard    // AlreadyRecorded if it was heard before
	Taken     *BankFile // AlreadyRecorded if it was taken before
}

// PayIn is real money that the customer of a bank account was asked for, because a Collection wants more than is in the account.
type PayIn struct {
	Key       ID // the Collection's
	Reference string
	Amount    Money  // what was missing when it was asked
	Code      string // creditor reference (ISO 11649) by which a transfer names it
	At        int64  // unix seconds: when it was asked
	State     PayInState
	Changed   int64 // unix seconds
	Version   int64
}

// PayInState is how a PayIn stands.
type PayInState string

// Asked waits for money. Paid has it: the account was credited, once. CalledOff is no longer wanted; what comes for it all the
// same is credited to the account.
const (
	PayInAsked     PayInState = "asked"
	PayInPaid      PayInState = "paid"
	PayInCalledOff PayInState = "called-off"
)

// Attempt is one try at a PayIn on the page of a payment provider.
type Attempt struct {
	ID        ID // names it to the provider: asked twice with it, that does it once
	PayIn     ID
	N         int // from 1
	Reference string
	Amount    Money
	Fee       Money // beside the amount
	At        int64 // unix seconds
	State     AttemptState
	Session   string // the provider's name of it; empty while State is begun
	Link      string // where the customer pays; likewise
	Charge    string // what it was paid with, as the provider names it; empty until it is paid
	Reason    string // the provider's word for why it failed
	Refunded  Money  // of the amount: what was given back of it, or is being
	Closed    bool   // nothing more can be given back of it
	Next      int64  // unix seconds: when it is looked at next; 0: not any more
	Tries     int
	Version   int64
}

// AttemptState is how an Attempt stands.
type AttemptState string

// Begun is to be opened at the provider, Open waits for the customer there, Ending is to be closed there. Paid and Failed are
// its ends, but that one that failed by what is known may yet be paid.
const (
	AttemptBegun  AttemptState = "begun"
	AttemptOpen   AttemptState = "open"
	AttemptEnding AttemptState = "ending"
	AttemptPaid   AttemptState = "paid"
	AttemptFailed AttemptState = "failed"
)

// Disbursement is real money on its way out of a bank account, or a part of it. It is written down by the Change that takes the
// money out of the account, and carried out behind it.
type Disbursement struct {
	Key       ID  // of the order: of the record that paid into the account
	N         int // of the part, from 0
	Reference string
	Amount    Money
	At        int64 // unix seconds
	State     DisbursementState
	Means     Means
	Attempt   ID     // of a refund: of what
	To        string // otherwise the payee, as the means names it
	Given     string // the provider's name of it; of a transfer by file that of the file
	Reason    string // why it failed
	Changed   int64  // unix seconds
	Next      int64  // unix seconds: when it is looked at next; 0: not any more
	Tries     int
	Version   int64
}

// ID names a part to a provider: asked twice with it, that does it once.
func (d Disbursement) ID() ID { return DerivedID("disbursement", d.Key, d.N) }

// DerivedID is an ID that follows from others: who decides the same twice names it the same.
func DerivedID(what string, of ID, n int) ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", what, of, n))
	return ID(base64.RawURLEncoding.EncodeToString(sum[:16]))
}

// DisbursementState is how a Disbursement stands.
type DisbursementState string

// OutQueued has no means yet, OutReady is to be given to a provider, OutSent was given. OutDone left. OutFailed came back to the
// account.
const (
	OutQueued DisbursementState = "queued"
	OutReady  DisbursementState = "ready"
	OutSent   DisbursementState = "sent"
	OutDone   DisbursementState = "done"
	OutFailed DisbursementState = "failed"
)

// Means is how a Disbursement is made.
type Means string

// A refund goes back to where it was paid from, a payment to the payee's account at the provider, a file to the payee's IBAN.
const (
	ByRefund  Means = "refund"
	ByPayment Means = "payment"
	ByFile    Means = "file"
)

// Reasons of our own why a disbursement failed; any other is the provider's word.
const (
	NoPayee       = "no-payee"        // nobody has said where it is to go
	RefusedByBank = "refused-by-bank" // the bank of the broker took the order for it back, and said no more
)

// Payee is where money that leaves an account goes.
type Payee struct {
	Reference string
	Name      string // of who holds the account at IBAN
	IBAN      string // empty: not said
	Connected string // the account at the payment provider; empty: none
	Version   int64
}

// Suspended is money that came in, or went, and belongs to nobody known: it waits for the operator.
type Suspended struct {
	ID        ID
	Way       string // ByCard, ByTransfer
	At        int64  // unix seconds
	Amount    Money  // so much of it stands in Suspense; 0 where it is of another currency, or is missing
	Said      string // the amount as it came, with its currency
	Named     string // the reference that it came with, or how the provider names what took it
	Payer     string
	IBAN      string // the payer's
	Why       string
	Settled   int64  // unix seconds; 0 while it waits
	Outcome   string // how it ended; "credited": to Reference
	Reference string
	Version   int64
}

// Why money is suspended.
const (
	UnknownReference = "unknown-reference"
	OtherAmount      = "other-amount"
	OtherCurrency    = "other-currency"
	PaidTwice        = "paid-twice"
	ItemsDiffer      = "items-differ" // the transactions of an entry do not come to what was booked
	TakenBackAbroad  = "taken-back"   // given back to the payer at the provider, and not by us, and the account does not hold it any more
	Inquired         = "inquired"     // the payer's bank asks about a payment, and has taken nothing back yet
	Disputed         = "disputed"     // the payer takes it back through its bank; Amount of it is the house's
)

// Heard is a notice of a payment provider, by its ID, and about what: it is looked at anew.
type Heard struct {
	Provider string
	ID       string
	Kind     string
	About    string // an Attempt or a Disbursement, by our ID or the provider's name; what nobody knows is heard and changes nothing
	At       int64  // unix seconds
}

// BankFile is a file of a bank's, taken once: by its message ID, and by its digest.
type BankFile struct {
	Message string
	Digest  string
	At      int64 // unix seconds
}

// Kinds of records of real money, beside KindDeposit: no message of the protocol brings them.
const (
	KindOrdered   = "ordered"   // who has an account wants what is in it paid out
	KindDisbursed = "disbursed" // what a PAYOUT, or another message, paid into a bank account has left
	KindReturned  = "returned"  // and came back, or did not leave
	KindReversed  = "reversed"  // a provider took back what was paid in
	KindSuspended = "suspended" // money came in for nobody known
	KindSettled   = "settled"   // and the operator said whose it is, or a dispute was decided
	KindDisputed  = "disputed"  // a provider took back what a payer disputes: the house's money stands in for it
	KindHouse     = "house"     // whoever runs the broker put money of its own in, or took it out
)
