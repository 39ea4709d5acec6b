package web

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"peerscrip/services/scrip"
)

// shellView is a page the wallet fills. Tx is set on the page of one order.
type shellView struct {
	Title, Lead string
	Tab         string // the wallet's own tab that is current
	Tx          string
}

// walletTabs are the wallet's pages.
var walletTabs = []option{
	{Slug: "wallet", Name: "Money", Href: "/wallet"},
	{Slug: "orders", Name: "Orders", Href: "/wallet/orders"},
	{Slug: "envelopes", Name: "Envelopes", Href: "/wallet/envelopes"},
}

func (s *server) walletHome(w http.ResponseWriter, r *http.Request) error {
	return s.shell(w, r, "wallet", shellView{Title: "Wallet", Tab: "wallet",
		Lead: "Scrip and keys in this wallet are stored in this browser, locked by your passphrase, and nowhere else."})
}

func (s *server) walletOrders(w http.ResponseWriter, r *http.Request) error {
	return s.shell(w, r, "orders", shellView{Title: "Orders", Tab: "orders",
		Lead: "What you bought, with the seller’s signature on each."})
}

func (s *server) walletOrder(w http.ResponseWriter, r *http.Request) error {
	tx := chi.URLParam(r, "tx")
	if !scrip.ID(tx).Valid() {
		return scrip.NotFound
	}
	return s.shell(w, r, "order", shellView{Title: "Order", Tab: "orders", Tx: tx})
}

func (s *server) walletEnvelopes(w http.ResponseWriter, r *http.Request) error {
	return s.shell(w, r, "envelopes", shellView{Title: "Envelopes", Tab: "envelopes",
		Lead: "Every message your wallet sent and received, opened: what was signed, what was sealed, and for whom."})
}

func (s *server) shell(w http.ResponseWriter, r *http.Request, page string, v shellView) error {
	h := s.head("wallet", v.Title)
	h.Page = page
	return s.render(w, r, http.StatusOK, walletPage(h, v))
}

// checkoutView is what the wallet is told about a purchase, and what its owner sees of it meanwhile.
type checkoutView struct {
	Title, Href, StallName  string
	Photo                   *picture
	Quantity                string
	Goods, Postage, Total   sum
	HasPostage              bool
	OfferURL, StallURL      string
	Vendor, Offer           string
	TotalMinor, UnitMinor   string
	PostageMinor, Available string
}

func (s *server) checkout(w http.ResponseWriter, r *http.Request) error {
	l, err := s.Catalogue.Listing(r.Context(), chi.URLParam(r, "vendor"), chi.URLParam(r, "offer"))
	if err != nil {
		return fmt.Errorf("look up a listing to buy: %w", err)
	}
	// What is sold by now is served too: this wallet may be in the middle of buying it. The stall decides.
	quantity := clampQuantity(r.URL.Query().Get("quantity"), max(l.Stock, 1))
	view, err := s.checkoutView(l, quantity)
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

func (s *server) checkoutView(l Listing, quantity int) (checkoutView, error) {
	goods, err := l.Price.Times(quantity)
	if err != nil {
		return checkoutView{}, err
	}
	total, err := goods.Add(l.Postage)
	if err != nil {
		return checkoutView{}, err
	}
	v := checkoutView{
		Title: l.Title, Href: listingPath(l), StallName: l.Seller.Name, Quantity: strconv.Itoa(quantity),
		Goods: s.sum(goods), Postage: s.sum(l.Postage), Total: s.sum(total), HasPostage: l.Postage > 0,
		OfferURL: l.OfferURL, StallURL: l.StallURL, Vendor: l.Vendor, Offer: l.Offer,
		TotalMinor: minor(total), UnitMinor: minor(l.Price), PostageMinor: minor(l.Postage), Available: strconv.Itoa(l.Stock),
	}
	if len(l.Photos) > 0 {
		v.Photo = &picture{Thumb: thumbPath(l.Photos[0]), Alt: l.Photos[0].Alt}
	}
	return v, nil
}

func minor(m scrip.Money) string { return strconv.FormatInt(int64(m), 10) }
