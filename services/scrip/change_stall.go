package scrip

import "peerscrip/jose"

// StallChange is the part of a Change that only a stall's shelf has.
type StallChange struct {
	// First, before scrip dies and is made:

	GivenBack ID // a T22 is forgotten, its T23 answered: ErrAnswered if it was before

	// Then, after it:

	Exchange *Exchange    // T4, remembered until T7: TxConflict, Unavailable when too many wait
	Settle   ID           // the pending exchange was blessed: ErrAnswered if it was before
	Abandon  *Exchange    // the pending exchange, with this very T5, was refused for good
	GiveBack *GiveBack    // T22, remembered until T24: TxConflict
	Photos   []Photo      // photos of a listing: TooMany beyond a bound
	End      []ID         // these offers are taken off the stall: NotFound
	List     []Listing    // new offers, and new versions of others: OfferChanged, TxConflict, NotFound, TooMany beyond a bound
	Page     *StallPage   // what the stall says of itself: NotFound if its picture is not there
	Block    *Blocking    // a pseudonym is blocked: TooMany beyond MaxBlocked; once more changes nothing
	Unblock  Pseudonym    // and is not any more; nothing where it was not
	Sweep    *Sweep       // what nobody looks for any more is erased
	Stock    []StockTaken // the goods of an order leave the shelf, line by line, all or none: AtLine of OfferChanged, OutOfStock
	Sale     *Sale        // the sale, with its T12 queued: TxConflict, Blocked
	Recorded []ID         // T12 for these sales was acknowledged: NotFound
	Sent     *Sent        // a sale is on its way, and SENT is to be told of a protected one: NotFound, OutOfTurn once its buyer has the money back
	Held     []HeldWord   // the broker told how sales' money stands; what is older than what it told before, or about no sale, changes nothing
	Watched  int          // how far the broker's feed was heard; 0 where it was not asked
	Telling  *Telling     // an event is next in its thread: OutOfTurn, TooMany beyond a bound, Unavailable, Blocked
	Refund   *Refund      // part of a sale is taken back, with its REFUND queued: TxConflict, NotFound, AmountOutOfBounds
	Defend   []Defence    // DEFENDs are queued for a sale that is disputed: NotFound, OutOfTurn, TooMany beyond MaxShowings and MaxExhibits, TxConflict
	Defended ID           // the broker has this DEFEND: ErrAnswered if it had before
	Covered  ID           // the broker covers this refund: ErrAnswered if it did before
	Collect  *Collecting  // refunds are collected: CounterStale, Unavailable
	SetAside []Aside      // messages that cannot go wait for somebody's word; once more, the later reason stands
	Again    []ID         // what was set aside goes again; nothing where it was not

	AddKey    *SellerKey     // a seller's key is there: TooMany beyond MaxSellerKeys
	RevokeKey ID             // and is not any more: NotFound
	UsedKey   ID             // it was used now
	Request   *SellerRequest // a program's request was carried out by this very Change: ErrAnswered if it was before
	Expiring  []SellerEvent  // offers that run out, told of once
	Rated     []SellerEvent  // ratings that the broker published, told of once
	RatedTo   int64          // and how far they were read, by their numbers

	// Webhook is what becomes of the stall's webhooks.
	Webhook *WebhookChange
	// Private is an offer to one pseudonym alone: OfferChanged, OutOfStock, TxConflict.
	Private *PrivateListing
	// Shown is the photo that Telling tells of: TooMany beyond MaxTalkPhotos, Unavailable
	// where conversations without an order have no room for it.
	Shown *TalkPhoto
}

// Aside is a message to the broker that cannot go as it is. It is kept, with what
// kept it from going, until somebody has it told again or it is settled in another
// way; nothing waits behind it.
type Aside struct {
	Message string // T5, T12, T23, REFUND, SENT, DEFEND
	ID      ID     // its tx; a T12's is the sale's ID
	Amount  Money
	Since   int64  // unix seconds
	Reason  string // a refusal, or the stall's own word
	At      int64  // unix seconds: when it was set aside
}

// KeptThread is a thread as a stall keeps it. That of an order is kept from its
// first event on; before, the sale says it all.
type KeptThread struct {
	Thread
	Pseudonym Pseudonym
	Key       jose.VerifyKey // the pseudonym's
	Offer     ID             // that is talked about; of an order the first
	Talk      bool           // a conversation without an order
	Waiting   int            // events of the buyer's since the seller's last
}

