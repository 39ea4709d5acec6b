package scrip

import (
	"slices"
	"strings"
)

// Bounds on what an offer holds.
const (
	MaxTitle       = 120  // characters
	MaxDescription = 4000 // characters
	MaxAlt         = 200  // characters of a photo's text
	MaxPhotos      = 8
	MaxQuantity    = 1000
	MaxAttributes  = 12
	MaxAttribute   = 40 // characters of an attribute's name
	MaxValue       = 80 // characters of an attribute's value
	MaxTown        = 60 // characters
	MaxWays        = 6  // of delivery
	MaxLabel       = 60 // characters of a way's name
	MaxReach       = 60 // countries that a way is bounded to
	MaxDays        = 90 // that a parcel is on its way
	MaxSendWithin  = 14 // days
	MaxCheckWithin = 14 // days
	MaxReference   = 80 // characters of what a payment is known by
)

// MaxPrivate is for how many seconds a private offer stands at most, from its
// signing on.
const MaxPrivate = 72 * 60 * 60

// Edition is the form that an offer of today has. Older offers have none: they
// name one Postage and promise nothing.
const Edition = "second"

// KindRequest is the kind of an offer that asks for money alone: a payment link. Nothing
// is delivered, and nothing is used up but, of one that is paid once, the offer itself. A
// program of before does not know the member, and refuses the offer.
const KindRequest = "request"

// The words of Offer.Times.
const (
	PaidOnce = "once"
	PaidMany = "many" // until it ends
)

// Offer is what a merchant signs and a buyer pays for. A change of any field
// makes a new version, whose id is the tx of its JWS.
type Offer struct {
	Offer       ID           `json:"offer"`
	Vendor      VendorID     `json:"vendor"`
	Title       string       `json:"title"`
	Description string       `json:"description"`
	Category    string       `json:"category,omitempty"`  // of a thing
	Condition   string       `json:"condition,omitempty"` // likewise
	Price       Money        `json:"price"`               // of one
	Currency    string       `json:"currency"`
	Quantity    int          `json:"quantity"` // listed; what is left is told beside the offer
	Photos      []OfferPhoto `json:"photos"`
	ValidUntil  int64        `json:"valid_until"` // unix seconds

	Edition     string      `json:"edition,omitempty"`               // Edition, or empty: then Postage alone of these stands
	Sub         string      `json:"sub,omitempty"`                   // within its category; may be empty
	Attributes  []Attribute `json:"attributes,omitempty"`            // may be none
	Place       Place       `json:"place,omitempty,omitzero"`        // where it is; zero: not told
	Delivery    []Way       `json:"delivery,omitempty"`              // one at least
	SendWithin  int         `json:"send_within,omitempty,omitzero"`  // days from the payment on
	CheckWithin int         `json:"check_within,omitempty,omitzero"` // days from the arrival on; 0: no protection
	For         Pseudonym   `json:"for,omitempty"`                   // the one who may buy it; empty: anybody
	Kind        string      `json:"kind,omitempty"`                  // KindRequest; empty: a thing is offered
	Reference   string      `json:"reference,omitempty"`             // of a request: what its seller knows the payment by; may be empty
	Times       string      `json:"times,omitempty"`                 // of a request, and only there: PaidOnce or PaidMany
	Postage     *Money      `json:"postage,omitempty"`               // without Edition, and only there: once for an order, whichever way it goes; nil for nothing
}

// OfferPhoto is a photo as an offer names it: by the digest of its bytes.
type OfferPhoto struct {
	Digest string `json:"digest"`
	Alt    string `json:"alt"` // what it shows, in words
}

// Attribute is a property of a thing. Those of its category are known by their
// names; any other is shown only.
type Attribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Place is where a thing is, as much of it as everybody may know.
type Place struct {
	Country string `json:"country"` // ISO 3166-1 alpha-2
	Town    string `json:"town"`    // or region; may be empty
}

// Way is one way in which a thing gets to its buyer.
type Way struct {
	Way       string   `json:"way"`       // WayPost, WayCollect or WayNone
	Label     string   `json:"label"`     // the seller's name for it; may be empty
	Price     Money    `json:"price"`     // of the parcel; 0 for nothing, and where it is collected
	Countries []string `json:"countries"` // to which it goes; none: to any
	Days      []int    `json:"days"`      // from the sending on: at least, and at most
}

// The words of Way.Way.
const (
	WayPost    = "post"
	WayCollect = "collect"
	WayNone    = "none" // of a request: nothing is delivered
)

// Undelivered is the way of a request.
func Undelivered() Way { return Way{Way: WayNone, Countries: []string{}, Days: []int{0, 0}} }

// Posted is a parcel to anywhere, at a price.
func Posted(price Money) Way {
	return Way{Way: WayPost, Price: price, Countries: []string{}, Days: []int{1, 7}}
}

// Type returns the message's typ on the wire.
func (Offer) Type() string { return "OFFER" }

