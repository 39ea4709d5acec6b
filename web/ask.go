package web

import (
	"net/http"

	"peerscrip/services/scrip"
)

// askView is a listing that its seller is asked about.
type askView struct {
	Title, Href, StallName string
	Vendor, Offer          string
}

func askPath(l scrip.Listing) string { return listingPath(l) + "/ask" }

// ask is served for what is sold too: it may come again.
func (s *server) ask(w http.ResponseWriter, r *http.Request) error {
	i, err := s.item(r)
	if err != nil {
		return err
	}
	h := s.head("browse", "Ask the seller")
	h.Page = "ask"
	return s.render(w, r, http.StatusOK, askPage(h, askView{
		Title: i.Title, Href: listingPath(i.Listing), StallName: i.Stall.Name, Vendor: string(i.Vendor), Offer: string(i.Offer.Offer),
	}))
}
