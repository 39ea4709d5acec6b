package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// checkoutView is what the wallet is told about a purchase, and what its owner sees of it meanwhile.
type checkoutView struct {
	Title, Href, StallName string
	Record                 recordView
	Photo                  *picture
	Quantity               string
	Goods                  sum
	Postage                string // as far as it is known before a way is chosen
	Carriage               bool   // whether postage may come to the goods
	OfferURL               string // where the stall has the signed offer; absolute, or a path of this host
	Vendor, Offer          string
	UnitMinor              string
	Opening                opening
}

func checkoutPath(l scrip.Listing) string { return listingPath(l) + "/checkout" }

// checkout is served for what is sold by now too: this wallet may be in the middle of buying it. The stall decides.
func (s *server) checkout(w http.ResponseWriter, r *http.Request) error {
	i, err := s.item(r)
	if err != nil {
		return err
	}
	view, err := s.checkoutView(r.Context(), i, clampQuantity(r.URL.Query().Get("quantity"), i.Stock))
	if err != nil {
		return fmt.Errorf("add up a purchase: %w", err)
	}
	h := s.head("browse", tr(r.Context(), "Checkout"))
	h.Page = "checkout"
	return s.render(w, r, http.StatusOK, checkoutPage(h, view))
}

// clampQuantity reads a quantity: 1 if it is none, and never more than can be chosen.
func clampQuantity(text string, stock int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		n = 1
	}
	return min(n, max(len(choicesOf(stock)), 1))
}

func (s *server) checkoutView(ctx context.Context, i market.Item, quantity int) (checkoutView, error) {
	goods, err := i.Price.Times(quantity)
	if err != nil {
		return checkoutView{}, err
	}
	v := checkoutView{
		Title: i.Title, Href: listingPath(i.Listing), StallName: i.Stall.Name, Record: s.recordOf(ctx, i.Stall), Quantity: strconv.Itoa(quantity),
		Goods: s.sum(goods), Postage: s.postage(ctx, i.Offer), Carriage: i.Offer.Dearest() > 0, OfferURL: s.offerURL(i), Vendor: string(i.Vendor), Offer: string(i.Offer.Offer), UnitMinor: minor(i.Price),
		Opening: s.openingOf(i.Stall.StallPage),
	}
	if photos := pictures(i.Photos); len(photos) > 0 {
		v.Photo = &photos[0]
	}
	return v, nil
}

// offerURL is where a wallet will ask for an offer, so that the page can ask ahead (static/wallet/ahead.js).
func (s *server) offerURL(i market.Item) string {
	path := "/v1/stalls/" + string(i.Vendor) + "/offers/" + string(i.Offer.Offer)
	if s.Hosts(i.Vendor) {
		return path
	}
	return i.Stall.BaseURL + path
}

func minor(m scrip.Money) string { return strconv.FormatInt(int64(m), 10) }
