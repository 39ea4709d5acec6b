package scrip

import (
	"context"
	"errors"
	"strings"

	"peerscrip/jose"
)

// Change is everything one step of the protocol does to the world, decided
// before any of it is done. A Book applies it whole or not at all. The zero
// value of each field changes nothing; fields are applied in the order in
// which they stand here.
type Change struct {
	At int64 // unix seconds: the step's one reading of the clock

	Bank      string        // broker: open the sandbox bank account with this reference
	Account   *Account      // broker: open an account
	Stall     *Stall        // broker: open a stall
	Revoke    VendorID      // broker: take a stall's certificate back; StallRevoked if it was before, UnknownVendor
	Recertify *Stall        // broker: a stall's next certificate; StallRevoked if it has none any more
	Counter   *Counter      // broker: move an account's counter on (T1)
	Loosen    *Loosened     // broker: the change of a T15 is given; ErrAnswered unless its scrip was held
	Unextend  *Unextended   // broker: forget a T15; ErrAnswered unless it is as it says
	GivenBack ID            // merchant: forget this pending T22; ErrAnswered if it was before
	Kill      []Kill        // erase live scrip with its master secrets
	Lock      []Lock        // hold a live, free scrip for a transaction
	Release   []Release     // free a live scrip that a transaction holds
	Issue     []Live        // make scrip live
	Pseudonym *Alias        // broker: which account a pseudonym is
	Announce  *Announced    // broker: remember T3 until its scrip dies
	Log       []Record      // broker: the append-only log
	TakeBack  *TakenBack    // broker: part of a purchase that T12 reported is refunded
	Post      []Posting     // broker: the books; sums to zero by construction
	Head      *SignedHead   // broker: a signed head of the log; dropped if another came first
	Extend    *Extension    // broker: remember T15 until the merchant answers T16
	Exchange  *Exchange     // merchant: remember T4 as pending
	Settle    ID            // merchant: the pending Exchange was blessed; ErrAnswered if it was before
	Abandon   *Exchange     // merchant: this pending exchange, with this very T5, was refused for good
	GiveBack  *GiveBack     // merchant: remember T22 as pending
	Photos    []Image       // merchant: pictures of a listing; TooMany beyond a bound
	List      *Listing      // merchant: a new offer, or a new version of one; TooMany beyond a bound
	End       ID            // merchant: take this offer off the stall
	Sweep     *Sweep        // merchant: erase what nobody looks for any more
	Stock     *StockTaken   // merchant: goods leave the shelf
	Sale      *Sale         // merchant: the order, with its T12 queued
	Recorded  []ID          // merchant: T12 for these purchases was acknowledged
	Sent      *Sending      // merchant: an order is on its way
	Refund    *Refund       // merchant: part of an order is taken back, with its REFUND queued
	Covered   ID            // merchant: the broker covers this refund; ErrAnswered if it did before
	Collect   *Collecting   // merchant: refunds are collected
	Replies   []StoredReply // what the same requests will be answered again
}

// Book is where a party's state lives.
//
// Apply makes every part of c true in one durable commit and returns nil, or
// changes nothing and returns why not. It is safe for concurrent use, and of
// conflicting Changes exactly one is applied. The errors that mean something:
//
//   - ErrAnswered: a reply to the same request is stored already, by a request
//     that came at the same time. Read it and send it.
//   - TxConflict: the same tx was used for other content.
//   - ScripSpent, ScripLocked: a scrip to kill or lock is dead, or held by
//     another transaction.
//   - ScripHeld: the holder has a live scrip, where only one may be.
//   - OfferChanged: a listing to revise or sell from has another version now.
//   - CounterStale, BankDeclined, FloatShort, EarnedShort, OutOfStock,
//     AmountOutOfBounds, AlreadyRecorded, NameInvalid: the row that decides it
//     said no.
//
// Anything else means that the state is not known to have changed: the request
// fails, and its repetition will tell.
type Book interface {
	Apply(ctx context.Context, c Change) error
	// Reply returns the stored reply to a request, or ErrAbsent.
	Reply(ctx context.Context, from, typ string, tx ID) (StoredReply, error)
	// Live returns a scrip's row, or ScripSpent when there is none.
	Live(ctx context.Context, id ID) (Live, error)
}