// Valid checks an offer's form and bounds.
func (o Offer) Valid() error {
	if err := all(true, o.Price, o.before()); err != nil {
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
	check := o.validTrade
	if o.IsRequest() {
		check = o.validRequest
	}
	if err := check(); err != nil {
		return err
	}
	return valid(o.Offer.Valid() && o.Vendor.Valid() && len(o.Currency) == 3 && validTime(o.ValidUntil))
}

// IsRequest reports whether it asks for money alone.
func (o Offer) IsRequest() bool { return o.Kind == KindRequest }

// validRequest checks a request: of all that goods have it has one delivery, which is none.
func (o Offer) validRequest() error {
	if err := validText(o.Reference, 0, MaxReference, false); err != nil {
		return err
	}
	return valid(o.Edition == Edition && (o.Times == PaidOnce || o.Times == PaidMany) && o.Quantity == 1 && len(o.Photos) == 0 &&
		o.Category == "" && o.Condition == "" && o.Sub == "" && len(o.Attributes) == 0 && o.Place == Place{} && o.SendWithin == 0 && o.CheckWithin == 0 &&
		o.For == "" && o.Postage == nil && len(o.Delivery) == 1 && o.Delivery[0].Way == WayNone && o.Delivery[0].Label == "" && o.Delivery[0].Valid() == nil)
}

// CheckPrivate refuses a private offer to a pseudonym that it is not for
// (PartyMismatch), and one that was signed to stand too long (Unreadable). Any other
// offer is for everybody.
func CheckPrivate(o Opened[Offer], buyer Pseudonym) error {
	switch {
	case o.Body.For == "":
		return nil
	case o.Body.For != buyer:
		return PartyMismatch
	}
	return valid(o.Body.ValidUntil <= o.At+MaxPrivate)
}

// validTrade checks what a thing is and how trade in it goes. An offer of before there was
// an Edition says nothing of that but its Postage.
func (o Offer) validTrade() error {
	if _, known := CategoryOf(o.Category); !known || !slices.Contains(Conditions(), o.Condition) || o.Kind+o.Reference+o.Times != "" {
		return Unreadable
	}
	switch o.Edition {
	case "":
		return valid(o.Sub == "" && len(o.Attributes) == 0 && o.Place == Place{} && len(o.Delivery) == 0 &&
			o.SendWithin == 0 && o.CheckWithin == 0 && o.For == "")
	case Edition:
	default:
		return Unreadable
	}
	if o.SendWithin < 1 || o.SendWithin > MaxSendWithin || o.CheckWithin < 0 || o.CheckWithin > MaxCheckWithin {
		return TooMany
	}
	for _, check := range []func() error{o.validSub, o.validAttributes, o.validPlace, o.validDelivery} {
		if err := check(); err != nil {
			return err
		}
	}
	return valid(o.Postage == nil && (o.For == "" || o.For.Valid()))
}

func (o Offer) validSub() error {
	c, _ := CategoryOf(o.Category)
	return valid(o.Sub == "" || slices.Contains(c.Subs, o.Sub))
}

func (o Offer) validAttributes() error {
	if len(o.Attributes) > MaxAttributes {
		return TooMany
	}
	for _, a := range o.Attributes {
		if err := validText(a.Name, 1, MaxAttribute, false); err != nil {
			return err
		}
		if err := validText(a.Value, 1, MaxValue, false); err != nil {
			return err
		}
	}
	return nil
}

func (o Offer) validPlace() error {
	if o.Place == (Place{}) {
		return nil
	}
	if err := validText(o.Place.Town, 0, MaxTown, false); err != nil {
		return err
	}
	return valid(ValidCountry(o.Place.Country))
}

func (o Offer) validDelivery() error {
	if len(o.Delivery) == 0 || len(o.Delivery) > MaxWays {
		return TooMany
	}
	for _, w := range o.Delivery {
		if err := w.Valid(); err != nil {
			return err
		}
		if w.Way == WayNone {
			return Unreadable
		}
	}
	return nil
}

// Valid checks the form of a way. What is collected goes nowhere and costs nothing.
func (w Way) Valid() error {
	if err := validText(w.Label, 0, MaxLabel, false); err != nil {
		return err
	}
	if len(w.Countries) > MaxReach || len(w.Days) != 2 {
		return TooMany
	}
	for _, d := range w.Days {
		if d < 0 || d > MaxDays {
			return TooMany
		}
	}
	if w.Price < 0 || w.Price > MaxMoney {
		return AmountOutOfBounds
	}
	return valid(w.Days[0] <= w.Days[1] && !slices.ContainsFunc(w.Countries, func(c string) bool { return !ValidCountry(c) }) &&
		(w.Way == WayPost || (w.Way == WayCollect || w.Way == WayNone) && w.Price == 0 && len(w.Countries) == 0))
}

// Ways are the ways in which it gets to its buyer. An offer of before is posted at
// its postage, and nothing was promised of when.
func (o Offer) Ways() []Way {
	if o.Edition == "" {
		return []Way{Posted(o.before())}
	}
	return o.Delivery
}

// before is the postage of an offer of before.
func (o Offer) before() Money {
	if o.Postage == nil {
		return 0
	}
	return *o.Postage
}

// Reaches reports whether the way goes to a country; an empty one is anywhere.
func (w Way) Reaches(country string) bool {
	return len(w.Countries) == 0 || slices.Contains(w.Countries, country)
}

// validText refuses text that is not between least and most characters long
// or holds what cannot be shown; lines says whether line breaks may stand in it.
func validText(s string, least, most int, lines bool) error {
	if !counts(s, least, most) {
		return TooMany
	}
	if lines {
		s = strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(s)
	}
	return valid(printable(s))
}
