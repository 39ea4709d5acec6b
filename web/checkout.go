package web

import (
	"fmt"
	"net/http"
	"strconv"

	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// checkoutView is what the wallet is told about a purchase, and what its owner sees of it meanwhile.
type checkoutView struct {
	Title, Href, StallName  string
	Photo                   *picture
	Quantity                string
	Goods, Postage, Total   sum
	HasPostage              bool
	OfferURL                string // where the wallet fetches the signed offer; absolute, or a path of this host
	StallURL                string // base URL of the stall, to which the wallet sends T4 and T10; empty: this host
	Vendor, Offer           string
	TotalMinor, UnitMinor   string
	PostageMinor, Available string
	Opening                 opening
}

func checkoutPath(l scrip.Listing) string { return listingPath(l) + "/checkout" }

// checkout is served for what is sold by now too: this wallet may be in the middle of buying it. The stall decides.
func (s *server) checkout(w http.ResponseWriter, r *http.Request) error {
	i, err := s.item(r)
	if err != nil {
		return err
	}
	view, err := s.checkoutView(i, clampQuantity(r.URL.Query().Get("quantity"), max(i.Stock, 1)))
	if err != nil {
		return fmt.Errorf("add up a purchase: %w", err)
	}
	h := s.head("browse", "Checkout")
	h.Page = "checkout"
	return s.render(w, r, http.StatusOK, checkoutPage(h, view))
}

// clampQuantity reads a quantity: 1 if it is none, and never more than there is.
func clampQuantity(text string, stock int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		n = 1
	}
	return min(n, stock)
}

func (s *server) checkoutView(i market.Item, quantity int) (checkoutView, error) {
	total, err := i.Total(quantity, scrip.Delivery{Way: scrip.WayPost})
	if err != nil {
		return checkoutView{}, err
	}
	postage := total - i.Price*scrip.Money(quantity)
	v := checkoutView{
		Title: i.Title, Href: listingPath(i.Listing), StallName: i.Stall.Name, Quantity: strconv.Itoa(quantity),
		Goods: s.sum(total - postage), Postage: s.sum(postage), Total: s.sum(total), HasPostage: postage > 0,
		Vendor: string(i.Vendor), Offer: string(i.Offer.Offer), TotalMinor: minor(total), UnitMinor: minor(i.Price),
		PostageMinor: minor(postage), Available: strconv.Itoa(i.Stock), Opening: s.openingOf(i.Stall.StallPage),
	}
	if !s.Hosts(i.Vendor) {
		v.StallURL = i.Stall.BaseURL
	}
	v.OfferURL = v.StallURL + "/v1/stalls/" + v.Vendor + "/offers/" + v.Offer
	if photos := pictures(i.Photos); len(photos) > 0 {
		v.Photo = &photos[0]
	}
	return v, nil
}

func minor(m scrip.Money) string { return strconv.FormatInt(int64(m), 10) }
