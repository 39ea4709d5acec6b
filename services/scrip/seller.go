package scrip

import "slices"

// Bounds on what a seller's programs have at one stall.
const (
	MaxSellerKeys   = 20    // keys that are not revoked
	MaxKeyName      = 60    // characters
	MaxSellerEvents = 10000 // of the feed that are kept: the newest
)

// Scope is one thing that a seller's key may do.
type Scope string

// The closed list of scopes.
const (
	ListingsWrite Scope = "listings:write" // read and change what is offered
	OrdersRead    Scope = "orders:read"    // read orders, their threads and the feed of events
	OrdersWrite   Scope = "orders:write"   // say what becomes of orders, refunds among it
	MoneyRead     Scope = "money:read"     // read what was taken
)

// Scopes lists every scope once, in the order of the documentation.
func Scopes() []Scope { return []Scope{ListingsWrite, OrdersRead, OrdersWrite, MoneyRead} }

// SellerKey lets a seller's program in, as far as its scopes go.
type SellerKey struct {
	ID     ID
	Name   string // the seller's own
	Digest string // SHA-256 of the key, which is kept nowhere
	Scopes []Scope
	MadeAt int64 // unix seconds
	UsedAt int64 // unix seconds: when it was used last, give or take five minutes; 0: never
}

// May reports whether the key has a scope.
func (k SellerKey) May(s Scope) bool { return slices.Contains(k.Scopes, s) }

// Valid checks what a seller said of a key: TooMany for a name that is none or too long.
func (k SellerKey) Valid() error {
	if err := validText(k.Name, 1, MaxKeyName, false); err != nil {
		return err
	}
	known := !slices.ContainsFunc(k.Scopes, func(s Scope) bool { return !slices.Contains(Scopes(), s) })
	return valid(k.ID.Valid() && validHash(k.Digest) && len(k.Scopes) > 0 && len(k.Scopes) <= len(Scopes()) && known)
}

// SellerRequest is a request of a seller's program that was carried out, as it is found
// again: by the key that the program chose for it (Idempotency-Key). It is kept as long
// as one of its objects is.
type SellerRequest struct {
	Key     string
	Digest  string // of all that it asked for
	Answer  string // JSON
	Objects []ID   // offers and orders that it was about
}

// The kinds of events of a seller's feed.
const (
	OrderPaid       = "order.paid"
	OrderEvent      = "order.event"      // an event came into an order's thread, whose number is Part
	RefundCollected = "refund.collected" // of the order, the refund Part
	OfferSoldOut    = "offer.sold_out"
	OfferExpiring   = "offer.expiring" // it runs out within a week, and is not signed anew by itself
	RatingNew       = "rating.new"     // of the purchase Object, a rating or a changed one, whose digest is Part
)

// SellerEvents lists the kinds of events of a seller's feed.
func SellerEvents() []string {
	return []string{OrderPaid, OrderEvent, RefundCollected, OfferSoldOut, OfferExpiring, RatingNew}
}

// SellerEvent is one event of a seller's feed. It says what to read anew, and nothing
// else. It is told once for each kind, object and part.
type SellerEvent struct {
	Seq    int64 // from 1, in the order of commits, with gaps
	Kind   string
	Object ID     // the order's, the offer's, or the purchase's
	Part   string // see the kinds; else what tells two such events of one object apart
	At     int64  // unix seconds
}

// Movement is one change of what a stall has taken.
type Movement struct {
	At     int64 // unix seconds
	Kind   string
	ID     ID // with Kind it names the movement: a refund's, else the order's
	Order  ID
	Amount Money // negative where it goes back to the buyer
}

// The kinds of movements, in the order in which those of one second stand.
const (
	MovedSale      = "sale"      // an order was paid
	MovedRefund    = "refund"    // the seller took back a part of it, or all
	MovedReclaimed = "reclaimed" // the buyer took back what was left: it was not sent in time
	MovedDecided   = "decided"   // a dispute gave so much to the buyer
)
