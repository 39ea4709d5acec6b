package api

import (
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// fromItem shows an item: what was signed, spelled out, and where it is sold.
func fromItem(i market.Item) Listing {
	l := Listing{
		Vendor: string(i.Stall.Vendor), Stall: i.Stall.Name, BaseURL: i.Stall.BaseURL, Certificate: i.Stall.Certificate,
		OfferID: string(i.Offer.Offer), Title: i.Title, Description: i.Description, Category: i.Category,
		Condition: i.Condition, Price: int64(i.Price), Postage: int64(i.Postage), Currency: i.Currency,
		Quantity: i.Quantity, Stock: i.Stock, State: ListingState(i.State), Photos: make([]ListingPhoto, len(i.Photos)),
		ListedAt: i.ListedAt, ValidUntil: i.ValidUntil, Offer: i.JWS,
	}
	for n, p := range i.Photos {
		l.Photos[n] = ListingPhoto{Digest: p.Digest, Alt: p.Alt}
	}
	return l
}

// item reads a listing back. What a market does not show of its catalogue's
// upkeep stays zero.
func (l Listing) item() market.Item {
	offer := scrip.Offer{
		Offer: scrip.ID(l.OfferID), Vendor: scrip.VendorID(l.Vendor), Title: l.Title, Description: l.Description,
		Category: l.Category, Condition: l.Condition, Price: scrip.Money(l.Price), Currency: l.Currency,
		Quantity: l.Quantity, Postage: scrip.Money(l.Postage), Photos: make([]scrip.OfferPhoto, len(l.Photos)),
		ValidUntil: l.ValidUntil,
	}
	for n, p := range l.Photos {
		offer.Photos[n] = scrip.OfferPhoto{Digest: p.Digest, Alt: p.Alt}
	}
	return market.Item{
		Listing: scrip.Listing{Offer: offer, JWS: l.Offer, Stock: l.Stock, ListedAt: l.ListedAt},
		State:   market.State(l.State),
		Stall: market.Stall{
			Vendor: offer.Vendor, Name: l.Stall, BaseURL: l.BaseURL, Certificate: l.Certificate,
		},
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