// ErrAnswered is returned by Book.Apply when the request has its reply.
var ErrAnswered = errors.New("the request is answered already")

// ErrAbsent is returned by reads of what may or may not be there.
var ErrAbsent = errors.New("absent")

// Kill erases a live scrip. It must be free, or locked by Tx, or its lock void.
type Kill struct {
	ScripID ID
	Tx      ID
}

// Lock holds a live scrip that is free, or locked by the same Tx (whose
// deadline stays as it was), or whose lock is void.
type Lock struct {
	ScripID ID
	Tx      ID
	Until   int64 // unix seconds
}

// Release frees a live scrip that Tx holds: ScripSpent if it is dead, ScripLocked
// if another holds it or none.
type Release struct {
	ScripID ID
	Tx      ID
}

// StoredReply answers a request again: matched by who sent it, its type, its
// tx and the digest of its signed payload. It lives as long as the scrip it
// brought; with no scrip, for good: few are (see Answer.Derived). A reply to the same request with
// Replaces set takes the old one's place (T6 for T3's NOTED).
type StoredReply struct {
	From     string
	Typ      string
	Tx       ID
	Digest   string
	Reply    Sealed
	ScripID  ID // empty: it stays
	Replaces bool
}

// Account is a peer as the broker knows it.
type Account struct {
	ID      AccountID
	Key     jose.VerifyKey
	Bank    string // the bank's reference
	Name    string // empty unless it will sell
	Counter int64  // the last T1's
	Opened  int64  // unix seconds
}

// Counter moves an account's counter to Next, if that is greater than it.
type Counter struct {
	Account AccountID
	Next    int64
}

// Stall is a merchant as the broker knows it.
type Stall struct {
	Certificate
	Account AccountID // whose stall it is; never published
	JWS     string    // the certificate as signed
	Revoked bool
}

// Alias ties a pseudonym to the account behind it, for one vendor. Only the
// broker can.
type Alias struct {
	Pseudonym Pseudonym
	Account   AccountID
	Vendor    VendorID
}

// Announced is a T3 taken note of: what the T5 with the same tx must say.
type Announced struct {
	Tx        ID
	ScripID   ID
	Account   AccountID
	Vendor    VendorID
	Pseudonym Pseudonym
	Value     Money
	Deadline  int64         // unix seconds
	Digest    string        // of T3's payload
	ReplyKey  jose.ReplyKey // T3's: the same T3 sent again is answered with T6 under it
}

// Ledger names an account in the broker's books.
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

// ReserveOf is held for a merchant while an exchange is under way (6.5).
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

// KindDeposit is the Kind of the record of test money put into the sandbox bank:
// no message of the protocol brings it.
const KindDeposit = "deposit"

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

// SignedHead is a head of the log as the broker signed it. It is kept unless
// there is one of as many records, or one signed after Since.
type SignedHead struct {
	Size  int64
	At    int64  // unix seconds
	Note  string // as signed: see package tree
	Since int64  // unix seconds
}

// Exchange is a T4 that waits for the broker, as the merchant remembers it:
// all it needs to send the same T5 again and to issue once.
type Exchange struct {
	Tx          ID
	Pseudonym   Pseudonym
	Key         jose.VerifyKey
	Value       Money
	OrderDigest string
	ReplyKey    jose.ReplyKey // the customer's, for T8
	Request     Sealed        // T5, as it is sent
	RequestKey  jose.ReplyKey // T5's
	Received    int64         // unix seconds
	Settled     bool          // VendorScrip was issued
	Blessed     int64         // unix seconds, the broker's clock: T7's time, or its receipt's; 0 until then
}

