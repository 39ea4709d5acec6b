package api

import (
	"context"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// Listings serves a search.
func (s *server) Listings(ctx context.Context, r ListingsRequestObject) (ListingsResponseObject, error) {
	p := r.Params
	q := market.Query{
		Text: given(p.Q), Category: given(p.Category), Condition: given(p.Condition),
		Vendor: scrip.VendorID(given(p.Stall)), Sub: given(p.Sub), Attributes: attributesAsked(given(p.Attribute)),
		Country: given(p.Country), Town: given(p.Town), To: given(p.To), Collected: given(p.Collected), Protected: given(p.Protected), Open: given(p.Open),
		MinPrice: scrip.Money(given(p.MinPrice)), MaxPrice: scrip.Money(given(p.MaxPrice)), Since: given(p.Since),
		Sort: market.Sort(given(p.Sort)), Page: given(p.Page), PerPage: given(p.PerPage),
		Facets: given(p.Facets), Near: given(p.Near),
	}
	if unlisted := q.Unlisted(); len(unlisted) > 0 {
		return nil, misfit(unlisted)
	}
	found, err := s.c.Market.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	page := Listings200JSONResponse{
		Listings: make([]Listing, len(found.Items)), Total: found.Total, Page: found.Page, Pages: found.Pages,
	}
	for i, item := range found.Items {
		page.Listings[i] = fromItem(item)
		if given(p.Terms) {
			page.Listings[i].Terms = item.Terms()
		}
	}
	if given(p.Facets) {
		page.Facets = fromFacets(found.Facets)
	}
	for _, stall := range found.Stalls {
		page.Stalls = append(page.Stalls, StallNamed{Vendor: string(stall.Vendor), Name: stall.Name, Listings: stall.Listings})
	}
	if found.Near.Total > 0 {
		page.Near = fromNear(found.Near)
	}
	return page, nil
}

// Listing serves one listing.
func (s *server) Listing(ctx context.Context, r ListingRequestObject) (ListingResponseObject, error) {
	item, err := s.c.Market.Listing(ctx, scrip.VendorID(r.Vendor), scrip.ID(r.Offer))
	return Listing200JSONResponse(fromItem(item)), err
}

// Categories serves the categories.
func (s *server) Categories(ctx context.Context, _ CategoriesRequestObject) (CategoriesResponseObject, error) {
	found, err := s.c.Market.Categories(ctx)
	list := Categories200JSONResponse{Categories: make([]Category, len(found))}
	for i, c := range found {
		of, _ := scrip.CategoryOf(c.Name)
		list.Categories[i] = Category{Name: c.Name, Subs: append([]string{}, of.Subs...), Attributes: append([]string{}, of.Attributes...), Listings: c.Items}
	}
	return list, err
}

// MarketFeed serves a page of what has changed in the catalogue.
func (s *server) MarketFeed(ctx context.Context, r MarketFeedRequestObject) (MarketFeedResponseObject, error) {
	after, ok := market.ParseFeedCursor(given(r.Params.After))
	if !ok {
		return nil, misfit([]string{"after"})
	}
	feed, err := s.c.Market.Feed(ctx, after, given(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	page := MarketFeed200JSONResponse{
		Changes: make([]FeedChange, len(feed.Changes)), Stalls: make([]FeedStall, len(feed.Stalls)),
		Next: feed.Next.String(), More: feed.More, Start: feed.Start,
	}
	for i, c := range feed.Changes {
		page.Changes[i] = FeedChange{Vendor: string(c.Vendor), OfferID: string(c.Offer), State: FeedChangeState(c.State), ListedAt: c.ListedAt, Offer: c.JWS}
	}
	for i, s := range feed.Stalls {
		page.Stalls[i] = FeedStall{Vendor: string(s.Vendor), Name: s.Name, BaseURL: s.BaseURL, Certificate: s.Certificate}
	}
	return page, nil
}
