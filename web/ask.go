package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
	"peerscrip/services/market"
	"peerscrip/services/scrip"
)

// askView is a listing that its seller is asked about, or proposed a price for.
type askView struct {
	Title, Href, StallName string
	Record                 recordView
	Price                  sum
	Vendor, Offer, Stock   string // Stock: how many can be chosen
}

func askPath(l scrip.Listing) string { return listingPath(l) + "/ask" }

func proposePath(l scrip.Listing) string { return listingPath(l) + "/propose" }

// ask is served for what is sold too: it may come again.
func (s *server) ask(w http.ResponseWriter, r *http.Request) error {
	return s.toSeller(w, r, "ask", tr(r.Context(), "Ask the seller"), askPage)
}

// propose is where a shopper makes an offer for what can be bought. Whether it still can, the stall says.
func (s *server) propose(w http.ResponseWriter, r *http.Request) error {
	return s.toSeller(w, r, "propose", tr(r.Context(), "Make an offer"), proposePage)
}

// toSeller shows the form of what is written to a listing's seller.
func (s *server) toSeller(w http.ResponseWriter, r *http.Request, page, title string, form func(Head, askView) templ.Component) error {
	i, err := s.item(r)
	if err != nil {
		return err
	}
	if page == "propose" && i.State != market.Live {
		http.Redirect(w, r, listingPath(i.Listing), http.StatusSeeOther)
		return nil
	}
	h := s.head("browse", title)
	h.Page = page
	return s.render(w, r, http.StatusOK, form(h, s.askView(r.Context(), i)))
}

func (s *server) askView(ctx context.Context, i market.Item) askView {
	return askView{
		Title: i.Title, Href: listingPath(i.Listing), StallName: i.Stall.Name, Record: s.recordOf(ctx, i.Stall), Price: s.sum(i.Price),
		Vendor: string(i.Vendor), Offer: string(i.Offer.Offer), Stock: strconv.Itoa(max(len(choicesOf(i.Stock)), 1)),
	}
}

// private is the checkout of an offer to one buyer. It is in no catalogue, so the wallet reads it at the stall itself.
func (s *server) private(w http.ResponseWriter, r *http.Request) error {
	vendor, offer := scrip.VendorID(chi.URLParam(r, "vendor")), scrip.ID(chi.URLParam(r, "offer"))
	if !vendor.Valid() || !offer.Valid() {
		return scrip.NotFound
	}
	quantity, err := strconv.Atoi(r.URL.Query().Get("quantity"))
	if err != nil || quantity < 1 || quantity > scrip.MaxQuantity {
		quantity = 1
	}
	h := s.head("browse", tr(r.Context(), "Checkout"))
	h.Page = "checkout"
	return s.render(w, r, http.StatusOK, privatePage(h, string(vendor), string(offer), strconv.Itoa(quantity)))
}