// SettledKept is how many settled exchanges of one pseudonym a stall remembers:
// a receipt that is older than those is refused unseen.
const SettledKept = 16

// SamePayload reports whether two signed messages say the same: whether their
// payloads are the same bytes.
func SamePayload(a, b string) bool {
	first, second := strings.Split(a, "."), strings.Split(b, ".")
	return len(first) == 3 && len(second) == 3 && first[1] == second[1]
}

// Extension is a T15 that waits for its merchant, as the broker remembers it:
// all it needs to send the same T16 again, to give change, and to undo.
type Extension struct {
	Tx         ID
	Account    AccountID
	Vendor     VendorID
	Value      Money
	ScripID    ID            // the BrokerScrip; once it is not held, what it left, or empty
	Held       bool          // the BrokerScrip lives and is held; its change was not given
	Digest     string        // of T15's payment part
	ReplyKey   jose.ReplyKey // the customer's, for T19
	Request    Sealed        // T16 and T15's order part, as they are sent
	RequestKey jose.ReplyKey // T16's
	ValidUntil int64         // unix seconds
}

// Loosened says that the BrokerScrip of a T15 died and its change, if there is
// any, is ScripID.
type Loosened struct {
	Tx      ID
	ScripID ID
}

// Unextended forgets a T15 whose BrokerScrip is, or is not, still held.
type Unextended struct {
	Tx   ID
	Held bool
}

// GiveBack is a T22 that waits for the broker, as the merchant remembers it:
// all it needs to send the same T23 again. Its VendorScrip is held.
type GiveBack struct {
	Tx          ID
	ScripID     ID
	Pseudonym   Pseudonym
	Value       Money
	OrderDigest string
	ReplyKey    jose.ReplyKey // the customer's
	Request     Sealed        // T23, as it is sent
	RequestKey  jose.ReplyKey // T23's
	Received    int64         // unix seconds
}

// Listing is an offer as it stands on a stall.
type Listing struct {
	Offer
	Version ID     // tx of the signed offer
	JWS     string // the offer as signed
	Stock   int    // what is left
	// Replaces and StockWas are the version and the stock it was revised from:
	// OfferChanged unless both still stand. Replaces is empty for a new offer.
	Replaces ID
	StockWas int
	Ended    bool
	ListedAt int64 // unix seconds
}

// Image is a picture ready to be shown: re-encoded, without metadata.
type Image struct {
	Digest string // of Full
	Full   []byte // JPEG
	Thumb  []byte // JPEG
}

// Sweep erases pictures added before Photos that no listing shows, and listings
// that ended unsold and whose offers ran out before Listings. Both are unix
// seconds.
type Sweep struct {
	Photos   int64
	Listings int64
}

// StockTaken takes Quantity of an offer off the shelf: OfferChanged unless
// Version is its current one, OutOfStock if fewer are left.
type StockTaken struct {
	Offer    ID
	Version  ID
	Quantity int
}

// Sending notes that an order was sent; once more it changes the note alone.
type Sending struct {
	Order ID
	Note  string // to the buyer; ValidNote
}

// ValidNote refuses a seller's note that is too long (TooMany) or holds what
// cannot be shown (Unreadable).
func ValidNote(note string) error { return validText(note, 0, MaxDelivery, true) }

// Sale is an order that is paid for. Until its T12 is acknowledged, it is
// reported again and again.
type Sale struct {
	ID          ID // the order id of T11
	Tx          ID
	Pseudonym   Pseudonym
	Offer       ID
	Title       string
	Price       Money // paid in all
	Quantity    int
	Delivery    string
	OrderDigest string
	Mandate     string // T10's JWS
	PaidAt      int64  // unix seconds
	SentAt      int64  // unix seconds; 0 until sent
	Note        string // the seller's own
	Recorded    bool   // the broker acknowledged T12
	Refunded    Money  // taken back of it; at most Price
}
