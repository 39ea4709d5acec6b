package scrip

// Portion is so many of an offer.
type Portion struct {
	Offer    Offer
	Quantity int
}

// Delivery is how a buyer wants an order: which of the ways of its offers, and to
// which country.
type Delivery struct {
	Way     string // WayPost or WayCollect
	Label   string // of the way, where a seller has several
	Country string // where it is posted to
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
		if w.Way != d.Way || !w.Reaches(d.Country) {
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
		return o.Postage, true
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
