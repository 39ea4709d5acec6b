package api

import (
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// fromItem shows an item: what was signed, spelled out, and where it is sold. What
// was offered before there were ways is posted at its postage.
func fromItem(i market.Item) Listing {
	l := Listing{
		Vendor: string(i.Stall.Vendor), Stall: i.Stall.Name, BaseURL: i.Stall.BaseURL, Certificate: i.Stall.Certificate,
		OfferID: string(i.Offer.Offer), Title: i.Title, Description: i.Description, Category: i.Category, Sub: i.Sub,
		Condition: i.Condition, Price: int64(i.Price), Currency: i.Currency,
		SendWithin: i.SendWithin, CheckWithin: i.CheckWithin,
		Attributes: make([]Attribute, len(i.Attributes)), Delivery: []DeliveryWay{}, Place: Place(i.Place),
		Quantity: i.Quantity, Stock: min(i.Stock, scrip.Several), State: ListingState(i.State), Photos: make([]ListingPhoto, len(i.Photos)),
		ListedAt: i.ListedAt, ValidUntil: i.ValidUntil, Offer: i.JWS, AwayUntil: i.AwayUntil, Record: i.Stall.Record,
	}
	for n, p := range i.Photos {
		l.Photos[n] = ListingPhoto{Digest: p.Digest, Alt: p.Alt}
	}
	for n, a := range i.Attributes {
		l.Attributes[n] = Attribute{Name: a.Name, Value: a.Value}
	}
	for _, w := range i.Ways() {
		l.Delivery = append(l.Delivery, DeliveryWay{
			Way: w.Way, Label: w.Label, Price: int64(w.Price), Countries: append([]Country{}, w.Countries...), Days: w.Days,
		})
	}
	return l
}

// item reads a listing back. What a market does not show of its catalogue's
// upkeep stays zero.
func (l Listing) item() market.Item {

	offer := scrip.Offer{
		Offer: scrip.ID(l.OfferID), Vendor: scrip.VendorID(l.Vendor), Title: l.Title, Description: l.Description,
		Category: l.Category, Condition: l.Condition, Price: scrip.Money(l.Price), Currency: l.Currency,
		Quantity: l.Quantity, Photos: make([]scrip.OfferPhoto, len(l.Photos)), ValidUntil: l.ValidUntil,
		Edition: scrip.Edition, Sub: l.Sub, Place: scrip.Place(l.Place),
		SendWithin: l.SendWithin, CheckWithin: l.CheckWithin,
	}
	for n, p := range l.Photos {
		offer.Photos[n] = scrip.OfferPhoto{Digest: p.Digest, Alt: p.Alt}
	}
	for _, a := range l.Attributes {
		offer.Attributes = append(offer.Attributes, scrip.Attribute{Name: a.Name, Value: a.Value})
	}
	for _, w := range l.Delivery {
		offer.Delivery = append(offer.Delivery, scrip.Way{
			Way: w.Way, Label: w.Label, Price: scrip.Money(w.Price), Countries: w.Countries, Days: w.Days,
		})
	}
	return market.Item{
		Listing: scrip.Listing{Offer: offer, JWS: l.Offer, Stock: l.Stock, ListedAt: l.ListedAt},
		State:   market.State(l.State),
		Stall: market.Stall{
			Vendor: offer.Vendor, Name: l.Stall, BaseURL: l.BaseURL, Certificate: l.Certificate, Record: l.Record,
		},
		AwayUntil: l.AwayUntil,
	}
}

// given is the value of a query parameter, zero when it was left out.
func given[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// unlessZero leaves a zero query parameter out.
func unlessZero[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
