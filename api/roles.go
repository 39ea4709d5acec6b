package api

import (
	"context"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Every method of these interfaces is safe for concurrent use. A step takes a
// sealed message and gives the sealed answer, REFUSE among them; the error is a
// scrip.Refusal where no answer could be sealed (the message was not readable,
// the receiver is not there), and otherwise a fault of the service's own. After
// an error that wraps scrip.Unavailable, or that is no refusal, the same
// message may be sent again and is answered as it would have been.

// Broker is the broker as its customers and merchants know it.
type Broker interface {
	Joining
	Cash
	Exchanging
	Changing
	Recording
	Earning
	Directory
	Log
}

// Joining is how money and merchants come in: R1, R3 and T1.
type Joining interface {
	OpenAccount(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	OpenStall(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Acquire(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
}

// Cash is what becomes of BrokerScrip beside its exchange: T13, T20 and T26.
type Cash interface {
	TopUp(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Withdraw(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
}

// Exchanging is T3, and T5 with T4's payment part in Payment.
type Exchanging interface {
	Announce(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Exchange(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
}

// Changing is what becomes of VendorScrip at the broker: T15 (in Order and
// Payment), and T23 with T22's payment part in Payment.
type Changing interface {
	Extend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	GiveBack(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
}

// Recording is T9 and T12.
type Recording interface {
	Notice(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Record(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
}

// Earning is what becomes of a merchant's earnings: REFUND, STATEMENT and
// PAYOUT.
type Earning interface {
	Refund(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Statement(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Payout(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
}

// Directory is what a broker publishes.
type Directory interface {
	Info(ctx context.Context) (scrip.BrokerInfo, error)
	// Stalls lists every certified stall, revoked ones too.
	Stalls(ctx context.Context) ([]scrip.CertifiedStall, error)
	// Stall returns scrip.UnknownVendor for a stall that was never certified.
	Stall(ctx context.Context, vendor scrip.VendorID) (scrip.CertifiedStall, error)
}

// Log is the broker's log in public. What is not there, or not covered by a
// signed head, is scrip.NotFound; what soon will be, scrip.Unavailable.
type Log interface {
	// Head returns the signed head.
	Head(ctx context.Context) (string, error)
	// Proof proves a record by its number.
	Proof(ctx context.Context, index int64) (tree.Inclusion, error)
	// MessageProof proves a record by the digest of one of its messages.
	MessageProof(ctx context.Context, digest string) (tree.Inclusion, error)
	Consistency(ctx context.Context, from, to int64) (tree.Consistency, error)
}

// Stalls are the stalls served by one instance.
type Stalls interface {
	// Stall returns scrip.UnknownVendor for a stall that is not served here.
	Stall(ctx context.Context, vendor scrip.VendorID) (Stall, error)
}

// StallsFunc is Stalls as a function.
type StallsFunc func(ctx context.Context, vendor scrip.VendorID) (Stall, error)

// Stall calls f.
func (f StallsFunc) Stall(ctx context.Context, vendor scrip.VendorID) (Stall, error) {
	return f(ctx, vendor)
}

// Stall is one merchant as its customers know it.
type Stall interface {
	Counter
	Till
	Window
}

// Counter is T4 (in Order and Payment), CLAIM, T10 and T26.
type Counter interface {
	Exchange(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Claim(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Purchase(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Renew(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
}

// Till is what becomes of VendorScrip beside a purchase: T16 with T15's order
// part in Order, T22 (in Order and Payment), and COLLECT.
type Till interface {
	Collect(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	Extend(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
	GiveBack(ctx context.Context, in scrip.Sealed) (scrip.Sealed, error)
}

// Window is what a stall shows.
type Window interface {
	// About returns the stall with its certificate, and what the seller says
	// about it in plain text.
	About(ctx context.Context) (scrip.CertifiedStall, string, error)
	// Offers lists the offers that have not ended, newest first.
	Offers(ctx context.Context) ([]scrip.PublicOffer, error)
	// Offer returns scrip.NotFound for an offer that is not there or has ended.
	Offer(ctx context.Context, offer scrip.ID) (scrip.PublicOffer, error)
	// Photo returns a JPEG in both sizes by the digest of the full one, or
	// scrip.NotFound.
	Photo(ctx context.Context, digest string) (scrip.Photo, error)
}

// Bank is the sandbox bank.
type Bank interface {
	Accounts
	Confirmations
}

// Accounts are the sandbox bank's. An unknown reference is scrip.NotFound.
type Accounts interface {
	// OpenAccount returns the reference of a new, empty account.
	OpenAccount(ctx context.Context) (string, error)
	Balance(ctx context.Context, reference string) (scrip.Money, error)
	// Deposit pays in, once for each key, and returns the balance.
	Deposit(ctx context.Context, reference string, amount scrip.Money, key scrip.ID) (scrip.Money, error)
}

// Confirmations are the collections that wait for the account's holder. An
// unknown key is scrip.NotFound.
type Confirmations interface {
	// Confirmation returns what is asked, and whether it was confirmed.
	Confirmation(ctx context.Context, key scrip.ID) (scrip.Collection, bool, error)
	// Confirm confirms it; confirming again changes nothing.
	Confirm(ctx context.Context, key scrip.ID) error
}

// Market is the catalogue over many stalls.
type Market interface {
	// Search returns one page of what can be bought now.
	Search(ctx context.Context, q market.Query) (market.Results, error)
	// Listing returns scrip.NotFound for a listing that is not there.
	Listing(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (market.Item, error)
	// Categories lists all categories with how many items each has now.
	Categories(ctx context.Context) ([]market.Category, error)
}
