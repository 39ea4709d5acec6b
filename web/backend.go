package web

import (
	"context"
	"encoding/json"
	"time"

	"peerscrip/services/scrip"
)

// This file is everything package web asks of others. For all interfaces: methods may be called concurrently; an error
// holding a scrip.Refusal or an Invalid is shown to the person in words, any other error becomes "our fault" and is
// logged; NotFound always means a page that is not there. Texts are plain text, never HTML. IDs arrive as they stood in
// the URL, unchecked.

// Catalogue is what buyers browse: the listings of every stall this program knows.
type Catalogue interface {
	// Search returns one page of live listings. A query for a page past the end returns no listings and the true total.
	Search(context.Context, Query) (Results, error)
	// Listing returns one listing, also when it is sold, ended or expired, so that old links go on explaining themselves.
	Listing(ctx context.Context, vendor, offer string) (Listing, error)
	// Stalls returns every stall that is not revoked, by name.
	Stalls(context.Context) (StallList, error)
	// Stall returns one stall with its live listings, newest first. A revoked stall is StallRevoked.
	Stall(ctx context.Context, vendor string) (StallPage, error)
}

// Query is what was asked for. Empty and zero fields do not filter.
type Query struct {
	Words     string
	Category  string // one of Categories
	Condition string // one of Conditions
	Vendor    string
	Min, Max  scrip.Money // bounds on the price without postage, both included
	Sort      Sort
	Page      int // from 1
	PerPage   int
}

// Sort is the order of listings.
type Sort string

// The orders people can choose. With Words, Newest is still by time: relevance is its own word.
const (
	Newest    Sort = "newest"
	Relevance Sort = "relevance"
	Cheapest  Sort = "price-up"
	Dearest   Sort = "price-down"
)

// Results is one page of listings and how many there are on all pages.
type Results struct {
	Listings []Listing
	Total    int
}

// Listing is one offer as buyers see it. Category and Condition are words of the closed lists.
type Listing struct {
	Vendor, Offer       string
	Title, Description  string
	Category, Condition string
	Price, Postage      scrip.Money
	Photos              []Photo // in the seller's order, may be empty
	Stock               int     // left to buy
	State               ListingState
	Listed              time.Time
	ValidUntil          time.Time
	OfferURL            string // where the wallet fetches the signed offer; absolute, or a path of this host
	StallURL            string // base URL of the stall's endpoints, to which the wallet sends T4 and T10
	Seller              Stall
}

// ListingState says whether a listing can be bought.
type ListingState string

// A listing is Live until it is bought (Sold), taken back by its seller (Ended) or past its ValidUntil (Expired).
const (
	Live    ListingState = "live"
	Sold    ListingState = "sold"
	Ended   ListingState = "ended"
	Expired ListingState = "expired"
)

// Photo names one picture by its digest and says in words what it shows.
type Photo struct {
	Digest string
	Alt    string
}

// Stall is a seller as buyers see it.
type Stall struct {
	Vendor   string
	Name     string
	About    string
	Host     string // where a stand-alone stall sells from ("attic.example"); empty for one hosted here
	Since    time.Time
	Listings int // live ones
	Unshown  int // those that no page shows, because a stall has more than the catalogue takes
}

// StallList is the stalls of the catalogue.
type StallList struct {
	Stalls []Stall
	Unread int // stalls of the directory that are not in it, for want of room
}

// StallPage is a stall and what it sells.
type StallPage struct {
	Stall    Stall
	Listings []Listing
}

// Photos keeps pictures by the digest of their re-encoded bytes.
type Photos interface {
	// Add decodes, strips, re-encodes and keeps a picture for a vendor's next listing. A file that is no picture, or too
	// large in pixels, is Invalid{"photo": "<why, in a sentence>"}. A picture no listing took may be dropped after a day.
	Add(ctx context.Context, vendor string, file []byte) (digest string, err error)
	// Image returns the picture's bytes and its media type (image/jpeg).
	Image(ctx context.Context, digest string, thumb bool) (body []byte, mediaType string, err error)
}

// Openings makes stalls hosted by this program and lets their owners in.
type Openings interface {
	// Draft makes the keys of a new stall and the proof that they are held, for the wallet's R3. NameInvalid: empty, too
	// long or taken. The account's stall exists only after Finish.
	Draft(context.Context, StallForm) (StallDraft, error)
	// Finish is called when the wallet has R4 from the broker, with the certificate in it. It checks the certificate
	// against the draft's keys, opens the stall and returns its vendor ID. Repeating it answers the same.
	Finish(ctx context.Context, draft, certificate string) (vendor string, err error)
	// Login opens a LOGIN envelope and returns the vendor whose owner made it, if it answers this challenge. Every failure
	// to open is Unreadable.
	Login(ctx context.Context, envelope, challenge string) (vendor string, err error)
}

// StallForm is what an owner says about a new stall. Account is the broker's account ID, which R3 will be signed for, and
// Key that account's public key, which will open the desk.
type StallForm struct {
	Name    string          `json:"name"`
	About   string          `json:"about"`
	Account string          `json:"account"`
	Key     json.RawMessage `json:"key"` // public JWK
}

// StallDraft is what the wallet needs for R3. The member names are the wallet's contract.
type StallDraft struct {
	Draft      string          `json:"draft"`
	Signing    json.RawMessage `json:"signing"`  // public JWK
	Envelope   json.RawMessage `json:"envelope"` // public JWK
	BaseURL    string          `json:"base_url"`
	Possession string          `json:"possession"` // compact JWS of type POSSESSION
}

// Keyring lets the owner of a stand-alone stall in by the secret link its program printed.
type Keyring interface {
	// Owner compares the token in constant time and returns this program's vendor ID, or NotFound.
	Owner(ctx context.Context, token string) (vendor string, err error)
}

