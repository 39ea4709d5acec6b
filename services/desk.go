package services

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"time"

	"peerscrip/jose"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
	"peerscrip/web"
)

// maxOrders is how many of the newest orders a desk shows.
const maxOrders = 500

// desk is a seller's own view of a stall of this process.
type desk struct{ *house }

var (
	_ web.Desk   = desk{}
	_ web.Orders = desk{}
)

// own returns the stall with this process's keys.
func (h *house) own(ctx context.Context, vendor string) (*merchant.Stall, error) {
	if h.stall != nil && h.stall.Vendor() == scrip.VendorID(vendor) {
		return h.stall, nil
	}
	if h.host == nil {
		return nil, scrip.NotFound
	}
	return h.host.Stall(ctx, scrip.VendorID(vendor))
}

// Shelf returns everything on a desk.
func (d desk) Shelf(ctx context.Context, vendor string) (web.Shelf, error) {
	stall, err := d.own(ctx, vendor)
	if err != nil {
		return web.Shelf{}, err
	}
	listings, err := stall.Shelf.Listings(ctx)
	if err != nil {
		return web.Shelf{}, err
	}
	sales, err := stall.Shelf.Sales(ctx, 0, maxOrders)
	if err != nil {
		return web.Shelf{}, err
	}
	shelf := web.Shelf{Room: room, Stall: web.Stall{
		Vendor: vendor, Name: stall.Certificate.Name, About: stall.About, Since: time.Unix(stall.Certificate.NotBefore, 0),
	}}
	sold := map[scrip.ID]int{}
	for _, sale := range sales {
		sold[sale.Offer] += sale.Quantity
		shelf.Taken += sale.Price - sale.Refunded
		shelf.Orders = append(shelf.Orders, order(sale))
	}
	var gone []web.DeskListing
	for _, l := range listings {
		row := web.DeskListing{
			Listing: shown(l), Sold: sold[l.Offer.Offer], Seen: web.Seen{Version: string(l.Version), Stock: l.Stock},
		}
		row.State = d.state(l)
		if row.State == web.Live {
			shelf.Listings = append(shelf.Listings, row)
			shelf.Stall.Listings++
		} else {
			gone = append(gone, row)
		}
	}
	shelf.Listings = append(shelf.Listings, gone...)
	shelf.Underway, err = underway(ctx, stall)
	return shelf, err
}

func (d desk) state(l scrip.Listing) web.ListingState {
	switch {
	case l.Ended:
		return web.Ended
	case l.Stock == 0:
		return web.Sold
	case d.Clock().Unix() >= l.ValidUntil:
		return web.Expired
	}
	return web.Live
}

func item(draft web.ListingDraft) merchant.Item {
	i := merchant.Item{
		Title: draft.Title, Description: draft.Description, Category: draft.Category, Condition: draft.Condition,
		Price: draft.Price, Quantity: draft.Quantity, Postage: draft.Postage, Photos: []scrip.OfferPhoto{},
	}
	for _, p := range draft.Photos {
		i.Photos = append(i.Photos, scrip.OfferPhoto(p))
	}
	return i
}

// List publishes a new offer.
func (d desk) List(ctx context.Context, vendor string, draft web.ListingDraft) (string, error) {
	stall, err := d.own(ctx, vendor)
	if err != nil {
		return "", err
	}
	listing, err := stall.List(ctx, item(draft))
	return string(listing.Offer.Offer), full(err)
}

// full says in words that a stall has no room for another listing.
func full(err error) error {
	if errors.Is(err, scrip.TooMany) {
		return web.Invalid{"quantity": noRoomForListings}
	}
	return err
}

// Revise publishes a new version of an offer.
func (d desk) Revise(ctx context.Context, vendor, offer string, draft web.ListingDraft) error {
	stall, err := d.own(ctx, vendor)
	if err != nil {
		return err
	}
	seen := merchant.Seen{Offer: scrip.ID(offer), Version: scrip.ID(draft.Seen.Version), Stock: draft.Seen.Stock}
	_, err = stall.Revise(ctx, seen, item(draft))
	return full(err)
}

// End takes an offer back.
func (d desk) End(ctx context.Context, vendor, offer string) error {
	stall, err := d.own(ctx, vendor)
	if err != nil {
		return err
	}
	return stall.End(ctx, scrip.ID(offer))
}

func order(s scrip.Sale) web.Order {
	o := web.Order{
		ID: string(s.ID), Offer: string(s.Offer), Title: s.Title, Quantity: s.Quantity, Price: s.Price,
		Delivery: s.Delivery, Note: s.Note, Buyer: string(s.Pseudonym), Placed: time.Unix(s.PaidAt, 0), Confirmed: s.Recorded,
		Refunded: s.Refunded,
	}
	if s.SentAt > 0 {
		o.Sent = time.Unix(s.SentAt, 0)
	}
	return o
}

// Order returns one sale with what its seller needs to send it.
func (d desk) Order(ctx context.Context, vendor, id string) (web.Order, error) {
	stall, err := d.own(ctx, vendor)
	if err != nil {
		return web.Order{}, err
	}
	sale, err := stall.Sale(ctx, scrip.ID(id))
	if err != nil {
		return web.Order{}, err
	}
	o := order(sale)
	listing, err := stall.Listing(ctx, sale.Offer)
	if err == nil {
		o.Postage = listing.Postage
		if len(listing.Photos) > 0 {
			o.Photo = web.Photo(listing.Photos[0])
		}
		o.Refunds, err = refunds(ctx, stall, sale.ID)
	}
	return o, err
}

// MarkSent remembers that an order was sent.
func (d desk) MarkSent(ctx context.Context, vendor, id, note string) error {
	stall, err := d.own(ctx, vendor)
	if err != nil {
		return err
	}
	return stall.MarkSent(ctx, scrip.ID(id), note)
}

// openings makes hosted stalls and lets their owners in.
type openings struct{ *house }

var _ web.Openings = openings{}

// Draft makes the keys of a new stall.
func (o openings) Draft(ctx context.Context, f web.StallForm) (web.StallDraft, error) {
	key, err := jose.ParseVerifyKey(f.Key)
	if err != nil {
		return web.StallDraft{}, scrip.Unreadable
	}
	draft, err := o.host.Draft(ctx, merchant.Opening{
		Name: f.Name, About: f.About, Account: scrip.AccountID(f.Account), Key: key,
	})
	if err != nil {
		return web.StallDraft{}, err
	}
	signing, err := json.Marshal(draft.Signing)
	if err != nil {
		return web.StallDraft{}, err
	}
	envelope, err := json.Marshal(draft.Envelope)
	return web.StallDraft{
		Draft: string(draft.ID), Signing: signing, Envelope: envelope, BaseURL: draft.BaseURL, Possession: draft.Possession,
	}, err
}

// Finish opens a stall the broker has certified.
func (o openings) Finish(ctx context.Context, draft, _ string) (string, error) {
	vendor, err := o.host.Finish(ctx, scrip.ID(draft))
	return string(vendor), err
}

// Login opens a LOGIN envelope.
func (o openings) Login(ctx context.Context, envelope, challenge string) (string, error) {
	vendor, err := o.host.Login(ctx, envelope, challenge)
	return string(vendor), err
}

// keyring lets the owner of a stand-alone stall in.
type keyring struct{ *house }

var _ web.Keyring = keyring{}

// Owner compares the token of the owner's link.
func (k keyring) Owner(_ context.Context, token string) (string, error) {
	if subtle.ConstantTimeCompare([]byte(token), []byte(k.token)) != 1 {
		return "", scrip.NotFound
	}
	return string(k.stall.Vendor()), nil
}
