package web

import (
	"context"
	"fmt"
	"time"

	"github.com/a-h/templ"
	"peerscrip/services/market"
)

// besideView is what is shown beside a listing.
type besideView struct {
	FromStall, Similar []card
	Stall              stallCard
}

func (s *server) beside(ctx context.Context, i market.Item) (besideView, error) {
	found, err := s.Catalogue.Beside(ctx, i)
	if err != nil {
		return besideView{}, fmt.Errorf("look beside a listing: %w", err)
	}
	return besideView{FromStall: s.cards(ctx, found.FromStall, false), Similar: s.cards(ctx, found.Similar, true), Stall: s.stallCard(ctx, i.Stall)}, nil
}

// keepView is what a browser keeps of a listing that is saved or was seen: see static/wallet/finds.js.
type keepView struct {
	Vendor, Offer, Title, Stall, Currency, State string
	Price                                        string // minor units
	Thumb                                        string // path of a photo; empty: none
	Link                                         string // to share; absolute where the site knows its address
}

func (s *server) keepView(i market.Item) keepView {
	v := keepView{
		Vendor: string(i.Vendor), Offer: string(i.Offer.Offer), Title: i.Title, Stall: i.Stall.Name, Currency: i.Currency, State: string(i.State),
		Price: fmt.Sprint(int64(i.Price)), Link: s.Site.URL + listingPath(i.Listing),
	}
	if len(i.Photos) > 0 {
		v.Thumb = thumbPath(i.Photos[0].Digest)
	}
	return v
}

// product is a listing in the words of schema.org, for search engines and previews.
type product struct {
	Context     string       `json:"@context"`
	Type        string       `json:"@type"`
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url"`
	Images      []string     `json:"image,omitempty"`
	Category    string       `json:"category"`
	Condition   string       `json:"itemCondition"`
	Brand       *named       `json:"brand,omitempty"`
	Properties  []property   `json:"additionalProperty,omitempty"`
	Offer       productOffer `json:"offers"`
}

type productOffer struct {
	Type         string `json:"@type"`
	URL          string `json:"url"`
	Price        string `json:"price"`
	Currency     string `json:"priceCurrency"`
	ValidUntil   string `json:"priceValidUntil"`
	Availability string `json:"availability"`
	Condition    string `json:"itemCondition"`
	Seller       named  `json:"seller"`
}

type named struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type property struct {
	Type  string `json:"@type"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

const schema = "https://schema.org/"

// schemaOf is the script element that describes a listing. It holds data: browsers run nothing of it, whatever
// the policy, and the encoder writes < and & so that text cannot end it.
func (s *server) schemaOf(i market.Item) templ.Component {
	url := s.Site.URL + listingPath(i.Listing)
	p := product{
		Context: schema, Type: "Product", Name: i.Title, Description: i.Description, URL: url, Category: i.Category, Condition: schemaCondition(i.Condition),
		Offer: productOffer{
			Type: "Offer", URL: url, Price: s.Site.Currency.Format(i.Price), Currency: i.Currency,
			ValidUntil: time.Unix(i.ValidUntil, 0).UTC().Format(time.DateOnly), Availability: schemaAvailability(i.State),
			Condition: schemaCondition(i.Condition), Seller: named{Type: "Organization", Name: i.Stall.Name, URL: s.Site.URL + stallPath(i.Vendor)},
		},
	}
	for _, photo := range i.Photos {
		p.Images = append(p.Images, s.Site.URL+photoPath(photo.Digest))
	}
	for _, a := range i.Attributes {
		if a.Name == "Brand" {
			p.Brand = &named{Type: "Brand", Name: a.Value}
		}
		p.Properties = append(p.Properties, property{"PropertyValue", a.Name, a.Value})
	}
	return templ.JSONScript("", p).WithType("application/ld+json")
}

func schemaCondition(condition string) string {
	switch condition {
	case "new":
		return schema + "NewCondition"
	case "for parts":
		return schema + "DamagedCondition"
	}
	return schema + "UsedCondition"
}

func schemaAvailability(state market.State) string {
	switch state {
	case market.Live:
		return schema + "InStock"
	case market.SoldOut:
		return schema + "SoldOut"
	}
	return schema + "Discontinued"
}
