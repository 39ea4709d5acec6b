package scrip

import "fmt"

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
	// Source is the listing that a private offer was made from; empty for what anybody
	// may buy. A private offer takes its goods from there, when it is bought.
	Source ID
}

// PrivateListing is an offer to one pseudonym, made from a listing as it stood:
// OfferChanged unless Source still stands in Version, OutOfStock if it has fewer left.
// What was offered to that pseudonym from there before, and not bought, ends.
type PrivateListing struct {
	Listing
	From ID // the version of Source
}

// Taken takes some of it off the shelf. What may be paid many times stays there.
func (l Listing) Taken(quantity int) StockTaken {
	return StockTaken{Offer: l.Offer.Offer, Version: l.Version, Source: l.Source, Quantity: quantity, Stays: l.Times == PaidMany}
}

// Sold is the line of a sale of some of it.
func (l Listing) Sold(quantity int) SaleLine {
	return SaleLine{Offer: l.Offer.Offer, Version: l.Version, Title: l.Title, Reference: l.Reference, Price: l.Price, Quantity: quantity}
}

// Photo is a photo ready to be shown: re-encoded, without metadata.
type Photo struct {
	Digest string // of Full
	Full   []byte // JPEG
	Thumb  []byte // JPEG
}

// Sweep erases photos added before Photos that no listing shows, and listings that
// ended unsold, are private or requests that nobody paid, and whose offers ran out before Listings, and conversations
// without an order in which nothing was said since Talks. All are unix seconds.
type Sweep struct {
	Photos   int64
	Listings int64
	Talks    int64
}

// StockTaken takes Quantity of an offer off the shelf, of a private one off that of
// its source too: OfferChanged unless Version is its current one and the source
// stands, OutOfStock if fewer are left. Of what Stays they must be there, and none is used up.
type StockTaken struct {
	Offer    ID
	Version  ID
	Source   ID // the listing that a private offer was made from; empty for what anybody may buy
	Quantity int
	Stays    bool
}

// Sale is an order that is paid for. Until its T12 is acknowledged, it is
// reported again and again.
type Sale struct {
	ID          ID // the order id of T11
	Tx          ID
	Pseudonym   Pseudonym
	Lines       []SaleLine
	Price       Money // paid in all
	Delivery    Delivery
	Wish        string // the buyer's note
	OrderDigest string
	Mandate     string    // T10's JWS
	Change      ID        // the VendorScrip that was left of what was paid with; empty: nothing was
	PaidAt      int64     // unix seconds
	SentAt      int64     // unix seconds; 0 until sent; where nothing is delivered, PaidAt
	Note        string    // the seller's own
	Recorded    bool      // the broker acknowledged T12
	Refunded    Money     // taken back of it; at most Price
	Hold        *SaleHold // of a protected one; nil for others
}

// SaleHold is how the money of a protected sale stands, as its stall knows.
type SaleHold struct {
	State  HoldState
	SendBy int64  // unix seconds
	Due    int64  // unix seconds: when time ends it; 0 for never, or not told
	Word   string // HELD's JWS; empty until the broker told
	// What the word says, and what both sides said of it; zero until the broker told.
	Since    int64 // unix seconds
	Left     Money
	ToBuyer  Money
	ToSeller Money
	Said     []ToldSaid
}

// SaleLine is so many of one offer in a sale, as the offer was then. Its version is
// kept as long as the sale is.
type SaleLine struct {
	Offer     ID     `json:"offer"`
	Version   ID     `json:"version"`
	Title     string `json:"title"`
	Reference string `json:"reference,omitempty"` // of a request
	Price     Money  `json:"price"`               // of one
	Quantity  int    `json:"quantity"`
}

// Title names what was sold, as Summary does.
func (s Sale) Title() string { return Summary(s.Titles()) }

// Titles are those of all that was sold.
func (s Sale) Titles() (titles []string) {
	for _, l := range s.Lines {
		titles = append(titles, l.Title)
	}
	return titles
}

// Quantity is how many pieces were sold.
func (s Sale) Quantity() int {
	n := 0
	for _, l := range s.Lines {
		n += l.Quantity
	}
	return n
}

// Postage is what was paid beside the goods.
func (s Sale) Postage() Money {
	rest := s.Price
	for _, l := range s.Lines {
		rest -= l.Price * Money(l.Quantity)
	}
	return rest
}

// Summary names several things in one line: the first, and how many more.
func Summary(titles []string) string {
	switch len(titles) {
	case 0:
		return ""
	case 1:
		return titles[0]
	}
	return fmt.Sprintf("%s and %d more", titles[0], len(titles)-1)
}

// ToSend reports whether the seller has yet to send it: not what was taken back
// whole, or whose money is nobody's to wait for any more.
func (s Sale) ToSend() bool {
	return s.SentAt == 0 && s.Refunded < s.Price && (s.Hold == nil || s.Hold.State.Open())
}

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
func ValidNote(note string) error { return validText(note, 0, MaxNote, true) }
