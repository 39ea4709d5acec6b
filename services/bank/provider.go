package bank

import (
	"context"
	"iter"

	"peerscrip/services/scrip"
)

// Provider is a payment provider: its network. Each method may take long, may fail halfway, and may be called again for the same
// Attempt or Disbursement, whose ID it passes on as what makes the second call answer as the first did. An error that is a
// [Rejected] is the provider's last word; after any other the same is asked again later. Safe for concurrent use.
type Provider interface {
	// Open makes the page on which an attempt is paid, and returns its name and its address. Who paid, or did not want to, is
	// sent on to back.
	Open(ctx context.Context, a scrip.Attempt, currency scrip.Currency, back string) (session, link string, err error)
	// Look says how an open attempt stands.
	Look(ctx context.Context, a scrip.Attempt) (Seen, error)
	// End closes the page of an attempt: after it nobody pays there. Nil too where it is over.
	End(ctx context.Context, a scrip.Attempt) error
	// Refund gives back a part of a paid attempt.
	Refund(ctx context.Context, d scrip.Disbursement, of scrip.Attempt) (Given, error)
	// Pay pays to the payee's account at the provider.
	Pay(ctx context.Context, d scrip.Disbursement, currency scrip.Currency) (Given, error)
	// Track says how a Disbursement stands that was given.
	Track(ctx context.Context, d scrip.Disbursement) (Given, error)
	// Connect opens an account at the provider for who has a bank account here, unless connected names it, and returns a page on
	// which its owner says where its money goes, and that leads back.
	Connect(ctx context.Context, reference, connected, back string) (account, link string, err error)
	// Hear verifies a notice of the provider's as it came, and says what it is about; scrip.Unreadable: it is none.
	Hear(payload []byte, signature string) (scrip.Heard, error)
	// List goes through what the provider has of payments, refunds, payments out and disputes, made at a time, in unix seconds, or
	// later.
	List(ctx context.Context, since int64) iter.Seq2[Listed, error]
}

// Rejected is a provider's last word on what it was asked: it does not do it.
type Rejected struct{ Reason string }

func (r Rejected) Error() string { return "the payment provider does not do it: " + r.Reason }

// Seen is how an attempt stands at its provider.
type Seen struct {
	State    SeenState
	Charge   string      // of SeenPaid
	Amount   scrip.Money // of SeenPaid: all that was paid, the fee with it
	Currency string      // of it: ISO 4217
	Reason   string      // of SeenFailed
	Refunded scrip.Money // of SeenPaid: what its payer has back, whoever gave it
	Disputes []Dispute   // of SeenPaid, where it is looked at again
}

// Dispute is a payer's word to its bank that a payment is to be taken back.
type Dispute struct {
	Name     string // the provider's of it
	Amount   scrip.Money
	Currency string // ISO 4217
	State    DisputeState
}

// DisputeState is how a dispute stands.
type DisputeState int

// DisputeAsked is a question of the payer's bank, which has moved no money; DisputeOpen has it taken back until it is decided. By
// DisputeWon it is here again, by DisputeLost it is gone.
const (
	DisputeAsked DisputeState = iota
	DisputeOpen
	DisputeWon
	DisputeLost
)

// SeenState is what a provider says of an attempt.
type SeenState int

// SeenOpen waits for the payer, or for the payer's bank.
const (
	SeenOpen SeenState = iota
	SeenPaid
	SeenFailed
)

// Given is how a Disbursement stands at its provider.
type Given struct {
	Name   string // the provider's of it
	State  GivenState
	Reason string // of GivenBack
}

// GivenState is what a provider says of a Disbursement.
type GivenState int

// GivenAway is on its way, GivenDone has arrived as far as the provider says, GivenBack did not, or came back.
const (
	GivenAway GivenState = iota
	GivenDone
	GivenBack
)

// Listed is a payment, a refund or a payment out in a provider's list.
type Listed struct {
	Kind     ListedKind
	Name     string   // the provider's of it
	ID       scrip.ID // ours, if it was made for us: of the Attempt or the Disbursement
	Of       string   // of a refund or a dispute: the payment, as the provider names it
	Amount   scrip.Money
	Currency string
	At       int64 // unix seconds
	Failed   bool  // it came to nothing; of a dispute: it is no more than asked, or is won
}

// ListedKind is what stands in a provider's list.
type ListedKind string

// The kinds of a list.
const (
	ListedPayment ListedKind = "payment"
	ListedRefund  ListedKind = "refund"
	ListedPayout  ListedKind = "payout"
	ListedDispute ListedKind = "dispute"
)
