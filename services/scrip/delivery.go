package scrip

import "unicode/utf8"

// Bounds on where an order goes.
const (
	MaxStreet   = 3  // lines of an address
	MaxLine     = 80 // characters of one
	MaxPostcode = 12 // characters
	MaxPhone    = 24 // characters
)

// Portion is so many of an offer.
type Portion struct {
	Offer    Offer
	Quantity int
}

// Delivery is how a buyer wants an order: which of the ways of its offers, and,
// where it is posted, to whom.
type Delivery struct {
	Way     string   `json:"way"`               // WayPost, WayCollect or WayNone
	Label   string   `json:"label"`             // of the way, where a seller has several; may be empty
	Address *Address `json:"address,omitempty"` // nil but where it is posted
}

// Address is where a parcel goes.
type Address struct {
	Name     string   `json:"name"`
	Lines    []string `json:"lines"`    // street and house, and what else helps to find it
	Postcode string   `json:"postcode"` // may be empty
	Town     string   `json:"town"`
	Country  string   `json:"country"` // ISO 3166-1 alpha-2
	Phone    string   `json:"phone"`   // may be empty
}

// Total is what portions cost together, delivered in a way: all goods, and the
// largest postage among them, since they go in one parcel. AmountOutOfBounds when
// that cannot be paid; AtLine of NotDelivered for a portion that does not go that
// way, or not to that country. static/wallet/trust.js counts the same, held to
// testdata/delivery.json.
func Total(portions []Portion, d Delivery) (Money, error) {
	var goods, postage Money
	for i, p := range portions {
		price, err := p.Offer.Price.Times(p.Quantity)
		if err == nil {
			goods, err = goods.Add(price)
		}
		if err != nil {
			return 0, err
		}
		of, ok := p.Offer.postage(d)
		if !ok {
			return 0, AtLine{NotDelivered, i}
		}
		postage = max(postage, of)
	}
	return goods.Add(postage)
}

// Total is what quantity of the offer cost together, sent alone.
func (o Offer) Total(quantity int, d Delivery) (Money, error) {
	return Total([]Portion{{o, quantity}}, d)
}

// WayFor is the way of an offer that a delivery means, and whether there is one:
// the cheapest of those of its kind that reach the country, and of those with the
// label wherever one has it. Of two alike it is the first.
func (o Offer) WayFor(d Delivery) (found Way, ok bool) {
	for _, w := range o.Delivery {
		if w.Way != d.Way || !w.Reaches(d.country()) {
			continue
		}
		labelled, was := w.Label == d.Label, found.Label == d.Label
		if !ok || labelled && !was || labelled == was && w.Price < found.Price {
			found, ok = w, true
		}
	}
	return found, ok
}

// postage is what one parcel of it costs, delivered in a way.
func (o Offer) postage(d Delivery) (Money, bool) {
	if o.Edition == "" {
		return o.before(), true
	}
	w, ok := o.WayFor(d)
	return w.Price, ok
}

// Cheapest is the least that one parcel of it costs, to anywhere; 0 where it is
// only collected.
func (o Offer) Cheapest() Money {
	var least Money
	posted := false
	for _, w := range o.Ways() {
		if w.Way == WayPost && (!posted || w.Price < least) {
			least, posted = w.Price, true
		}
	}
	return least
}

// Dearest is the most that one parcel of it costs.
func (o Offer) Dearest() (most Money) {
	for _, w := range o.Ways() {
		most = max(most, w.Price)
	}
	return most
}

// country is where it is posted to.
func (d Delivery) country() string {
	if d.Address == nil {
		return ""
	}
	return d.Address.Country
}

// Cleaned is the delivery with what people wrote in it made fit to be signed.
func (d Delivery) Cleaned() Delivery {
	d.Label = CleanLine(d.Label)
	if d.Address != nil {
		cleaned := d.Address.Cleaned()
		d.Address = &cleaned
	}
	return d
}

// Cleaned is the address made fit to be signed: each part one line, lines that say
// nothing left out.
func (a Address) Cleaned() Address {
	lines := []string{}
	for _, l := range a.Lines {
		if l = CleanLine(l); l != "" {
			lines = append(lines, l)
		}
	}
	return Address{CleanLine(a.Name), lines, CleanLine(a.Postcode), CleanLine(a.Town), a.Country, CleanLine(a.Phone)}
}

// Valid checks the form of a delivery: posted to an address, collected, or none. Like
// all of an order it comes after money has moved: its characters are not looked
// at, and the stall cleans it before it is shown.
func (d Delivery) Valid() error {
	if !counts(d.Label, 0, MaxLabel) {
		return TooMany
	}
	switch {
	case d.Way == WayPost && d.Address != nil:
		return d.Address.bounded()
	case d.Way == WayCollect && d.Address == nil, d.Way == WayNone && d.Address == nil && d.Label == "":
		return nil
	}
	return Unreadable
}

// Valid checks the form of an address, and that all of it can be shown.
func (a Address) Valid() error {
	for _, line := range append([]string{a.Name, a.Postcode, a.Town, a.Phone}, a.Lines...) {
		if !printable(line) {
			return Unreadable
		}
	}
	return a.bounded()
}

// bounded checks what can be counted of an address, and its country.
func (a Address) bounded() error {
	if len(a.Lines) < 1 || len(a.Lines) > MaxStreet {
		return TooMany
	}
	if !counts(a.Name, 1, MaxName) || !counts(a.Postcode, 0, MaxPostcode) || !counts(a.Town, 1, MaxTown) || !counts(a.Phone, 0, MaxPhone) {
		return TooMany
	}
	for _, l := range a.Lines {
		if !counts(l, 1, MaxLine) {
			return TooMany
		}
	}
	return valid(ValidCountry(a.Country))
}

// counts reports whether a text is between least and most characters long.
func counts(text string, least, most int) bool {
	n := utf8.RuneCountInString(text)
	return n >= least && n <= most
}