// KeptEvent is an event of a thread as it was signed.
type KeptEvent struct {
	Seq    int
	Digest string
	JWS    string
}

// Telling adds an event to a thread. Thread is as it is after it: OutOfTurn unless
// it was one event shorter and ended in Previous. Of a buyer's, TooMany when that
// leaves more unanswered than the bounds on threads say, and Unavailable when too
// many conversations wait for the stall; in a conversation without an order Blocked, where
// its buyer is. What is quiet waits for no answer, and is none.
type Telling struct {
	Thread   KeptThread
	By       Side
	Previous string
	JWS      string
	Quiet    bool // it repeats the broker's word, or says that all is here
	Moves    bool // it brings the thread into another state
}

// MaxBlocked bounds the pseudonyms that a stall has blocked.
const MaxBlocked = 1000

// Blocking is a pseudonym that the seller has blocked, and where.
type Blocking struct {
	Pseudonym Pseudonym
	Thread    ID    // the order, or the conversation
	Talk      bool  // a conversation without an order
	At        int64 // unix seconds
}

// TalkPhoto is a photo of a thread, as it was sent.
type TalkPhoto struct {
	Thread ID
	Digest string // of JPEG
	JPEG   []byte
}

// HeldWord is what the broker told of the money of one sale. Of what is reclaimed the
// order is cancelled, and its goods are back on the shelf unless they were sent.
type HeldWord struct {
	Purchase ID // tx of T10
	State    HoldState
	Due      int64 // unix seconds
	Since    int64 // unix seconds
	Left     Money
	ToBuyer  Money
	ToSeller Money
	Word     string     // HELD's JWS
	Said     []ToldSaid // by both sides; nil: it was not asked
}

// Defence is what a seller says to a dispute. Until the broker has it, it is all that is
// needed to send the same DEFEND again.
type Defence struct {
	ID         ID // tx of DEFEND
	Sale       ID
	Purchase   ID // tx of T10
	Text       string
	Shows      int           // how many messages are shown
	Photo      string        // digest of the photo that it brings; empty: none
	MadeAt     int64         // unix seconds
	Request    Sealed        // DEFEND, as it is sent; empty once the broker has it
	RequestKey jose.ReplyKey // DEFEND's; zero once the broker has it
	Told       bool          // the broker has it
}

// Exchange is a T4 that waits for the broker: with the T5 it is, all the stall
// needs to issue, once. When it is settled, T5 and the keys are gone.
type Exchange struct {
	Outgoing
	Key     jose.VerifyKey // the pseudonym's
	Value   Money
	Settled bool  // VendorScrip was issued
	Blessed int64 // unix seconds, the broker's clock: T7's time, or its receipt's; 0 until then
}

// Pseudonym is who sent T4.
func (x Exchange) Pseudonym() Pseudonym { return Pseudonym(x.From) }

// SettledKept is how many settled exchanges of one pseudonym a stall remembers:
// a receipt that is older than those is refused unseen.
const SettledKept = 16

// GiveBack is a T22 that waits for the broker: with the T23 it is, all the stall
// needs to erase the VendorScrip, which is held, or to free it.
type GiveBack struct {
	Outgoing
	ScripID ID
	Value   Money
}

// Refund is what a seller takes back of a sale, as the merchant remembers it:
// until the broker covers it, all it needs to send the same REFUND again.
// Written down, it is NotFound for a sale that is not there, and
// AmountOutOfBounds when all refunds of the sale are above its price.
type Refund struct {
	ID          ID
	Sale        ID
	Purchase    ID // tx of T10
	Pseudonym   Pseudonym
	Amount      Money
	MadeAt      int64         // unix seconds
	Request     Sealed        // REFUND, as it is sent; empty once it is covered
	RequestKey  jose.ReplyKey // REFUND's; zero once it is covered
	CoveredAt   int64         // unix seconds; 0 until the broker covers it
	Collected   ID            // tx of the COLLECT that took it; empty until then
	CollectedAt int64         // unix seconds; 0 until then
	Overtaken   bool          // less was left of the purchase when REFUND came (AmountOutOfBounds): it is set aside, and is not taken back
}

// Collecting moves a pseudonym's counter on (CounterStale unless it is greater)
// and marks refunds as collected: Unavailable unless each of them is due.
type Collecting struct {
	Pseudonym Pseudonym
	Counter   int64
	Tx        ID
	Refunds   []ID
}
