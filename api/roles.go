package api

import (
	"context"
	"io"

	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/services/tree"
)

// Every method of these interfaces is safe for concurrent use. Send takes a
// sealed message by its name in docs/protocol.md and gives the sealed answer,
// REFUSE among them; its error is a scrip.Refusal where no answer could be sealed
// (the message was not readable, the receiver is not there), and otherwise a
// fault of the service's own. After an error that wraps scrip.Unavailable, or that
// is no refusal, the same message may be sent again and is answered as it would
// have been.

// Broker is the broker as its customers and merchants know it: the steps of the
// table that go to B, its directory, and its log in public. Of the log, what is
// not there, or not covered by a signed head, is scrip.NotFound; what soon will
// be, scrip.Unavailable.
type Broker interface {
	Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error)

	// Info says who the broker is, but for its keys.
	Info(ctx context.Context) (scrip.BrokerInfo, error)
	// Keys lists its KEYS after a serial, the oldest first, scrip.MaxKeysPage at most.
	Keys(ctx context.Context, after int64) ([]string, error)
	// Stalls lists certified stalls after one, or from the first, revoked ones too, the
	// oldest first, as many as are read at once.
	Stalls(ctx context.Context, after scrip.VendorID) (scrip.DirectoryPart, error)
	// Directory is a page of that list, see scrip.DirectoryPages. scrip.UnknownVendor:
	// there is no such stall to go on after.
	Directory(ctx context.Context, after scrip.VendorID) ([]scrip.CertifiedStall, error)
	// Stall returns scrip.UnknownVendor for a stall that was never certified.
	Stall(ctx context.Context, vendor scrip.VendorID) (scrip.CertifiedStall, error)

	// Ratings lists what buyers said of a stall, scrip.MaxRatingsPage at most.
	// scrip.UnknownVendor: a stall that was never certified.
	Ratings(ctx context.Context, page scrip.RatingPage) ([]scrip.PublicRating, error)

	// Head returns the signed head of the log.
	Head(ctx context.Context) (string, error)
	// Checkpoint returns the last signed head that witnesses cosigned, with what they signed.
	Checkpoint(ctx context.Context) (string, error)
	// Proof proves a record by its number.
	Proof(ctx context.Context, index int64) (tree.Inclusion, error)
	// MessageProof proves a record by the digest of one of its messages.
	MessageProof(ctx context.Context, digest string) (tree.Inclusion, error)
	// Consistency proves that the log of to records continues that of from.
	Consistency(ctx context.Context, from, to int64) (tree.Consistency, error)
}

// Stalls are the stalls served by one instance.
type Stalls interface {
	// Stall returns scrip.UnknownVendor for a stall that is not served here.
	Stall(ctx context.Context, vendor scrip.VendorID) (Stall, error)
}

// Stall is one merchant as its customers know it: the steps of the table that go
// to M, and what it shows.
type Stall interface {
	Send(ctx context.Context, message string, in scrip.Sealed) (scrip.Sealed, error)

	// About returns the stall with its certificate, and what it says of itself.
	About(ctx context.Context) (scrip.CertifiedStall, scrip.StallPage, error)
	// Offers lists the offers that have not ended, newest first.
	Offers(ctx context.Context) ([]scrip.PublicOffer, error)
	// Offer returns scrip.NotFound for an offer that is not there or has ended.
	Offer(ctx context.Context, offer scrip.ID) (scrip.PublicOffer, error)
	// Photo returns a JPEG in both sizes by the digest of the full one, or
	// scrip.NotFound.
	Photo(ctx context.Context, digest string) (scrip.Photo, error)
}

// Sellers are the stalls of this instance in the hands of their sellers' programs.
type Sellers interface {
	// Seller returns scrip.UnknownVendor for a stall that is not here.
	Seller(ctx context.Context, vendor scrip.VendorID) (Seller, error)
}

// Seller is a stall in the hands of its seller's programs: the functions that the desk's
// forms call, too. *merchant.Stall is one.
type Seller interface {
	Current() scrip.Certificate
	// Key returns what a key may do, or scrip.NotFound.
	Key(ctx context.Context, token string) (scrip.SellerKey, error)
	// Once carries a request out once, as merchant.Stall does.
	Once(ctx context.Context, r merchant.Request, do func(context.Context) error) (answer string, err error)

	Listing(ctx context.Context, offer scrip.ID) (scrip.Listing, error)
	ListingsAfter(ctx context.Context, after scrip.ID, limit int) ([]scrip.Listing, error)
	List(ctx context.Context, item merchant.Item) (scrip.Listing, error)
	Revise(ctx context.Context, seen merchant.Seen, item merchant.Item) (scrip.Listing, error)
	Restock(ctx context.Context, offer scrip.ID, add int) (scrip.Listing, error)
	End(ctx context.Context, offer scrip.ID) error
	Edit(ctx context.Context, edits []merchant.Edit) error
	AddPhoto(ctx context.Context, file io.Reader) (digest string, err error)
	AskFor(ctx context.Context, demand merchant.Demand) (scrip.Listing, error)
	PaymentLinks(ctx context.Context, after scrip.ID, limit int) ([]merchant.PaymentLink, error)
	PaymentLink(ctx context.Context, offer scrip.ID, limit int) (merchant.PaymentLink, []scrip.Sale, error)

	OrdersAfter(ctx context.Context, after scrip.ID, limit int) ([]scrip.Sale, map[scrip.ID]scrip.State, error)
	OrdersToSend(ctx context.Context, limit int) ([]scrip.Sale, map[scrip.ID]scrip.State, error)
	Order(ctx context.Context, id scrip.ID) (merchant.Order, error)
	MarkSent(ctx context.Context, order scrip.ID, parcel scrip.Parcel) error
	Say(ctx context.Context, order scrip.ID, e scrip.Event) error
	Decline(ctx context.Context, order scrip.ID, text string) error
	Refund(ctx context.Context, id, order scrip.ID, amount scrip.Money) error
	RefundRest(ctx context.Context, id, order scrip.ID) error

	Earnings(ctx context.Context) (merchant.Earnings, error)
	Movements(ctx context.Context, after merchant.MovementAt, limit int) ([]scrip.Movement, error)
	Events(ctx context.Context, after int64, limit int) (merchant.Feed, error)
	// Told returns what is closed when the next event is told in this process.
	Told() <-chan struct{}
}

// Notices hears what a payment provider tells.
type Notices interface {
	// Hear takes a notice as it came: scrip.Unreadable unless its signature holds.
	Hear(ctx context.Context, payload []byte, signature string) error
}

// Bank is the sandbox bank, or one of real money, where Deposit and Confirm are scrip.NotFound. An unknown reference or key is scrip.NotFound.
type Bank interface {
	// OpenAccount returns the reference of a new, empty account.
	OpenAccount(ctx context.Context) (string, error)
	Balance(ctx context.Context, reference string) (scrip.Money, error)
	// Deposit pays in, once for each key, and returns the balance.
	Deposit(ctx context.Context, reference string, amount scrip.Money, key scrip.ID) (scrip.Money, error)
	// Confirmation returns what an account's holder is asked to confirm, and
	// whether it was.
	Confirmation(ctx context.Context, key scrip.ID) (scrip.Collection, scrip.Consent, error)
	Decline(ctx context.Context, key scrip.ID) error
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
	// Feed returns a page of what has changed after a place in the feed; a limit of 0 is as many as a page may have.
	Feed(ctx context.Context, after market.FeedCursor, limit int) (market.Feed, error)
}
