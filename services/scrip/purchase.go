package scrip

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds on what an offer and an order hold.
const (
	MaxTitle       = 120  // characters
	MaxDescription = 4000 // characters
	MaxDelivery    = 500  // characters
	MaxAlt         = 200  // characters of a photo's text
	MaxPhotos      = 8
	MaxQuantity    = 1000
	MaxLines       = 20 // of an order
	MaxReports     = 64 // purchases reported in one T12
)

// Categories are where a thing can be listed.
func Categories() []string {
	return []string{
		"Home", "Books & Music", "Clothing", "Electronics",
		"Bicycles & Sport", "Toys & Games", "Tools & Garden", "Art & Collectibles",
	}
}

// Conditions are how worn a thing can be, best first.
func Conditions() []string { return []string{"new", "like new", "good", "fair", "for parts"} }

// Offer is what a merchant signs and a buyer pays for. A change of any field
// makes a new version, whose id is the tx of its JWS.
type Offer struct {
	Offer       ID           `json:"offer"`
	Vendor      VendorID     `json:"vendor"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Category    string       `json:"category"`
	Condition   string       `json:"condition"`
	Price       Money        `json:"price"` // of one
	Currency    string       `json:"currency"`
	Quantity    int          `json:"quantity"` // listed; what is left is told beside the offer
	Postage     Money        `json:"postage"`  // once for an order; 0 when collected
	Photos      []OfferPhoto `json:"photos"`
	ValidUntil  int64        `json:"valid_until"` // unix seconds
}

// OfferPhoto is a photo as an offer names it: by the digest of its bytes.
type OfferPhoto struct {
	Digest string `json:"digest"`
	Alt    string `json:"alt"` // what it shows, in words
}

// Total is what quantity of the offer cost together, sent alone:
// AmountOutOfBounds when that cannot be paid.
func (o Offer) Total(quantity int) (Money, error) { return Total([]Portion{{o, quantity}}) }

// Portion is so many of an offer.
type Portion struct {
	Offer    Offer
	Quantity int
}

// Total is what portions cost together: all goods, and the largest postage
// among them, since they go in one parcel. AmountOutOfBounds when that cannot be
// paid.
func Total(portions []Portion) (Money, error) {
	var goods, postage Money
	for _, p := range portions {
		price, err := p.Offer.Price.Times(p.Quantity)
		if err == nil {
			goods, err = goods.Add(price)
		}
		if err != nil {
			return 0, err
		}
		postage = max(postage, p.Offer.Postage)
	}
	return goods.Add(postage)
}

// Order is attached to T10: what is bought and where it goes. The broker sees
// its digest only.
type Order struct {
	Lines    []OrderLine `json:"lines"`
	Delivery string      `json:"delivery"` // what the seller must know to deliver; may be empty
}

// OrderLine is so many of one offer of the merchant, which knows its own offers.
type OrderLine struct {
	Version  ID     `json:"version"` // tx of the signed offer
	Digest   string `json:"digest"`  // of its signed payload
	Quantity int    `json:"quantity"`
}

// Notice is T9: a purchase is about to take place. It authorizes nothing.
type Notice struct {
	Account     AccountID `json:"account"`
	Vendor      VendorID  `json:"vendor"`
	Price       Money     `json:"price"`
	OrderDigest string    `json:"order_digest"`
}

// Mandate is T10: with a VendorScrip, its secret and the order attached, it
// pays. Alone, it is evidence of what was authorized.
type Mandate struct {
	Vendor VendorID `json:"vendor"`
	Price  Money    `json:"price"`
}

// Paid is T11: the purchase is complete. What is left of the VendorScrip is
// attached, if anything is.
type Paid struct {
	Price       Money  `json:"price"`
	OrderID     ID     `json:"order_id"`
	OrderDigest string `json:"order_digest"`
	Change      Money  `json:"change"`
}

// Records is T12: purchases that have taken place.
type Records struct {
	Vendor  VendorID `json:"vendor"`
	Reports []Report `json:"reports"`
}

// Report is one purchase in T12, with the buyer's mandate as evidence.
type Report struct {
	Price       Money  `json:"price"`
	OrderDigest string `json:"order_digest"`
	Tx          ID     `json:"tx"`
	Mandate     string `json:"mandate"` // T10's JWS
}

// Type returns the message's typ on the wire.
func (Offer) Type() string { return "OFFER" }

// Type returns the message's typ on the wire.
func (Notice) Type() string { return "T9" }

// Type returns the message's typ on the wire.
func (Mandate) Type() string { return "T10" }

// Type returns the message's typ on the wire.
func (Paid) Type() string { return "T11" }

// Type returns the message's typ on the wire.
func (Records) Type() string { return "T12" }

// Valid checks an offer's form and bounds.
func (o Offer) Valid() error {
	if err := all(true, o.Price, o.Postage); err != nil {
		return err
	}
	if o.Quantity < 1 || o.Quantity > MaxQuantity || len(o.Photos) > MaxPhotos {
		return TooMany
	}
	if err := validText(o.Title, 1, MaxTitle, false); err != nil {
		return err
	}
	if err := validText(o.Description, 0, MaxDescription, true); err != nil {
		return err
	}
	for _, p := range o.Photos {
		if !validHash(p.Digest) {
			return Unreadable
		}
		if err := validText(p.Alt, 0, MaxAlt, false); err != nil {
			return err
		}
	}
	return valid(o.Offer.Valid() && o.Vendor.Valid() && slices.Contains(Categories(), o.Category) &&
		slices.Contains(Conditions(), o.Condition) && len(o.Currency) == 3 && validTime(o.ValidUntil))
}

// validText refuses text that is not between least and most characters long
// or holds what cannot be shown; lines says whether line breaks may stand in it.
func validText(s string, least, most int, lines bool) error {
	if n := utf8.RuneCountInString(s); n < least || n > most {
		return TooMany
	}
	if lines {
		s = strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(s)
	}
	return valid(printable(s))
}

// Valid checks the form of an order.
func (o Order) Valid() error {
	if len(o.Lines) == 0 || len(o.Lines) > MaxLines {
		return TooMany
	}
	for _, l := range o.Lines {
		if l.Quantity < 1 || l.Quantity > MaxQuantity {
			return TooMany
		}
		if !l.Version.Valid() || !validHash(l.Digest) {
			return Unreadable
		}
	}
	// Its characters are not looked at: it comes after money has moved, and the
	// stall cleans it before it is shown.
	if utf8.RuneCountInString(o.Delivery) > MaxDelivery {
		return TooMany
	}
	return valid(utf8.ValidString(o.Delivery))
}

// Valid checks the form of T9.
func (m Notice) Valid() error {
	return all(m.Account.Valid() && m.Vendor.Valid() && validHash(m.OrderDigest), m.Price)
}

// Valid checks the form of T10's claims.
func (m Mandate) Valid() error { return all(m.Vendor.Valid(), m.Price) }

// Valid checks the form of T11.
func (m Paid) Valid() error {
	return all(m.OrderID.Valid() && validHash(m.OrderDigest), m.Price, m.Change)
}

func (m Paid) brings() Money { return m.Change }

// Valid checks the form of T12.
func (m Records) Valid() error {
	if len(m.Reports) == 0 || len(m.Reports) > MaxReports {
		return TooMany
	}
	for _, r := range m.Reports {
		if err := all(r.Tx.Valid() && validHash(r.OrderDigest) && r.Mandate != "", r.Price); err != nil {
			return err
		}
	}
	return valid(m.Vendor.Valid())
}
