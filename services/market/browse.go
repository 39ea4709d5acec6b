package market

import (
	"context"
	"errors"
	"fmt"

	"peerscrip/services/scrip"
)

// Search returns one page of what can be bought now. A page past the last has
// no items and the true total. Sold out, ended and expired items are not found,
// nor those of stalls that are revoked or have not answered for too long.
func (m *Market) Search(ctx context.Context, q Query) (Results, error) {
	s, possible := q.selection(m.moment())
	r := Results{Page: q.Page}
	if !possible {
		return r, nil
	}
	found, err := m.Store.Find(ctx, s)
	if err != nil {
		return Results{}, fmt.Errorf("search the catalogue: %w", err)
	}
	r.Items, r.Total, r.Facets = withStates(found.Items, s.Now), found.Total, found.Facets
	r.Pages = (r.Total + q.PerPage - 1) / q.PerPage
	if q.Near {
		err = m.near(ctx, q, s, &r)
	}
	return r, err
}

// Listing returns one item, whatever its State, so that old links go on
// explaining themselves, for a month after it ended. scrip.NotFound when there
// is no such item, and ErrHidden, which is one, when it is hidden; scrip.StallRevoked
// when there is no such stall any more.
func (m *Market) Listing(ctx context.Context, vendor scrip.VendorID, offer scrip.ID) (Item, error) {
	if !vendor.Valid() || !offer.Valid() {
		return Item{}, scrip.NotFound
	}
	moment := m.moment()
	item, err := m.Store.Item(ctx, vendor, offer, moment)
	if err != nil {
		return Item{}, absent(err, "look up a listing")
	}
	if item.Stall.Revoked {
		return Item{}, scrip.StallRevoked
	}
	if err := m.shown(ctx, vendor, offer); err != nil {
		return Item{}, err
	}
	return item.as(moment.Now), nil
}

// StallPage is a stall with what it sells, newest first, what is sold out
// after the rest.
type StallPage struct {
	Stall Stall
	Items []Item
}

// StallPage returns one stall: scrip.NotFound for one that was never in the
// directory, and ErrHidden for one that is hidden; scrip.StallRevoked for one that is not there any more. A stall
// that has not answered for too long has a page and no items.
func (m *Market) StallPage(ctx context.Context, vendor scrip.VendorID) (StallPage, error) {
	stall, err := m.stall(ctx, vendor)
	if err != nil {
		return StallPage{}, err
	}
	moment := m.moment()
	offered, err := m.Store.Find(ctx, Selection{
		Moment: moment, Vendor: vendor, SoldOut: true, Sort: Newest, Limit: MaxOffers,
	})
	if err != nil {
		return StallPage{}, fmt.Errorf("list a stall's items: %w", err)
	}
	return StallPage{Stall: stall, Items: withStates(offered.Items, moment.Now)}, nil
}

// stall returns a stall that is shown, with the refusals of StallPage.
func (m *Market) stall(ctx context.Context, vendor scrip.VendorID) (Stall, error) {
	if !vendor.Valid() {
		return Stall{}, scrip.NotFound
	}
	found, err := m.Store.Stalls(ctx, vendor, m.moment())
	switch {
	case err != nil:
		return Stall{}, absent(err, "look up a stall")
	case len(found) == 0:
		return Stall{}, scrip.NotFound
	case found[0].Revoked:
		return Stall{}, scrip.StallRevoked
	}
	return found[0], m.shown(ctx, vendor, "")
}

// Stalls lists the visible stalls by name.
func (m *Market) Stalls(ctx context.Context) ([]Stall, error) {
	stalls, err := m.Store.Stalls(ctx, "", m.moment())
	if err != nil {
		return nil, fmt.Errorf("list the stalls: %w", err)
	}
	return stalls, nil
}

// Category is a category and how many items can be bought in it now.
type Category struct {
	Name  string
	Items int
}

// Categories lists every category, empty ones too, in the order of
// scrip.Categories.
func (m *Market) Categories(ctx context.Context) ([]Category, error) {
	counts, err := m.Store.Counts(ctx, m.moment())
	if err != nil {
		return nil, fmt.Errorf("count the categories: %w", err)
	}
	var list []Category
	for _, name := range scrip.Categories() {
		list = append(list, Category{Name: name, Items: counts[name]})
	}
	return list, nil
}

// absent turns the store's "not there" into the refusal.
func absent(err error, what string) error {
	if errors.Is(err, scrip.ErrAbsent) {
		return scrip.NotFound
	}
	return fmt.Errorf("%s: %w", what, err)
}
