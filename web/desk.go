package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"peerscrip/services/market"
	"peerscrip/services/merchant"
	"peerscrip/services/scrip"
)

// deskView is a seller's desk.
type deskView struct {
	Name     string
	Record   recordView
	Public   string // the stall as buyers see it
	Vendor   string
	Others   []option // desks that are open beside this one
	Opens    bool     // another stall can be opened on this site
	Flash    string
	Hides    bool // the market does not show some of the listings
	Other    otherBooksView
	Listed   string // drafts whose listings were saved, apart by spaces
	Opening  opening
	Waiting  string // orders to be sent
	ForSale  string // live listings
	Taken    sum
	Room     string
	Listings []deskRow
	Orders   []orderRow
	Pages    pager // of the orders
	Underway []underwayRow
	Todo     []todoRow // what waits for the seller, the most urgent first
	Later    string    // how many more there are; empty: none
	Talks    []talkRow // without an order
}

// deskRow is a listing on the desk.
type deskRow struct {
	Offer                    string
	Href, Title, Thumb, Icon string
	Price                    sum
	Stock, Sold              string
	State, Tone              string // a badge: its word and its kind
	live                     bool   // it can be bought, as far as the stall goes
}

// room is what a stall may take up, in a sentence.
func room(ctx context.Context) string {
	return tr(ctx, "A stall has room for {{.Listings}} listings for sale and {{.Size}} MB of photos.", "Listings", merchant.MaxForSale, "Size", merchant.MaxPhotoBytes>>20)
}

func (s *server) desk(w http.ResponseWriter, r *http.Request, d Desk) error {
	page := pageOf(r.URL.Query())
	head, err := s.deskHead(r.Context(), d, tr(r.Context(), "Desk of {{.Name}}", "Name", d.Current().Name))
	if err != nil {
		return err
	}
	now, err := d.Desk(r.Context(), (page-1)*perPage, perPage)
	if err != nil {
		return fmt.Errorf("read the desk: %w", err)
	}
	view := s.deskView(r.Context(), now)
	if view.Record, err = s.ownRecord(r.Context(), d.Current().Vendor); err != nil {
		return err
	}
	if err := s.markHidden(r.Context(), &view, d.Current().Vendor); err != nil {
		return err
	}
	view.Vendor, view.Others, view.Opens = string(d.Current().Vendor), s.otherDesks(r.Context()), s.Site.hasSell
	view.Other = otherBooksView{s.otherBooks(), deskEvidencePath, false}
	view.Flash = s.deskSessions.PopString(r.Context(), keyFlash)
	view.Listed = s.deskSessions.GetString(r.Context(), keyListed)
	view.Pages = paged(r.Context(), page, now.Tally.Orders, func(page int) string { return "/desk?page=" + strconv.Itoa(page) })
	return s.render(w, r, http.StatusOK, deskPage(head, view))
}

func (s *server) deskView(ctx context.Context, now merchant.Desk) deskView {
	v := deskView{
		Name: now.Certificate.Name, Public: stallPath(now.Certificate.Vendor), Room: room(ctx), Opening: s.openingOf(now.Page),
		Waiting: number(ctx, now.Tally.ToSend), Taken: s.sum(now.Tally.Taken),
	}
	var gone []deskRow
	for _, l := range now.Listings {
		state := s.stateOf(l, now.Certificate.NotAfter)
		row := s.deskRow(ctx, l, state, now.Tally.Sold[l.Offer.Offer])
		if row.live = state == market.Live; row.live {
			v.Listings = append(v.Listings, row)
		} else {
			gone = append(gone, row)
		}
	}
	v.ForSale = number(ctx, len(v.Listings))
	v.Listings = append(v.Listings, gone...)
	for _, sale := range now.Sales {
		v.Orders = append(v.Orders, s.orderRow(ctx, sale, now.States[sale.ID]))
	}
	v.Todo, v.Later = s.todo(ctx, now)
	for _, c := range now.Talks {
		v.Talks = append(v.Talks, talkRowOf(ctx, c))
	}
	for _, u := range now.Underway {
		v.Underway = append(v.Underway, s.underwayRow(ctx, u))
	}
	return v
}

// markHidden says of what a market does not show that it does not.
func (s *server) markHidden(ctx context.Context, v *deskView, vendor scrip.VendorID) error {
	hidden, err := s.Catalogue.HiddenOf(ctx, vendor)
	if err != nil {
		return fmt.Errorf("look up what is not shown of a stall: %w", err)
	}
	for i, l := range v.Listings {
		if l.live && (slices.Contains(hidden, "") || slices.Contains(hidden, scrip.ID(l.Offer))) {
			v.Listings[i].State, v.Listings[i].Tone, v.Hides = tr(ctx, "Not shown"), "badge--warn", true
		}
	}
	return nil
}

// ownRecord is what buyers are told of a stall; nothing where the catalogue has not read it yet.
func (s *server) ownRecord(ctx context.Context, vendor scrip.VendorID) (recordView, error) {
	p, err := s.Catalogue.StallPage(ctx, vendor)
	if errors.Is(err, scrip.UnknownVendor) || errors.Is(err, scrip.NotFound) {
		return recordView{}, nil
	}
	if err != nil {
		return recordView{}, fmt.Errorf("look up what is known of a stall: %w", err)
	}
	return s.recordOf(ctx, p.Stall), nil
}

// stateOf is the state of a listing as buyers are told it, of a stall whose certificate ends at notAfter.
func (s *server) stateOf(l scrip.Listing, notAfter int64) market.State {
	return market.StateOf(l, notAfter, s.Clock().Unix())
}

func (s *server) deskRow(ctx context.Context, l scrip.Listing, state market.State, sold int) deskRow {
	row := deskRow{
		Offer: string(l.Offer.Offer), Href: "/desk/listings/" + string(l.Offer.Offer), Title: l.Title, Icon: slug(l.Category), Price: s.sum(l.Price),
		Stock: number(ctx, l.Stock), Sold: number(ctx, sold), State: tr(ctx, stateWords[state]),
	}
	if len(l.Photos) > 0 {
		row.Thumb = deskThumbPath(l.Photos[0].Digest)
	}
	switch state {
	case market.Live:
		row.State, row.Tone = tr(ctx, "For sale"), "badge--success"
	case market.Expired:
		row.Tone = "badge--warn"
	}
	return row
}
