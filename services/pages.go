package services

import (
	"context"
	"errors"
	"net/url"
	"time"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
	"peerscrip/web"
)

// This file and its neighbours turn what the services know into what package
// web shows. They translate and decide nothing.

// catalogue is the market as buyers browse it.
type catalogue struct{ *house }

var _ web.Catalogue = catalogue{}

var sorts = map[web.Sort]market.Sort{
	web.Newest: market.Newest, web.Relevance: market.Relevance, web.Cheapest: market.Cheapest, web.Dearest: market.Dearest,
}

// Search returns one page of live listings.
func (c catalogue) Search(ctx context.Context, q web.Query) (web.Results, error) {
	found, err := c.market.Search(ctx, market.Query{
		Text: q.Words, Category: q.Category, Condition: q.Condition, Vendor: scrip.VendorID(q.Vendor),
		MinPrice: q.Min, MaxPrice: q.Max, Sort: sorts[q.Sort], Page: q.Page, PerPage: q.PerPage,
	})
	return web.Results{Listings: c.listings(found.Items), Total: found.Total}, err
}

// Listing returns one listing, in whatever state.
func (c catalogue) Listing(ctx context.Context, vendor, offer string) (web.Listing, error) {
	item, err := c.market.Listing(ctx, scrip.VendorID(vendor), scrip.ID(offer))
	return c.listing(item), err
}

// Stalls lists the stalls that are not revoked.
func (c catalogue) Stalls(ctx context.Context) (web.StallList, error) {
	stalls, err := c.market.Stalls(ctx)
	list := web.StallList{Stalls: make([]web.Stall, len(stalls)), Unread: c.market.Unread()}
	for i, s := range stalls {
		list.Stalls[i] = c.seller(s)
	}
	return list, err
}

// Stall returns one stall with its listings.
func (c catalogue) Stall(ctx context.Context, vendor string) (web.StallPage, error) {
	page, err := c.market.StallPage(ctx, scrip.VendorID(vendor))
	return web.StallPage{Stall: c.seller(page.Stall), Listings: c.listings(page.Items)}, err
}

func (c catalogue) listings(items []market.Item) []web.Listing {
	list := make([]web.Listing, len(items))
	for i, item := range items {
		list[i] = c.listing(item)
	}
	return list
}

var states = map[market.State]web.ListingState{
	market.Live: web.Live, market.SoldOut: web.Sold, market.Ended: web.Ended, market.Expired: web.Expired,
}

func (c catalogue) listing(i market.Item) web.Listing {
	l := shown(i.Listing)
	l.State, l.Seller = states[i.State], c.seller(i.Stall)
	if l.Seller.Host != "" {
		l.StallURL = i.Stall.BaseURL
	}
	l.OfferURL = l.StallURL + "/v1/stalls/" + l.Vendor + "/offers/" + l.Offer
	return l
}

// seller says where a stall is only if that is elsewhere.
func (c catalogue) seller(s market.Stall) web.Stall {
	stall := web.Stall{
		Vendor: string(s.Vendor), Name: s.Name, About: s.About, Since: time.Unix(s.NotBefore, 0), Listings: s.Listings,
		Unshown: s.Unshown,
	}
	if at, err := url.Parse(s.BaseURL); err == nil && !c.servesHere(s.Vendor) {
		stall.Host = at.Host
	}
	return stall
}

// servesHere reports whether a stall's keys are in this process.
func (h *house) servesHere(v scrip.VendorID) bool {
	if h.api.Stalls == nil {
		return false
	}
	_, err := h.api.Stalls.Stall(context.Background(), v)
	return !errors.Is(err, scrip.UnknownVendor)
}

// shown is a listing but for its state and its seller.
func shown(l scrip.Listing) web.Listing {
	listing := web.Listing{
		Vendor: string(l.Vendor), Offer: string(l.Offer.Offer), Title: l.Title, Description: l.Description,
		Category: l.Category, Condition: l.Condition, Price: l.Price, Postage: l.Postage, Stock: l.Stock,
		State: web.Live, Listed: time.Unix(l.ListedAt, 0), ValidUntil: time.Unix(l.ValidUntil, 0),
	}
	for _, p := range l.Photos {
		listing.Photos = append(listing.Photos, web.Photo(p))
	}
	return listing
}

// bankPages is the sandbox bank as its customers see it.
type bankPages struct{ *house }

var (
	_ web.Bank    = bankPages{}
	_ web.Charges = bankPages{}
)

// Open opens an account.
func (b bankPages) Open(ctx context.Context) (web.BankAccount, error) {
	reference, err := b.bank.OpenAccount(ctx)
	return web.BankAccount{Reference: reference}, err
}

// Account returns an account with its movements.
func (b bankPages) Account(ctx context.Context, reference string) (web.BankAccount, error) {
	statement, err := b.bank.Statement(ctx, reference)
	account := web.BankAccount{Reference: reference, Balance: statement.Balance}
	for _, record := range statement.Movements {
		account.Movements = append(account.Movements, movements(record, scrip.BankOf(reference))...)
	}
	return account, err
}

var movementTexts = map[string]string{
	scrip.KindDeposit: "Test money put in",
	"T1":              "Loaded into your wallet",
	"T13":             "Loaded into your wallet",
	"T20":             "Back from your wallet",
	"T23":             "Given back by a stall",
	"REFUND":          "Refund to a buyer of your stall",
	"PAYOUT":          "Paid out by your stall",
}

// movements are what one record did to one account.
func movements(r scrip.Record, account scrip.Ledger) []web.Movement {
	text := movementTexts[r.Kind]
	if text == "" {
		text = r.Kind
	}
	var list []web.Movement
	for _, p := range r.Posts {
		switch account {
		case p.To:
			list = append(list, web.Movement{At: time.Unix(r.At, 0), Text: text, Amount: p.Amount})
		case p.From:
			list = append(list, web.Movement{At: time.Unix(r.At, 0), Text: text, Amount: -p.Amount})
		}
	}
	return list
}

// Deposit puts test money in.
func (b bankPages) Deposit(ctx context.Context, d web.Deposit) error {
	_, err := b.bank.Deposit(ctx, d.Reference, d.Amount, scrip.ID(d.Key))
	return err
}

// Charge returns a payment that waits for its owner's yes.
func (b bankPages) Charge(ctx context.Context, key string) (web.Charge, error) {
	asked, confirmed, err := b.bank.Confirmation(ctx, scrip.ID(key))
	return web.Charge{Key: key, Reference: asked.Reference, Amount: asked.Amount, Confirmed: confirmed, Asked: time.Unix(asked.At, 0)}, err
}

// Confirm lets it happen.
func (b bankPages) Confirm(ctx context.Context, key string) error {
	return b.bank.Confirm(ctx, scrip.ID(key))
}
