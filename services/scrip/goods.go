package scrip

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

// Photo is a photo ready to be shown: re-encoded, without metadata.
type Photo struct {
	Digest string // of Full
	Full   []byte // JPEG
	Thumb  []byte // JPEG
}

// Sweep erases photos added before Photos that no listing shows, and listings
// that ended unsold and whose offers ran out before Listings, and conversations
// without an order in which nothing was said since Talks. All are unix seconds.
type Sweep struct {
	Photos   int64
	Listings int64
	Talks    int64
}

// StockTaken takes Quantity of an offer off the shelf: OfferChanged unless
// Version is its current one, OutOfStock if fewer are left.
type StockTaken struct {
	Offer    ID
	Version  ID
	Quantity int
}

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

// ToSend reports whether the seller has yet to send it: not what was taken back
// whole.
func (s Sale) ToSend() bool { return s.SentAt == 0 && s.Refunded < s.Price }

// Sent notes that a sale is on its way; once more it changes the note alone.
type Sent struct {
	Sale ID
	Note string // to the buyer; ValidNote
}

// Parcel is what a seller says of an order that is sent.
type Parcel struct {
	Carrier  string // up to 60 characters; may be empty
	Tracking string // likewise
	Note     string // to the buyer; ValidNote
}

// ValidNote refuses a seller's note that is too long (TooMany) or holds what
// cannot be shown (Unreadable).
func ValidNote(note string) error { return validText(note, 0, MaxDelivery, true) }
