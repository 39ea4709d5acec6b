package scrip

// Collection is a broker's request to a bank: take amount from an account.
type Collection struct {
	Key       ID     // names this one payment: no other has it
	Reference string // the customer's bank account
	Amount    Money
	At        int64 // unix seconds
	// Insists is set where the customer owes the payment: what it declined it is
	// asked again. Any other payment that was declined is never made.
	Insists bool
}

// Collected says whether the money is there.
type Collected struct {
	// Link is where the customer must confirm before the bank pays. While it
	// is set nothing is paid, and the same Collection is to be asked again.
	Link string
	// Posts bring the money into the customer's bank account in the books, if
	// it is not there already. They go into the Change that spends it.
	Posts []Posting
}

// Consent is what a bank's customer said of a payment that waits for its word. It
// is said once: whichever came first stands.
type Consent string

// A payment is made only when it is confirmed.
const (
	Awaited   Consent = "" // nothing was said yet
	Confirmed Consent = "confirmed"
	Declined  Consent = "declined"
)