// Desk is a seller's own view of a stall.
type Desk interface {
	// Shelf returns the stall with all its listings, live ones first and newest first, and its orders, newest first.
	Shelf(ctx context.Context, vendor string) (Shelf, error)
	// List signs and publishes a new offer and returns its ID. Fields it does not like are Invalid.
	List(ctx context.Context, vendor string, draft ListingDraft) (offer string, err error)
	// Revise signs and publishes a new version of an offer.
	Revise(ctx context.Context, vendor, offer string, draft ListingDraft) error
	// End takes an offer back. What is sold stays sold.
	End(ctx context.Context, vendor, offer string) error
}

// Shelf is everything on a seller's desk.
type Shelf struct {
	Stall    Stall
	Listings []DeskListing
	Orders   []Order
	Taken    scrip.Money // sum of all orders' prices, but for what was refunded
	Underway []Underway  // what the broker has yet to answer
	Room     string      // what the stall may take up, in a sentence; empty: no bound
}

// DeskListing is a listing with what only its seller sees.
type DeskListing struct {
	Listing
	Sold int // items sold so far
	Seen Seen
}

// Seen is what a listing was when its seller opened the form: its version and its stock. A form sent after either has
// changed is refused (OfferChanged), so that nothing sold meanwhile is listed again.
type Seen struct {
	Version string
	Stock   int
}

// ListingDraft is a listing as its seller wants it. It has passed the form's own rules: lengths, lists, bounds.
type ListingDraft struct {
	Title, Description  string
	Category, Condition string
	Price, Postage      scrip.Money
	Quantity            int     // left to sell from now on
	Photos              []Photo // digests from Photos.Add or kept from the listing; they come from the form, so check them
	Seen                Seen    // for Revise
}

// Orders is what a stall has sold. A merchant knows pseudonyms and delivery texts, nothing else about a buyer.
type Orders interface {
	Order(ctx context.Context, vendor, id string) (Order, error)
	// MarkSent remembers that an order was sent, with a note to the buyer (may be empty). Marking it again replaces the note
	// and keeps the first time. Unreadable: the note holds what cannot be shown.
	MarkSent(ctx context.Context, vendor, id, note string) error
	// Refund takes back part of an order's price, or all. The same key again changes nothing. AmountOutOfBounds: more than is
	// left; TxConflict: the key was used for another refund.
	Refund(ctx context.Context, vendor, id string, f RefundForm) error
}

// RefundForm is a refund as its seller wants it.
type RefundForm struct {
	Key    string
	Amount scrip.Money
}

// Refund is what was taken back of an order, and how far it got.
type Refund struct {
	ID        string
	Amount    scrip.Money
	Made      time.Time
	Covered   bool      // the broker covers it: the buyer may collect it
	Collected time.Time // zero: not yet
	Why       string    // what keeps the broker from covering it: a refusal, or "unreachable"; empty: nothing is known
	Link      string    // where the seller confirms the payment first; empty: nowhere
}

// Underway is a message of a stall that the broker has yet to answer.
type Underway struct {
	Message string // its name in the protocol
	ID      string
	Amount  scrip.Money
	Since   time.Time
	Tries   int
	Tried   time.Time // zero: not since the program started
	Why     string    // as in Refund
	Link    string    // as in Refund
}

// Order is one sale, with what its seller needs to send it.
type Order struct {
	ID        string
	Offer     string
	Title     string
	Photo     Photo // Digest empty: none
	Quantity  int
	Price     scrip.Money // paid, postage included
	Postage   scrip.Money
	Delivery  string // as the buyer wrote it, may be empty
	Buyer     string // pseudonym
	Placed    time.Time
	Sent      time.Time // zero: not yet
	Note      string
	Confirmed bool // the broker has recorded the payment (protocol T12 answered)
	Refunded  scrip.Money
	Refunds   []Refund // oldest first; of one order alone, not on the shelf
}

// Bank is the sandbox bank: test money of one currency.
type Bank interface {
	Open(context.Context) (BankAccount, error)
	// Account returns an account with its movements, newest first.
	Account(ctx context.Context, reference string) (BankAccount, error)
	// Deposit puts test money in. The same key again changes nothing. AmountOutOfBounds above the sandbox's limits.
	Deposit(ctx context.Context, d Deposit) error
}

// Deposit is test money put into a sandbox account, once for each Key.
type Deposit struct {
	Reference string
	Amount    scrip.Money
	Key       string // an ID drawn when the form was shown
}

// BankAccount is one account of the sandbox bank. Knowing its reference is all it takes to use it.
type BankAccount struct {
	Reference string
	Balance   scrip.Money
	Movements []Movement
}

// Movement is one line of a bank statement. Amount is negative for money going out.
type Movement struct {
	At     time.Time
	Text   string
	Amount scrip.Money
}

// Charges are payments from a bank account that wait for their owner's yes (protocol PENDING).
type Charges interface {
	Charge(ctx context.Context, key string) (Charge, error)
	// Confirm lets the charge happen. Confirming again changes nothing. BankDeclined: not enough money.
	Confirm(ctx context.Context, key string) error
}

// Charge is one payment from a bank account to the broker.
type Charge struct {
	Key       string
	Reference string
	Amount    scrip.Money
	Confirmed bool
	Asked     time.Time
}

// Invalid is what a backend answers to a form it cannot take: for each field's name a sentence to show beside it. Fields
// of a listing are title, description, category, condition, price, postage, quantity and photo.
type Invalid map[string]string

// Error names no field's content.
func (v Invalid) Error() string { return "the form has fields that cannot be taken" }
