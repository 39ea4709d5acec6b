package api

import (
	"context"
	"errors"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// MarketClient is a market over HTTP. It implements [Market]; of a catalogue's
// upkeep (when a stall was read, which versions there were) it shows nothing.
type MarketClient struct{ peer *Peer }

// Search reads one page of what can be bought now.
func (m MarketClient) Search(ctx context.Context, q market.Query) (market.Results, error) {
	resp, err := m.peer.client.Listings(ctx, &ListingsParams{
		Q: unlessZero(q.Text), Category: unlessZero(q.Category), Condition: unlessZero(q.Condition),
		Stall: unlessZero(string(q.Vendor)), Sub: unlessZero(q.Sub), Attribute: attributesTold(q.Attributes),
		Country: unlessZero(q.Country), Town: unlessZero(q.Town), To: unlessZero(q.To), Collected: unlessZero(q.Collected), Protected: unlessZero(q.Protected), Open: unlessZero(q.Open),
		MinPrice: unlessZero(int64(q.MinPrice)), MaxPrice: unlessZero(int64(q.MaxPrice)), Since: unlessZero(q.Since),
		Sort: unlessZero(Sort(q.Sort)), Page: unlessZero(q.Page), PerPage: unlessZero(q.PerPage),
		Facets: unlessZero(q.Facets), Near: unlessZero(q.Near),
	})
	out, err := answer[ListingPage](maxPage, resp, err)
	if err != nil {
		return market.Results{}, err
	}
	r := market.Results{Items: make([]market.Item, len(out.Listings)), Total: out.Total, Page: out.Page, Pages: out.Pages, Facets: out.Facets.facets(q)}
	for i, l := range out.Listings {
		r.Items[i] = l.item()
	}
	for _, s := range out.Stalls {
		r.Stalls = append(r.Stalls, market.Stall{Vendor: scrip.VendorID(s.Vendor), Name: s.Name, Listings: s.Listings})
	}
	if out.Near.Total > 0 {
		r.Near = out.Near.near()
	}
	return r, nil
}

// Listing reads one listing.
func (m MarketClient) Listing(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (market.Item, error) {
	resp, err := m.peer.client.Listing(ctx, string(vendor), string(offer))
	out, err := answer[Listing](maxAnswer, resp, err)
	if err != nil {
		return market.Item{}, err
	}
	return out.item(), nil
}

// Categories reads the categories.
func (m MarketClient) Categories(ctx context.Context) ([]market.Category, error) {
	resp, err := m.peer.client.Categories(ctx)
	out, err := answer[Categories](maxAnswer, resp, err)
	if err != nil {
		return nil, err
	}
	list := make([]market.Category, len(out.Categories))
	for i, c := range out.Categories {
		list[i] = market.Category{Name: c.Name, Items: c.Listings}
	}
	return list, nil
}

// Feed reads a page of what has changed.
func (m MarketClient) Feed(ctx context.Context, after market.FeedCursor, limit int) (market.Feed, error) {
	from := ""
	if after != (market.FeedCursor{}) {
		from = after.String()
	}
	resp, err := m.peer.client.MarketFeed(ctx, &MarketFeedParams{After: unlessZero(from), Limit: unlessZero(limit)})
	out, err := answer[MarketFeed](maxFeed, resp, err)
	if err != nil {
		return market.Feed{}, err
	}
	next, ok := market.ParseFeedCursor(out.Next)
	if !ok {
		return market.Feed{}, unavailable("read the answer", errors.New("no place in a feed"))
	}
	feed := market.Feed{Next: next, More: out.More, Start: out.Start}
	for _, c := range out.Changes {
		feed.Changes = append(feed.Changes, market.Change{
			Vendor: scrip.VendorID(c.Vendor), Offer: scrip.ID(c.OfferID), State: market.State(c.State), ListedAt: c.ListedAt, JWS: c.Offer,
		})
	}
	for _, s := range out.Stalls {
		feed.Stalls = append(feed.Stalls, market.Stall{Vendor: scrip.VendorID(s.Vendor), Name: s.Name, BaseURL: s.BaseURL, Certificate: s.Certificate})
	}
	return feed, nil
}
